// The world of the pool's tests: one io_context and a pool on a server that all tests share.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/postgres/pool.hpp"
#include "tests/servers/postgres_server.hpp"

namespace footfall::store::postgres {

inline tests::PostgresServer& server() {
  static tests::PostgresServer server;
  return server;
}

inline PoolLimits small_limits() {
  PoolLimits limits;
  limits.kept = 4;
  limits.extra = 2;
  limits.idle_max = std::chrono::milliseconds(300);
  return limits;
}

struct World {
  explicit World(const std::string& url, const PoolLimits& limits = small_limits())
      : bound(std::make_shared<PoolBound>(limits.kept + limits.extra)),
        pool(context.get_executor(), url, limits, bound) {}

  void start(Task<void> task) {
    const auto rethrow = [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    };
    boost::asio::co_spawn(context, std::move(task), rethrow);
  }
  // Ends when nothing is left to do: that it returns is half of what is tested.
  void run() {
    context.restart();
    context.run();
  }

  boost::asio::io_context context;
  std::shared_ptr<PoolBound> bound;
  Pool pool;
  int done = 0;
  std::vector<int> order;
  std::string what, sqlstate;  // of the last error that note() saw
  bool lost = false;
};

}  // namespace footfall::store::postgres
