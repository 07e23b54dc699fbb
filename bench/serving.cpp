#include "bench/serving.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace footfall::bench {

Serving::Serving(const std::string& program, const std::string& database_url)
    : folder_(std::filesystem::temp_directory_path() /
              fmt::format("footfall-serving-bench-{}", ::getpid())) {
  std::filesystem::create_directories(folder_);
  const std::string command =
      fmt::format("exec '{}' serve --db '{}' --listen 127.0.0.1:0 --access-log '{}' 2>'{}'",
                  program, database_url, (folder_ / "access.log").string(), log());
  tests::Child::Options options;
  options.arguments = {"/bin/sh", "-c", command};
  options.environment = {"SIMULATION_MODE=true",
                         std::string("FOOTFALL_ADMIN_TOKEN=") + kAdminToken};
  child_ = std::make_unique<tests::Child>(options);
  for (int i = 0; i < 600 && port_ == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    find_port();
  }
  if (port_ == 0) throw std::runtime_error("the server does not start: " + told());
}

Serving::~Serving() {
  child_->end({15}, std::chrono::seconds(10));
  std::filesystem::remove_all(folder_);
}

double Serving::megabytes() const {
  std::ifstream status(fmt::format("/proc/{}/status", child_->pid()));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

std::string Serving::told() const {
  std::stringstream text;
  text << std::ifstream(log()).rdbuf();
  return text.str();
}

void Serving::find_port() {
  const std::string text = told(), mark = "http://127.0.0.1:";
  const std::size_t at = text.find(mark);
  if (at == text.npos) return;
  port_ = static_cast<std::uint16_t>(std::stoi(text.substr(at + mark.size())));
}

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

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace footfall::bench
