// Goal: a run warms up in the stages it was given (R27), always with the same agents. Method: the
// numbers of the requirement, each error's sentence, ranks of random populations.
#include "simulation/ramp.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace footfall::simulation {
namespace {

Ramp ramp(std::string_view text) { return Ramp::parse(text).value(); }

std::vector<AgentId> agents_to(std::int64_t last) {
  std::vector<AgentId> agents;
  for (std::int64_t number = 1; number <= last; ++number) agents.push_back(AgentId{number});
  return agents;
}

TEST(Ramp, ByDefaultAdmits372AgentsInFiveSteps) {  // R27
  const Ramp usual = ramp(Ramp::kDefault);
  const std::size_t expected[] = {37, 37, 93, 93, 186, 186, 279, 279, 372, 372};
  for (std::int64_t cycle = 0; cycle < 10; ++cycle) {
    EXPECT_EQ(usual.admitted(cycle, 372), expected[cycle]) << cycle;
  }
  EXPECT_EQ(usual.admitted(1'000'000'000, 372), 372U);
  EXPECT_EQ(usual.full_from(), 8);
  EXPECT_FALSE(usual.is_off());
  EXPECT_DOUBLE_EQ(usual.share(0), 0.1);
  EXPECT_DOUBLE_EQ(usual.share(8), 1);
}

TEST(Ramp, OffAdmitsEverybodyFromTheFirstCycleOn) {
  for (const Ramp& none : {Ramp(), ramp("off"), ramp(" off ")}) {
    EXPECT_TRUE(none.is_off());
    EXPECT_EQ(none.admitted(0, 372), 372U);
    EXPECT_EQ(none.share(0), 1);
    EXPECT_EQ(none.full_from(), 0);
  }
}

TEST(Ramp, RoundsToTheNearestButAdmitsAtLeastOneIfThereAreAny) {
  EXPECT_EQ(ramp(" 29 : 1 ").admitted(0, 50), 15U);  // 14.5
  EXPECT_EQ(ramp("29:1").admitted(0, 49), 14U);      // 14.21
  EXPECT_EQ(ramp("0.001:1").admitted(0, 10), 1U);
  EXPECT_EQ(ramp("0.001:1").admitted(0, 0), 0U);
  EXPECT_EQ(ramp("99.9:1").admitted(0, 10), 10U);
}

TEST(Ramp, IsFullFromTheFirstStageOfAHundredPercent) {
  EXPECT_EQ(ramp("10:3,100:5,100:5").full_from(), 3);
  EXPECT_EQ(ramp("100:5").full_from(), 0);
  EXPECT_EQ(ramp("50:100000,50:1").full_from(), 100'001);
}

TEST(Ramp, SaysWhichStageIsWrongAndWhatIsAllowed) {
  const std::string form =
      "must be a percent and a number of cycles, as in 10:2; or write \"off\" "
      "alone";
  const std::string percent = "begins with what is no percent: it must be above 0 and at most 100";
  const std::string cycles =
      "ends with what is no number of cycles: it must be a whole number from 1 to 100,000";
  const auto fewer = [](std::string_view before) {
    return "admits fewer agents than the one before, which has " + std::string(before) +
           " %: who takes part stays";
  };
  const std::tuple<std::string, int, std::string, std::string> cases[] = {
      {"", 1, "", form},
      {"Off", 1, "Off", form},
      {"10:2,off", 2, "off", form},
      {"10:2,", 2, "", form},
      {"10:2,,50:2", 2, "", form},
      {"10", 1, "10", form},
      {"0:2", 1, "0:2", percent},
      {"-1:2", 1, "-1:2", percent},
      {"10:2,100.1:2", 2, "100.1:2", percent},
      {"nan:2", 1, "nan:2", percent},
      {":2", 1, ":2", percent},
      {"10%:2", 1, "10%:2", percent},
      {"10:", 1, "10:", cycles},
      {"10:0", 1, "10:0", cycles},
      {"10:2, 20:1.5", 2, "20:1.5", cycles},
      {"10:100001", 1, "10:100001", cycles},
      {"10:2:3", 1, "10:2:3", cycles},
      {"10:2,25:2,24.9:2", 3, "24.9:2", fewer("25")},
  };
  for (const auto& [text, stage, shown, what] : cases) {
    const Result<Ramp> parsed = Ramp::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code(), Errc::invalid_input);
    EXPECT_EQ(parsed.error().message(),
              "stage " + std::to_string(stage) + " of the ramp, \"" + shown + "\", " + what);
  }
}

TEST(Ramp, HasAtMostAThousandStages) {
  std::string text = "1:1";
  for (int i = 1; i < 1000; ++i) text += ",1:1";
  EXPECT_EQ(ramp(text).full_from(), 1000);
  const Result<Ramp> parsed = Ramp::parse(text + ",1:1");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message(), "the ramp has more than 1,000 stages");
}

RC_GTEST_PROP(RampRanks, ArePlacesFromZeroWithoutGaps, ()) {
  const auto numbers =
      *rc::gen::unique<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(1, 99'999'999));
  std::vector<AgentId> agents;
  for (const std::int64_t number : numbers) agents.push_back(AgentId{number});
  const auto ranks = ramp_ranks(*rc::gen::arbitrary<std::uint64_t>(), agents);
  const std::set<std::uint32_t> places(ranks.begin(), ranks.end());
  RC_ASSERT(ranks.size() == agents.size());
  RC_ASSERT(places.size() == agents.size());
  if (!agents.empty()) RC_ASSERT(*places.rbegin() == agents.size() - 1);
}

// So whoever takes part in an early stage takes part in all later ones.
RC_GTEST_PROP(RampRanks, TheAdmittedOfALaterStageIncludeThoseOfAnEarlierOne, ()) {
  const auto agents = agents_to(*rc::gen::inRange<std::int64_t>(1, 400));
  const auto ranks = ramp_ranks(*rc::gen::arbitrary<std::uint64_t>(), agents);
  const Ramp usual = ramp(Ramp::kDefault);
  std::set<std::size_t> before;
  for (std::int64_t cycle = 0; cycle <= 8; ++cycle) {
    std::set<std::size_t> admitted;
    for (std::size_t i = 0; i < agents.size(); ++i) {
      if (ranks[i] < usual.admitted(cycle, agents.size())) admitted.insert(i);
    }
    RC_ASSERT(admitted.size() == usual.admitted(cycle, agents.size()));
    RC_ASSERT(std::includes(admitted.begin(), admitted.end(), before.begin(), before.end()));
    before = admitted;
  }
}

RC_GTEST_PROP(RampRanks, OtherAgentsDoNotChangeTheOrderAmongTheOld, ()) {
  const std::uint64_t seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto few = agents_to(50);
  auto more = agents_to(200);
  std::reverse(more.begin(), more.end());  // nor does the order in which they are named
  const auto ranks = ramp_ranks(seed, few), ranks_of_more = ramp_ranks(seed, more);
  for (std::size_t a = 0; a < few.size(); ++a) {
    for (std::size_t b = 0; b < few.size(); ++b) {
      RC_ASSERT((ranks[a] < ranks[b]) == (ranks_of_more[199 - a] < ranks_of_more[199 - b]));
    }
  }
}

TEST(RampRanks, FollowFromTheSeedAndDifferBetweenSeeds) {
  const auto agents = agents_to(100);
  EXPECT_EQ(ramp_ranks(7, agents), ramp_ranks(7, agents));
  EXPECT_NE(ramp_ranks(7, agents), ramp_ranks(8, agents));
  EXPECT_NE(ramp_ranks(7, agents), ramp_ranks(7 + (1ULL << 32), agents));
}

// Each of 100 agents is among the first ten with one seed in ten: of 2,000 seeds 200, standard
// deviation 13.4; five of those for a hundred looks.
TEST(RampRanks, FavourNobody) {
  const auto agents = agents_to(100);
  std::vector<int> first_ten(100, 0);
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    const auto ranks = ramp_ranks(seed, agents);
    for (std::size_t i = 0; i < ranks.size(); ++i) first_ten[i] += ranks[i] < 10;
  }
  for (const int times : first_ten) EXPECT_NEAR(times, 200, 67);
}

}  // namespace
}  // namespace footfall::simulation
