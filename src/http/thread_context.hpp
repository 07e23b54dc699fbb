// What the connections of one thread share. Only the counters are read by other threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "http/answer_head.hpp"
#include "http/server.hpp"
#include "telemetry/log.hpp"

namespace footfall::http {

struct ThreadContext {
  const ServerOptions& options;
  telemetry::Log& log;
  telemetry::Log* access_log;  // null: none
  std::string id_prefix;       // of request ids made here: no other thread or process has it
  std::uint64_t ids_made = 0;
  Handler* handler = nullptr;
  bool draining = false;
  DateText date;
  std::string access_line;
  std::atomic<std::int64_t> accepted{0}, refused{0}, requests{0}, server_errors{0};
};

}  // namespace footfall::http
