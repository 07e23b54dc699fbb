// How long calls took: a histogram of constant size that can be merged, and the last thousand.
// Values, not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace footfall::telemetry {

// Whole microseconds from 0 (negative ones count as that) to 2^32 - 1, about an hour and a quarter
// (longer ones count as that). Buckets grow with their values, 64 to an octave, so a quantile is
// off by at most 1 % of itself, and below 128 µs not at all. 14 KB.
class LatencyHistogram {
 public:
  static constexpr std::int64_t kTopUs = 0xffff'ffff;

  void record(std::int64_t us);
  void merge(const LatencyHistogram& other);

  std::int64_t count() const { return count_; }
  double mean_us() const;                          // exact; 0 if there is none
  std::int64_t max_us() const { return max_us_; }  // exact
  // The smallest value that at least share q in (0, 1] of all are not above, within 1 %; 0 if there
  // is none.
  std::int64_t quantile_us(double q) const;

 private:
  static constexpr std::size_t kSplit = 64;  // buckets an octave; below that, one a microsecond
  static constexpr std::size_t kOctaves = 26;
  static constexpr std::size_t kBuckets = kSplit * (1 + kOctaves);

  static std::size_t bucket_of(std::uint32_t us);
  static std::int64_t middle_of(std::size_t bucket);

  std::array<std::int64_t, kBuckets> buckets_{};
  std::int64_t count_ = 0;
  std::int64_t sum_us_ = 0;
  std::int64_t max_us_ = 0;
};

// The last 1,000 values, exactly (negative ones count as 0). 8 KB.
class RecentLatencies {
 public:
  static constexpr std::size_t kKept = 1000;
  void record(std::int64_t us);
  std::size_t count() const { return count_; }
  // As above, but exact. Sorts a copy: for a screen, not for a hot path.
  std::int64_t quantile_us(double q) const;

 private:
  std::array<std::int64_t, kKept> ring_{};
  std::size_t next_ = 0, count_ = 0;
};

}  // namespace footfall::telemetry
