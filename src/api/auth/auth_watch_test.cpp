// Goal: what grew is told once, with its number. Method: counts as the verifier would give them.
#include "api/auth/auth_watch.hpp"

#include <gtest/gtest.h>

namespace footfall::api {
namespace {

using Sentences = std::vector<std::string>;

TEST(AuthWatch, TellsUsesOfDevTokensOnce) {
  AuthWatch watch;
  AuthCounts counts;
  EXPECT_EQ(watch.look(counts), Sentences{});
  counts.dev_accepted = 3;
  EXPECT_EQ(watch.look(counts), (Sentences{"development tokens were accepted 3 times in the last "
                                           "minute: never in production"}));
  EXPECT_EQ(watch.look(counts), Sentences{});
  counts.dev_accepted = 4;
  EXPECT_EQ(watch.look(counts), (Sentences{"development tokens were accepted once in the last "
                                           "minute: never in production"}));
}

TEST(AuthWatch, TellsFailedFetchesAndWhy) {
  AuthWatch watch;
  AuthCounts counts;
  counts.fetch_failures = 2;
  counts.fetch_problem = "https://a.example does not answer";
  EXPECT_EQ(watch.look(counts),
            (Sentences{"fetching the identity provider's keys failed 2 times in the last minute: "
                       "https://a.example does not answer"}));
  EXPECT_EQ(watch.look(counts), Sentences{});
  counts.fetch_failures = 3;
  counts.fetch_problem.clear();
  EXPECT_EQ(watch.look(counts),
            (Sentences{"fetching the identity provider's keys failed once in the last minute; it "
                       "succeeds again"}));
}

}  // namespace
}  // namespace footfall::api
