#include "api/auth/fetch_schedule.hpp"

#include <algorithm>
#include <cstdlib>

namespace footfall::api {

bool is_within(std::optional<std::int64_t> since, std::int64_t seconds, std::int64_t now) {
  return since && std::abs(now - *since) < seconds;
}

bool FetchSchedule::may_fetch(FetchReason reason, std::int64_t now) const {
  if (is_within(failed_at_, retry_after_, now)) return false;
  return reason != FetchReason::unknown_kid || !is_within(unknown_kid_at_, kUnknownKidPause, now);
}

void FetchSchedule::began(FetchReason reason, std::int64_t now) {
  if (reason == FetchReason::unknown_kid) unknown_kid_at_ = now;
}

void FetchSchedule::succeeded() {
  failed_at_.reset();
  retry_after_ = 0;
}

void FetchSchedule::failed(std::int64_t now) {
  failed_at_ = now;
  retry_after_ = std::clamp(2 * retry_after_, kRetryMin, kRetryMax);
}

}  // namespace footfall::api
