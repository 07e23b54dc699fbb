// Goal: what `profile check` shows stays within the terminal, shows no token, and ends with what a
// run would do without. Method: a check made by hand, as text.
#include "cli/profile_text.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace footfall::cli {
namespace {

using State = ProfileStep::State;
using enum commerce::ApiAction;

ProfileCheck sample() {
  ProfileCheck check;
  check.profile = "Corner Shop";
  check.file = "shop.toml";
  check.service = "http://127.0.0.1:8000";
  check.who = "agent 1 (P-0001)";
  check.goods = "the bundled catalogue";
  check.token = "abc.def";
  check.steps = {{health, State::ok, "GET /v2/status", "", "", 200, 3'200, {}},
                 {enter,
                  State::ok,
                  "POST /v2/baskets?t=abc.def",
                  "Authorization: Bearer abc.def",
                  R"({"reference":")" + std::string(200, '7') + "\"}",
                  201,
                  12'300,
                  {"cart 9e37"}},
                 {browse, State::missing, "", "", "", 0, 0, {}},
                 {add_to_cart,
                  State::failed,
                  "POST /v2/basket/9e37/items",
                  "Authorization: Bearer abc.def",
                  "{}",
                  409,
                  900,
                  {"409 sold_out: /data/basket/total is not there"}},
                 {checkout, State::not_sent, "POST /v2/basket/9e37/purchase", "", "{}", 0, 0, {}},
                 {apply_coupons, State::left_out, "", "", "", 0, 0, {"no coupon is known"}}};
  return check;
}

TEST(ProfileText, ShowsEachActionAndWhatARunGoesWithout) {
  const std::string text = profile_check_text(sample(), {});
  EXPECT_TRUE(
      text.starts_with("Profile 'Corner Shop' (shop.toml) at http://127.0.0.1:8000\n"
                       "as agent 1 (P-0001), with the bundled catalogue\n\n"
                       "  health         ok        GET /v2/status"))
      << text;
  EXPECT_NE(text.find("  200    3.2 ms\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  browse         missing   nothing is sent\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  apply_coupons  left out  no coupon is known\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("\n1 of 6 actions failed. A live run goes without browse (nothing is sent)."),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("--buy sends the"), std::string::npos) << text;
}

TEST(ProfileText, FitsTheTerminalAndHidesTheToken) {
  for (const std::size_t width : {std::size_t{80}, std::size_t{160}}) {
    TextStyle style;
    style.width = width;
    const std::string text = profile_check_text(sample(), style);
    for (const std::string& line : split_list(text, '\n')) {
      EXPECT_LE(display_width(line), width) << line;
    }
    EXPECT_EQ(text.find("abc.def"), std::string::npos) << text;
    EXPECT_NE(text.find("Bearer ***"), std::string::npos) << text;
  }
}

TEST(ProfileText, HeadersAreShownWhenTheyChange) {
  const std::string text = profile_check_text(sample(), {});
  EXPECT_EQ(text.find("with Auth"), text.rfind("with Auth")) << text;
}

TEST(ProfileText, MaskingLeavesNothingOfTheToken) {
  EXPECT_EQ(masked("a=tok&b=tok", "tok"), "a=***&b=***");
  EXPECT_EQ(masked("text", ""), "text");
}

}  // namespace
}  // namespace footfall::cli
