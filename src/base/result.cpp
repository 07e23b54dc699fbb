#include "base/result.hpp"

#include "base/failure.hpp"

namespace footfall {

void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw Failure(error.message());
}

}  // namespace footfall
