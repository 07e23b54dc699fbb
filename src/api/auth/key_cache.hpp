// The issuer's keys as last fetched, shared by all threads (reference/offers-and-data.md section 5,
// trap 3: keys come and go while the server runs).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "api/auth/fetch_schedule.hpp"
#include "api/auth/key_list.hpp"
#include "api/auth/verifier.hpp"
#include "base/task.hpp"
#include "base/task_group.hpp"

namespace footfall::api {

// One fetched list. Never changes; who holds it may use its keys.
struct KnownKeys {
  KeyList list;
  std::string text;             // as fetched
  std::int64_t generation = 0;  // from 1; another whenever the text is another
  std::int64_t fetched_at = 0;
};
using KeysPointer = std::shared_ptr<const KnownKeys>;

struct KeyCacheCounts {
  std::int64_t fetches = 0, failures = 0;
};

// Owned by shared_ptr: a fetch under way keeps it alive. Fetches run one at a time, on `home`.
class KeyCache : public std::enable_shared_from_this<KeyCache> {
 public:
  KeyCache(FetchKeys fetch, WallClock clock, const boost::asio::any_io_executor& home);

  // The keys that are good now; null if there are none or they are too old. Where they are only
  // aged, a refetch starts and nobody waits for it. Any thread.
  KeysPointer good();

  // Waits until they have been fetched again, if that is allowed now or under way, and returns what
  // good() then says. `seen`: what the caller found wanting; if the keys are others by now, these
  // are returned at once. Any thread; the cache must live until the task ends.
  Task<KeysPointer> refetched(KeysPointer seen, FetchReason reason);

  std::string problem() const;  // why the last fetch failed; empty if it did not
  KeyCacheCounts counts() const;
  KeysPointer newest() const;  // however old; may be null

 private:
  using Flight = std::shared_ptr<Event>;  // set when the fetch has ended; touched on home_ alone

  Flight join_flight(const KeysPointer& seen, FetchReason reason);
  static Task<void> fly(std::shared_ptr<KeyCache> self, Flight flight);
  void land(Result<std::string> text);

  const FetchKeys fetch_;
  const WallClock clock_;
  const boost::asio::any_io_executor home_;  // a strand of the caller's

  mutable std::mutex mutex_;  // of all below; held for a few instructions
  KeysPointer newest_;
  FetchSchedule schedule_;
  Flight flight_;  // null: no fetch under way
  std::string problem_;
  KeyCacheCounts counts_;
};

}  // namespace footfall::api
