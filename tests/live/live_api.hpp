// Tests only: footfall's API in this process over the database of a RunWorld, and live runs against
// a shop's API, put together as `footfall simulate` does it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "api/service.hpp"
#include "cli/live_session.hpp"
#include "tests/run_world.hpp"
#include "tests/servers/http_fault_plan.hpp"

namespace footfall {

inline constexpr const char* kAdminToken = "admin-token-of-the-live-tests-0123456789";

// Serves from its construction to its end, on a free port of 127.0.0.1.
class ApiServer {
 public:
  explicit ApiServer(const std::string& database_url);
  ~ApiServer();
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;

  int port() const { return service_->port(); }
  std::string url() const;

 private:
  std::unique_ptr<telemetry::Log> log_;
  std::unique_ptr<api::Service> service_;
  std::thread thread_;
};

// One for each world, for as long as the process.
ApiServer& api_of(Way way, ShopSize shop);

struct LiveEnd {
  RunId run;
  simulation::LiveProgress progress;
  commerce::ApiCounts calls;
  std::string failure;              // that ended the run; empty: it came to its end
  std::vector<std::string> events;  // "frozen: …", without those of cycles
};

class LiveApiRun final : public simulation::LiveObserver {
 public:
  // `how`: of a live run, by name: api, journal, batch-size, … Unpaced, without rate limit and
  // ramp, unless it says otherwise.
  LiveApiRun(const RunWorld& world, const RunSpec& spec, const SettingList& how,
             cli::SimulateOptions options = {});

  // Calls that fail are sent again at once, for runs through faults.
  void hurry();
  // Called for each event, on the run's thread.
  std::function<void(const simulation::LiveEvent&, const simulation::LiveProgress&)> on_event;

  cli::LiveSession& session();
  LiveEnd live();

  void note(const simulation::LiveEvent& event, const simulation::LiveProgress& now) override;

 private:
  cli::Settings settings_;
  cli::LiveTarget target_;
  std::unique_ptr<cli::LiveSession> session_;
  std::vector<std::string> events_;
};

// Each try that was sent came to one thing.
void expect_counts_add_up(const commerce::ApiCounts& counts);

// Tells requests of different agents and moments apart.
std::string identity_of(const tests::SeenRequest& request);

}  // namespace footfall
