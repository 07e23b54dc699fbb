// Goal: the schedule keeps its pauses, to the second. Method: a clock by hand.
#include "api/auth/fetch_schedule.hpp"

#include <gtest/gtest.h>

namespace footfall::api {
namespace {

constexpr std::int64_t kStart = 1'800'000'000;

TEST(FetchSchedule, RefetchesForUnknownKidsOnceInHalfAMinute) {
  FetchSchedule schedule;
  EXPECT_TRUE(schedule.may_fetch(FetchReason::unknown_kid, kStart));
  schedule.began(FetchReason::unknown_kid, kStart);
  schedule.succeeded();
  EXPECT_FALSE(schedule.may_fetch(FetchReason::unknown_kid, kStart + 29));
  EXPECT_TRUE(schedule.may_fetch(FetchReason::unknown_kid, kStart + 30));
  EXPECT_TRUE(schedule.may_fetch(FetchReason::aged, kStart + 1));
  EXPECT_TRUE(schedule.may_fetch(FetchReason::none_good, kStart + 1));
}

TEST(FetchSchedule, WaitsLongerAfterEachFailure) {
  FetchSchedule schedule;
  std::int64_t now = kStart;
  for (const std::int64_t pause : {5, 10, 20, 30, 30}) {
    schedule.failed(now);
    EXPECT_FALSE(schedule.may_fetch(FetchReason::none_good, now + pause - 1)) << pause;
    EXPECT_TRUE(schedule.may_fetch(FetchReason::none_good, now + pause)) << pause;
    now += pause;
  }
  schedule.succeeded();
  EXPECT_TRUE(schedule.may_fetch(FetchReason::none_good, now));
  schedule.failed(now);
  EXPECT_TRUE(schedule.may_fetch(FetchReason::none_good, now + 5));
}

TEST(FetchSchedule, AClockSetBackDoesNotSilenceIt) {
  FetchSchedule schedule;
  schedule.began(FetchReason::unknown_kid, kStart);
  schedule.failed(kStart);
  EXPECT_TRUE(schedule.may_fetch(FetchReason::unknown_kid, kStart - 86'400));
  EXPECT_FALSE(is_within(kStart, kKeysAge, kStart - kKeysAge));
}

}  // namespace
}  // namespace footfall::api
