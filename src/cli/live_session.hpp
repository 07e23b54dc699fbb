// Everything that one live run needs, put together from what its flags choose, and how it goes: the
// run is begun at its service or in its database, lived, and noted as over.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>

#include "base/failure.hpp"
#include "cli/live_past.hpp"
#include "cli/live_target.hpp"
#include "cli/run_setup.hpp"
#include "commerce/http/footfall_api.hpp"
#include "commerce/http/http_commerce.hpp"
#include "commerce/mock/mock_commerce.hpp"
#include "simulation/api_service.hpp"
#include "simulation/cycle_journal.hpp"
#include "simulation/live_run.hpp"
#include "store/live_store.hpp"

namespace footfall::cli {

class LiveSession {
 public:
  // Reads the database of `settings`, and checks what can be checked before anything is begun.
  // `stored`: the run that is to go on, whose settings `settings` has; nothing: a new one.
  static Result<std::unique_ptr<LiveSession>> create(const Settings& settings, LiveTarget target,
                                                     const std::optional<store::Run>& stored = {});
  ~LiveSession();

  const simulation::Pace& pace() const { return pace_; }
  const LiveTarget& target() const { return target_; }
  const simulation::Plan& plan() const { return plan_; }
  const World& world() const { return *world_; }
  simulation::LiveRun& live_run() { return *live_run_; }
  const store::Run& run() const { return run_; }
  bool has_begun() const { return has_begun_; }                      // to live
  const std::optional<WentOn>& went_on() const { return went_on_; }  // null: a new run
  boost::asio::io_context& io() { return io_; }
  simulation::RunControl& control() { return control_; }
  commerce::ApiSessions* sessions() { return sessions_.get(); }  // null: no service
  store::LiveStore* live_store() { return live_store_.get(); }   // null: no database
  // What a mocked run would have done goes there.
  // Called when the run has a number, before it is lived.
  void on_begun(std::function<void()> call) { on_begun_ = std::move(call); }
  void tell_mocked(commerce::TellMocked tell) { tell_mocked_ = std::move(tell); }

  // What the operator should know of the rate before the run begins (R26); empty if all fits.
  std::string load_warning() const;

  // Begins the run, lives it, and notes its end. Throws Failure as LiveRun::run; the run's row says
  // failed then.
  void live(simulation::LiveObserver& observer);

 private:
  LiveSession(const Settings& settings, LiveTarget target);

  Result<void> prepare(const std::optional<store::Run>& stored);
  Task<void> begin_and_live(simulation::LiveObserver& observer);
  Task<void> begin_then_live(simulation::LiveObserver& observer);
  Task<void> begin_at_service();
  std::string why_not_ours(const commerce::ApiRun& begun) const;
  void begin_in_database();
  Task<void> go_on_at_service();
  void take_up_run();
  void hold_run();
  Task<void> say_still_held(Alarm& over);
  void open_journal();
  void make_world();
  void make_service_world();
  void note_end(const std::optional<Failure>& failure);
  void write_end(const std::optional<Failure>& failure);

  const Settings& settings_;
  LiveTarget target_;
  boost::asio::io_context io_{1};
  SteadyTime time_;
  simulation::RunControl control_;
  simulation::Pace pace_;
  simulation::Plan plan_;
  std::unique_ptr<World> world_;
  store::Run run_;
  bool begun_ = false;  // the run exists somewhere
  bool has_begun_ = false;
  bool goes_on_ = false;
  bool holds_ = false;  // the run, in its database
  bool is_over_ = false;
  std::optional<Failure> taken_over_;
  std::optional<WentOn> went_on_;
  std::unique_ptr<LiveCheckpoints> checkpoints_;
  std::unique_ptr<simulation::LiveRun> live_run_;
  std::unique_ptr<commerce::ApiSessions> sessions_;
  std::unique_ptr<commerce::FootfallApi> api_;
  std::unique_ptr<commerce::ApiShop> shop_;
  std::unique_ptr<simulation::ApiService> service_;
  std::unique_ptr<store::LiveStore> live_store_;
  std::unique_ptr<store::TripJournal> journal_;
  std::unique_ptr<simulation::CycleJournal> cycle_journal_;
  std::unique_ptr<simulation::OfferEngine> offers_;
  simulation::LiveWorld live_world_;
  commerce::TellMocked tell_mocked_;
  std::function<void()> on_begun_;
};

}  // namespace footfall::cli
