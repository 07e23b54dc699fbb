#include "store/postgres/sentences.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace footfall::store::postgres {

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

std::string connect_reason(std::string_view message) {
  std::string reasons;
  while (!message.empty()) {
    std::string_view line = first_line(message);
    message.remove_prefix(std::min(message.size(), line.size() + 1));
    if (line.empty() || line.front() == '\t') continue;
    constexpr std::string_view kFailed = " failed: ", kFatal = "FATAL:  ";
    const auto failed = line.find(kFailed);
    if (failed != line.npos) line.remove_prefix(failed + kFailed.size());
    if (line.substr(0, kFatal.size()) == kFatal) line.remove_prefix(kFatal.size());
    if (reasons.find(line) != reasons.npos) continue;
    if (!reasons.empty()) reasons += "; ";
    reasons += line;
  }
  return reasons;
}

std::string connect_sentence(const std::string& where, const std::string& reason) {
  const auto says = [&](std::string_view words) { return reason.find(words) != reason.npos; };
  std::string_view advice = "Is it running, and are host, port, user and password right?";
  if (says("password")) {
    advice = "Are user and password right?";
  } else if (says("role \"") && says("does not exist")) {
    advice = "Is the user right?";
  } else if (says("database \"") && says("does not exist")) {
    advice = "Create it, or correct the name at the end of the URL.";
  } else if (says("too many") || says("connection slots")) {
    advice =
        "Close other programs that use it, allow fewer connections here, or raise "
        "max_connections there.";
  }
  return fmt::format("the database at {} cannot be reached: {}. {}", where, reason, advice);
}

std::string lost_sentence(const std::string& where, std::string_view reason) {
  return fmt::format("the connection to the database at {} was lost: {}. Is it still running?",
                     where, reason);
}

}  // namespace footfall::store::postgres
