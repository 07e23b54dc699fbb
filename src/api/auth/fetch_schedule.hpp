// When the key list may be fetched, and how long it is good. Pure: the times are the caller's.
#pragma once

#include <cstdint>
#include <optional>

namespace footfall::api {

enum class FetchReason : std::uint8_t {
  aged,         // it should be looked at again, but is still good
  none_good,    // there is none, or it is too old
  unknown_kid,  // a token names a key that is not in it, which anybody can do
};

// All in seconds of the wall clock. A distance counts either way, so that a clock set back neither
// makes an old list young nor silences fetching.
inline constexpr std::int64_t kKeysAge = 10 * 60;     // then a refetch starts beside the requests
inline constexpr std::int64_t kKeysAgeMax = 60 * 60;  // beyond it nobody is let in by them
inline constexpr std::int64_t kUnknownKidPause = 30;  // between refetches for unknown kids
inline constexpr std::int64_t kRetryMin = 5, kRetryMax = 30;  // doubles with each failure

bool is_within(std::optional<std::int64_t> since, std::int64_t seconds, std::int64_t now);

// Not thread-safe.
class FetchSchedule {
 public:
  bool may_fetch(FetchReason reason, std::int64_t now) const;

  void began(FetchReason reason, std::int64_t now);
  void succeeded();
  void failed(std::int64_t now);

 private:
  std::optional<std::int64_t> failed_at_;  // the last one, if it failed
  std::optional<std::int64_t> unknown_kid_at_;
  std::int64_t retry_after_ = 0;
};

}  // namespace footfall::api
