// The runs that a server serves: found in the database, started, ended. Shared by all threads.
#pragma once

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "api/run_state.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "store/store.hpp"

namespace footfall::api {

struct NewRun {
  store::Run row;  // its id is not given yet
  simulation::Plan plan;
};

// What settings come to: a run, or why there is none.
struct Planned {
  std::optional<NewRun> run;
  std::string setting;  // that is wrong; empty: not known
  std::string why;      // a sentence, or what follows the setting's name: "must be …"
};

// How settings become runs; what settings are is the program's business (cli/run_plan.hpp).
struct RunFactory {
  // The plan that a stored run was begun with. Error: incompatible if it cannot be read.
  std::function<Result<simulation::Plan>(const store::Run&)> plan_of;
  // A run with these settings in place of the server's own, by their names. Called on the hub's
  // thread.
  std::function<Planned(const std::map<std::string, std::string>& settings)> make;
};

// Threads: tasks may be called from coroutines of any io_context and answer on the caller's. What
// asks the database does so on one thread, the desk, with one store that stays open there. A mutex
// guards what is known; it is never held while waiting for anything.
//
// That there is no such run, or none running, is remembered for a second, so that who asks again
// and again costs the database nothing. Runs that nobody uses are forgotten, the
// longest unused first, but run 0 and the current one; whoever names one again has it read again.
class RunHub {
 public:
  static constexpr int kQuestionsMax = 1'000;  // that wait at the desk; more are refused as busy

  // `shop` must outlive it.
  RunHub(std::string database_url, const ServedShop& shop, RunFactory factory);
  ~RunHub();

  // Throw Failure if the database refuses; busy if too many ask. Null: there is none.
  Task<std::shared_ptr<RunState>> find(RunId run);  // a live one, whatever its status
  Task<std::shared_ptr<RunState>> current();        // the newest that is running
  // Opens the real shop, making run 0 if there is none. Errors: incompatible if it was begun under
  // other rules of wallets and offer cycles than `wanted` has. Before anything else is called.
  Result<std::shared_ptr<RunState>> open_shop(const NewRun& wanted);
  std::shared_ptr<RunState> shop();  // null: not opened

  Task<Planned> plan(std::map<std::string, std::string> settings);
  // A run begins in two steps. create() makes its row, which says "failed" until begin() says
  // "running": whatever goes wrong between, a crash too, nobody finds half a run running. Until
  // begin() the caller alone knows the run's state; find() knows no such run.
  Task<std::shared_ptr<RunState>> create(NewRun run);
  Task<void> begin(std::shared_ptr<RunState> run);
  // A run that was stopped, or found failed, is running again, and the current one.
  Task<void> resume(std::shared_ptr<RunState> run);
  // Instead of begin(), or after it has thrown. Throws nothing: the row says "failed" in any case
  // but one, that begin() was carried out and its answer lost.
  Task<void> give_up(std::shared_ptr<RunState> run);
  Task<void> end(std::shared_ptr<RunState> run, std::string status);  // stopped, finished, failed

  // For tests: what the desk has asked the database so far, and how many runs are known.
  std::int64_t questions() const { return questions_.load(); }
  std::size_t known_runs() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Kept {
    std::shared_ptr<RunState> state;
    std::uint64_t used = 0;  // uses_ then
  };

  std::shared_ptr<RunState> known(RunId run);
  std::shared_ptr<RunState> known_current();  // null: not known, or known to have ended
  std::shared_ptr<RunState> keep(RunId id, std::shared_ptr<RunState> run);
  std::shared_ptr<RunState> make_state(const store::Run& row, const simulation::Plan& plan) const;
  std::shared_ptr<RunState> state_of(const store::Run& row);  // known, or made and kept
  bool is_absent(RunId run) const;
  void note_absent(RunId run);
  void write_status(RunState& run, const std::string& status);

  // On the desk.
  std::shared_ptr<RunState> find_now(RunId run);
  std::shared_ptr<RunState> current_now();
  template <typename Work>
  auto ask(Work work);
  template <typename T>
  Task<T> at_desk(std::function<T()> work);

  std::string url_;
  const ServedShop& shop_;
  RunFactory factory_;
  std::atomic<int> waiting_{0};
  std::atomic<std::int64_t> questions_{0};

  mutable std::mutex mutex_;  // of what follows, up to the desk
  std::map<RunId, Kept> runs_;
  std::uint64_t uses_ = 0;
  std::map<RunId, Clock::time_point> absent_;  // until when; run 0: there is no current run
  RunId current_;

  // The desk's alone.
  std::unique_ptr<store::Store> store_;  // null: to be opened
  std::set<RunId> beginning_;            // created and not begun yet
  boost::asio::thread_pool desk_{1};     // for the blocking side of the database
};

}  // namespace footfall::api
