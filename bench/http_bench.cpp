// Whole shop sessions a second over HTTP (three adds of three lines, the wallet, a checkout with a
// coupon; every change durable), at 50 and at 372 connections, on PostgreSQL, beside pgbench
// calling the same SQL functions on the same data in the same run (its best client count, by
// medians). Server, clients and database share the machine. Usage:
//   http_bench FOOTFALL-PROGRAM [seconds a measurement, default 4] [rounds, default 3]
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <thread>

#include "bench/http_load.hpp"
#include "bench/pgbench.hpp"
#include "tests/servers/child.hpp"

namespace footfall::bench {
namespace {

const std::string kAdminToken = "admin-token-of-the-benchmark-0123456789";

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// CPU seconds that processes of this name, and their children that ended, have used so far.
double cpu_seconds(const std::string& name) {
  double ticks = 0;
  for (const auto& process : std::filesystem::directory_iterator("/proc")) {
    std::string text;
    std::getline(std::ifstream(process.path() / "stat"), text);
    const std::size_t open = text.find('('), close = text.rfind(')');
    if (close == text.npos || text.substr(open + 1, close - open - 1) != name) continue;
    std::istringstream fields(text.substr(close + 2));
    std::string skipped;
    for (int i = 3; i < 14; ++i) fields >> skipped;
    double user = 0, system = 0, of_children_user = 0, of_children_system = 0;
    fields >> user >> system >> of_children_user >> of_children_system;
    ticks += user + system + of_children_user + of_children_system;
  }
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

// `footfall serve` as people run it, its access log in a file.
class Serving {
 public:
  Serving(const std::string& program, const std::string& url)
      : folder_(std::filesystem::temp_directory_path() /
                fmt::format("footfall-http-bench-{}", ::getpid())) {
    std::filesystem::create_directories(folder_);
    const std::string command =
        fmt::format("exec '{}' serve --db '{}' --listen 127.0.0.1:0 --access-log '{}' 2>'{}'",
                    program, url, (folder_ / "access.log").string(), log());
    tests::Child::Options options;
    options.arguments = {"/bin/sh", "-c", command};
    options.environment = {"SIMULATION_MODE=true", "FOOTFALL_ADMIN_TOKEN=" + kAdminToken};
    child_ = std::make_unique<tests::Child>(options);
    for (int i = 0; i < 600 && port_ == 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      find_port();
    }
    if (port_ == 0) throw std::runtime_error("the server does not start: " + told());
  }
  ~Serving() {
    child_->end({15}, std::chrono::seconds(10));
    std::filesystem::remove_all(folder_);
  }
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  std::uint16_t port() const { return port_; }
  // Resident memory now.
  double megabytes() const {
    std::ifstream status(fmt::format("/proc/{}/status", child_->pid()));
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
    }
    return 0;
  }

 private:
  std::string log() const { return (folder_ / "log").string(); }
  std::string told() const {
    std::stringstream text;
    text << std::ifstream(log()).rdbuf();
    return text.str();
  }
  void find_port() {
    const std::string text = told(), mark = "http://127.0.0.1:";
    const std::size_t at = text.find(mark);
    if (at != text.npos) {
      port_ = static_cast<std::uint16_t>(std::stoi(text.substr(at + mark.size())));
    }
  }

  std::filesystem::path folder_;
  std::unique_ptr<tests::Child> child_;
  std::uint16_t port_ = 0;
};

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
