// Goal: numbers are short, right at the borders between their units, and never surprise by width.
#include "screen/words.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace footfall::screen {
namespace {

TEST(Words, DurationsHaveTwoUnits) {
  EXPECT_EQ(duration_words(0), "0 s");
  EXPECT_EQ(duration_words(59.4), "59 s");
  EXPECT_EQ(duration_words(59.6), "1 min 0 s");
  EXPECT_EQ(duration_words(7500), "2 h 5 min");
  EXPECT_EQ(duration_words(90'000), "1 d 1 h");
  EXPECT_EQ(duration_words(-1), "0 s");
  EXPECT_EQ(duration_words(std::nan("")), "0 s");
  EXPECT_EQ(duration_words(std::numeric_limits<double>::infinity()), "9,999 d 0 h");
}

TEST(Words, LatenciesHaveThreeDigits) {
  EXPECT_EQ(latency_words(-4), "0 µs");
  EXPECT_EQ(latency_words(999), "999 µs");
  EXPECT_EQ(latency_words(1000), "1.00 ms");
  EXPECT_EQ(latency_words(9'994), "9.99 ms");
  EXPECT_EQ(latency_words(9'996), "10.0 ms");
  EXPECT_EQ(latency_words(99'960), "100 ms");
  EXPECT_EQ(latency_words(999'400), "999 ms");
  EXPECT_EQ(latency_words(999'600), "1.00 s");
  EXPECT_EQ(latency_words(4'000'000'000), "4,000 s");
}

TEST(Words, OtherNumbers) {
  EXPECT_EQ(bytes_words(1023), "1023 B");
  EXPECT_EQ(bytes_words(2048), "2.0 KiB");
  EXPECT_EQ(bytes_words(123'456'789), "118 MiB");
  EXPECT_EQ(percent_words(0.999), "99 %") << "only what is complete is 100 %";
  EXPECT_EQ(percent_words(0.29), "29 %");
  EXPECT_EQ(percent_words(1), "100 %");
  EXPECT_EQ(percent_words(1e9), "999 %");
  EXPECT_EQ(rate_words(51.24), "51.2");
  EXPECT_EQ(rate_words(1234.4), "1,234");
  EXPECT_EQ(money_words(Money{123'456'789}), "1,234,567.89");
  EXPECT_EQ(money_words(Money{-5}), "-0.05");
  EXPECT_EQ(moment_words(parse_sim_time("2026-01-05T08:30").value()), "Mon 2026-01-05 08:30");
}

TEST(Words, AdviseTwiceTheScaleOnlyWhereItFits) {
  State state;
  state.time_scale = 48;
  state.work_share = 0.12;
  EXPECT_EQ(scale_advice(state), "work takes 12 % of the cycle: --time-scale 96 would fit");
  state.time_scale = 24;
  EXPECT_EQ(scale_advice(state), "work takes 12 % of the cycle: --time-scale 48 would fit");
  state.work_share = 0.20;
  EXPECT_EQ(scale_advice(state), "");
  state.work_share = 0.12;
  state.time_scale = 49;
  EXPECT_EQ(scale_advice(state), "");
  state.time_scale = 48;
  state.status = Status::paused;
  EXPECT_EQ(scale_advice(state), "") << "not the time to think of it";
  state.status = Status::running;
  state.work_share.reset();
  EXPECT_EQ(scale_advice(state), "");
  state.work_share = 0.12;
  state.time_scale.reset();
  EXPECT_EQ(scale_advice(state), "");
}

}  // namespace
}  // namespace footfall::screen
