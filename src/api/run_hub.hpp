// The runs that a server serves: found in the database, started, ended. Shared by all threads.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "api/run_state.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace footfall::api {

struct NewRun {
  store::Run row;  // its id is not given yet
  simulation::Plan plan;
};

// How settings become runs; what settings are is the program's business (cli/run_plan.hpp).
struct RunFactory {
  // The plan that a stored run was begun with. Error: incompatible if it cannot be read.
  std::function<Result<simulation::Plan>(const store::Run&)> plan_of;
  // A run with these settings in place of the server's own, by their names. Errors: invalid_input
  // with a sentence.
  std::function<Result<NewRun>(const std::map<std::string, std::string>& settings)> make;
};

class RunHub {
 public:
  // `shop` must outlive it.
  RunHub(std::string database_url, const ServedShop& shop, RunFactory factory);
  ~RunHub();

  // All may be called from coroutines of any io_context; they answer on the caller's. Throw Failure
  // if the database refuses. Null: there is none.
  Task<std::shared_ptr<RunState>> find(RunId run);  // a live one, whatever its status
  Task<std::shared_ptr<RunState>> current();        // the newest that is running
  // Opens the real shop, making run 0 if there is none. Errors: incompatible if it was begun under
  // other rules of wallets and offer cycles than `wanted` has.
  Result<std::shared_ptr<RunState>> open_shop(const NewRun& wanted);
  std::shared_ptr<RunState> shop() const;  // null: not opened

  // Errors: those of the factory.
  Task<Result<NewRun>> plan(std::map<std::string, std::string> settings);
  Task<std::shared_ptr<RunState>> create(NewRun run);
  Task<void> end(std::shared_ptr<RunState> run, std::string status);  // stopped, finished, failed

 private:
  std::shared_ptr<RunState> known(RunId run) const;
  std::shared_ptr<RunState> keep(const store::Run& row, const simulation::Plan& plan);
  std::shared_ptr<RunState> find_now(RunId run);
  std::shared_ptr<RunState> current_now();

  std::string url_;
  const ServedShop& shop_;
  RunFactory factory_;
  mutable std::mutex mutex_;
  std::map<RunId, std::shared_ptr<RunState>> runs_;
  RunId current_;
  boost::asio::thread_pool desk_{1};  // for the blocking side of the database
};

}  // namespace footfall::api
