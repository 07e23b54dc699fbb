// Whole shop sessions a second at the Store port: three adds of three lines, the wallet, a checkout
// with a coupon; every change durable. 50 in flight. PostgreSQL beside pgbench calling the same SQL
// functions on the same data in the same run (its best client count, by medians), and pgbench
// sending the same work statement by statement; SQLite; and the refresh of 10,000 wallets on each.
// Usage: store_bench [seconds a measurement, default 4] [rounds, default 3]
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/task_group.hpp"
#include "bench/pgbench.hpp"
#include "bench/shop_load.hpp"
#include "store/any/open.hpp"
#include "tests/servers/postgres_server.hpp"

namespace footfall::bench {
namespace {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Of the client counts' medians: a best of single measurements would be the luckiest one.
double best_median(const std::map<int, std::vector<double>>& rates) {
  double best = 0;
  for (const auto& [clients, values] : rates) best = std::max(best, median(values));
  return best;
}

void print_load(const char* what, const Load& load) {
  fmt::print("{:<42} {:>8.0f} units/s   p50 {:.2f} ms  p99 {:.2f} ms\n", what, load.rate,
             load.p50_ms, load.p99_ms);
}

void bench_sqlite(double seconds, int rounds) {
  const auto folder = std::filesystem::temp_directory_path() / "footfall-store-bench";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const std::string url = "sqlite:" + (folder / "shop.db").string();
  ShopLoad load(url);
  fmt::print("{:<42} {:>8.2f} s\n", "refresh of 10,000 wallets, 320,000 rows", load.refresh_all());
  std::vector<double> rates;
  for (int i = 0; i < rounds; ++i) {
    const Load one = load.run(50, seconds);
    print_load("SQLite, 50 in flight", one);
    rates.push_back(one.rate);
  }
  fmt::print("{:<42} {:>8.0f} units/s\n", "SQLite, median", median(rates));
  std::filesystem::remove_all(folder);
}

void bench_postgres(double seconds, int rounds) {
  tests::PostgresOptions options;
  options.durable = true;
  options.settings = {"shared_buffers=512MB", "max_wal_size=4GB"};
  tests::PostgresServer server(options);
  // The role has timeouts, as docs/SUPABASE.md sets it up; pgbench works under the same.
  ShopLoad load(server.url("footfall"));
  fmt::print("{:<42} {:>8.2f} s\n", "refresh of 10,000 wallets, 320,000 rows", load.refresh_all());
  server.psql("footfall", "VACUUM ANALYZE");
  constexpr int kClients[] = {1, 4, 8, 16, 50};
  // Plans, caches and the write-ahead log's files are there before anything is measured.
  load.run(50, seconds);
  for (const Script script : {Script::functions, Script::statements}) {
    pgbench(server, load, 8, seconds, script);
  }
  std::vector<double> ours;
  std::map<int, std::vector<double>> functions, statements;
  for (int i = 0; i < rounds; ++i) {
    const Load one = load.run(50, seconds);
    print_load("PostgreSQL, 50 in flight", one);
    ours.push_back(one.rate);
    for (const int clients : kClients) {
      functions[clients].push_back(pgbench(server, load, clients, seconds, Script::functions));
      statements[clients].push_back(pgbench(server, load, clients, seconds, Script::statements));
      fmt::print(
          "  pgbench -c {:<2} same functions {:>21.0f} units/s   statement by statement "
          "{:>6.0f} units/s\n",
          clients, functions[clients].back(), statements[clients].back());
    }
  }
  const double rate = median(ours);
  fmt::print("{:<42} {:>8.0f} units/s\n", "PostgreSQL, median", rate);
  fmt::print("{:<42} {:>8.2f} of pgbench's best (same functions)\n", "ratio of medians",
             rate / best_median(functions));
  fmt::print("{:<42} {:>8.2f} of pgbench's best (statement by statement)\n", "ratio of medians",
             rate / best_median(statements));
}

}  // namespace
}  // namespace footfall::bench

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 4;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 3;
  try {
    footfall::bench::bench_sqlite(seconds, rounds);
    footfall::bench::bench_postgres(seconds, rounds);
  } catch (const std::exception& error) {
    fmt::print(stderr, "store_bench: {}\n", error.what());
    return 1;
  }
}
