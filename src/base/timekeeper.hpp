// Real time for what waits: the system's steady clock, or one that a test moves by hand
// (base/manual_time.hpp). One io_context thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>

#include "base/task.hpp"

namespace footfall {

using Moment = std::chrono::steady_clock::time_point;

// Waits for a moment, or for somebody to ring. One waiter at a time.
class Alarm {
 public:
  virtual ~Alarm() = default;
  // Returns at `until` (at once if it is past) or when ring() is called; true: the moment has come.
  // A ring() while nobody waits is forgotten.
  virtual Task<bool> wait_until(Moment until) = 0;
  virtual void ring() = 0;
};

class Timekeeper {
 public:
  virtual ~Timekeeper() = default;
  virtual Moment now() const = 0;
  virtual std::unique_ptr<Alarm> make_alarm() = 0;
};

// std::chrono::steady_clock. Alarms wait on `executor`.
class SteadyTime final : public Timekeeper {
 public:
  explicit SteadyTime(const boost::asio::any_io_executor& executor) : executor_(executor) {}
  Moment now() const override { return std::chrono::steady_clock::now(); }
  std::unique_ptr<Alarm> make_alarm() override;

 private:
  boost::asio::any_io_executor executor_;
};

}  // namespace footfall
