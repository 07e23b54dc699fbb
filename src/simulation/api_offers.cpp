#include "simulation/api_offers.hpp"

#include <fmt/format.h>

#include <memory>

#include "base/failure.hpp"

namespace footfall::simulation {

namespace {

Task<void> stop(commerce::FootfallApi& api, RunId run) { co_await api.stop(run); }

// What the service said if it would not; null if it did. Other failures are thrown.
Task<std::unique_ptr<commerce::TripFailure>> refusal_of(Task<void> step) {
  try {
    co_await std::move(step);
  } catch (const commerce::TripFailure& failure) {
    if (failure.trip_kind() != commerce::TripFailure::Kind::api_refused) throw;
    co_return std::make_unique<commerce::TripFailure>(failure);
  }
  co_return nullptr;
}

}  // namespace

commerce::ShopVisit asking_visit(const std::vector<store::Agent>& agents,
                                 const personas::Population& population,
                                 const retail::Catalogue& catalogue) {
  commerce::ShopVisit visit;
  visit.agent = agents.front().id;
  visit.user = agents.front().user;
  if (!catalogue.stores.empty()) visit.store = catalogue.stores[population.front().home_store].id;
  return visit;
}

// The same seed, catalogue and rules give the same shelf; another one would sell the shoppers
// something else than what they chose.
Task<void> FootfallOffers::open_cycle(store::OfferCycleOpening& opening,
                                      std::span<const store::DueRefresh>, SimTime now) {
  retail::Shelf seen = opening.shelf;
  co_await commerce::read_shop_window(shop_, asking_, now, seen);
  for (std::size_t i = 0; i < seen.listings.size(); ++i) {
    if (seen.listings[i].products == opening.shelf.listings[i].products) continue;
    const std::string& category = shop_.catalogue.categories[seen.listings[i].category];
    throw Failure(fmt::format(
        "offer cycle {}: the server's shelf of '{}' is not that of this run: server and simulator "
        "must be of one version, with the same catalogue",
        opening.offer_cycle, category));
  }
}

Task<WalletCounts> FootfallOffers::refresh(SimTime) {
  const commerce::WalletsFilled filled = co_await api_.fill_due_wallets(shop_.run);
  co_return WalletCounts{filled.assigned, filled.expired, filled.superseded};
}

// What is refused may have been done before, and its answer lost: a run that has come to its end is
// neither moved nor stopped any more. So the run itself is asked.
Task<void> FootfallOffers::advance(SimTime now) {
  Task<void> step = api_.advance(shop_.run, now);
  const auto refused = co_await refusal_of(std::move(step));
  if (!refused) co_return;
  const commerce::ApiRun run = co_await api_.status(shop_.run);
  if (run.now < now) throw commerce::TripFailure(*refused);
}

// The server marks them.
Task<std::int64_t> FootfallOffers::finish(SimTime, bool) {
  Task<void> step = stop(api_, shop_.run);
  const auto refused = co_await refusal_of(std::move(step));
  if (!refused) co_return 0;
  const commerce::ApiRun run = co_await api_.status(shop_.run);
  if (run.status == "running") throw commerce::TripFailure(*refused);
  co_return 0;
}

Task<void> ForeignOffers::open_cycle(store::OfferCycleOpening& opening,
                                     std::span<const store::DueRefresh> due, SimTime now) {
  co_await commerce::read_shop_window(shop_, asking_, now, opening.shelf);
  co_await noted_.open_cycle(opening, due, now);
}

}  // namespace footfall::simulation
