// One client's connection through HttpFaultProxy: its requests, one after the other, each with the
// fault that the schedule gives it. For http_fault_proxy.cpp alone.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/task.hpp"
#include "tests/servers/http_fault_plan.hpp"
#include "tests/servers/http_fault_proxy.hpp"

namespace footfall::tests {

// What connections share. Belongs to the proxy's thread, but for the counts.
struct HttpFaultWorld {
  explicit HttpFaultWorld(int target_port);

  boost::asio::io_context io{1};
  boost::asio::ip::tcp::endpoint target;
  std::unique_ptr<HttpFaultSchedule> schedule;
  bool is_silent = false;

  template <typename Change>
  void count(Change change) {
    const std::lock_guard<std::mutex> lock(mutex);
    change(counts);
  }
  std::mutex mutex;
  HttpFaultCounts counts;
};

// On the proxy's thread. Outlives its serve().
class HttpFaultConnection {
 public:
  HttpFaultConnection(boost::asio::ip::tcp::socket client, HttpFaultWorld& world);

  // Returns when the connection has ended, whoever ended it. Once.
  Task<void> serve();
  // Both sockets; serve() returns soon.
  void reset();
  // Ends the stall, delay or pause that is under way, if one is.
  void release();

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  // What is read of one request and of its answer.
  struct Exchange {
    std::string request, answer;
    SeenRequest seen;  // of `request`
    std::size_t answer_head_bytes = 0;
    bool answer_is_last = false;  // on its connection
  };

  Task<void> serve_requests();
  Task<bool> carry_out(Exchange& exchange);
  Task<bool> pass_on(const Exchange& exchange, HttpFault fault);
  Task<void> ask_server(Exchange& exchange);
  Task<void> forward(Exchange& exchange);
  Task<void> connect_to_server();
  Task<void> write_slowly(std::string_view body);
  Task<void> hold(TimePoint until);
  Task<void> wait_while_silent();
  Task<void> wait_counted(TimePoint until);
  void expect_open() const;

  HttpFaultWorld& world_;
  boost::asio::ip::tcp::socket client_, server_;
  std::string from_client_, from_server_;  // received, not yet taken
  boost::asio::steady_timer timer_;
  bool waits_for_release_ = false;
  bool is_over_ = false;
};

}  // namespace footfall::tests
