#include "telemetry/latency.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/assert.hpp"

namespace footfall::telemetry {
namespace {

// Of `count` values in order, from 1: the place of the smallest that share q are not above. The
// product is a hair too high or too low for shares such as 0.07, which is not to cost a whole
// place.
std::int64_t place_of(double q, std::int64_t count) {
  FF_ASSERT(q > 0 && q <= 1, "a quantile's share is in (0, 1]");
  const double places = q * static_cast<double>(count) * (1 - 1e-12);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(places)));
}

}  // namespace

// An octave [2^n, 2^(n+1)) is cut into 64 buckets of equal width, by the six bits below the
// highest.
std::size_t LatencyHistogram::bucket_of(std::uint32_t us) {
  if (us < kSplit) return us;
  const auto octave = static_cast<std::size_t>(std::bit_width(us)) - std::bit_width(kSplit);
  return kSplit * (1 + octave) + (us >> octave) - kSplit;
}

std::int64_t LatencyHistogram::middle_of(std::size_t bucket) {
  if (bucket < kSplit) return static_cast<std::int64_t>(bucket);
  const std::size_t octave = bucket / kSplit - 1;
  const auto lowest = static_cast<std::int64_t>(kSplit + bucket % kSplit) << octave;
  return lowest + ((std::int64_t{1} << octave) - 1) / 2;
}

void LatencyHistogram::record(std::int64_t us) {
  const std::int64_t counted = std::clamp<std::int64_t>(us, 0, kTopUs);
  ++buckets_[bucket_of(static_cast<std::uint32_t>(counted))];
  ++count_;
  sum_us_ += counted;
  max_us_ = std::max(max_us_, counted);
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
  for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_us_ += other.sum_us_;
  max_us_ = std::max(max_us_, other.max_us_);
}

double LatencyHistogram::mean_us() const {
  return count_ == 0 ? 0 : static_cast<double>(sum_us_) / static_cast<double>(count_);
}

std::int64_t LatencyHistogram::quantile_us(double q) const {
  const std::int64_t place = place_of(q, count_);
  if (place >= count_) return max_us_;
  std::int64_t below = 0;
  std::size_t bucket = 0;
  while (below + buckets_[bucket] < place) below += buckets_[bucket++];
  return std::min(middle_of(bucket), max_us_);
}

void RecentLatencies::record(std::int64_t us) {
  ring_[next_] = std::max<std::int64_t>(0, us);
  next_ = (next_ + 1) % kKept;
  count_ = std::min(count_ + 1, kKept);
}

std::int64_t RecentLatencies::quantile_us(double q) const {
  const auto place = place_of(q, static_cast<std::int64_t>(count_));
  if (count_ == 0) return 0;
  std::array<std::int64_t, kKept> sorted = ring_;
  const auto wanted = sorted.begin() + (place - 1);
  std::nth_element(sorted.begin(), wanted, sorted.begin() + static_cast<std::ptrdiff_t>(count_));
  return *wanted;
}

}  // namespace footfall::telemetry
