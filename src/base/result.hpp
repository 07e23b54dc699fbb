// What a function answers when the caller must decide what to do about an error (STYLE section 5).
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <utility>

namespace footfall {

enum class Errc {
  internal,
  invalid_input,   // a value outside what is allowed: file, flag, argument
  not_found,       // a file, a table, an id that does not exist
  already_exists,  // would overwrite or contradict what is there
  incompatible,    // another program's database, a newer schema
  too_large,       // a limit on input was passed
  io,              // the file system or the database refused
};

// An error code and a sentence for the user: what was wrong, where, what was allowed, what to do.
class Error {
 public:
  Error() = default;
  Error(Errc code, std::string message) : code_(code), message_(std::move(message)) {}

  Errc code() const { return code_; }
  const std::string& message() const { return message_; }

 private:
  Errc code_ = Errc::internal;
  std::string message_;
};

// Thrown by Result::value() when there is an error nobody looked at: a bug of the caller.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location&);

template <typename T>
using Result = boost::system::result<T, Error>;

}  // namespace footfall
