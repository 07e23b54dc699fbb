#include "base/assert.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace footfall {

void assertion_failed(std::string_view condition, std::string_view why, std::string_view file,
                      int line) {
  fmt::print(stderr, "footfall: internal error at {}:{}: {} ({})\n", file, line, why, condition);
  std::abort();
}

}  // namespace footfall
