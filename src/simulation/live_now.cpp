// What the agents of a live run do at this moment, for its dashboard.
#include "simulation/live_worker.hpp"

namespace footfall::simulation {
namespace {

std::string_view status_of(shopper::ActionKind kind) {
  using shopper::ActionKind;
  switch (kind) {
    case ActionKind::browse_products:
      return "looks around";
    case ActionKind::add_to_cart:
      return "fills the cart";
    case ActionKind::view_coupons:
      return "looks at coupons";
    case ActionKind::apply_coupons:
      return "uses coupons";
    case ActionKind::complete_checkout:
      return "pays";
    case ActionKind::create_session:
      return "comes in";
    case ActionKind::abandon_session:
    case ActionKind::finished:
      break;
  }
  return "leaves";
}

}  // namespace

std::vector<ShopperNow> LiveRun::shoppers_now() const {
  std::vector<ShopperNow> all;
  std::vector<bool> inside(agents_.size());
  for (const auto& worker : workers_) {
    if (!worker->busy) continue;
    const commerce::Basket& basket = worker->world->basket();
    inside[worker->who] = true;
    all.push_back({worker->who, status_of(worker->trip.waiting_for()), basket.lines.size(),
                   basket.priced.total});
  }
  for (std::uint32_t who = 0; who < agents_.size(); ++who) {
    if (inside[who]) continue;
    const std::string_view status = states_.left[who]                   ? "left for good"
                                    : ranks_[who] >= progress_.admitted ? "not admitted yet"
                                                                        : "at home";
    all.push_back({who, status, 0, {}});
  }
  return all;
}

}  // namespace footfall::simulation
