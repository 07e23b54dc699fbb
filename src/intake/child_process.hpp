// Work on untrusted input, done in a child process whose crash or hunger hurts nobody.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/result.hpp"

namespace footfall::intake {

struct ChildLimits {
  std::int64_t memory_bytes_max = 0;  // address space; not enforced on macOS, nor when sanitized
  int cpu_seconds_max = 0;            // processor time
  int wall_ms_max = 0;                // from the fork to the end of the output
};

enum class ChildEnd {
  finished,       // returned from its work
  crashed,        // a signal, or an exception it did not catch
  out_of_memory,  // std::bad_alloc
  out_of_cpu,
  out_of_time,  // wall time; killed
  stopped,      // `consume` answered false; killed
};

// Forks, runs `work` in the child and feeds what it writes to its descriptor to `consume` here, in
// pieces of any size, until the child ends or `consume` answers false. The child is gone when this
// returns or throws. The child has the caller's memory as it was, but no files, input or output.
// Call it while the process has no other threads (see read_table). Never call it within a child.
// Errors: io, if no pipe or process can be had.
Result<ChildEnd> run_in_child(const ChildLimits& limits, const std::function<void(int fd)>& work,
                              const std::function<bool(std::string_view piece)>& consume);

}  // namespace footfall::intake
