// For tests of RateGate: callers that write down when they passed, on time moved by hand.
#pragma once

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/manual_time.hpp"
#include "http/rate_gate.hpp"

namespace footfall::http {

// Alarms that wake later than they are asked to, by what `late` says each time.
class LateTime final : public Timekeeper {
 public:
  LateTime(ManualTime& time, std::function<std::chrono::nanoseconds()> late)
      : time_(time), late_(std::move(late)) {}

  Moment now() const override { return time_.now(); }
  std::unique_ptr<Alarm> make_alarm() override {
    return std::make_unique<LateAlarm>(*this, time_.make_alarm());
  }

 private:
  struct LateAlarm final : Alarm {
    LateAlarm(LateTime& its_time, std::unique_ptr<Alarm> punctual)
        : time(its_time), alarm(std::move(punctual)) {}
    Task<bool> wait_until(Moment until) override {
      const bool is_real = until < Moment::max() - std::chrono::hours(1);
      if (is_real) until += time.late_();
      const bool has_come = co_await alarm->wait_until(until);
      co_return has_come;
    }
    void ring() override { alarm->ring(); }

    LateTime& time;
    std::unique_ptr<Alarm> alarm;
  };

  ManualTime& time_;
  std::function<std::chrono::nanoseconds()> late_;
};

// A gate and its callers. All that wait at the end are turned away.
struct GateWorld {
  struct Pass {
    int who;
    std::int64_t at_ns;  // since the beginning
    bool may;
    bool operator==(const Pass&) const = default;
  };

  explicit GateWorld(const RateOptions& options) : gate(time, options) {}
  GateWorld(const RateOptions& options, std::function<std::chrono::nanoseconds()> late)
      : late_time(time, std::move(late)), gate(late_time, options) {}
  ~GateWorld() {
    gate.shut();
    time.run_until_idle();
  }

  // `who` asks up to `times` times, each time after it has passed.
  static Task<void> call(GateWorld& world, int who, int times) {
    for (int i = 0; i < times; ++i) {
      const bool may = co_await world.gate.pass();
      world.passes.push_back({who, world.elapsed_ns(), may});
      if (!may) co_return;
    }
  }
  void start(int who, int times = 1) {
    boost::asio::co_spawn(io, call(*this, who, times), boost::asio::detached);
    time.run_until_idle();
  }
  void start_many(int count) {
    for (int who = 0; who < count; ++who) start(who);
  }

  std::int64_t elapsed_ns() const { return (time.now() - began).count(); }
  std::vector<std::int64_t> moments() const {
    std::vector<std::int64_t> at_ns;
    for (const Pass& pass : passes) {
      if (pass.may) at_ns.push_back(pass.at_ns);
    }
    return at_ns;
  }

  boost::asio::io_context io;
  ManualTime time{io};
  LateTime late_time{time, [] { return std::chrono::nanoseconds(0); }};
  const Moment began = time.now();
  std::vector<Pass> passes;
  RateGate gate;
};

// The worst of all windows, those that begin and end with a pass: how many more than
// per_second * t + 1 it admits. At most 0 if the gate does what it is for.
inline double worst_excess(const std::vector<std::int64_t>& at_ns, double per_second) {
  double worst = -1;
  for (std::size_t i = 0; i < at_ns.size(); ++i) {
    for (std::size_t j = i + 1; j < at_ns.size(); ++j) {
      const double allowed = per_second * static_cast<double>(at_ns[j] - at_ns[i]) / 1e9 + 1;
      worst = std::max(worst, static_cast<double>(j - i + 1) - allowed);
    }
  }
  return worst;
}

}  // namespace footfall::http
