// footfall bench: loads a shop's API (load/load_run.hpp), or answers a load (load/echo.hpp).
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "cli/settings.hpp"
#include "load/load_run.hpp"

namespace footfall::cli {

struct EchoOptions {
  std::string listen = "127.0.0.1:8090";
  int threads = 1;
};
Result<void> bench_echo(const Settings& settings, const EchoOptions& options);

struct LoadFlags {
  std::string at_most = "10s";
  std::string rate = "off";
  int connections = 50;
  std::int64_t agents = 0;   // 0: all
  int sessions_at_once = 0;  // 0: one a connection
  bool own_host = false;
  bool json = false;
};
Result<void> bench_load(const Settings& settings, const LoadFlags& flags);

// What a load came to.
std::string load_text(const load::LoadReport& report, const std::string& target);
std::string load_json(const load::LoadReport& report, const std::string& target);

}  // namespace footfall::cli
