// The outside world failed: thrown, and caught where a unit of work ends (STYLE section 5).
#pragma once

#include <stdexcept>
#include <string>

namespace footfall {

// A sentence for the user, complete: what failed, where, what to do.
class Failure : public std::runtime_error {
 public:
  explicit Failure(const std::string& message) : std::runtime_error(message) {}
};

}  // namespace footfall
