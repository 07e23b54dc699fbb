#include "cli/behavior_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <fstream>
#include <sstream>

#include "base/text.hpp"

namespace footfall::cli {
namespace {

using shopper::Coefficients;

template <std::size_t kSize>
Result<void> read_array(const toml::node& node, std::string_view key,
                        std::array<double, kSize>& out) {
  const toml::array* array = node.as_array();
  const Error bad(Errc::invalid_input, fmt::format("{} must be a list of {} numbers", key, kSize));
  if (!array || array->size() != kSize) return bad;
  for (std::size_t i = 0; i < kSize; ++i) {
    const auto number = (*array)[i].value<double>();
    if (!number) return bad;
    out[i] = *number;
  }
  return {};
}

Result<void> read_key(const std::string& key, const toml::node& node, Coefficients& out) {
  if (key == "hour_shares") return read_array(node, key, out.hour_shares);
  if (key == "day_shares") return read_array(node, key, out.day_shares);
  if (key == "season") return read_array(node, key, out.season);
  std::vector<std::string> known = {"hour_shares", "day_shares", "season"};
  for (const shopper::CoefficientInfo& info : shopper::coefficient_table()) {
    known.emplace_back(info.key);
    if (info.key != key) continue;
    const auto number = node.value<double>();
    if (!number) return Error(Errc::invalid_input, fmt::format("{} must be a number", key));
    out.*info.field = *number;
    return {};
  }
  const std::string near = nearest(key, known);
  return Error(Errc::invalid_input,
               fmt::format("there is no coefficient '{}'{}", key,
                           near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

}  // namespace

Result<Coefficients> parse_behavior(const std::string& text, const std::string& name) {
  Coefficients out;
  toml::table file;
  try {
    file = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return Error(Errc::invalid_input, fmt::format("{}, line {}: {}", name,
                                                  error.source().begin.line, error.description()));
  }
  for (const auto& [key, node] : file) {
    if (const auto done = read_key(std::string(key.str()), node, out); !done) {
      return Error(
          done.error().code(),
          fmt::format("{}, line {}: {}", name, node.source().begin.line, done.error().message()));
    }
  }
  if (const auto good = shopper::check(out); !good) {
    return Error(good.error().code(), fmt::format("{}: {}", name, good.error().message()));
  }
  return out;
}

Result<Coefficients> read_behavior_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return Error(Errc::not_found, fmt::format("there is no file {}, or it cannot be read", path));
  std::ostringstream text;
  text << file.rdbuf();
  return parse_behavior(text.str(), path);
}

}  // namespace footfall::cli
