#include "base/crash_point.hpp"

#ifdef FOOTFALL_CRASH_POINTS
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

namespace footfall {
namespace {

struct Wanted {
  std::string name;
  long passes = 1;
};

Wanted read_wanted() {
  const char* const text = std::getenv("FOOTFALL_CRASH_AT");
  Wanted wanted;
  if (!text) return wanted;
  wanted.name = text;
  const auto colon = wanted.name.find(':');
  if (colon == std::string::npos) return wanted;
  wanted.passes = std::strtol(wanted.name.c_str() + colon + 1, nullptr, 10);
  wanted.name.resize(colon);
  return wanted;
}

}  // namespace

void crash_point(const char* name) {
  static const Wanted wanted = read_wanted();
  static std::atomic<long> passed = 0;
  if (wanted.name.empty() || wanted.name != name) return;
  if (++passed == wanted.passes) std::raise(SIGKILL);
}

}  // namespace footfall
#else
namespace footfall {
void crash_point(const char*) {}
}  // namespace footfall
#endif
