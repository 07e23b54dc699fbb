// For the tests of HttpFaultProxy: a raw client before it, and a server of ours behind it.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "http/server.hpp"
#include "tests/servers/http_fault_proxy.hpp"
#include "tests/servers/http_framing.hpp"
#include "tests/servers/loopback.hpp"

namespace footfall::tests {

inline bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

// A client made of a socket. Waits ten seconds at most.
class RawClient {
 public:
  explicit RawClient(int port) : socket_(start_connecting(port)) { wait_for(POLLOUT); }

  bool is_connected() const { return tests::is_connected(socket_); }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t size = tests::send(socket_, bytes.data(), bytes.size());
      if (size < 0 && !(is_temporary(errno) && wait_for(POLLOUT))) return;
      bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    }
  }
  // One whole answer; what came of it if the connection ended first.
  std::string answer(bool to_head = false) {
    HttpFraming framing(to_head ? HttpFraming::Kind::answer_without_body
                                : HttpFraming::Kind::answer);
    while (!framing.is_whole(received_) && fill()) continue;
    return take(framing.is_whole(received_) ? framing.bytes() : received_.size());
  }
  std::string ask(std::string_view request) {
    send(request);
    return answer();
  }
  // The next `count` bytes, or fewer at the end.
  std::string some(std::size_t count) {
    while (received_.size() < count && fill()) continue;
    return take(count);
  }
  bool has_something() const {
    pollfd polled{socket_.number(), POLLIN, 0};
    return !received_.empty() || ::poll(&polled, 1, 0) > 0;
  }
  bool was_closed() { return !fill() && received_.empty() && error_ == 0; }
  bool was_reset() { return !fill() && received_.empty() && error_ == ECONNRESET; }

 private:
  bool wait_for(short events) const {
    pollfd polled{socket_.number(), events, 0};
    return ::poll(&polled, 1, 10'000) == 1;
  }
  bool fill() {
    char bytes[4096];
    if (!wait_for(POLLIN)) error_ = ETIMEDOUT;
    const ssize_t size = receive(socket_, bytes, sizeof bytes);
    if (size < 0 && error_ == 0) error_ = errno;
    if (size > 0) received_.append(bytes, static_cast<std::size_t>(size));
    return size > 0;
  }
  std::string take(std::size_t count) {
    const std::string taken = received_.substr(0, count);
    received_.erase(0, taken.size());
    return taken;
  }

  Descriptor socket_;
  std::string received_;
  int error_ = 0;
};

// Answers with the request's body, or "hello"; counts what arrives.
class EchoHandler final : public http::Handler {
 public:
  explicit EchoHandler(std::atomic<int>& served) : served_(served) {}
  Task<http::Response> handle(const http::Request& request) override {
    ++served_;
    http::Response response;
    response.body = request.body.empty() ? "hello" : request.body;
    co_return response;
  }

 private:
  std::atomic<int>& served_;
};

inline std::string get(const std::string& target, const std::string& headers = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
}
inline std::string post(const std::string& target, const std::string& body) {
  return "POST " + target +
         " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}
inline std::string status(const std::string& answer) {
  return answer.substr(0, answer.find("\r\n"));
}
inline std::string body(const std::string& answer) {
  const std::size_t at = answer.find("\r\n\r\n");
  return at == answer.npos ? "(no head)" : answer.substr(at + 4);
}
inline std::size_t head_bytes(const std::string& answer) { return answer.find("\r\n\r\n") + 4; }

class HttpFaultProxyTest : public testing::Test {
 protected:
  HttpFaultProxyTest() {
    start_server();
    proxy_ = std::make_unique<HttpFaultProxy>(options_.port);
  }
  ~HttpFaultProxyTest() override {
    proxy_.reset();
    stop_server();
  }

  void start_server() {
    server_ = std::make_unique<http::Server>(
        options_,
        [this](int, const boost::asio::any_io_executor&) {
          return std::make_unique<EchoHandler>(served_);
        },
        *log_, nullptr);
    ASSERT_TRUE(server_->listen());
    options_.port = server_->port();
    thread_ = std::thread([this] { server_->run(); });
  }
  void stop_server() {
    if (!thread_.joinable()) return;
    server_->stop(), server_->stop();
    thread_.join();
  }
  void follow(std::map<std::int64_t, HttpFault> exactly) {
    plan_.rules = {{.exactly = std::move(exactly)}};
    proxy_->follow(plan_);
  }
  void wait_until_held(int count) const {
    EXPECT_TRUE(eventually([&] { return proxy_->counts().held == count; }));
  }
  void expect_passes(RawClient& client) const {
    const int before = served_;
    EXPECT_EQ(body(client.ask(get("/ok"))), "hello");
    EXPECT_EQ(served_, before + 1);
  }
  void expect_passes() const {
    RawClient client(proxy_->port());
    expect_passes(client);
  }

  const std::unique_ptr<telemetry::Log> log_ = telemetry::Log::open("off").value();
  http::ServerOptions options_{.body_max = 8 * 1024 * 1024};
  std::atomic<int> served_{0};
  std::unique_ptr<http::Server> server_;
  std::thread thread_;
  HttpFaultPlan plan_;
  std::unique_ptr<HttpFaultProxy> proxy_;
};

}  // namespace footfall::tests
