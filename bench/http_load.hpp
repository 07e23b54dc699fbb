// Whole shop sessions over HTTP: the units of shop_load.hpp, each five requests, from keep-alive
// connections of one thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "bench/shop_load.hpp"

namespace footfall::bench {

class HttpLoad {
 public:
  // `units`: who shops, and when; its database is the one that the server on `port` serves.
  HttpLoad(std::uint16_t port, std::string admin_token, ShopLoad& units);

  // Sessions a second; latencies are those of single requests.
  Load run(int connections, double seconds);

 private:
  struct Connection;
  Task<void> shopper(std::chrono::steady_clock::time_point until);
  Task<void> unit(Connection& connection, std::int64_t number);
  Task<void> exchange(Connection& connection, int expected);
  Task<void> move_to(std::int64_t hour);
  void run_all(std::vector<Task<void>> tasks);
  void begin_request(Connection& connection, const char* method, const char* target) const;

  boost::asio::ip::tcp::endpoint server_;
  std::string admin_token_;
  ShopLoad& units_;
  boost::asio::io_context io_{1};
  std::int64_t next_unit_ = 0, done_ = 0;
  std::vector<double> latencies_ms_;
};

}  // namespace footfall::bench
