#include "api/run_state.hpp"

#include <algorithm>

#include "api/catalogue_json.hpp"
#include "commerce/wallet_page.hpp"
#include "store/wall_clock.hpp"

namespace footfall::api {
namespace {

constexpr std::int64_t kClockLifeUs = 1'000'000;

template <typename T>
std::vector<T> first_of(const std::vector<T>& all, std::int64_t count) {
  const auto end = std::min(static_cast<std::size_t>(count), all.size());
  return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(end)};
}

// People have no persona: the offer engine sees a shopper without favourites, whose number is the
// user's.
personas::Population traits_of(std::span<const store::ClaimedWallet> wallets) {
  personas::Population people(wallets.size());
  for (std::size_t i = 0; i < wallets.size(); ++i) {
    people[i].agent = AgentId{wallets[i].user.value};
  }
  return people;
}

std::vector<store::Agent> agents_of(std::span<const store::ClaimedWallet> wallets) {
  std::vector<store::Agent> people;
  for (const store::ClaimedWallet& wallet : wallets) {
    people.push_back({AgentId{wallet.user.value}, wallet.user, {}});
  }
  return people;
}

}  // namespace

const store::Agent* find_agent(const std::vector<store::Agent>& agents, AgentId agent) {
  const auto at = std::lower_bound(agents.begin(), agents.end(), agent,
                                   [](const store::Agent& one, AgentId id) { return one.id < id; });
  return at != agents.end() && at->id == agent ? &*at : nullptr;
}

Goods make_goods(const retail::Catalogue& catalogue, retail::Shelf shelf) {
  Goods goods;
  goods.offer_cycle = shelf.offer_cycle;
  goods.shelf = std::move(shelf);
  goods.prices = commerce::prices_on(catalogue, goods.shelf);
  goods.entries = product_entries(catalogue, goods.prices);
  goods.version = fnv(kFnvStart, catalogue.currency);
  for (const std::string& entry : goods.entries) goods.version = fnv(goods.version, entry);
  for (const retail::Listing& listing : goods.shelf.listings) {
    goods.version = fnv(goods.version, std::to_string(listing.id.value));
  }
  return goods;
}

Goods list_goods(const retail::Catalogue& catalogue) {
  return make_goods(catalogue, retail::make_shelf(catalogue, /*seed=*/1, /*offer_cycle=*/0,
                                                  {.share = 0}, retail::first_listing_id({}, 0)));
}

RunState::RunState(const store::Run& row, const simulation::Plan& plan, const ServedShop& shop,
                   std::unique_ptr<offers::AssignmentPolicy> policy)
    : plan_(plan),
      row_(row),
      shop_(shop),
      policy_(std::move(policy)),
      calendar_{plan.start, plan.rules.cycle_length},
      agents_(first_of(shop.agents, row.agents)),
      population_(first_of(shop.population, row.agents)),
      now_us_(row.now.us),
      clock_read_us_(store::wall_clock_us()),
      running_(row.status == "running"),
      desk_(plan_, shop.catalogue, population_, agents_, *policy_) {
  for (std::size_t who = 0; who < agents_.size(); ++who) {
    by_user_.emplace_back(agents_[who].user, who);
    first_refresh_day_.push_back(static_cast<std::int16_t>(offers::first_refresh_day(
        plan_.rules, plan_.seed, static_cast<std::uint32_t>(agents_[who].id.value))));
  }
  std::sort(by_user_.begin(), by_user_.end());
}

store::LiveSetup RunState::setup() const {
  store::LiveSetup setup;
  setup.context = {
      plan_.run,        plan_.start,
      plan_.rules.life, {plan_.rules.frontstore_slots(), plan_.rules.category_brand_slots()},
      plan_.policy,     policy_->version()};
  setup.simulated = !is_real();
  setup.catalogue = &shop_.catalogue;
  setup.agents = &agents_;
  return setup;
}

const store::Agent* RunState::find_user(UserId user) const {
  const auto at =
      std::lower_bound(by_user_.begin(), by_user_.end(), std::pair(user, std::size_t{}));
  return at != by_user_.end() && at->first == user ? &agents_[at->second] : nullptr;
}

void RunState::note_now(SimTime now) {
  std::int64_t known = now_us_.load();
  while (known < now.us && !now_us_.compare_exchange_weak(known, now.us)) {
  }
}

void RunState::note_clock(const store::RunClock& clock) {
  note_now(clock.now);
  note_running(clock.status == "running");
}

bool RunState::should_read_clock() {
  const std::int64_t now = store::wall_clock_us();
  std::int64_t read = clock_read_us_.load();
  return now - read > kClockLifeUs && clock_read_us_.compare_exchange_strong(read, now);
}

std::shared_ptr<const Goods> RunState::goods_at(SimTime at) {
  const std::int64_t cycle = calendar_.cycle_at(at);
  const std::lock_guard lock(mutex_);
  if (goods_ && goods_->offer_cycle == cycle) return goods_;
  goods_ = std::make_shared<const Goods>(make_goods(
      shop_.catalogue, retail::make_shelf(shop_.catalogue, plan_.seed, cycle, plan_.deals,
                                          retail::first_listing_id(plan_.run, cycle))));
  return goods_;
}

std::vector<store::DueRefresh> RunState::due(std::int64_t offer_cycle) const {
  return desk_.due(offer_cycle, first_refresh_day_);
}

// In a run the desk knows everybody; in the real shop it is set up for those who are asked for.
template <typename Work>
auto RunState::at_desk(std::int64_t offer_cycle, std::span<const store::ClaimedWallet> wallets,
                       Work work) {
  const std::lock_guard lock(mutex_);
  if (is_real() && !wallets.empty()) {
    const std::vector<store::Agent> agents = agents_of(wallets);
    const personas::Population people = traits_of(wallets);
    simulation::WalletDesk desk(plan_, shop_.catalogue, people, agents, *policy_);
    desk.open(offer_cycle);
    return work(desk);
  }
  if (desk_cycle_ != offer_cycle) desk_.open(offer_cycle);
  desk_cycle_ = offer_cycle;
  return work(desk_);
}

bool RunState::has_capped(std::int64_t offer_cycle) {
  return at_desk(offer_cycle, {}, [](simulation::WalletDesk& desk) { return desk.has_capped(); });
}

std::vector<store::Allotted> RunState::allot(std::int64_t offer_cycle,
                                             std::span<const store::ClaimedWallet> wallets,
                                             std::span<const store::IssuedCount> issued,
                                             SimTime at) {
  return at_desk(offer_cycle, wallets,
                 [&](simulation::WalletDesk& desk) { return desk.allot(wallets, issued, at); });
}

std::vector<store::RefilledWallet> RunState::refill(std::int64_t offer_cycle,
                                                    std::span<const store::ClaimedWallet> wallets,
                                                    SimTime at) {
  return at_desk(offer_cycle, wallets,
                 [&](simulation::WalletDesk& desk) { return desk.refill(wallets, at); });
}

}  // namespace footfall::api
