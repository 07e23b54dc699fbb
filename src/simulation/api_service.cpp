#include "simulation/api_service.hpp"

#include <fmt/format.h>

namespace footfall::simulation {

ApiService::ApiService(const boost::asio::any_io_executor& executor,
                       commerce::ApiSessions& sessions, const commerce::Profile& profile,
                       RunControl& control, int session_count)
    : sessions_(sessions),
      profile_(profile),
      control_(control),
      watch_(session_count),
      probes_(executor) {
  sessions_.set_watcher(this);
}

void ApiService::release() {
  watch_.reset();
  sessions_.release();
}

void ApiService::note(int session, commerce::ApiSign sign) {
  if (sign == commerce::ApiSign::answer) watch_.note_answer(session);
  if (sign == commerce::ApiSign::outage && watch_.note_outage(session)) probes_.start(confirm());
}

Task<std::string> ApiService::probe() {
  if (!profile_.has(commerce::ApiAction::health)) co_return std::string();
  commerce::ApiRequest request;
  profile_.render(commerce::ApiAction::health, commerce::Places{}, {}, request);
  const commerce::ApiAnswer called = co_await sessions_.probe(request);
  const http::ClientAnswer& answer = called.answer;
  if (!answer.answered()) co_return answer.why;
  const commerce::ApiOutcome outcome =
      profile_.read(commerce::ApiAction::health, answer.status, answer.body);
  co_return outcome.ok ? std::string() : outcome.problem;
}

// A service without a health route is down when its calls say so. It is not, whatever the probe
// says, if it answered somebody meanwhile, or the run was halted and goes on since.
Task<void> ApiService::confirm() {
  const bool has_health = profile_.has(commerce::ApiAction::health);
  const std::int64_t generation = watch_.generation();
  const std::string why = co_await probe();
  if (watch_.generation() != generation) co_return;
  if (has_health && why.empty()) {
    watch_.reset();
    co_return;
  }
  sessions_.abort();
  control_.freeze(
      fmt::format("{} is down: three calls in a row had no answer{}", sessions_.url().origin,
                  why.empty() ? "" : fmt::format(", nor had a health probe ({})", why)));
}

}  // namespace footfall::simulation
