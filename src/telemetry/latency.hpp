// How long calls took: a histogram of constant size that can be merged, and the last thousand.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace footfall::telemetry {

// Whole microseconds from 0 to about an hour and a quarter, longer ones counted as that. Buckets
// grow with their values, 64 to an octave, so a quantile is off by at most 1 % of itself (1 µs for
// small ones). 17 KB.
class LatencyHistogram {
 public:
  void record(std::int64_t us);
  void merge(const LatencyHistogram& other);

  std::int64_t count() const { return count_; }
  double mean_us() const;                          // exact; 0 if there is none
  std::int64_t max_us() const { return max_us_; }  // exact
  // The smallest value that at least share q in (0, 1] of all are not above, within 1 %; 0 if there
  // is none.
  std::int64_t quantile_us(double q) const;

 private:
  // Chosen by the implementation: kBuckets and the buckets.
};

// The last 1,000 values, exactly.
class RecentLatencies {
 public:
  static constexpr std::size_t kKept = 1000;
  void record(std::int64_t us);
  std::size_t count() const;
  std::int64_t quantile_us(double q) const;  // sorts a copy: for a screen, not for a hot path

 private:
  // Chosen by the implementation: a ring.
};

}  // namespace footfall::telemetry
