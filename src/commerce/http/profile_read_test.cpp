// Goal: an answer says what the profile's pointers find in it, to the last digit; whatever else a
// service sends is a refusal that the profile names, or a failure that says what stood where.
#include <fmt/format.h>

#include "commerce/http/profile_fixture.hpp"
#include "commerce/http/profile_json.hpp"

namespace footfall::commerce {
namespace {

using enum ApiAction;

// The total of a checkout that answers this.
ApiOutcome priced(const Profile& profile, std::string_view total) {
  return profile.read(checkout, 200, fmt::format(R"({{"order":{{"id":1,"total":{}}}}})", total));
}

TEST(ProfileRead, TakesDecimalAmountsExactly) {
  const Profile profile = profile_of(kSampleProfile);
  const std::pair<std::string_view, std::int64_t> amounts[] = {
      {"12.34", 1234},
      {"\"12.34\"", 1234},
      {"0.1", 10},
      {"7", 700},
      {"\"12.3400\"", 1234},
      {"0.07", 7},
      {"999999999.99", 99999999999},
      {"12.340000000000001", 1234},
      {"12.339999999999998", 1234},
      {"0.9999999999999999", 100},
      {"70000.10000000001", 7000010},
      {"1155002.3399999999", 115500234},
      {"12345678.120000001", 1234567812},
  };
  for (const auto& [text, minor] : amounts) {
    const ApiOutcome outcome = priced(profile, text);
    ASSERT_TRUE(outcome.ok) << text << ": " << outcome.problem;
    EXPECT_EQ(outcome.total, Money{minor}) << text;
  }
  for (const std::string_view text :
       {"12.345", "12.3401", "\"12,34\"", "-1", "1e3", "12.34e0", "\"\"", "\"abc\"", "true", "[1]",
        "1000000001", "123456789.123456", "\"0x10\"", "\" 1\"", "\"12.\"",
        "1234567890123456789012345678901234567890"}) {
    const ApiOutcome outcome = priced(profile, text);
    EXPECT_FALSE(outcome.ok) << text;
    EXPECT_FALSE(outcome.total) << text;
    EXPECT_TRUE(outcome.problem.starts_with(
        "200 /order/total: must be an amount like 12.34, but there is "))
        << outcome.problem;
  }
}

TEST(ProfileRead, TakesMinorUnitsExactly) {
  const Profile profile = profile_of(changed("\"decimal\"", "\"minor\""));
  EXPECT_EQ(priced(profile, "1234").total, Money{1234});
  EXPECT_EQ(priced(profile, "\"1234\"").total, Money{1234});
  EXPECT_EQ(priced(profile, "100000000000").total, kMoneyMax);
  for (const std::string_view text :
       {"12.34", "1e3", "-5", "100000000001", "\"\"", "\"+5\"", "1.0", "99999999999999999999"}) {
    EXPECT_FALSE(priced(profile, text).ok) << text;
  }
}

TEST(ProfileRead, KeepsIdsAsTheTextTheyAre) {
  const Profile profile = profile_of(kSampleProfile);
  const auto cart = [&](std::string_view id) {
    return profile.read(enter, 201, fmt::format(R"({{"basket":{{"id":{}}}}})", id));
  };
  for (const std::string_view id : {"9007199254740993", "18446744073709551616", "-3", "0"}) {
    EXPECT_EQ(cart(id).cart, id) << cart(id).problem;
  }
  EXPECT_EQ(cart("\"b7e1-\\u00e4\\\"\"").cart, "b7e1-ä\"");
  for (const std::string_view id : {"1.5", "1e3", "true", "null", "\"\"", "{}", "[]"}) {
    EXPECT_FALSE(cart(id).ok) << id;
    EXPECT_EQ(cart(id).cart, "") << id;
  }
  const std::string long_id(201, 'x');
  EXPECT_FALSE(cart('"' + long_id + '"').ok);
  EXPECT_EQ(cart('"' + long_id.substr(1) + '"').cart, long_id.substr(1));
}

TEST(ProfileRead, NamesWhatIsNotAsTheProfileSays) {
  const Profile profile = profile_of(kSampleProfile);
  const auto problem = [&](ApiAction action, std::string_view body) {
    const ApiOutcome outcome = profile.read(action, 200, body);
    EXPECT_FALSE(outcome.ok || outcome.refusal) << body;
    return outcome.problem;
  };
  EXPECT_EQ(problem(enter, R"({"basket":7})"),
            "200 /basket/id: must be a text or whole number of at most 200 bytes, but there is "
            "nothing");
  EXPECT_EQ(problem(enter, R"({"basket":{"id":["x"]}})"),
            "200 /basket/id: must be a text or whole number of at most 200 bytes, but there is a "
            "list");
  EXPECT_EQ(problem(list_products, R"({"items":{}})"),
            "200 /items: must be a list, but there is an object");
  EXPECT_EQ(problem(list_products, R"({"items":[{"id":"1","sku":"s","cost":"2"},{"id":null}]})"),
            "200 /items/1/id: must be a text or whole number of at most 200 bytes, but there is "
            "null");
  EXPECT_EQ(problem(list_products, R"({"items":[{"id":"1","cost":"cheap"}]})"),
            "200 /items/0/cost: must be an amount like 12.34, but there is \"cheap\"");
  EXPECT_EQ(problem(list_products, R"({"items":[],"next":{}})"),
            "200 /next: must be a text or whole number of at most 2000 bytes, but there is an "
            "object");
  EXPECT_EQ(problem(view_coupons, R"([{"id":"1","code":"A","to":"soon"}])"),
            "200 /0/to: must be a moment like 2026-01-05T10:00:00Z, but there is \"soon\"");
  EXPECT_EQ(problem(apply_coupons, R"({"total":1,"coupons":[{"code":"A","state":"odd"}]})"),
            "200 /coupons/0/state: must be a refusal that footfall knows or the action's `words` "
            "translate, but there is \"odd\"");
  EXPECT_EQ(problem(find_order, R"({"orders":[{"id":"o"}]})"),
            "200 /orders/0/total: must be an amount like 12.34, but there is nothing");
  EXPECT_EQ(problem(enter, "<html>Sorry</html>"),
            "200 the body is no JSON: syntax error at byte 0: <html>Sorry</html>");
  EXPECT_EQ(problem(enter, ""), "200 the body is no JSON: incomplete JSON at byte 0: ");
}

TEST(ProfileRead, LeavesOutWhatNeedNotBeThere) {
  const Profile profile = profile_of(kSampleProfile);
  const ApiOutcome goods = profile.read(list_products, 200, R"({"items":[{"id":5,"cost":null}]})");
  ASSERT_TRUE(goods.ok) << goods.problem;
  ASSERT_EQ(goods.products.size(), 1U);
  EXPECT_EQ(goods.products[0].id, "5");
  EXPECT_EQ(goods.products[0].sku, "");
  EXPECT_FALSE(goods.products[0].price);
  EXPECT_EQ(goods.next, "");
  const ApiOutcome wallet = profile.read(view_coupons, 200, R"([{"id":1,"code":"A","to":null}])");
  ASSERT_TRUE(wallet.ok) << wallet.problem;
  EXPECT_FALSE(wallet.coupons[0].expires || wallet.coupons[0].assigned);
  EXPECT_TRUE(profile.read(view_coupons, 200, "null").ok) << "a list that is empty";
}

TEST(ProfileRead, TakesMomentsWithFractionsAndOffsets) {
  const Profile profile = profile_of(kSampleProfile);
  const auto moment = [&](std::string_view text) -> std::string {
    const ApiOutcome wallet =
        profile.read(view_coupons, 200, fmt::format(R"([{{"id":1,"code":"A","to":"{}"}}])", text));
    return wallet.ok ? to_string(*wallet.coupons[0].expires) : "";
  };
  EXPECT_EQ(moment("2026-01-05"), "2026-01-05T00:00:00Z");
  EXPECT_EQ(moment("2026-01-05T10:00:00"), "2026-01-05T10:00:00Z");
  EXPECT_EQ(moment("2026-01-05T10:00:00Z"), "2026-01-05T10:00:00Z");
  EXPECT_EQ(moment("2026-01-05T10:00:00.25Z"), "2026-01-05T10:00:00.250000Z");
  EXPECT_EQ(moment("2026-01-05T10:00:00.123456789"), "2026-01-05T10:00:00.123456Z");
  EXPECT_EQ(moment("2026-01-05T10:00:00+00:00"), "2026-01-05T10:00:00Z");
  EXPECT_EQ(moment("2026-01-05T10:00:00.5-05:30"), "2026-01-05T15:30:00.500000Z");
  EXPECT_EQ(moment("2026-01-05 10:00:00+0200"), "2026-01-05T08:00:00Z");
  EXPECT_EQ(moment("2026-01-05 10:00:00+02"), "2026-01-05T08:00:00Z");
  EXPECT_EQ(moment("9999-12-31T23:59:59Z"), "2199-12-31T00:00:00Z") << "what never ends";
  EXPECT_EQ(moment("2200-01-01"), "2199-12-31T00:00:00Z");
  for (const std::string_view bad :
       {"2026-01-05T10:00:00.Z", "2026-01-05T10:00:00+2", "2026-01-05T10:00:00+25:00",
        "2026-01-05T10:00:00 Z", "2026-13-05T10:00:00Z", "2026-01-05T10:00:00+02:0x", "now", ""}) {
    EXPECT_EQ(moment(bad), "") << bad;
  }
}

TEST(ProfileRead, TranslatesWhatACouponIsRefusedFor) {
  const Profile profile = profile_of(kSampleProfile);
  const auto refusal = [&](std::string_view state) {
    const ApiOutcome outcome = profile.read(
        apply_coupons, 200, fmt::format(R"({{"total":1,"coupons":[{{"code":"A"{}}}]}})", state));
    EXPECT_TRUE(outcome.ok) << outcome.problem;
    return outcome.coupons.at(0).refusal;
  };
  EXPECT_EQ(refusal(""), retail::Refusal::none);
  EXPECT_EQ(refusal(R"(,"state":null)"), retail::Refusal::none);
  EXPECT_EQ(refusal(R"(,"state":"fine")"), retail::Refusal::none);
  EXPECT_EQ(refusal(R"(,"state":"gone off")"), retail::Refusal::expired);
  EXPECT_EQ(refusal(R"(,"state":false)"), retail::Refusal::not_in_scope);
  EXPECT_EQ(refusal(R"(,"state":"min_spend")"), retail::Refusal::min_spend)
      << "footfall's own name";
}

TEST(ProfileRead, TakesTheFirstRuleThatFits) {
  const Profile profile = profile_of(kSampleProfile);
  const std::string_view sold_out = R"({"error":{"type":"sold_out"}})";
  EXPECT_EQ(profile.read(checkout, 409, sold_out).refusal, retail::Refusal::out_of_stock);
  EXPECT_EQ(profile.read(add_to_cart, 409, sold_out).refusal, retail::Refusal::out_of_stock);
  EXPECT_FALSE(profile.read(apply_coupons, 409, sold_out).refusal) << "of other actions";
  EXPECT_FALSE(profile.read(checkout, 410, sold_out).refusal) << "of another status";
  EXPECT_FALSE(profile.read(checkout, 409, R"({"error":{"type":["sold_out"]}})").refusal);
  EXPECT_FALSE(profile.read(checkout, 409, "sold_out").refusal);

  const ApiOutcome before = profile.read(checkout, 409, R"({"error":{"code":7}})");
  EXPECT_TRUE(before.ok && before.already_done);
  EXPECT_EQ(before.order, "");
  const ApiOutcome told =
      profile.read(checkout, 409, R"({"error":{"code":7},"order":{"id":"o","total":"1.50"}})");
  EXPECT_EQ(told.order, "o");
  EXPECT_EQ(told.total, Money{150});

  const ApiOutcome nothing = profile.read(find_order, 404, "<html>not found</html>");
  EXPECT_TRUE(nothing.ok) << nothing.problem;
  EXPECT_FALSE(nothing.already_done);
  EXPECT_EQ(nothing.order, "");
}

TEST(ProfileRead, FindsRefusalsInAnswersThatSayTheyAreFine) {
  const Profile profile = profile_of(kSampleProfile);
  EXPECT_EQ(profile.read(add_to_cart, 200, R"({"success":false})").refusal,
            retail::Refusal::out_of_stock);
  EXPECT_TRUE(profile.read(add_to_cart, 200, R"({"success":true})").ok);
  EXPECT_TRUE(profile.read(add_to_cart, 204, "").ok);
}

TEST(ProfileRead, DoesNotLookAtWhatNobodyReads) {
  EXPECT_TRUE(Profile::footfall().read(add_to_cart, 200, "no JSON").ok);
  EXPECT_TRUE(Profile::footfall().read(health, 204, "").ok);
}

TEST(ProfileRead, TakesOtherStatusesForFailures) {
  const Profile profile = profile_of(kSampleProfile);
  EXPECT_TRUE(profile.read(health, 299, "").ok);
  EXPECT_FALSE(profile.read(health, 300, "").ok);
  EXPECT_FALSE(profile.read(checkout, 204, R"({"order":{"id":1,"total":"1"}})").ok)
      << "the profile says 200 or 201";
  for (const int status : {-1, 0, 99, 600, 1'000'000}) {
    EXPECT_FALSE(profile.read(health, status, "").ok) << status;
  }
}

TEST(ProfileRead, QuotesWhatAFailureSaysOfItself) {
  const Profile profile = profile_of(kSampleProfile);
  EXPECT_EQ(profile.read(health, 500, R"({"error":{"type":"db","text":"No\ndisk"}})").problem,
            "500 db: No disk");
  EXPECT_EQ(profile.read(health, 500, R"({"detail":"Oops"})").problem, R"(500 {"detail":"Oops"})");
  EXPECT_EQ(profile.read(health, 502, "<html>\r\nBad\xff</html>").problem,
            "502 <html>  Bad?</html>");
  std::string long_text;
  while (long_text.size() < 2'000) long_text += "ä€";
  const std::string problem = profile.read(health, 500, long_text).problem;
  EXPECT_LE(problem.size(), 300U);
  EXPECT_GT(problem.size(), 290U);
  EXPECT_TRUE(http::is_utf8(problem));
}

TEST(ProfileRead, StandsAnswersWithoutEnd) {
  const Profile profile = profile_of(kSampleProfile);
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(profile.read(view_coupons, 200, deep).problem.substr(0, 50),
            "200 the body is no JSON: too deep at byte 32: [[[[");
  std::string many = "[";
  for (std::size_t i = 0; i < JsonTree::kNodesMax; ++i) many += "1,";
  many.back() = ']';
  EXPECT_TRUE(
      profile.read(view_coupons, 200, many)
          .problem.starts_with("200 the body is no JSON: it holds more than 1000000 values"));
  const std::string large(JsonTree::kBytesMax + 1, ' ');
  EXPECT_TRUE(profile.read(view_coupons, 200, large)
                  .problem.starts_with(
                      "200 the body is no JSON: it has 8388609 bytes, at most 8388608 are read"));
  EXPECT_TRUE(profile.read(view_coupons, 200, "[]").ok) << "and nothing is left of them";
}

TEST(JsonTree, FindsWhatPointersSay) {
  JsonTree tree;
  const auto at = [&](std::vector<std::string> steps) -> std::string {
    const JsonNode* node = tree.find(tree.root(), JsonPointer{"", std::move(steps)});
    return node ? std::string(node->text) : "(none)";
  };
  ASSERT_TRUE(
      tree.parse(R"( {"a":{"b/c":[10,"x\ty",1.50]},"":5,"~":"t","a":{"d":true,"d":null}} )"));
  EXPECT_EQ(at({""}), "5");
  EXPECT_EQ(at({"~"}), "t");
  EXPECT_EQ(at({"a", "b/c"}), "(none)") << "the last of two members with one name counts";
  EXPECT_EQ(at({"a", "d"}), "");
  ASSERT_TRUE(tree.parse(R"({"b/c":[10,"x\ty\u0041",1.50,[],{}]})"));
  EXPECT_EQ(at({"b/c", "0"}), "10");
  EXPECT_EQ(at({"b/c", "1"}), "x\tyA");
  EXPECT_EQ(at({"b/c", "2"}), "1.50");
  for (const char* none : {"5", "-", "-1", "01", "", "1e0", "99999999999999999999"}) {
    EXPECT_EQ(at({"b/c", none}), "(none)") << none;
  }
  EXPECT_EQ(at({"b/c", "0", "0"}), "(none)");
  EXPECT_FALSE(tree.parse("{} 1"));
  EXPECT_FALSE(tree.parse("{\"a\":\"\xff\"}"));
  EXPECT_FALSE(tree.parse("01"));
  EXPECT_FALSE(tree.parse("[1,]"));
  EXPECT_FALSE(tree.parse("[1] // no"));
}

}  // namespace
}  // namespace footfall::commerce
