// Goal: dates are read strictly and come back as written; weekdays and months are right.
#include "base/sim_time.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace footfall {
namespace {

TEST(SimTime, ReadsItsThreeForms) {
  EXPECT_EQ(to_string(parse_sim_time("2026-01-05").value()), "2026-01-05T00:00:00Z");
  EXPECT_EQ(to_string(parse_sim_time("2026-01-05T08:30").value()), "2026-01-05T08:30:00Z");
  EXPECT_EQ(to_string(parse_sim_time("2024-02-29T23:59:58Z").value()), "2024-02-29T23:59:58Z");
  EXPECT_EQ(to_string(SimTime{1'500'000}), "1970-01-01T00:00:01.500000Z");
}

TEST(SimTime, RefusesWhatIsNoDate) {
  for (const char* text : {"", "2026", "2026-13-01", "2026-02-29", "2026-01-05T24:00", "1969-12-31",
                           "2200-01-01", "2026-1-5", "2026-01-05 0830", "2026-01-05T08:30:61Z"}) {
    EXPECT_FALSE(parse_sim_time(text)) << text;
  }
}

TEST(SimTime, KnowsTheCalendar) {
  const SimTime monday = parse_sim_time("2026-01-05T17:45").value();
  EXPECT_EQ(weekday(monday), 0);
  EXPECT_EQ(weekday(monday + kDay * 6), 6);
  EXPECT_EQ(hour_of_day(monday), 17);
  EXPECT_EQ(month(monday + kDay * 30), 2);
}

TEST(Text, ReadsNumbersStrictly) {
  EXPECT_EQ(parse_double("1.5e2"), 150);
  for (const char* text : {"", "nan", "inf", "0x10", "1.5 ", "1,5", "1e999"}) {
    EXPECT_FALSE(parse_double(text)) << text;
  }
  EXPECT_EQ(parse_integer("-12"), -12);
  EXPECT_FALSE(parse_integer("12.0"));
}

TEST(Text, SplitsJoinsAndGuesses) {
  EXPECT_EQ(join(split_list(" Snacks ; ;Dairy;", ';'), "+"), "Snacks+Dairy");
  EXPECT_EQ(with_commas(-1234567), "-1,234,567");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(nearest("wekly", {"daily", "weekly"}), "weekly");
  EXPECT_EQ(nearest("zzzzzz", {"daily", "weekly"}), "");
}

}  // namespace
}  // namespace footfall
