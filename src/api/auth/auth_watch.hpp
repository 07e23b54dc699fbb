// What an operator should hear about tokens, from the verifier's counts.
#pragma once

#include <string>
#include <vector>

#include "api/auth/verifier.hpp"

namespace footfall::api {

// Not thread-safe.
class AuthWatch {
 public:
  // Warnings about what came since the last look; to be called once a minute.
  std::vector<std::string> look(const AuthCounts& counts);

 private:
  AuthCounts seen_;
};

}  // namespace footfall::api
