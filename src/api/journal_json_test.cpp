// Goal: what a simulator tells of a trip becomes the records that it would have kept itself, and
// what does not fit together is named with its place. Method: one good trip, told in full and read
// back; then each way to tell it wrongly.
#include "api/journal_json.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <memory>

#include "simulation/test_world.hpp"

namespace footfall::api {
namespace {

namespace json = boost::json;
using Errors = std::vector<http::FieldError>;

constexpr AgentId kAgent{2};

class Journal : public testing::Test {
 protected:
  Journal() {
    shop_.catalogue = simulation::small_shop();
    shop_.population = simulation::small_population(shop_.catalogue, 3);
    for (int i = 1; i <= 3; ++i) shop_.agents.push_back({AgentId{i}, UserId{100 + i}, {}});
    simulation::Plan plan = simulation::four_weeks();
    store::Run row;
    row.id = plan.run;
    row.start = row.now = plan.start;
    row.until = plan.until;
    row.agents = 3;
    run_ = std::make_unique<RunState>(row, plan, shop_, offers::make_policy("uniform").value());
    told_ = json::parse(fmt::format(
        R"({{"session_id":"{}","agent_id":2,"kind":"shopping","outcome":"purchased",
            "started_at":"2026-01-05T00:10:00Z","ended_at":"2026-01-05T00:20:00Z","order_id":"7",
            "abandon_cart":true,"events":[
            {{"type":"session_start","at":"2026-01-05T00:10:00Z"}},
            {{"type":"view_product","at":"2026-01-05T00:11:00Z","product_id":"4","amount_minor":99}},
            {{"type":"view_coupons","at":"2026-01-05T00:12:00Z","shown":[
              {{"user_coupon_id":"11","saving_minor":5}},{{"user_coupon_id":12,"saving_minor":6}}]}},
            {{"type":"coupon_refused","at":"2026-01-05T00:12:00Z","user_coupon_id":"12",
              "refusal":"min_spend"}},
            {{"type":"cart_add_item","at":"2026-01-05T00:20:00Z","product_id":1,"quantity":999,
              "listing_id":"5"}}],
            "decisions":[{}]}})",
        session(), decision(retail::DecisionKind::decide_shop, R"("chosen":1)")));
  }

  // Hour 0's of the agent.
  static std::int64_t session() { return retail::session_id(RunId{1}, 0, kAgent).value; }

  static std::string decision(retail::DecisionKind kind, const std::string& more) {
    std::string features;
    for (const std::string_view name : retail::feature_names(kind)) {
      if (!name.empty())
        features += fmt::format(R"({}"{}":"0.5")", features.empty() ? "" : ",", name);
    }
    return fmt::format(R"({{"kind":"{}","probability":"0.1","draw":0.25,"features":{{{}}}{}}})",
                       to_string(kind), features, more.empty() ? "" : "," + more);
  }

  ToldTrip read(Errors& errors, AgentId only = {}) const {
    return read_trip(told_, true, *run_, only, "/sessions/0", errors);
  }
  // The places of what is wrong, in order.
  std::string places(AgentId only = {}) const {
    Errors errors;
    read(errors, only);
    std::string out;
    for (const http::FieldError& error : errors) {
      EXPECT_TRUE(error.pointer.starts_with("/sessions/0/")) << error.pointer;
      out += (out.empty() ? "" : " ") + error.pointer.substr(12);
    }
    return out;
  }
  json::object& event(std::size_t i) { return told_.at("events").as_array()[i].as_object(); }
  void set_decision(const std::string& text) {
    told_.at("decisions") = json::array{json::parse(text)};
  }
  json::object& first_decision() { return told_.at("decisions").as_array()[0].as_object(); }

  ServedShop shop_;
  std::unique_ptr<RunState> run_;
  json::value told_;
};

TEST_F(Journal, ReadsATrip) {
  Errors errors;
  const ToldTrip trip = read(errors, kAgent);
  ASSERT_TRUE(errors.empty()) << errors[0].pointer << errors[0].detail;
  EXPECT_EQ(trip.order, OrderId{7});
  EXPECT_TRUE(trip.abandon_cart);
  ASSERT_EQ(trip.batch.sessions.size(), 1U);
  const retail::SessionRecord& record = trip.batch.sessions[0];
  EXPECT_EQ(record.id.value, session());
  EXPECT_EQ(record.shopper, 1U);
  EXPECT_EQ(record.outcome, retail::SessionOutcome::purchased);
  EXPECT_EQ((record.ended - record.started).us, 10 * kMinute.us);
  EXPECT_EQ(record.events.count, 5U);
  EXPECT_EQ(record.decisions.count, 1U);
  const auto& events = trip.batch.events;
  EXPECT_EQ(events[0].product, 0xffff);
  EXPECT_EQ(events[1].product, 3);
  EXPECT_EQ(events[1].amount.minor, 99);
  EXPECT_EQ(events[2].shown_count, 2);
  EXPECT_EQ(trip.batch.shown[1].coupon, UserCouponId{12});
  EXPECT_EQ(trip.batch.shown[1].saving.minor, 6);
  EXPECT_EQ(events[3].refusal, retail::Refusal::min_spend);
  EXPECT_EQ(events[4].qty, 999);
  EXPECT_EQ(events[4].listing, ListingId{5});
  const retail::Decision& decided = trip.batch.decisions[0];
  EXPECT_EQ(decided.probability, 0.1);
  EXPECT_EQ(decided.draw, 0.25);
  EXPECT_EQ(decided.chosen, 1);
  EXPECT_EQ(decided.features[0], 0.5F);
}

TEST_F(Journal, ReadsEveryKindOfDecision) {
  for (int i = 0; i < retail::kDecisionKindCount; ++i) {
    const auto kind = static_cast<retail::DecisionKind>(i);
    set_decision(decision(kind, R"("product_id":5,"category":"category 1","chosen":2)"));
    Errors errors;
    const ToldTrip trip = read(errors);
    ASSERT_TRUE(errors.empty()) << to_string(kind) << errors[0].pointer << errors[0].detail;
    const bool of_product =
        kind == retail::DecisionKind::choose_product || kind == retail::DecisionKind::view_product;
    const bool of_category = kind == retail::DecisionKind::choose_category;
    EXPECT_EQ(trip.batch.decisions[0].chosen, of_product ? 4 : of_category ? 1 : 2);
  }
}

TEST_F(Journal, RefusesAnotherAgentsTrip) {
  EXPECT_EQ(places(kAgent), "");
  EXPECT_EQ(places(AgentId{1}), "agent_id");
  told_.at("agent_id") = 99;
  EXPECT_EQ(places(), "agent_id");
  told_.at("agent_id") = 3;
  EXPECT_EQ(places(), "session_id");
}

TEST_F(Journal, RefusesSessionsOfOtherHoursAndRuns) {
  for (const std::int64_t other : {session() + 10, session() + 1'000'000'000,
                                   session() + retail::kRunSpan, std::int64_t{1}, INT64_MAX}) {
    told_.at("session_id") = other;
    EXPECT_EQ(places(), "session_id") << other;
  }
  told_.at("session_id") = session() + 9;  // the digit of the attempt
  EXPECT_EQ(places(), "");
}

TEST_F(Journal, RefusesTimesThatDoNotFit) {
  told_.at("ended_at") = "2026-01-05T00:09:59Z";
  EXPECT_EQ(places(), "ended_at events");
  told_.at("ended_at") = "2026-01-05T01:00:00Z";
  EXPECT_EQ(places(), "ended_at");  // has not come yet
  told_.at("ended_at") = "2026-01-05T00:20:00Z";
  event(1).at("at") = "2026-01-05T00:09:00Z";
  EXPECT_EQ(places(), "events/1/at");
  event(1).at("at") = "2026-01-05T00:11:00Z";
  event(4).at("at") = "2026-01-05T00:20:01Z";
  EXPECT_EQ(places(), "events");
  told_.at("started_at") = "2025-12-01";  // before the run
  EXPECT_EQ(places(), "session_id events");
  told_.at("started_at") = "2199-12-31T23:59:59Z";
  EXPECT_EQ(places(), "session_id ended_at ended_at events");
}

TEST_F(Journal, RefusesProductsAndCategoriesThatAreNone) {
  event(1).at("product_id") = "161";
  EXPECT_EQ(places(), "events/1/product_id");
  event(1).erase("product_id");
  set_decision(decision(retail::DecisionKind::choose_product, ""));
  EXPECT_EQ(places(), "decisions/0/product_id");
  set_decision(decision(retail::DecisionKind::choose_category, R"("category":"x")"));
  EXPECT_EQ(places(), "decisions/0/category");
  set_decision(decision(retail::DecisionKind::choose_category, ""));
  EXPECT_EQ(places(), "decisions/0/category");
}

TEST_F(Journal, WantsAnOrderIfAndOnlyIfOneWasPlaced) {
  told_.as_object().erase("order_id");
  EXPECT_EQ(places(), "order_id");
  told_.at("outcome") = "browsed";
  EXPECT_EQ(places(), "");
  told_.as_object()["order_id"] = "7";
  EXPECT_EQ(places(), "order_id");
}

TEST_F(Journal, RefusesChancesThatAreNone) {
  for (const json::value& bad : {json::value(1.5), json::value(-0.1), json::value("1e300")}) {
    first_decision().at("probability") = bad;
    EXPECT_EQ(places(), "decisions/0/probability");
  }
  first_decision().at("probability") = 1;
  EXPECT_EQ(places(), "");
  for (const json::value& bad : {json::value(1), json::value(-1), json::value("2")}) {
    first_decision().at("draw") = bad;
    EXPECT_EQ(places(), "decisions/0/draw");
  }
}

// Rows hold them as JSON, which has no word for what is no number.
TEST_F(Journal, RefusesFeaturesThatAreNoneOrNoNumbers) {
  json::object& features = first_decision().at("features").as_object();
  const std::string name(features.begin()->key());
  const std::string place = "decisions/0/features/" + name;
  for (const json::value& bad :
       {json::value("x"), json::value(""), json::value("nan"), json::value("inf"),
        json::value(1e39), json::value(-1e308), json::value("1e39"), json::value(nullptr),
        json::value(true), json::value(json::array{})}) {
    features[name] = bad;
    EXPECT_EQ(places(), place) << bad;
  }
  for (const json::value& good :
       {json::value(-1), json::value("-1.5"), json::value(3.4e38), json::value(UINT64_MAX)}) {
    features[name] = good;
    EXPECT_EQ(places(), "") << good;
  }
  features["another"] = 1;
  EXPECT_EQ(places(), "decisions/0/features");
  first_decision().erase("features");
  EXPECT_NE(places(), "");
}

TEST_F(Journal, StopsAtTwentyFindings) {
  json::array many;
  for (int i = 0; i < 100; ++i)
    many.push_back(json::parse(R"({"type":"abandon","at":"2020-01-01","product_id":9999})"));
  told_.at("events") = many;
  Errors errors;
  read(errors);
  EXPECT_EQ(errors.size(), 20U);
}

TEST_F(Journal, ReadsAThought) {
  json::object& thought = told_.as_object();
  for (const char* name : {"kind", "outcome", "ended_at", "order_id", "abandon_cart", "events"}) {
    thought.erase(name);
  }
  Errors errors;
  const ToldTrip trip = read_trip(told_, false, *run_, kAgent, "/thoughts/0", errors);
  EXPECT_TRUE(errors.empty());
  EXPECT_FALSE(trip.batch.sessions.at(0).has_session);
  EXPECT_TRUE(trip.batch.events.empty());
  EXPECT_EQ(trip.batch.decisions.size(), 1U);
}

}  // namespace
}  // namespace footfall::api
