// Goal: the same seed, settings and revision give the same data, byte for byte, on every machine
// and in every build (R20, STYLE section 7). Method: a week of ten of the bundled shoppers, as rows
// of the database, against tests/golden/week_of_ten.txt; `./dev golden` rewrites it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/sample_run.hpp"

namespace footfall {
namespace {

constexpr const char* kGolden = FOOTFALL_SOURCE_DIR "/tests/golden/week_of_ten.txt";

std::string lived() {
  SampleRun sample;
  sample.file = fresh_file("golden");
  sample.agents = 10;
  sample.plan.seed = 42;
  sample.plan.start = parse_sim_time("2026-01-05").value();
  sample.plan.until = sample.plan.start + kWeek;
  sample.live();
  return "sessions\n" +
         rows_of(sample.file,
                 "SELECT id, agent_id, kind, outcome, started_sim_us, ended_sim_us, n_events "
                 "FROM shopping_sessions ORDER BY id") +
         "events\n" +
         rows_of(sample.file,
                 "SELECT session_id, seq, type, occurred_sim_us, product_id, qty, user_coupon_id, "
                 "listing_id, amount_minor, payload FROM shopping_session_events ORDER BY 1, 2") +
         "decisions\n" +
         rows_of(sample.file,
                 "SELECT visit_id, step, kind, chosen, printf('%.17g', probability), "
                 "printf('%.17g', draw), features FROM simulation_decisions ORDER BY 1, 2") +
         "coupons\n" +
         rows_of(sample.file,
                 "SELECT id, coupon_id, status, printf('%.17g', probability), assigned_sim_us, "
                 "ended_sim_us, order_id FROM user_coupons ORDER BY id");
}

TEST(Golden, AWeekOfTenShoppersIsWhatItWas) {
  const std::string now = lived();
  if (std::getenv("FOOTFALL_REWRITE_GOLDEN")) {
    std::ofstream(kGolden, std::ios::binary) << now;
    return;
  }
  std::ifstream file(kGolden, std::ios::binary);
  std::ostringstream golden;
  golden << file.rdbuf();
  std::istringstream expected(golden.str()), actual(now);
  std::string want, have;
  for (int line = 1; std::getline(expected, want); ++line) {
    ASSERT_TRUE(std::getline(actual, have)) << "the run ends before line " << line;
    ASSERT_EQ(have, want) << "line " << line << "; if this is meant: ./dev golden";
  }
  EXPECT_FALSE(std::getline(actual, have)) << "the run says more: " << have;
}

}  // namespace
}  // namespace footfall
