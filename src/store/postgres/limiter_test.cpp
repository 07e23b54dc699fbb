// Goal: the limiter finds the number of connections at which a database is fastest, follows it when
// it moves, and never leaves its bounds. Method: a simulated database whose throughput depends on
// how many work at once (a curve with a peak, plus noise), driven completion by completion.
#include "store/postgres/limiter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "base/random.hpp"

namespace footfall::store::postgres {
namespace {

using Curve = std::function<double(int)>;  // how many work -> transactions a second

// Rises to `peak` workers, stays level up to twice as many, then falls by 1 % a worker.
Curve peak_at(int peak) {
  return [peak](int working) {
    const double rise = std::min(1.0, working / static_cast<double>(peak));
    return 2'000 * rise * std::max(0.3, 1 - 0.01 * std::max(0, working - 2 * peak));
  };
}

// As a server that is badly overloaded beyond its peak.
Curve collapses_after(int peak) {
  return [peak](int working) {
    return working <= peak ? 2'000.0 * working / peak : 2'000.0 * peak / working;
  };
}

class Simulation {
 public:
  explicit Simulation(int limit_max) : limiter(limit_max) {}

  // Runs so long; the mean throughput as a share of the best that the curve has.
  double run(const Curve& curve, double seconds, bool waiting = true) {
    const double end_us = now_us_ + seconds * 1e6;
    double best = 0;
    for (int n = 1; n <= 200; ++n) best = std::max(best, curve(n));
    double done = 0;
    const double start_us = now_us_;
    while (now_us_ < end_us) {
      // Gaps vary by a third either way, and every fifth of a second is slower or faster by 5 %.
      const auto fifth = static_cast<std::uint32_t>(now_us_ / 200'000);
      RandomStream weather(7, fifth, 1, Purpose::idle);
      const double speed = curve(limiter.limit()) * (0.95 + 0.1 * weather.uniform());
      now_us_ += 1e6 / speed * (0.67 + 0.66 * random_.uniform());
      limiter.completed(static_cast<std::int64_t>(now_us_), waiting);
      fewest = std::min(fewest, limiter.limit());
      most = std::max(most, limiter.limit());
      ++done;
    }
    return done / (now_us_ - start_us) * 1e6 / best;
  }

  Limiter limiter;
  int fewest = 1'000, most = 0;

 private:
  double now_us_ = 1e9;
  RandomStream random_{42, 1, 1, Purpose::idle};
};

TEST(Limiter, SettlesWhereThroughputIsNearTheBest) {
  for (const int peak : {4, 8, 12, 30, 60}) {
    Simulation simulation(125);
    simulation.run(peak_at(peak), 20);
    EXPECT_GT(simulation.run(peak_at(peak), 60), 0.88) << "peak at " << peak;
  }
}

TEST(Limiter, TurnsRoundWhereMoreIsWorse) {
  for (const int peak : {3, 8, 40}) {
    Simulation simulation(125);
    simulation.run(collapses_after(peak), 20);
    EXPECT_GT(simulation.run(collapses_after(peak), 60), 0.8) << "peak at " << peak;
  }
}

TEST(Limiter, UsesFewConnectionsWhereMoreDoNotHelp) {
  Simulation simulation(125);
  simulation.run(peak_at(8), 20);
  simulation.most = 0;
  simulation.run(peak_at(8), 60);
  EXPECT_LE(simulation.most, 25);
}

TEST(Limiter, FollowsThePeakWhenItMoves) {
  Simulation simulation(125);
  simulation.run(peak_at(40), 30);
  EXPECT_GT(simulation.limiter.limit(), 20);
  simulation.run(peak_at(5), 30);
  EXPECT_GT(simulation.run(peak_at(5), 30), 0.85);
  EXPECT_LT(simulation.limiter.limit(), 20);
  simulation.run(peak_at(40), 30);
  EXPECT_GT(simulation.run(peak_at(40), 30), 0.85);
}

TEST(Limiter, StaysWithinItsBounds) {
  for (const int most : {1, 2, 3, 6, 125}) {
    for (const int peak : {1, 200}) {
      Simulation simulation(most);
      simulation.run(peak_at(peak), 30);
      EXPECT_GE(simulation.fewest, std::min(2, most));
      EXPECT_LE(simulation.most, most);
    }
  }
}

TEST(Limiter, LeavesEachPoolOne) {
  Simulation simulation(125);
  simulation.limiter.set_fewest(17);
  EXPECT_EQ(simulation.limiter.limit(), 17);
  simulation.run(collapses_after(4), 30);
  EXPECT_GE(simulation.fewest, 17);
  simulation.limiter.set_fewest(1);
  simulation.run(collapses_after(4), 30);
  EXPECT_LE(simulation.limiter.limit(), 8);
}

TEST(Limiter, StaysWhereItIsWhileNobodyWaits) {
  Simulation simulation(125);
  simulation.run(peak_at(40), 10, /*waiting=*/false);
  EXPECT_EQ(simulation.fewest, 8);
  EXPECT_EQ(simulation.most, 8);
}

}  // namespace
}  // namespace footfall::store::postgres
