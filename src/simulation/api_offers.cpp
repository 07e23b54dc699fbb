#include "simulation/api_offers.hpp"

#include <fmt/format.h>

#include "base/failure.hpp"

namespace footfall::simulation {

// The same seed, catalogue and rules give the same shelf; another one would sell the shoppers
// something else than what they chose.
Task<void> FootfallOffers::open_cycle(store::OfferCycleOpening& opening,
                                      std::span<const store::DueRefresh>) {
  retail::Shelf seen = opening.shelf;
  co_await commerce::read_shop_window(shop_, asking_, opening.starts, seen);
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

Task<void> FootfallOffers::advance(SimTime now) { co_await api_.advance(shop_.run, now); }

// The server marks them.
Task<std::int64_t> FootfallOffers::finish(SimTime) {
  co_await api_.stop(shop_.run);
  co_return 0;
}

Task<void> ForeignOffers::open_cycle(store::OfferCycleOpening& opening,
                                     std::span<const store::DueRefresh> due) {
  co_await commerce::read_shop_window(shop_, asking_, opening.starts, opening.shelf);
  co_await noted_.open_cycle(opening, due);
}

}  // namespace footfall::simulation
