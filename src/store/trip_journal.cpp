#include "store/trip_journal.hpp"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>

#include "base/failure.hpp"
#include "base/task_group.hpp"

namespace footfall::store {
namespace {

Task<void> close_one(TripJournal& journal, const TripEnd& end) {
  const CloseStatus status = co_await journal.close(end);
  if (status == CloseStatus::closed || status == CloseStatus::closed_before) co_return;
  throw Failure(fmt::format("session {} cannot be ended: {}", end.batch->sessions.front().id.value,
                            status == CloseStatus::not_open ? "it was never opened"
                                                            : "it does not agree with its order"));
}

}  // namespace

// At once: they share commits.
Task<void> TripJournal::close_all(std::span<const TripEnd> ends) {
  TaskGroup group(co_await boost::asio::this_coro::executor);
  for (const TripEnd& end : ends) group.start(close_one(*this, end));
  co_await group.wait();
}

}  // namespace footfall::store
