#include "simulation/run_control.hpp"

namespace footfall::simulation {

void RunControl::pause() {
  if (paused_) return;
  paused_ = true;
  tell();
}

void RunControl::resume() {
  if (!is_halted()) return;
  paused_ = false;
  frozen_because_.clear();
  tell();
}

void RunControl::thaw() {
  if (!is_frozen()) return;
  frozen_because_.clear();
  tell();
}

void RunControl::freeze(const std::string& why) {
  if (is_frozen()) return;
  frozen_because_ = why;
  tell();
}

void RunControl::stop() {
  if (stopping_) return;
  stopping_ = true;
  tell();
}

void RunControl::ask_checkpoint() {
  checkpoint_wanted_ = true;
  tell();
}

Task<void> RunControl::until_running() {
  while (is_halted() && !stopping_) {
    const std::shared_ptr<Event> goes_on = goes_on_;
    co_await goes_on->wait();
  }
}

void RunControl::tell() {
  const bool waits = is_halted() && !stopping_;
  if (waits && !goes_on_) goes_on_ = std::make_shared<Event>(executor_);
  if (!waits && goes_on_) {
    goes_on_->set();
    goes_on_.reset();
  }
  for (const auto& call : watchers_) call();
}

}  // namespace footfall::simulation
