// Goal: a program linked without dev tokens cannot be talked into them, by settings or by tokens.
// Method: this test links api_dev_tokens_off, as a production program does. (invariant 39)
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "api/auth/verifier.hpp"

namespace footfall::api {
namespace {

TEST(DevTokensOff, AreNotBuiltIn) {
  EXPECT_FALSE(dev_tokens_built_in());
  EXPECT_FALSE(dev_agent("dev:42"));
}

TEST(DevTokensOff, TheSettingStopsTheProgram) {
  AuthSettings settings;
  EXPECT_TRUE(check(settings));
  settings.dev_tokens = true;
  ASSERT_FALSE(check(settings));
  EXPECT_NE(check(settings).error().message().find("SIMULATION_MODE"), std::string::npos);
}

Task<void> ask_into(Verifier* verifier, std::optional<AuthAnswer>* answer) {
  Task<AuthAnswer> verifying = verifier->verify("Bearer dev:42");
  *answer = co_await std::move(verifying);
}

// Even if nobody asked check().
TEST(DevTokensOff, ATokenIsRefusedWhateverTheSettings) {
  boost::asio::io_context io;
  AuthSettings settings;
  settings.dev_tokens = true;
  const std::unique_ptr<Verifier> verifier = make_verifier(
      settings, nullptr, [] { return std::int64_t{1'800'000'000}; }, io.get_executor());
  std::optional<AuthAnswer> answer;
  boost::asio::co_spawn(io, ask_into(verifier.get(), &answer), [](std::exception_ptr) {});
  io.run();
  EXPECT_EQ(answer.value().failure, AuthFailure::invalid);
  EXPECT_EQ(answer->principal.kind, PrincipalKind::nobody);
}

}  // namespace
}  // namespace footfall::api
