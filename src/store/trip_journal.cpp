#include "store/trip_journal.hpp"

#include <boost/asio/this_coro.hpp>

#include "base/task_group.hpp"

namespace footfall::store {
namespace {

Task<void> close_one(TripJournal& journal, const TripEnd& end, CloseStatus& status) {
  status = co_await journal.close(end);
}

}  // namespace

// At once: they share commits.
Task<std::vector<CloseStatus>> TripJournal::close_all(std::span<const TripEnd> ends) {
  std::vector<CloseStatus> statuses(ends.size());
  TaskGroup group(co_await boost::asio::this_coro::executor);
  for (std::size_t i = 0; i < ends.size(); ++i) group.start(close_one(*this, ends[i], statuses[i]));
  co_await group.wait();
  co_return statuses;
}

}  // namespace footfall::store
