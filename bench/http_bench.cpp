// Whole shop sessions a second over HTTP (three adds of three lines, the wallet, a checkout with a
// coupon; every change durable), at 50 and at 372 connections, on PostgreSQL, beside pgbench
// calling the same SQL functions on the same data in the same run (its best client count, by
// medians). Server, clients and database share the machine. Usage:
//   http_bench FOOTFALL-PROGRAM [seconds a measurement, default 4] [rounds, default 3]
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "bench/http_load.hpp"
#include "bench/pgbench.hpp"
#include "bench/serving.hpp"

namespace footfall::bench {
namespace {

void bench(const std::string& program, double seconds, int rounds) {
  tests::PostgresOptions options;
  options.durable = true;
  options.settings = {"shared_buffers=512MB", "max_wal_size=4GB"};
  tests::PostgresServer server(options);
  ShopLoad load(server.url("footfall"));
  load.refresh_all();
  server.psql("footfall", "VACUUM ANALYZE");
  const Serving serving(program, server.url("footfall"));
  HttpLoad http(serving.port(), kAdminToken, load);
  constexpr int kConnections[] = {50, 372};
  constexpr int kClients[] = {4, 8, 16, 50};
  http.run(50, seconds);
  pgbench(server, load, 8, seconds, Script::functions);
  std::map<int, std::vector<double>> ours, theirs;
  for (int i = 0; i < rounds; ++i) {
    for (const int connections : kConnections) {
      const double server_cpu = cpu_seconds("footfall"), database_cpu = cpu_seconds("postgres");
      const Load one = http.run(connections, seconds);
      const double sessions_ms = one.rate * seconds / 1000;
      fmt::print(
          "HTTP, {:>3} connections {:>26.0f} sessions/s   p50 {:.2f} ms  p99 {:.2f} ms; CPU a "
          "session: server {:.2f} ms, database {:.2f} ms\n",
          connections, one.rate, one.p50_ms, one.p99_ms,
          (cpu_seconds("footfall") - server_cpu) / sessions_ms,
          (cpu_seconds("postgres") - database_cpu) / sessions_ms);
      ours[connections].push_back(one.rate);
    }
    for (const int clients : kClients) {
      theirs[clients].push_back(pgbench(server, load, clients, seconds, Script::functions));
      fmt::print("  pgbench -c {:<2} same functions {:>16.0f} sessions/s\n", clients,
                 theirs[clients].back());
    }
  }
  double best = 0;
  for (const auto& [clients, rates] : theirs) best = std::max(best, median(rates));
  for (const auto& [connections, rates] : ours) {
    fmt::print("ratio of medians, {:>3} connections {:>14.2f} of pgbench's best\n", connections,
               median(rates) / best);
  }
  fmt::print("server's resident memory, 30,000 agents known {:>6.0f} MB\n", serving.megabytes());
}

}  // namespace
}  // namespace footfall::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: http_bench FOOTFALL-PROGRAM [seconds] [rounds]\n");
    return 2;
  }
  try {
    footfall::bench::bench(std::filesystem::absolute(argv[1]).string(),
                           argc > 2 ? std::atof(argv[2]) : 4, argc > 3 ? std::atoi(argv[3]) : 3);
  } catch (const std::exception& error) {
    fmt::print(stderr, "http_bench: {}\n", error.what());
    return 1;
  }
}
