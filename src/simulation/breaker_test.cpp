// Goal: the breaker opens at the failure that is one too many, and an API counts as down when R30
// says so. Method: each rule by hand; the breaker's count against whole numbers for every size.
#include "simulation/breaker.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace footfall::simulation {
namespace {

// The number of the failure that opens it; 0: none of `failures`.
std::size_t opens_at(Breaker& breaker, std::size_t failures) {
  std::size_t opened = 0;
  for (std::size_t i = 1; i <= failures; ++i) {
    if (!breaker.note_failure()) continue;
    EXPECT_EQ(opened, 0U) << "it opens once a cycle";
    opened = i;
  }
  return opened;
}

TEST(Breaker, AllowsFivePercentOfTheAdmitted) {  // R30
  Breaker breaker;
  for (const auto& [admitted, allowed] : std::vector<std::pair<std::size_t, std::size_t>>{
           {372, 18}, {37, 1}, {20, 1}, {19, 0}, {1, 0}, {0, 0}, {1'000'000, 50'000}}) {
    breaker.begin_cycle(admitted);
    EXPECT_EQ(breaker.allowed(), allowed) << admitted;
    EXPECT_EQ(opens_at(breaker, allowed + 10), allowed + 1) << admitted;
    EXPECT_EQ(breaker.failures(), allowed + 10);
  }
}

TEST(Breaker, CountsWholePercentsExactly) {
  for (std::size_t percent = 0; percent <= 100; ++percent) {
    Breaker breaker(static_cast<double>(percent) / 100);
    for (std::size_t admitted = 0; admitted <= 1000; ++admitted) {
      breaker.begin_cycle(admitted);
      ASSERT_EQ(breaker.allowed(), percent * admitted / 100) << percent << " % of " << admitted;
    }
  }
}

TEST(Breaker, OpensAtTheFirstFailureWithShareZero) {
  Breaker breaker(0);
  breaker.begin_cycle(372);
  EXPECT_TRUE(breaker.note_failure());
  EXPECT_FALSE(breaker.note_failure());
}

TEST(Breaker, NeverOpensWithShareOne) {
  Breaker breaker(1);
  breaker.begin_cycle(10);
  EXPECT_EQ(opens_at(breaker, 100), 0U);
  EXPECT_EQ(breaker.failures(), 100U);
}

TEST(Breaker, CountsEachCycleAnew) {
  Breaker breaker;
  breaker.begin_cycle(372);
  EXPECT_EQ(opens_at(breaker, 18), 0U);
  breaker.begin_cycle(372);
  EXPECT_EQ(breaker.failures(), 0U);
  EXPECT_EQ(opens_at(breaker, 19), 19U);
  breaker.begin_cycle(37);
  EXPECT_EQ(opens_at(breaker, 2), 2U);
}

// What note_outage() says for each of these sessions in turn.
std::vector<bool> outages(OutageWatch& watch, const std::vector<int>& sessions) {
  std::vector<bool> said;
  for (const int session : sessions) said.push_back(watch.note_outage(session));
  return said;
}

using Said = std::vector<bool>;

OutageWatch watch_in_use(int sessions, const std::vector<int>& in_use) {
  OutageWatch watch(sessions);
  for (const int session : in_use) watch.begin_use(session);
  return watch;
}

TEST(OutageWatch, AsksAtTheThirdResultInARowFromTwoSessions) {  // R30
  for (const auto& order : {std::vector{0, 1, 0}, std::vector{0, 0, 1}, std::vector{1, 0, 2}}) {
    OutageWatch watch = watch_in_use(10, {0, 1, 2, 3});
    EXPECT_EQ(outages(watch, order), (Said{false, false, true}));
  }
}

TEST(OutageWatch, WaitsForASecondSessionWhileAnotherIsInUse) {
  OutageWatch watch = watch_in_use(10, {0, 9});
  EXPECT_EQ(outages(watch, {0, 0, 0, 0, 9}), (Said{false, false, false, false, true}));
}

TEST(OutageWatch, TakesOneSessionAsEnoughIfNoOtherIsInUse) {
  OutageWatch watch = watch_in_use(10, {0});
  EXPECT_EQ(outages(watch, {0, 0, 0}), (Said{false, false, true}));
  OutageWatch only(1);
  EXPECT_EQ(outages(only, {0, 0, 0}), (Said{false, false, true}));
}

TEST(OutageWatch, NoLongerWaitsForASessionWhoseTripsHaveEnded) {
  OutageWatch watch = watch_in_use(10, {0, 5, 5});
  watch.note_answer(5);
  watch.end_use(5);
  EXPECT_EQ(outages(watch, {0, 0, 0}), (Said{false, false, false}));
  watch.end_use(5);
  EXPECT_EQ(outages(watch, {0}), Said{true});
}

TEST(OutageWatch, BeginsAnewAfterAnAnswerOfAnySession) {
  OutageWatch watch = watch_in_use(10, {0, 1});
  EXPECT_EQ(outages(watch, {0, 1}), (Said{false, false}));
  watch.note_answer(7);
  EXPECT_EQ(outages(watch, {0, 0, 0}), (Said{false, false, false}));
  EXPECT_EQ(outages(watch, {1}), Said{true});
}

TEST(OutageWatch, AsksOnceUntilAnAnswerOrAReset) {
  OutageWatch watch = watch_in_use(10, {0, 1});
  EXPECT_EQ(outages(watch, {0, 1, 0, 1, 0, 1}), (Said{false, false, true, false, false, false}));
  watch.note_answer(0);
  EXPECT_EQ(outages(watch, {0, 1, 0, 1}), (Said{false, false, true, false}));
  watch.reset();
  EXPECT_EQ(outages(watch, {0, 1, 0, 1}), (Said{false, false, true, false}));
}

TEST(OutageWatch, TellsWhatWasSeenBeforeAnAnswer) {
  OutageWatch watch(2);
  const std::int64_t before = watch.generation();
  watch.note_outage(0);
  EXPECT_EQ(watch.generation(), before);
  watch.note_answer(1);
  const std::int64_t answered = watch.generation();
  EXPECT_NE(answered, before);
  watch.reset();
  EXPECT_NE(watch.generation(), answered);
}

TEST(OutageWatch, ResetRemembersWhoIsInUse) {
  OutageWatch watch = watch_in_use(10, {0, 1});
  watch.reset();
  EXPECT_EQ(outages(watch, {0, 0, 0}), (Said{false, false, false}));
}

TEST(OutageWatch, KnowsUpTo64Sessions) {
  OutageWatch watch = watch_in_use(64, {0, 62, 63});
  EXPECT_EQ(outages(watch, {63, 63, 63, 62}), (Said{false, false, false, true}));
}

}  // namespace
}  // namespace footfall::simulation
