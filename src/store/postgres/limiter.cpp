#include "store/postgres/limiter.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace footfall::store::postgres {
namespace {

constexpr int kFewest = 2;
constexpr int kFirst = 8;
constexpr std::int64_t kWindowUs = 150'000;
constexpr std::int64_t kIdleUs = 1'000'000;  // between two completions: what came before is old
constexpr std::int64_t kWindowDone = 100;    // at least; its noise is then below a tenth
constexpr double kNoise = 0.03;              // a smaller difference says nothing

}  // namespace

Limiter::Limiter(int most) : most_(most), limit_(std::min(kFirst, most)) {
  FF_ASSERT(most >= 1, "a pool has at least one connection");
}

void Limiter::completed(std::int64_t now_us, bool waiting) {
  const bool was_idle = now_us - std::exchange(last_us_, now_us) > kIdleUs;
  if (was_idle) {
    rate_before_ = 0;
    return begin_window(now_us);
  }
  if (settling_ > 0) {
    --settling_;
    return;
  }
  if (window_start_us_ < 0) return begin_window(now_us);
  ++done_;
  unsaturated_ += waiting ? 0 : 1;
  const std::int64_t elapsed_us = now_us - window_start_us_;
  const bool mostly_idle = unsaturated_ * 10 > done_;
  if (elapsed_us >= kWindowUs && mostly_idle) {
    rate_before_ = 0;
    return begin_window(now_us);
  }
  if (elapsed_us < kWindowUs || done_ < kWindowDone) return;
  move(static_cast<double>(done_) / static_cast<double>(elapsed_us));
}

void Limiter::begin_window(std::int64_t now_us) {
  window_start_us_ = now_us;
  done_ = 0;
  unsaturated_ = 0;
}

void Limiter::move(double rate) {
  const bool better = rate > rate_before_ * (1 + kNoise);
  const bool worse = rate < rate_before_ * (1 - kNoise);
  if (rate_before_ > 0 && worse) {
    direction_ = -direction_;
  } else if (rate_before_ > 0 && !better) {
    direction_ = -1;
  }
  const int fewest = std::min(kFewest, most_);
  if (limit_ >= most_) direction_ = -1;
  if (limit_ <= fewest) direction_ = 1;
  limit_ = std::clamp(limit_ + direction_ * std::max(1, limit_ / 4), fewest, most_);
  rate_before_ = rate;
  settling_ = limit_;
  window_start_us_ = -1;
}

}  // namespace footfall::store::postgres
