// The outside world failed: thrown, and caught where a unit of work ends (STYLE section 5).
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace footfall {

// A sentence for the user, complete: what failed, where, what to do.
class Failure : public std::runtime_error {
 public:
  // unavailable: what is needed is not there now (a connection was lost or could not be made).
  // busy: it is there, but too much is going on (a lock or a turn was not had in time). Either may
  // work in a moment.
  enum class Kind : std::uint8_t { other, unavailable, busy };

  explicit Failure(const std::string& message, Kind kind = Kind::other)
      : std::runtime_error(message), kind_(kind) {}

  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

}  // namespace footfall
