#include "simulation/breaker.hpp"

#include <bit>

#include "base/assert.hpp"

namespace footfall::simulation {
namespace {

constexpr int kSessionsMax = 64;
constexpr int kResultsInARow = 3;

}  // namespace

Breaker::Breaker(double share) : share_(share) {
  FF_ASSERT(share >= 0 && share <= 1, "a share of agents is in [0, 1]");
}

void Breaker::begin_cycle(std::size_t admitted) {
  failures_ = 0;
  // A hair more: 29 % of 100 are 29, but not in doubles.
  allowed_ = static_cast<std::size_t>(share_ * static_cast<double>(admitted) + 1e-9);
}

bool Breaker::note_failure() { return ++failures_ == allowed_ + 1 && share_ < 1; }

OutageWatch::OutageWatch(int sessions) : trips_(static_cast<std::size_t>(sessions), 0) {
  FF_ASSERT(sessions >= 1 && sessions <= kSessionsMax, "there are 1 to 64 sessions");
}

void OutageWatch::begin_use(int session) { ++trips_.at(static_cast<std::size_t>(session)); }

void OutageWatch::end_use(int session) {
  const int left = --trips_.at(static_cast<std::size_t>(session));
  FF_ASSERT(left >= 0, "a session's use ends more often than it began");
}

void OutageWatch::note_answer(int session) {
  FF_ASSERT(session >= 0 && session < static_cast<int>(trips_.size()), "no such session");
  reset();
}

bool OutageWatch::note_outage(int session) {
  FF_ASSERT(session >= 0 && session < static_cast<int>(trips_.size()), "no such session");
  failed_ |= std::uint64_t{1} << session;
  ++in_a_row_;
  if (asked_ || !is_enough()) return false;
  asked_ = true;
  return true;
}

void OutageWatch::reset() {
  failed_ = 0;
  in_a_row_ = 0;
  asked_ = false;
  ++generation_;
}

bool OutageWatch::is_enough() const {
  if (in_a_row_ < kResultsInARow) return false;
  if (std::popcount(failed_) >= 2) return true;
  for (std::size_t session = 0; session < trips_.size(); ++session) {
    const bool has_failed = failed_ >> session & 1;
    if (!has_failed && trips_[session] > 0) return false;
  }
  return true;
}

}  // namespace footfall::simulation
