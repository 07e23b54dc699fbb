// Whether a live run goes on: paused or resumed by its operator, frozen by the breaker (R30), told
// to stop. One io_context thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/task.hpp"
#include "base/task_group.hpp"

namespace footfall::simulation {

class RunControl {
 public:
  explicit RunControl(const boost::asio::any_io_executor& executor) : executor_(executor) {}

  void pause();
  // Ends a pause and a freeze.
  void resume();
  // Ends a freeze; a pause stays its operator's.
  void thaw();
  // Because of `why`, a sentence. The first reason stays until it is resumed.
  void freeze(const std::string& why);
  // The cycle at hand is finished; what is halted ends as it is. Cannot be taken back.
  void stop();
  // A checkpoint is wanted now. take_checkpoint_wish() answers whether, and forgets it.
  void ask_checkpoint();
  bool take_checkpoint_wish() { return std::exchange(checkpoint_wanted_, false); }

  bool is_paused() const { return paused_; }
  bool is_frozen() const { return !frozen_because_.empty(); }
  const std::string& frozen_because() const { return frozen_because_; }
  bool is_halted() const { return is_paused() || is_frozen(); }
  bool is_stopping() const { return stopping_; }

  // Returns at once unless the run is halted; then when it is resumed or told to stop.
  Task<void> until_running();

  // Called after each change, in the order they were added. Not to be added while one is called.
  void on_change(std::function<void()> call) { watchers_.push_back(std::move(call)); }

 private:
  void tell();

  boost::asio::any_io_executor executor_;
  bool paused_ = false, stopping_ = false, checkpoint_wanted_ = false;
  std::string frozen_because_;
  std::shared_ptr<Event> goes_on_;  // while the run is halted
  std::vector<std::function<void()>> watchers_;
};

}  // namespace footfall::simulation
