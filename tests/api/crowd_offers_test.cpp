// Goal: wallets, offer cycles and simulated time stay right over HTTP however many ask at once
// (R8-R12; invariants 1-6, 24, 28 and 31 of reference/offers-and-data.md section 8). Method: as
// crowd_test.cpp; where many steps must come to what one comes to, two runs with one seed are
// compared row by row.
#include <atomic>
#include <set>

#include "tests/api/crowd.hpp"

namespace footfall::tests {
namespace {

class OfferCrowd : public ApiCrowd {};
FOOTFALL_API_ON_EACH(OfferCrowd);

constexpr std::string_view kSeed = ",\"seed\":7";

HttpClient admin_of(const ApiWorld& world, const std::string& run) {
  HttpClient client = world.admin();
  client.set("X-Footfall-Run", run);
  return client;
}

std::string rows_text(const store::Rows& rows) {
  std::string out;
  for (const auto& row : rows.rows) {
    for (const store::Value& value : row) {
      if (const auto* whole = std::get_if<std::int64_t>(&value)) out += fmt::format("{} ", *whole);
      if (const auto* text = std::get_if<std::string>(&value)) out += *text + " ";
    }
    out += "\n";
  }
  return out;
}

// All that the offer engine wrote, without the run's number in the ids.
std::string offers_of(const ApiWorld& world, const std::string& run) {
  return rows_text(world.query(
             "SELECT w.user_id, w.lane, w.slot, w.coupon_id, c.seq, w.status, w.assigned_sim_us, "
             "w.expires_sim_us, coalesce(w.ended_sim_us, -1) AS ended FROM user_coupons w JOIN "
             "offer_cycles c ON c.id = w.cycle_id WHERE w.run_id = " +
             run + " ORDER BY 1, 7, 2, 3, 4")) +
         rows_text(world.query(
             "SELECT c.seq, u.user_id, u.status, u.due_sim_us, u.assigned_sim_us, u.n_frontstore, "
             "u.n_category_brand, u.n_skipped_capacity, u.n_expired, u.n_superseded FROM "
             "user_offer_cycles u JOIN offer_cycles c ON c.id = u.cycle_id WHERE c.run_id = " +
             run + " ORDER BY 1, 2")) +
         rows_text(world.query(
             "SELECT seq, starts_sim_us, ends_sim_us, status, users_total, users_done, assigned, "
             "skipped_capacity, expired, superseded FROM offer_cycles WHERE run_id = " +
             run + " ORDER BY 1"));
}

std::string two_runs(ApiWorld& world, const std::string& more, std::string& second) {
  const std::string settings = std::string(kSeed) + more;
  const std::string first = world.start_run(settings);
  second = world.start_run(settings);
  return first;
}

// R8, invariants 3, 5 and 31: twenty clients move one run's time on by hours, in any order; the
// other goes there in one step.
TEST_P(OfferCrowd, I31ManyStepsByManyComeToOneStep) {
  ApiWorld& w = make();
  std::string other;
  const std::string run = two_runs(w, "", other);
  const HttpAnswer leap =
      admin_of(w, other).post("/time/advance", R"({"to":"2026-02-02T05:00:00Z"})");
  ASSERT_EQ(leap.status, 200) << leap.body;
  std::atomic<int> busy{0}, moved{0};
  at_once(20, [&](int i) {
    HttpClient client = admin_of(w, run);
    std::string seen;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (seen < "2026-02-02T05:00:00Z" && std::chrono::steady_clock::now() < end) {
      HttpAnswer answer;
      if (i < 15) {
        answer = client.post("/time/advance", fmt::format("{{\"hours\":{}}}", 1 + i));
        moved += answer.status == 200;
        busy += answer.status == 503;
        const std::set<std::string> allowed{"200", "busy", "time_not_monotonic"};
        EXPECT_TRUE(allowed.contains(outcome(answer))) << answer.body;
        if (answer.status != 200) answer = client.get("/simulation/status");
      } else {
        answer = client.get("/simulation/status");
      }
      if (answer.status != 200) continue;
      const std::string now = text_at(json_of(answer), "/now");
      EXPECT_GE(now, seen) << "time went back";
      seen = now;
    }
    EXPECT_GE(seen, "2026-02-02T05:00:00Z") << "time does not move on";
  });
  EXPECT_GT(moved.load(), 20);
  // They may have gone too far by some hours: the other run follows.
  const std::string now = text_at(json_of(admin_of(w, run).get("/simulation/status")), "/now");
  const HttpAnswer follow =
      admin_of(w, other).post("/time/advance", fmt::format("{{\"to\":\"{}\"}}", now));
  ASSERT_EQ(follow.status, 200) << follow.body;
  EXPECT_EQ(offers_of(w, run), offers_of(w, other));
  EXPECT_EQ(w.number("SELECT count(DISTINCT sim_now_us) AS n FROM simulation_state WHERE run_id > "
                     "0"),
            1);
  RecordProperty("busy", busy.load());
}

// R9, invariants 1-5: all wallets are due at once and everybody asks for them: the agents each
// three times, the admin for each, and for all; each is filled once, as if one had asked.
TEST_P(OfferCrowd, I3WalletsAreFilledOnceWhoeverAsks) {
  ApiWorld& w = make();
  std::string other;
  const std::string run = two_runs(w, "", other);
  const std::string week = R"({"to":"2026-01-12T00:00:00Z")";
  ASSERT_EQ(admin_of(w, other).post("/time/advance", week + "}").status, 200);
  ASSERT_EQ(admin_of(w, run).post("/time/advance", week + R"(,"refresh":false})").status, 200);
  ASSERT_EQ(w.number("SELECT users_done FROM offer_cycles WHERE seq = 1 AND run_id = " + run), 0);
  // To look changes nothing.
  const Answers looks = ask_at_once(20, [&](int i) {
    return admin_of(w, run).post(fmt::format("/refresh/user/{}", 1 + i), R"({"dry_run":true})");
  });
  EXPECT_EQ(tally(looks), (Tally{{"200", 20}}));
  ASSERT_EQ(w.number("SELECT users_done FROM offer_cycles WHERE seq = 1 AND run_id = " + run), 0);

  const auto users = w.query("SELECT id, user_id FROM agents ORDER BY id").rows;
  ASSERT_EQ(users.size(), std::size_t{store::kPeople});
  const Answers answers = ask_at_once(5 * store::kPeople, [&](int i) {
    const auto& row = users[static_cast<std::size_t>(i % store::kPeople)];
    const std::int64_t id = std::get<std::int64_t>(row[0]), user = std::get<std::int64_t>(row[1]);
    if (i / store::kPeople == 4)
      return admin_of(w, run).post("/api/offers/assign", R"({"all_due":true})");
    if (i / store::kPeople == 3) {
      return admin_of(w, run).post(fmt::format("/refresh/user/{}", user), "{}");
    }
    HttpClient agent = w.agent(static_cast<int>(id));
    agent.set("X-Footfall-Run", run);
    return agent.post("/api/offers/assign", "{}");
  });
  EXPECT_EQ(tally(answers), (Tally{{"200", 5 * store::kPeople}}));
  std::int64_t refreshed = 0;
  for (const HttpAnswer& answer : answers) {
    refreshed += number_at(json_of(answer), "/users_refreshed");
  }
  EXPECT_LE(refreshed, store::kPeople);  // an answer that was busy first may have counted then
  EXPECT_EQ(offers_of(w, run), offers_of(w, other));
  // Whoever asked for a wallet was told what is in it, whoever filled it.
  for (int i = 0; i < 4 * store::kPeople; ++i) {
    const boost::json::value told = json_of(answers[static_cast<std::size_t>(i)]);
    EXPECT_EQ(text_at(told, "/status"), "done");
    EXPECT_EQ(w.number(fmt::format(
                  "SELECT u.n_frontstore + u.n_category_brand AS n FROM user_offer_cycles u JOIN "
                  "offer_cycles c ON c.id = u.cycle_id WHERE c.run_id = {} AND c.seq = 1 AND "
                  "u.user_id = {}",
                  run, text_at(told, "/user_id"))),
              number_at(told, "/frontstore") + number_at(told, "/category_brand"));
  }
}

// R9, invariants 1, 2 and 4: wallets asked for before their day, at once with a day's own refresh.
TEST_P(OfferCrowd, I4EarlyRefreshesCountOnce) {
  ApiWorld& w = make();
  const HttpAnswer started = w.admin().post("/simulation/start", R"({"stagger":true,"seed":7})");
  ASSERT_EQ(started.status, 201) << started.body;
  const std::string run = text_at(json_of(started), "/run_id");
  const Answers answers = ask_at_once(3 * store::kPeople, [&](int i) {
    if (i % 12 == 0) return admin_of(w, run).post("/api/offers/assign", R"({"all_due":true})");
    HttpClient agent = w.agent(1 + i % store::kPeople);
    agent.set("X-Footfall-Run", run);
    return agent.post("/api/offers/assign", "{}");
  });
  EXPECT_EQ(tally(answers), (Tally{{"200", 3 * store::kPeople}}));
  EXPECT_EQ(w.number("SELECT users_done FROM offer_cycles WHERE run_id > 0"), store::kPeople);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM user_offer_cycles WHERE status = 'done'"),
            store::kPeople);
  ASSERT_EQ(w.admin().post("/time/advance", R"({"hours":160})").status, 200);
  EXPECT_EQ(w.number("SELECT users_done FROM offer_cycles WHERE run_id > 0 AND seq = 0"),
            store::kPeople);
}

// Invariant 6: one offer cycle begins once, whoever asks for it, and none is left out.
TEST_P(OfferCrowd, I6AnOfferCycleBeginsOnce) {
  ApiWorld& w = make();
  const std::string run = w.start_run();
  for (int number = 1; number <= 4; ++number) {
    const Answers answers = ask_at_once(20, [&](int) {
      return admin_of(w, run).post("/cycles", fmt::format("{{\"number\":{}}}", number));
    });
    EXPECT_EQ(tally(answers), (Tally{{"201", 1}, {"cycle_already_exists", 19}})) << number;
    EXPECT_EQ(w.number("SELECT max(seq) AS n FROM offer_cycles WHERE run_id > 0"), number);
  }
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM offer_cycles WHERE run_id > 0"), 5);
}

// Invariant 31: whoever stops a run while others move its time: time does not go back, and when
// everybody was answered the run stands still.
TEST_P(OfferCrowd, I31ARunThatWasStoppedStands) {
  ApiWorld& w = make();
  const std::string run = w.start_run();
  const std::string now_sql = "SELECT sim_now_us FROM simulation_state WHERE run_id = " + run;
  const Answers answers = ask_at_once(12, [&](int i) {
    HttpClient client = admin_of(w, run);
    for (int n = 0; n < 5 && i > 0; ++n) client.post("/time/advance", R"({"hours":30})");
    return i > 0 ? client.get("/simulation/status") : client.send("POST", "/simulation/stop");
  });
  EXPECT_EQ(tally(answers), (Tally{{"200", 12}}));
  const std::int64_t now = w.number(now_sql);
  EXPECT_EQ(outcome(admin_of(w, run).post("/time/advance", "{}")), "run_not_running");
  EXPECT_EQ(w.number(now_sql), now);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM simulation_state WHERE status = 'stopped'"), 1);
  // R10: nothing is active whose time is over.
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM user_coupons w JOIN simulation_state s ON s.run_id "
                     "= w.run_id WHERE w.status = 'active' AND w.expires_sim_us < s.sim_now_us"),
            0);
}

// R14: a person's first thirty requests at once make one user, whose wallet is full for each.
TEST_P(OfferCrowd, I1SomebodyNewIsOnePersonWithOneWallet) {
  ApiWorld& w = make({.simulation = false});
  for (int person = 1; person <= 5; ++person) {
    const Answers answers =
        ask_at_once(30, [&](int) { return w.person(person).get("/api/wallet"); });
    EXPECT_EQ(tally(answers), (Tally{{"200", 30}}));
    Tally sizes;
    for (const HttpAnswer& answer : answers) {
      ++sizes[std::to_string(json_of(answer).at("coupons").as_array().size())];
    }
    EXPECT_EQ(sizes, (Tally{{"32", 30}})) << "wallets that were not yet full";
    EXPECT_EQ(w.number("SELECT count(*) AS n FROM users WHERE auth_sub IS NOT NULL"), person);
    EXPECT_EQ(w.number("SELECT count(*) AS n FROM user_coupons WHERE run_id = 0"), 32 * person);
    EXPECT_EQ(w.number("SELECT users_done FROM offer_cycles WHERE status = 'active'"), person);
  }
}

// R6, invariant 28: an agent has one order an hour, however many keys and carts it tries.
TEST_P(OfferCrowd, I24AnAgentBuysOnceAnHour) {
  ApiWorld& w = make();
  const std::string run = w.start_run();
  const Answers answers = ask_at_once(100, [&](int i) {
    HttpClient agent = w.agent(1 + i % 2);
    agent.set("X-Footfall-Run", run);
    const int store = 1 + i / 2 % 5;
    agent.post("/api/cart/add", add_body(w.product(i % 3), 1, "", store));
    return agent.post("/api/orders/checkout", store_body(store), with_key(fmt::format("k{}", i)));
  });
  Tally counted = tally(answers);
  EXPECT_EQ(counted["201"], 2);
  EXPECT_EQ(counted["hour_taken"] + counted["cart_not_open"], 98)
      << testing::PrintToString(counted);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM orders"), 2);
  EXPECT_EQ(w.number("SELECT count(DISTINCT user_id) AS n FROM orders"), 2);
}

}  // namespace
}  // namespace footfall::tests
