#include "api/auth/key_cache.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

namespace footfall::api {

namespace asio = boost::asio;

namespace {

Task<void> wait_for(std::shared_ptr<Event> event) { co_await event->wait(); }

// A fetch is a unit of work: what escapes it is one failed fetch, and the next may succeed.
Task<Result<std::string>> fetch_text(FetchKeys fetch) {
  std::string problem;
  try {
    Task<Result<std::string>> fetching = fetch();
    Result<std::string> text = co_await std::move(fetching);
    co_return text;
  } catch (const std::exception& error) {
    problem = error.what();
  } catch (...) {
    problem = "an unknown exception";
  }
  co_return Error(Errc::io, problem);
}

void nothing_escapes(const std::exception_ptr& error) {
  if (error) std::rethrow_exception(error);
}

}  // namespace

KeyCache::KeyCache(FetchKeys fetch, WallClock clock, const asio::any_io_executor& home)
    : fetch_(std::move(fetch)), clock_(std::move(clock)), home_(asio::make_strand(home)) {}

KeysPointer KeyCache::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

KeysPointer KeyCache::good() {
  const std::int64_t now = clock_();
  KeysPointer keys = newest();
  if (!keys || !is_within(keys->fetched_at, kKeysAgeMax, now)) return nullptr;
  if (!is_within(keys->fetched_at, kKeysAge, now)) join_flight(keys, FetchReason::aged);
  return keys;
}

Task<KeysPointer> KeyCache::refetched(KeysPointer seen, FetchReason reason) {
  if (const Flight flight = join_flight(seen, reason)) {
    Task<void> landing = wait_for(flight);
    co_await asio::co_spawn(home_, std::move(landing), asio::use_awaitable);
  }
  co_return good();
}

// The fetch under way, or a new one if one is allowed; null if there is nothing to wait for.
KeyCache::Flight KeyCache::join_flight(const KeysPointer& seen, FetchReason reason) {
  const std::int64_t now = clock_();
  Flight flight;
  {
    const std::lock_guard lock(mutex_);
    if (flight_) return flight_;
    const bool newer = newest_ != seen && newest_ && is_within(newest_->fetched_at, kKeysAge, now);
    if (newer || !schedule_.may_fetch(reason, now)) return nullptr;
    flight = std::make_shared<Event>(home_);
    flight_ = flight;
    schedule_.began(reason, now);
    ++counts_.fetches;
  }
  // A task of its own: a caller who goes away does not end what others wait for.
  asio::co_spawn(home_, fly(shared_from_this(), flight), nothing_escapes);
  return flight;
}

Task<void> KeyCache::fly(std::shared_ptr<KeyCache> self, Flight flight) {
  Task<Result<std::string>> fetching = fetch_text(self->fetch_);
  Result<std::string> text = co_await std::move(fetching);
  self->land(std::move(text));
  flight->set();
}

void KeyCache::land(Result<std::string> text) {
  Result<KeyList> list = text ? parse_key_list(*text) : Result<KeyList>(text.error());
  const std::int64_t now = clock_();
  const std::lock_guard lock(mutex_);
  flight_.reset();
  if (!list) {
    problem_ = list.error().message();
    schedule_.failed(now);
    ++counts_.failures;
    return;
  }
  const std::int64_t generation = newest_ ? newest_->generation : 0;
  const bool same = newest_ && newest_->text == *text;
  newest_ = std::make_shared<const KnownKeys>(
      KnownKeys{std::move(*list), std::move(*text), same ? generation : generation + 1, now});
  problem_.clear();
  schedule_.succeeded();
}

std::string KeyCache::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

KeyCacheCounts KeyCache::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace footfall::api
