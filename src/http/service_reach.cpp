#include "http/service_reach.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "http/addresses.hpp"
#include "http/aside.hpp"
#include "http/tls.hpp"

namespace footfall::http {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::minutes kFreshTime{5};
// A service that is down must not cost a search a call.
constexpr std::chrono::seconds kFreshTimeInDoubt{1};

}  // namespace

ServiceReach::Find ServiceReach::finder(const ServiceUrl& url, std::string authorities) {
  return [url, file = std::move(authorities)](Found& found, bool with_authorities) {
    boost::system::error_code error;
    found.endpoints = find_addresses(url.host, url.port, url.is_loopback, error);
    if (error) {
      found.problem = {CallEnd::no_connection, fmt::format("cannot be found: {}", error.message())};
    } else if (with_authorities) {
      found.authorities = trust(file, error);
      if (!error) return;
      found.authorities.reset();
      found.problem = {CallEnd::bad_certificate,
                       fmt::format("is not called: the certificates of the authorities to trust "
                                   "cannot be read{}{}: {}",
                                   file.empty() ? "" : " from ", file, error.message())};
    }
  };
}

ServiceReach::ServiceReach(const asio::any_io_executor& executor, bool is_https, Find find)
    : executor_(executor), is_https_(is_https), find_(std::move(find)), waiting_(executor) {}

bool ServiceReach::is_ready(Moment now) const {
  if (endpoints_.empty() || (is_https_ && !authorities_)) return false;
  const Moment::duration fresh_time = is_doubted_ ? kFreshTimeInDoubt : kFreshTime;
  return now - searched_at_ < fresh_time;
}

Task<void> ServiceReach::prepare(Moment now, Moment deadline, Woken& woken) {
  if (!search_) {
    searched_at_ = now;
    start();
  }
  co_await waiting_.wait(deadline, woken);
}

void ServiceReach::start() {
  search_ = std::make_shared<asio::cancellation_signal>();
  auto end = [self = shared_from_this(), signal = search_](const std::exception_ptr& error) {
    if (self->search_ == signal) {  // else it was stopped
      self->search_.reset();
      self->ended(error);
    }
    // What is left of the coroutine may still look at the signal's slot.
    asio::post(self->executor_, [signal] {});
  };
  asio::co_spawn(executor_, search(shared_from_this()),
                 asio::bind_cancellation_slot(search_->slot(), std::move(end)));
}

Task<void> ServiceReach::search(std::shared_ptr<ServiceReach> self) {
  const auto found = std::make_shared<Found>();
  const bool with_authorities = self->is_https_ && !self->authorities_;
  std::function<void()> work = [found, find = self->find_, with_authorities] {
    find(*found, with_authorities);
  };
  co_await run_aside(std::move(work));
  self->take(*found);
}

void ServiceReach::take(Found& found) {
  // Where the name was found before, the addresses of then are better than none.
  is_doubted_ = found.endpoints.empty();
  if (!is_doubted_) endpoints_ = std::move(found.endpoints);
  if (found.authorities) authorities_.emplace(std::move(*found.authorities));
  problem_.reset();
  if (endpoints_.empty() || (is_https_ && !authorities_)) problem_ = std::move(found.problem);
}

void ServiceReach::ended(const std::exception_ptr& error) {
  try {
    if (error) std::rethrow_exception(error);
  } catch (const std::exception& failure) {
    Found nothing;
    nothing.problem = {CallEnd::no_connection,
                       fmt::format("cannot be looked up: {}", failure.what())};
    take(nothing);
  }
  waiting_.wake_all(Woken::go);
}

void ServiceReach::note_connected(const Endpoint& endpoint) {
  const auto found = std::find(endpoints_.begin(), endpoints_.end(), endpoint);
  if (found != endpoints_.end()) std::rotate(endpoints_.begin(), found, found + 1);
}

void ServiceReach::stop() {
  waiting_.wake_all(Woken::stopped);
  if (!search_) return;
  const auto stopped = std::exchange(search_, nullptr);
  stopped->emit(asio::cancellation_type::terminal);
}

}  // namespace footfall::http
