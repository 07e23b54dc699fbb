#include "tests/servers/http_fault_proxy.hpp"

#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <future>
#include <set>
#include <thread>
#include <utility>

#include "base/task.hpp"
#include "tests/servers/http_fault_connection.hpp"

namespace footfall::tests {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

using Acceptor = tcp::acceptor;
using SharePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
constexpr std::chrono::milliseconds kAcceptAgain{10};

}  // namespace

// Everything but the counts belongs to the thread.
class HttpFaultProxy::Impl {
 public:
  Impl(int target_port, HttpFaultPlan plan);
  ~Impl();

  int port() const { return own_.port(); }
  void follow(HttpFaultPlan plan);
  void down(Down how);
  void up();
  void release();
  HttpFaultCounts counts();

 private:
  using ConnectionPointer = std::shared_ptr<HttpFaultConnection>;

  void in_thread(std::function<void()> action);
  void start(Task<void> task);
  void listen();
  void stop_listening();
  void reset_all();
  Task<void> accept_all(std::shared_ptr<Acceptor> acceptor);
  Task<void> serve(ConnectionPointer connection);

  HttpFaultWorld world_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{world_.io.get_executor()};
  tcp::endpoint own_;
  tcp::socket reserved_{world_.io};     // keeps the port ours while nobody listens
  std::shared_ptr<Acceptor> acceptor_;  // null while connections are refused
  std::set<ConnectionPointer> connections_;
  std::thread thread_;
};

HttpFaultProxy::Impl::Impl(int target_port, HttpFaultPlan plan) : world_(target_port) {
  world_.schedule = std::make_unique<HttpFaultSchedule>(std::move(plan));
  reserved_.open(tcp::v4());
  reserved_.set_option(SharePort(true));
  reserved_.bind(tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  own_ = reserved_.local_endpoint();
  listen();
  thread_ = std::thread([this] { world_.io.run(); });
}

HttpFaultProxy::Impl::~Impl() {
  in_thread([this] {
    stop_listening();
    reset_all();
    work_.reset();
  });
  thread_.join();
}

void HttpFaultProxy::Impl::in_thread(std::function<void()> action) {
  std::packaged_task<void()> task(std::move(action));
  std::future<void> done = task.get_future();
  asio::post(world_.io, std::move(task));
  done.get();
}

// What no task expects ends the test.
void HttpFaultProxy::Impl::start(Task<void> task) {
  asio::co_spawn(world_.io, std::move(task), [](const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  });
}

void HttpFaultProxy::Impl::listen() {
  acceptor_ = std::make_shared<Acceptor>(world_.io);
  acceptor_->open(tcp::v4());
  acceptor_->set_option(SharePort(true));
  acceptor_->bind(own_);
  acceptor_->listen();
  start(accept_all(acceptor_));
}

void HttpFaultProxy::Impl::stop_listening() {
  if (acceptor_) acceptor_->close();
  acceptor_.reset();
}

void HttpFaultProxy::Impl::reset_all() {
  for (const ConnectionPointer& connection : connections_) connection->reset();
}

void HttpFaultProxy::Impl::follow(HttpFaultPlan plan) {
  auto schedule = std::make_unique<HttpFaultSchedule>(std::move(plan));
  in_thread([&] { world_.schedule = std::move(schedule); });
}

void HttpFaultProxy::Impl::down(Down how) {
  in_thread([this, how] {
    world_.is_silent = how == Down::silent;
    if (world_.is_silent && !acceptor_) listen();
    if (world_.is_silent) return;
    stop_listening();
    reset_all();
  });
}

void HttpFaultProxy::Impl::up() {
  in_thread([this] {
    if (std::exchange(world_.is_silent, false)) reset_all();
    if (!acceptor_) listen();
  });
}

void HttpFaultProxy::Impl::release() {
  in_thread([this] {
    for (const ConnectionPointer& connection : connections_) {
      connection->release();
    }
  });
}

HttpFaultCounts HttpFaultProxy::Impl::counts() {
  const std::lock_guard<std::mutex> lock(world_.mutex);
  return world_.counts;
}

Task<void> HttpFaultProxy::Impl::accept_all(std::shared_ptr<Acceptor> acceptor) {
  asio::steady_timer timer(world_.io);
  while (acceptor->is_open()) {
    error_code error;
    tcp::socket socket =
        co_await acceptor->async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (error && acceptor->is_open()) {  // no descriptor left, or the client has gone again
      timer.expires_after(kAcceptAgain);
      co_await timer.async_wait(asio::use_awaitable);
    }
    if (error) continue;
    socket.set_option(tcp::no_delay(true), error);
    auto connection = std::make_shared<HttpFaultConnection>(std::move(socket), world_);
    connections_.insert(connection);
    world_.count([](HttpFaultCounts& counts) { ++counts.connections, ++counts.open_connections; });
    start(serve(connection));
  }
}

Task<void> HttpFaultProxy::Impl::serve(ConnectionPointer connection) {
  co_await connection->serve();
  world_.count([](HttpFaultCounts& counts) { --counts.open_connections; });
  connections_.erase(connection);
}

std::int64_t HttpFaultCounts::of(HttpFault fault) const {
  const auto at = faults.find(fault);
  return at == faults.end() ? 0 : at->second;
}

std::int64_t HttpFaultCounts::reached_server(const std::string& method_and_path) const {
  const auto at = reached.find(method_and_path);
  return at == reached.end() ? 0 : at->second;
}

std::int64_t HttpFaultCounts::faults_in_all() const {
  std::int64_t sum = 0;
  for (const auto& [fault, times] : faults) sum += times;
  return sum;
}

std::int64_t HttpFaultCounts::reached_in_all() const {
  std::int64_t sum = 0;
  for (const auto& [where, times] : reached) sum += times;
  return sum;
}

HttpFaultProxy::HttpFaultProxy(int target_port, HttpFaultPlan plan)
    : impl_(std::make_unique<Impl>(target_port, std::move(plan))) {}

HttpFaultProxy::~HttpFaultProxy() = default;

int HttpFaultProxy::port() const { return impl_->port(); }
std::string HttpFaultProxy::url() const { return "http://127.0.0.1:" + std::to_string(port()); }
void HttpFaultProxy::follow(HttpFaultPlan plan) { impl_->follow(std::move(plan)); }
void HttpFaultProxy::down(Down how) { impl_->down(how); }
void HttpFaultProxy::up() { impl_->up(); }
void HttpFaultProxy::release() { impl_->release(); }
HttpFaultCounts HttpFaultProxy::counts() const { return impl_->counts(); }

}  // namespace footfall::tests
