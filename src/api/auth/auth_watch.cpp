#include "api/auth/auth_watch.hpp"

namespace footfall::api {

std::vector<std::string> AuthWatch::look(const AuthCounts& counts) {
  std::vector<std::string> sentences;
  const auto times = [](std::int64_t n) {
    return n == 1 ? std::string("once") : std::to_string(n) + " times";
  };
  if (const std::int64_t more = counts.dev_accepted - seen_.dev_accepted; more > 0) {
    sentences.push_back("development tokens were accepted " + times(more) +
                        " in the last minute: never in production");
  }
  if (const std::int64_t more = counts.fetch_failures - seen_.fetch_failures; more > 0) {
    const bool again = counts.fetch_problem.empty();
    sentences.push_back("fetching the identity provider's keys failed " + times(more) +
                        " in the last minute" +
                        (again ? "; it succeeds again" : ": " + counts.fetch_problem));
  }
  seen_ = counts;
  return sentences;
}

}  // namespace footfall::api
