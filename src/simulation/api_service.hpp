// A service over HTTP as a live run sees it: halted and asked for with the run, and frozen when it
// is down (R30): what the calls come to is watched, a health probe confirms.
#pragma once

#include "base/task_group.hpp"
#include "commerce/http/api_sessions.hpp"
#include "simulation/breaker.hpp"
#include "simulation/live_world.hpp"
#include "simulation/run_control.hpp"

namespace footfall::simulation {

class ApiService final : public Service, private commerce::ApiWatcher {
 public:
  // All must outlive it.
  ApiService(const boost::asio::any_io_executor& executor, commerce::ApiSessions& sessions,
             const commerce::Profile& profile, RunControl& control, int session_count);
  ~ApiService() override { sessions_.set_watcher(nullptr); }

  void hold() override { sessions_.hold(); }
  void release() override;
  void abort() override { sessions_.abort(); }
  Task<std::string> probe() override;

  // Probes under way have ended.
  Task<void> drain() { co_await probes_.wait(); }

 private:
  void begin_use(int session) override { watch_.begin_use(session); }
  void end_use(int session) override { watch_.end_use(session); }
  void note(int session, commerce::ApiSign sign) override;
  Task<void> confirm();

  commerce::ApiSessions& sessions_;
  const commerce::Profile& profile_;
  RunControl& control_;
  OutageWatch watch_;
  TaskGroup probes_;
};

}  // namespace footfall::simulation
