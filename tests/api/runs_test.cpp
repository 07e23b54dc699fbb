// Goal: what a failed or repeated call leaves behind is what it says. Method: the API over each
// database; where the database must fail or hold something back, the test sees to it.
#include <gtest/gtest.h>

#include "tests/api/crowd.hpp"
#include "tests/servers/libpq_session.hpp"

namespace footfall::tests {
namespace {

class ApiRuns : public ApiCrowd {};
FOOTFALL_API_ON_EACH(ApiRuns);

TEST_P(ApiRuns, ARunThatCannotBeginIsNeverTheCurrentOne) {
  ApiWorld& w = make();
  const std::string first = w.start_run();
  HttpClient admin = w.admin();
  w.change("CREATE TRIGGER nope BEFORE INSERT ON offer_cycles BEGIN SELECT RAISE(ABORT, 'no'); END",
           "ALTER TABLE footfall.offer_cycles ADD CONSTRAINT nope CHECK (run_id < 0) NOT VALID");
  HttpClient unchecked(w.port());  // no route declares that the server may be broken
  unchecked.set("Authorization", "Bearer " + kAdminToken);
  EXPECT_EQ(unchecked.post("/simulation/start", "{}").status, 500);
  w.change("DROP TRIGGER nope", "ALTER TABLE footfall.offer_cycles DROP CONSTRAINT nope");
  EXPECT_EQ(text_at(json_of(admin.get("/simulation/status")), "/run_id"), first);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM simulation_state WHERE status = 'failed'"), 1);
  w.restart();
  HttpClient after = w.admin();
  EXPECT_EQ(text_at(json_of(after.get("/simulation/status")), "/run_id"), first);
  const std::string next = w.start_run();
  EXPECT_EQ(text_at(json_of(after.get("/simulation/status")), "/run_id"), next);
}

TEST_P(ApiRuns, OfManyEndedRunsEachIsStillThere) {
  ApiWorld& w = make();
  const std::string first = w.start_run();
  for (int i = 0; i < 12; ++i) {
    w.start_run();
    EXPECT_EQ(w.admin().send("POST", "/simulation/stop").status, 200);
  }
  HttpClient admin = w.admin();
  EXPECT_EQ(text_at(json_of(admin.get("/simulation/status")), "/run_id"), first);
  for (int run = 2; run <= 13; ++run) {
    const HttpAnswer shown =
        admin.get("/simulation/status", {{"X-Footfall-Run", std::to_string(run)}});
    EXPECT_EQ(text_at(json_of(shown), "/status"), "ended") << shown.body;
    EXPECT_EQ(admin.get("/cycles", {{"X-Footfall-Run", std::to_string(run)}}).status, 200);
  }
}

TEST_P(ApiRuns, AStartTakesTheMomentsThatTheStatusShowsAndNamesTheMemberAtFault) {
  ApiWorld& w = make();
  HttpClient admin = w.admin();
  w.start_run(R"(,"start":"2026-01-05T00:00:00Z","until":"2026-02-02T00:00:00Z")");
  const boost::json::value status = json_of(admin.get("/simulation/status"));
  EXPECT_EQ(text_at(status, "/until"), "2026-02-02T00:00:00Z");
  const std::string day = text_at(status, "/start");
  const HttpAnswer refused =
      admin.post("/simulation/start", R"({"start":")" + day + R"(","until":"2026-01-05"})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(text_at(json_of(refused), "/errors/0/pointer"), "/until") << refused.body;
  EXPECT_EQ(text_at(json_of(refused), "/detail"), "/until must be later");
}

TEST_P(ApiRuns, AnOfferCycleThatHasNotBegunFillsNoWallet) {
  ApiWorld& w = make();
  w.start_run();
  HttpClient admin = w.admin();
  ASSERT_EQ(admin.post("/time/advance", R"({"to":"2026-01-11T23:30:00Z"})").status, 200);
  const std::string user = text_at(json_of(admin.get("/simulation/agents")), "/agents/0/user_id");
  admin.set("X-Footfall-Sim-Time", "2026-01-12T00:10:00Z");
  for (const char* body : {"{}", R"({"dry_run":true})"}) {
    const HttpAnswer refused = admin.post("/refresh/user/" + user, body);
    EXPECT_EQ(refused.status, 409) << refused.body;
    EXPECT_EQ(outcome(refused), "cycle_not_begun");
  }
}

TEST_P(ApiRuns, AWalletThatSomebodyElseFillsForLongIsBusy) {
  if (GetParam() == store::Backend::sqlite) GTEST_SKIP() << "has one writer";
  ApiWorld& w = make();
  // Capped coupons would be allotted first, which waits for the wallet and is busy in any case.
  w.change("",
           "UPDATE footfall.coupons SET max_issuance = NULL, max_redemptions = NULL, "
           "max_discount_total_minor = NULL");
  w.restart();
  w.start_run();
  HttpClient admin = w.admin();
  ASSERT_EQ(admin.post("/time/advance", R"({"to":"2026-01-12T00:00:00Z","refresh":false})").status,
            200);
  const std::string user = text_at(json_of(admin.get("/simulation/agents")), "/agents/0/user_id");
  const std::string path = "/refresh/user/" + user;
  {
    Session other(store::postgres_server().url(w.database(), "postgres"));
    ASSERT_TRUE(other.run("BEGIN"));
    ASSERT_TRUE(
        other.run("SELECT 1 FROM footfall.user_offer_cycles WHERE status = 'pending' AND "
                  "user_id = " +
                  user + " FOR UPDATE"));
    const HttpAnswer busy = admin.post(path, "{}");
    EXPECT_EQ(busy.status, 503) << busy.body;
    EXPECT_EQ(outcome(busy), "busy");
    EXPECT_EQ(busy.header("retry-after"), "1");
  }
  const HttpAnswer filled = ask_patiently([&] { return admin.post(path, "{}"); });
  EXPECT_EQ(text_at(json_of(filled), "/status"), "done") << filled.body;
}

TEST_P(ApiRuns, UsesOfDevTokensAreTold) {
  ApiOptions options;
  options.watch_every = std::chrono::milliseconds(20);
  ApiWorld& w = make(options);
  w.agent(1).get("/simulation/agents");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (w.log().find("development tokens were accepted once") == std::string::npos &&
         std::chrono::steady_clock::now() < end) {
    std::this_thread::yield();
  }
  EXPECT_NE(w.log().find("development tokens were accepted once"), std::string::npos) << w.log();
}

}  // namespace
}  // namespace footfall::tests
