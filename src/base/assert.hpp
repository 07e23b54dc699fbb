// The one assertion of the project. Active in every build: a wrong simulation is worse than none.
#pragma once

#include <string_view>

namespace footfall {

// Prints where and why, then aborts. Never returns.
[[noreturn]] void assertion_failed(std::string_view condition, std::string_view why,
                                   std::string_view file, int line);

}  // namespace footfall

// For bugs of ours only; what the caller or the world did wrong is a Result or a Failure.
#define FF_ASSERT(condition, why)                                        \
  do {                                                                   \
    if (!(condition)) [[unlikely]]                                       \
      ::footfall::assertion_failed(#condition, why, __FILE__, __LINE__); \
  } while (false)
