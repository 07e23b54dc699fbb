// A run as the server knows it: its plan and people, its present, what stands on its shelves, and
// the offer engine's decisions. One object a run, shared by all threads; what may be called by any
// thread at once says so.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "offers/policy.hpp"
#include "personas/population.hpp"
#include "simulation/plan.hpp"
#include "simulation/wallet_desk.hpp"
#include "store/live_store.hpp"
#include "store/store.hpp"

namespace footfall::api {

// What the database was seeded with; read once, when the server starts.
struct ServedShop {
  retail::Catalogue catalogue;
  std::vector<store::Agent> agents;  // by id
  personas::Population population;   // in the same order
};

// Whom a dev token names; null: no agent who may shop.
const store::Agent* find_agent(const std::vector<store::Agent>& agents, AgentId agent);

// What is sold during one offer cycle, and for how much.
struct Goods {
  std::int64_t offer_cycle = 0;
  retail::Shelf shelf;
  std::vector<Money> prices;         // by product
  std::vector<std::string> entries;  // by product: as GET /api/products shows it
  std::uint64_t version = 0;         // a hash of all of this
};
// A shelf at these prices.
Goods make_goods(const retail::Catalogue& catalogue, retail::Shelf shelf);
// Without a run: everything at its list price, deals there are none.
Goods list_goods(const retail::Catalogue& catalogue);

class RunState {
 public:
  // `shop` must outlive it. `agents`: how many of the shop's agents take part, the first ones; none
  // in run 0, where people shop.
  RunState(const store::Run& row, const simulation::Plan& plan, const ServedShop& shop,
           std::unique_ptr<offers::AssignmentPolicy> policy);

  // Never change.
  RunId id() const { return plan_.run; }
  bool is_real() const { return !id(); }
  const simulation::Plan& plan() const { return plan_; }
  const store::Run& row() const { return row_; }
  const retail::Catalogue& catalogue() const { return shop_.catalogue; }
  const offers::Calendar& calendar() const { return calendar_; }
  store::LiveSetup setup() const;
  const std::vector<store::Agent>& agents() const { return agents_; }
  const store::Agent* find_agent(AgentId agent) const { return api::find_agent(agents_, agent); }
  const store::Agent* find_user(UserId user) const;
  // Where one of agents() shops: a position in the catalogue's stores.
  std::size_t home_store(const store::Agent& agent) const {
    return population_[static_cast<std::size_t>(&agent - agents_.data())].home_store;
  }

  // Any thread, at any time.
  SimTime now() const { return SimTime{now_us_.load()}; }
  void note_now(SimTime now);  // keeps the later
  // What the database says of it: another worker may have moved or ended it. It is read again once
  // a second, by the one request that this answers true.
  void note_clock(const store::RunClock& clock);
  bool should_read_clock();
  bool is_running() const { return running_.load(); }
  void note_running(bool running) { running_.store(running); }
  // Only one at a time moves the run's time. False: somebody does.
  bool begin_moving() { return !moving_.exchange(true); }
  void end_moving() { moving_.store(false); }
  // The newest offer cycle that is known to be open; -1: none yet.
  std::int64_t open_cycle() const { return open_cycle_.load(); }
  void note_open(std::int64_t offer_cycle) { open_cycle_.store(offer_cycle); }
  std::shared_ptr<const Goods> goods_at(SimTime at);

  // The offer engine (simulation/wallet_desk.hpp), any thread, at any time.
  std::vector<store::DueRefresh> due(std::int64_t offer_cycle) const;
  bool has_capped(std::int64_t offer_cycle);
  std::vector<store::Allotted> allot(std::int64_t offer_cycle,
                                     std::span<const store::ClaimedWallet> wallets,
                                     std::span<const store::IssuedCount> issued, SimTime at);
  std::vector<store::RefilledWallet> refill(std::int64_t offer_cycle,
                                            std::span<const store::ClaimedWallet> wallets,
                                            SimTime at);

 private:
  template <typename Work>
  auto at_desk(std::int64_t offer_cycle, std::span<const store::ClaimedWallet> wallets, Work work);

  simulation::Plan plan_;
  store::Run row_;
  const ServedShop& shop_;
  std::unique_ptr<offers::AssignmentPolicy> policy_;
  offers::Calendar calendar_;
  std::vector<store::Agent> agents_;
  personas::Population population_;
  std::vector<std::pair<UserId, std::size_t>> by_user_;
  std::vector<std::int16_t> first_refresh_day_;
  std::atomic<std::int64_t> now_us_, open_cycle_{-1}, clock_read_us_;
  std::atomic<bool> running_{true}, moving_{false};
  std::mutex mutex_;  // of what follows; never held while waiting for anything
  simulation::WalletDesk desk_;
  std::int64_t desk_cycle_ = -1;
  std::shared_ptr<const Goods> goods_;
};

}  // namespace footfall::api
