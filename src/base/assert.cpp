#include "base/assert.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "base/assert_call.hpp"

namespace footfall {
namespace {

void (*before_assertion)() = nullptr;

}  // namespace

void call_before_assertion(void (*call)()) { before_assertion = call; }

void assertion_failed(std::string_view condition, std::string_view why, std::string_view file,
                      int line) {
  if (before_assertion) before_assertion();
  fmt::print(stderr, "footfall: internal error at {}:{}: {} ({})\n", file, line, why, condition);
  std::abort();
}

}  // namespace footfall
