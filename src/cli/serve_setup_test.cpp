// Goal: who starts a run by a body hears of its members, not of flags. Method: a shop of one agent.
#include "cli/serve_setup.hpp"

#include <gtest/gtest.h>

namespace footfall::cli {
namespace {

api::Planned plan(const std::map<std::string, std::string>& given) {
  auto world = std::make_shared<World>();
  world->agents.resize(1);
  world->agents[0].id = AgentId{1};
  world->population.resize(1);
  world->population[0].agent = AgentId{1};
  return run_factory(Settings(), world).make(given);
}

TEST(RunFactory, NamesTheSettingThatIsWrong) {
  EXPECT_TRUE(plan({}).run.has_value());
  EXPECT_TRUE(plan({{"until", "2199-01-01T00:00:00Z"}, {"start", "2198-12-25"}}).run.has_value());
  const api::Planned weeks = plan({{"weeks", "0"}});
  EXPECT_EQ(weeks.setting, "weeks");
  EXPECT_EQ(weeks.why, "must be a whole number from 1 to 595");
  const api::Planned agents = plan({{"agents", "2"}});
  EXPECT_EQ(agents.setting, "agents");
  EXPECT_EQ(agents.why, "is 2, the shop has 1");
  const api::Planned noon = plan({{"until", "2026-03-01T12:00:00Z"}});
  EXPECT_EQ(noon.setting, "until");
  EXPECT_EQ(noon.why, "must be a day like 2026-01-05");
}

TEST(RunFactory, SpeaksOfMembersWhereItKnowsNoSingleOne) {
  const api::Planned early = plan({{"until", "1971-01-01"}});
  EXPECT_EQ(early.setting, "until");
  EXPECT_EQ(early.why.find("--"), std::string::npos) << early.why;
  EXPECT_NE(early.why.find("`until` 1971-01-01 must be later than `start`"), std::string::npos)
      << early.why;
  const api::Planned late = plan({{"start", "2199-01-01"}, {"until", "2026-01-05"}});
  EXPECT_EQ(late.setting, "until");
}

}  // namespace
}  // namespace footfall::cli
