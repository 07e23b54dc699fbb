#include "store/postgres/arrays.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace footfall::store::postgres {

std::vector<std::string_view> words(std::string_view array) {
  std::vector<std::string_view> out;
  if (array.size() < 2) return out;
  array = array.substr(1, array.size() - 2);
  while (!array.empty()) {
    const auto comma = std::min(array.find(','), array.size());
    out.push_back(array.substr(0, comma));
    array.remove_prefix(std::min(comma + 1, array.size()));
  }
  return out;
}

std::string doubles(const std::vector<double>& values) {
  std::string out = "{";
  for (const double value : values) {
    fmt::format_to(std::back_inserter(out), "{}{}", out.size() > 1 ? "," : "", value);
  }
  return out + "}";
}

}  // namespace footfall::store::postgres
