// Goal: the flags of a live run choose what docs/LIVE.md says, and what is malformed or does not go
// together is refused with a sentence. Method: settings as the command line makes them.
#include "cli/live_target.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace footfall::cli {
namespace {

using std::chrono::milliseconds;
using Shop = LiveTarget::Shop;
using Keep = LiveTarget::Keep;
using Then = simulation::OnFreeze::Then;

// With an admin token, as a shell has it.
class LiveTargetTest : public testing::Test {
 protected:
  void SetUp() override {
    setenv("FOOTFALL_ADMIN_TOKEN", "0123456789012345678901234567890123456789", 1);
  }
  void TearDown() override { unsetenv("FOOTFALL_ADMIN_TOKEN"); }

  void set(std::string_view name, std::string_view text) {
    settings.set(name, text, "flag --" + std::string(name)).value();
  }
  LiveTarget target() { return live_target(settings, options).value(); }
  std::string refusal() {
    const auto made = live_target(settings, options);
    return made ? "nothing is wrong" : made.error().message();
  }

  Settings settings;
  SimulateOptions options;
};

TEST_F(LiveTargetTest, DirectRunsAreUnpacedWithoutARampAndEndWhenTheyFreeze) {
  options.direct = true;
  const LiveTarget made = target();
  EXPECT_EQ(made.shop, Shop::database);
  EXPECT_EQ(made.keep, Keep::database);
  EXPECT_FALSE(made.scale);
  EXPECT_TRUE(made.options.ramp.is_off());
  EXPECT_EQ(made.options.on_freeze.then, Then::exit);
  EXPECT_DOUBLE_EQ(made.options.breaker_share, 0.05);
  EXPECT_EQ(settings.text("activity"), "persona");
  EXPECT_FALSE(made.is_foreign());
}

TEST_F(LiveTargetTest, AgainstAServiceTheyArePacedAt48WithARampAndWait) {  // R6, R18, R27
  set("api", "http://127.0.0.1:8080/v1");
  const LiveTarget made = target();
  EXPECT_EQ(made.shop, Shop::api);
  EXPECT_EQ(made.keep, Keep::database);
  EXPECT_EQ(made.url->base, "/v1");
  EXPECT_EQ(made.scale, 48);
  EXPECT_FALSE(made.options.ramp.is_off());
  EXPECT_EQ(made.options.on_freeze.then, Then::wait);
  EXPECT_EQ(settings.text("activity"), "crowd");
  EXPECT_EQ(made.limits.sessions, 10);
  EXPECT_EQ(made.limits.rate.per_second, 50);
  EXPECT_TRUE(made.is_footfall_api());
}

TEST_F(LiveTargetTest, WhatIsChosenStays) {
  set("api", "http://127.0.0.1:8080");
  set("time-scale", "168");
  set("activity", "persona");
  set("ramp", "off");
  set("on-freeze", "retry:2.5");
  set("rate-policy", "adaptive");
  set("commit", "cycle");
  const LiveTarget made = target();
  EXPECT_EQ(made.scale, 168);
  EXPECT_EQ(settings.text("activity"), "persona");
  EXPECT_TRUE(made.options.ramp.is_off());
  EXPECT_EQ(made.options.on_freeze.then, Then::retry);
  EXPECT_EQ(made.options.on_freeze.retry, milliseconds(2500));
  EXPECT_EQ(made.limits.rate.policy, http::RatePolicy::adaptive);
  EXPECT_TRUE(made.commit_by_cycle);
  options.unpaced = true;
  EXPECT_FALSE(target().scale);
}

TEST_F(LiveTargetTest, MocksTakeTheirSide) {  // R24
  set("api", "http://127.0.0.1:8080");
  options.mock_api = true;
  EXPECT_EQ(target().shop, Shop::mock);
  EXPECT_EQ(target().keep, Keep::database);
  options.mock_api = false, options.mock_db = true;
  EXPECT_EQ(target().shop, Shop::api);
  EXPECT_EQ(target().keep, Keep::nothing);
  options.mock_db = false, options.dry_run = true;
  EXPECT_EQ(target().shop, Shop::mock);
  EXPECT_EQ(target().keep, Keep::nothing);
}

TEST_F(LiveTargetTest, ADryRunDoesNotWait) {
  set("api", "http://127.0.0.1:8080");
  set("for", "6h");
  options.dry_run = true;
  EXPECT_FALSE(target().scale);
  EXPECT_EQ(settings.text("until"), "2026-01-17") << "what the real one would live";
  settings = Settings();
  set("api", "http://127.0.0.1:8080");
  set("time-scale", "96");
  EXPECT_EQ(target().scale, 96) << "unless it is told to";
  settings = Settings();
  set("api", "http://127.0.0.1:8080");
  options.dry_run = false, options.mock_api = true;
  EXPECT_EQ(target().scale, 48) << "a database has to bear it";
}

TEST_F(LiveTargetTest, ARealTimeMakesRoomForItsSimulatedWeeks) {
  set("api", "http://127.0.0.1:8080");
  set("for", "6h");
  EXPECT_EQ(target().options.at_most, milliseconds(6 * 3600 * 1000));
  EXPECT_EQ(settings.text("weeks"), "2");  // 12 days at 48
  Settings chosen;
  settings = chosen;
  set("api", "http://127.0.0.1:8080");
  set("for", "6h");
  set("weeks", "1");
  target();
  EXPECT_EQ(settings.text("weeks"), "1");
}

TEST_F(LiveTargetTest, WhatIsMalformedIsRefusedWithItsSource) {
  options.direct = true;
  set("on-freeze", "retry:0");
  EXPECT_NE(refusal().find("flag --on-freeze: 'retry:0' is not allowed"), std::string::npos)
      << refusal();
  set("on-freeze", "wait");
  set("ramp", "50:2,10:2");
  EXPECT_NE(refusal().find("flag --ramp"), std::string::npos) << refusal();
  set("ramp", "off");
  set("for", "6 hours");
  EXPECT_NE(refusal().find("as 90s, 45m, 6h or 2d"), std::string::npos) << refusal();
}

TEST_F(LiveTargetTest, WhatDoesNotGoTogetherIsRefused) {
  set("api", "http://127.0.0.1:8080");
  unsetenv("FOOTFALL_ADMIN_TOKEN");
  EXPECT_NE(refusal().find("FOOTFALL_ADMIN_TOKEN"), std::string::npos) << refusal();
  options.mock_api = true;  // nobody is asked for a token
  set("journal", "api");
  EXPECT_NE(refusal().find("--journal api needs footfall's own API"), std::string::npos)
      << refusal();
}

TEST(ParseRealTime, KnowsSecondsMinutesHoursAndDays) {
  EXPECT_EQ(parse_real_time("90s").value(), milliseconds(90'000));
  EXPECT_EQ(parse_real_time("45m").value(), milliseconds(45 * 60'000));
  EXPECT_EQ(parse_real_time("1.5h").value(), milliseconds(90 * 60'000));
  EXPECT_EQ(parse_real_time("2d").value(), milliseconds(48 * 3'600'000));
  for (const char* wrong : {"", "6", "h", "-1h", "0s", "4000d", "6hh", "nan h", "infs"}) {
    EXPECT_FALSE(parse_real_time(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace footfall::cli
