#include "store/postgres/limiter.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace footfall::store::postgres {
namespace {

constexpr int kFewest = 2;
constexpr int kFirst = 8;
constexpr int kWindowsOfARound = 4;
constexpr int kRestsMax = 16;  // windows
constexpr std::int64_t kWindowUs = 150'000;
constexpr std::int64_t kIdleUs = 1'000'000;  // between two completions: what came before is old
constexpr std::int64_t kWindowDone = 100;    // at least; the noise of a round is then below a tenth
constexpr double kNoise = 0.03;              // a smaller difference says nothing

}  // namespace

Limiter::Limiter(int most)
    : most_(most),
      fewest_(std::min(kFewest, most)),
      limit_(std::min(kFirst, most)),
      held_(std::min(kFirst, most)) {
  FF_ASSERT(most >= 1, "a pool has at least one connection");
}

void Limiter::set_fewest(int fewest) {
  const std::lock_guard lock(mutex_);
  fewest_ = std::min(std::max(kFewest, fewest), most_);
  held_ = std::max(held_, fewest_);
  begin_round();
}

double Limiter::Rate::of_second() const {
  return 1e6 * static_cast<double>(done) / static_cast<double>(elapsed_us);
}

void Limiter::completed(std::int64_t now_us, bool waiting) {
  const std::lock_guard lock(mutex_);
  const bool was_idle = now_us - std::exchange(last_us_, now_us) > kIdleUs;
  if (was_idle) return begin_round();
  if (settling_ > 0) {
    --settling_;
    return;
  }
  if (window_start_us_ < 0) {
    window_start_us_ = now_us;
    return;
  }
  ++done_;
  unsaturated_ += waiting ? 0 : 1;
  const std::int64_t elapsed_us = now_us - window_start_us_;
  if (elapsed_us < kWindowUs) return;
  const bool mostly_idle = unsaturated_ * 10 > done_;
  if (mostly_idle) return begin_round();
  if (done_ >= kWindowDone) end_window(elapsed_us);
}

void Limiter::begin_window() {
  window_start_us_ = -1;
  done_ = unsaturated_ = 0;
}

void Limiter::end_window(std::int64_t elapsed_us) {
  if (rest_ > 0) {
    --rest_;
    return begin_window();
  }
  const bool tried = window_ == 1 || window_ == 2;
  Rate& rate = tried ? rate_tried_ : rate_held_;
  rate.done += done_;
  rate.elapsed_us += elapsed_us;
  begin_window();
  if (++window_ == kWindowsOfARound) return judge();
  const bool try_next = window_ == 1 || window_ == 2;
  const int next = try_next ? neighbour() : held_;
  if (limit_.exchange(next) != next) settling_ = next;
}

void Limiter::judge() {
  const double pays = direction_ > 0 ? 1 + kNoise : 1 - kNoise;
  if (rate_tried_.of_second() > rate_held_.of_second() * pays) {
    held_ = neighbour();
    rests_ = 0;
  } else {
    direction_ = -direction_;
    rest_ = rests_;
    rests_ = std::min(kRestsMax, rests_ + 1 + rests_ / 2);
  }
  begin_round();
}

void Limiter::begin_round() {
  if (held_ >= most_) direction_ = -1;
  if (held_ <= fewest_) direction_ = 1;
  if (limit_.exchange(held_) != held_) settling_ = held_;
  window_ = 0;
  rate_held_ = rate_tried_ = {};
  begin_window();
}

int Limiter::neighbour() const {
  const int step = direction_ > 0 ? std::max(1, held_ / 3) : -std::max(1, held_ / 4);
  return std::clamp(held_ + step, fewest_, most_);
}

}  // namespace footfall::store::postgres
