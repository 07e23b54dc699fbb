#include "http/worker.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

namespace footfall::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

namespace {

// More than these are closed without an answer: turning away must stay cheap.
constexpr int kTurnedAwayMax = 64;
constexpr milliseconds kAcceptPause{100};

// How often deadlines are looked at: a connection may live that much longer than it should.
milliseconds watch_period(const ServerOptions& options) {
  const milliseconds shortest =
      std::min({options.header_timeout, options.body_timeout, options.idle_timeout,
                options.write_timeout, options.drain});
  return std::clamp(shortest / 4, milliseconds(5), milliseconds(500));
}

}  // namespace

Worker::Worker(const ServerOptions& options, telemetry::Log& log, telemetry::Log* access_log,
               std::string id_prefix, std::atomic<int>& open)
    : context_{options, log, access_log, std::move(id_prefix)}, open_(open) {}

void Worker::add_to(ServerCounts& counts) const {
  counts.accepted += context_.accepted.load(std::memory_order_relaxed);
  counts.refused += context_.refused.load(std::memory_order_relaxed);
  counts.requests += context_.requests.load(std::memory_order_relaxed);
  counts.server_errors += context_.server_errors.load(std::memory_order_relaxed);
}

void Worker::run(const MakeHandler& make, int index) {
  handler_ = make(index, io_.get_executor());
  context_.handler = handler_.get();
  accepts_ = true;
  asio::co_spawn(io_, accept_all(), [this](const std::exception_ptr& error) {
    accepts_ = false;
    // A server that lets nobody in any more must not look alive.
    if (error) fail(error);
    finish_if_done();
  });
  watch();
  io_.run();
  if (failure_) std::rethrow_exception(failure_);
}

void Worker::fail(const std::exception_ptr& error) {
  failure_ = error;
  drain();
  cut();
}

Task<void> Worker::accept_all() {
  bool was_refused = false;
  while (!context_.draining) {
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    tcp::socket socket = co_await acceptor_.async_accept(token);
    if (!error) {
      was_refused = false;
      admit(std::move(socket), context_.draining ? &kShuttingDown : nullptr);
    } else if (error != asio::error::connection_aborted && !context_.draining) {
      // Out of descriptors or memory: connections that end will give some back.
      if (!was_refused) {
        context_.log.tell(telemetry::Level::error,
                          "no connection can be accepted: " + error.message() + ". Trying again");
      }
      was_refused = true;
      pause_.expires_after(kAcceptPause);
      co_await pause_.async_wait(token);
    }
  }
}

bool Worker::take_place() {
  if (open_.fetch_add(1, std::memory_order_relaxed) < context_.options.connections_max) return true;
  open_.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

void Worker::admit(tcp::socket socket, const ProblemKind* turned_away) {
  context_.accepted.fetch_add(1, std::memory_order_relaxed);
  if (turned_away == nullptr && !take_place()) turned_away = &kTooManyConnections;
  if (turned_away != nullptr) {
    context_.refused.fetch_add(1, std::memory_order_relaxed);
    if (turned_away_open_ == kTurnedAwayMax) return;
    ++turned_away_open_;
  }
  auto owned = std::make_unique<Connection>(context_, std::move(socket), turned_away);
  Connection& connection = *owned;
  connections_.push_back(connection);
  asio::co_spawn(
      io_, connection.run(),
      asio::bind_cancellation_slot(connection.cancellation(), Ended{this, std::move(owned)}));
}

void Worker::Ended::operator()(const std::exception_ptr& error) {
  worker->ended(std::move(connection), error);
}

void Worker::ended(std::unique_ptr<Connection> connection, const std::exception_ptr& error) {
  if (error && !connection->was_cut()) {
    context_.log.tell(telemetry::Level::error, "a connection ended: " + what(error));
  }
  if (connection->was_turned_away()) {
    --turned_away_open_;
  } else {
    open_.fetch_sub(1, std::memory_order_relaxed);
  }
  connection->unlink();
  // What is left of the coroutine may still look at the connection's cancellation slot.
  asio::post(io_, [gone = std::move(connection)] {});
  finish_if_done();
}

void Worker::watch() {
  watch_.expires_after(watch_period(context_.options));
  watch_.async_wait([this](const error_code& cancelled) {
    if (cancelled || handler_ == nullptr) return;  // done
    const Wire::Clock::time_point now = Wire::Clock::now();
    for (Connection& connection : connections_) connection.check(now);
    if (now >= drain_deadline_) cut();
    watch();
  });
}

void Worker::begin_drain() {
  asio::post(io_, [this] { drain(); });
}

void Worker::cut_all() {
  asio::post(io_, [this] {
    drain();
    cut();
  });
}

void Worker::drain() {
  if (context_.draining) return;
  context_.draining = true;
  drain_deadline_ = Wire::Clock::now() + context_.options.drain;
  error_code error;
  acceptor_.non_blocking(true, error);
  // Clients that the system has let in already hear why they are not served.
  while (!error) {
    tcp::socket socket(io_);
    acceptor_.accept(socket, error);
    if (!error) admit(std::move(socket), &kShuttingDown);
  }
  acceptor_.close(error);
  pause_.cancel();
  for (Connection& connection : connections_) connection.drain();
  finish_if_done();
}

void Worker::cut() {
  for (auto next = connections_.begin(); next != connections_.end();) (next++)->cut();
}

void Worker::finish_if_done() {
  if (!context_.draining || accepts_ || !connections_.empty()) return;
  drain_deadline_ = Wire::Clock::time_point::max();
  watch_.cancel();
  context_.handler = nullptr;
  handler_.reset();
}

}  // namespace footfall::http
