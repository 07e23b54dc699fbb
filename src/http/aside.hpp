// Work that blocks for as long as it likes, on a thread of its own.
#pragma once

#include <functional>

#include "base/task.hpp"

namespace footfall::http {

// Returns when `work` has, and throws what it threw. If the caller is cancelled before, the thread
// goes on alone, so `work` must own what it uses. Throws boost::system::system_error where the
// system has no descriptor left, std::system_error where it has no thread.
Task<void> run_aside(std::function<void()> work);

}  // namespace footfall::http
