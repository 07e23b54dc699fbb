// What a live run needs of footfall's own API beside shopping: starting and stopping its run,
// moving its time, filling wallets. In the operator's name (FOOTFALL_ADMIN_TOKEN). One io_context
// thread.
#pragma once

#include <optional>
#include <string>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/sim_time.hpp"
#include "base/task.hpp"
#include "commerce/http/api_sessions.hpp"

namespace footfall::commerce {

struct ApiRun {
  RunId id;
  std::uint64_t seed = 0;
  SimTime start, until, now;
  std::int64_t agents = 0;
  std::string status;
};

struct WalletsFilled {
  std::int64_t users = 0, assigned = 0, expired = 0, superseded = 0;
};

class FootfallApi {
 public:
  // `sessions` must outlive it.
  FootfallApi(ApiSessions& sessions, std::string admin_token)
      : sessions_(sessions), admin_token_(std::move(admin_token)) {}

  // Each throws Failure (TripFailure where it is known what kind) when the service does not do it,
  // with its own words.
  // `settings`: the JSON body of POST /simulation/start.
  Task<ApiRun> start(const std::string& settings);
  Task<ApiRun> status(RunId run);
  Task<void> advance(RunId run, SimTime to);  // wallets that come due are not filled
  Task<WalletsFilled> fill_due_wallets(RunId run);
  Task<ApiRun> stop(RunId run);
  Task<ApiRun> resume(RunId run);  // also one that is running

  // The body of an answer 2xx. `name`: of the call, for messages. Goes over the agent's session.
  Task<std::string> ask(std::string_view name, http::Method method, std::string target, RunId run,
                        std::string body, AgentId agent = {});

 private:
  ApiSessions& sessions_;
  std::string admin_token_;
};

}  // namespace footfall::commerce
