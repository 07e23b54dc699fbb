// Goal: the library with dev tokens reads exactly their form. Method: texts by hand, random
// numbers.
#include "api/auth/dev_tokens.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace footfall::api {
namespace {

TEST(DevTokens, AreBuiltIn) { EXPECT_TRUE(dev_tokens_built_in()); }

TEST(DevTokens, RefusesOtherForms) {
  for (const char* token : {"", "dev", "dev:", "dev:0", "dev:007", "dev:100000000", "dev:+1",
                            "dev:1 ", " dev:1", "DEV:1", "dev:\xd9\xa1", "dev:dev:1", "1"}) {
    EXPECT_FALSE(dev_agent(token)) << token;
  }
}

RC_GTEST_PROP(DevTokens, NameTheirAgent, ()) {
  const auto number = *rc::gen::inRange<std::int64_t>(1, 100'000'000);
  RC_ASSERT(dev_agent("dev:" + std::to_string(number)) == AgentId{number});
}

}  // namespace
}  // namespace footfall::api
