// `footfall serve` as people run it, for benchmarks: a process of its own, on a free port.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/servers/child.hpp"

namespace footfall::bench {

inline constexpr const char* kAdminToken = "admin-token-of-the-benchmark-0123456789";

class Serving {
 public:
  // Its access log is a file. Throws std::runtime_error if it does not start within 30 s.
  Serving(const std::string& program, const std::string& database_url);
  ~Serving();
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  std::uint16_t port() const { return port_; }
  double megabytes() const;  // resident, now

 private:
  std::string log() const { return (folder_ / "log").string(); }
  std::string told() const;
  void find_port();

  std::filesystem::path folder_;
  std::unique_ptr<tests::Child> child_;
  std::uint16_t port_ = 0;
};

// CPU seconds that processes of this name, and their children that ended, have used so far.
double cpu_seconds(const std::string& name);

double median(std::vector<double> values);

}  // namespace footfall::bench
