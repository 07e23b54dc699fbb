// The worlds that a live session's flags choose, put together.
#include "cli/live_limits.hpp"
#include "cli/live_session.hpp"
#include "commerce/http/http_journal.hpp"
#include "commerce/store/store_commerce.hpp"
#include "simulation/api_offers.hpp"
#include "simulation/run_numbers.hpp"
#include "simulation/store_offers.hpp"
#include "store/any/open_live.hpp"

namespace footfall::cli {

using Shop = LiveTarget::Shop;
using Keep = LiveTarget::Keep;

void LiveSession::open_journal() {
  store::LiveSetup setup;
  setup.context = {
      run_.id,          plan_.start,
      plan_.rules.life, {plan_.rules.frontstore_slots(), plan_.rules.category_brand_slots()},
      plan_.policy,     live_run_->policy().version()};
  setup.catalogue = &world_->catalogue;
  setup.agents = &world_->agents;
  auto opened =
      store::open_live(settings_.text("db"), setup, live_limits(settings_), io_.get_executor());
  if (!opened) throw Failure(opened.error().message());
  live_store_ = std::move(*opened);
}

void LiveSession::make_world() {
  simulation::LiveWorld& world = live_world_;
  store::OfferDesk* const desk = live_store_ ? &live_store_->offers() : nullptr;
  if (target_.keep == Keep::nothing) {
    journal_ = std::make_unique<commerce::MockJournal>(tell_mocked_);
  } else if (target_.keep == Keep::api) {
    journal_ = std::make_unique<commerce::HttpJournal>(*api_, run_.id, world_->catalogue,
                                                       world_->population);
  }
  world.journal = journal_ ? journal_.get() : &live_store_->trips();
  if (target_.commit_by_cycle) {
    cycle_journal_ = std::make_unique<simulation::CycleJournal>(*world.journal);
    world.journal = cycle_journal_.get();
    world.by_cycle = cycle_journal_.get();
  }
  if (target_.shop == Shop::database) {
    world.make_commerce = [this] {
      return std::make_unique<commerce::StoreCommerce>(world_->catalogue, live_store_->shop());
    };
    offers_ = std::make_unique<simulation::StoreOffers>(
        plan_, world_->catalogue, world_->population, world_->agents, live_run_->policy(), *desk,
        simulation::RefreshOptions{});
  } else if (target_.shop == Shop::mock) {
    world.make_commerce = [this] {
      return std::make_unique<commerce::MockCommerce>(world_->catalogue, tell_mocked_);
    };
    world.mirror_orders = true;
    offers_ = std::make_unique<simulation::NotedOffers>(desk);
  } else {
    make_service_world();
  }
  world.offers = offers_.get();
}

void LiveSession::make_service_world() {
  simulation::LiveWorld& world = live_world_;
  shop_.reset(new commerce::ApiShop{*sessions_,
                                    target_.profile,
                                    world_->catalogue,
                                    target_.tokens,
                                    commerce::names_of(world_->catalogue),
                                    run_.id,
                                    api_ ? std::string() : simulation::key_tail(run_.begun_wall_us),
                                    plan_.rules.life,
                                    {}});
  for (const store::Agent& agent : world_->agents) {
    shop_->personas.emplace(agent.id.value, agent.persona.persona_id);
  }
  world.make_commerce = [this] { return std::make_unique<commerce::HttpCommerce>(*shop_); };
  world.service = service_.get();
  const commerce::ShopVisit asking =
      simulation::asking_visit(world_->agents, world_->population, world_->catalogue);
  if (api_) {
    offers_ = std::make_unique<simulation::FootfallOffers>(*api_, *shop_, asking);
    return;
  }
  store::OfferDesk* const desk = live_store_ ? &live_store_->offers() : nullptr;
  offers_ = std::make_unique<simulation::ForeignOffers>(*shop_, asking, desk);
  world.mirror_orders = true;
  world.carts_with_journal = false;
}

}  // namespace footfall::cli
