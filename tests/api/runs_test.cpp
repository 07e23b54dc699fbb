// Goal: what a failed or repeated call leaves behind is what it says. Method: the API over each
// database; where the database must fail or hold something back, the test sees to it.
#include <gtest/gtest.h>

#include "tests/api/crowd.hpp"

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
  EXPECT_GE(admin.post("/simulation/start", "{}").status, 500);
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
