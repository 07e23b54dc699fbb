#include "tests/decision_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <optional>
#include <set>
#include <stdexcept>
#include <vector>

#include "cli/run_plan.hpp"
#include "cli/run_setup.hpp"
#include "cli/version.hpp"
#include "shopper/behavior/coupon_use.hpp"
#include "shopper/behavior/product_choice.hpp"
#include "shopper/mind.hpp"
#include "store/any/open.hpp"

namespace footfall {
namespace {

// One row of simulation_decisions.
struct Stored {
  std::string kind;
  std::int64_t chosen = 0;
  double probability = 0, draw = 0;
  std::string features;
  SimTime at;

  // The number behind a name in the JSON, as the single precision float it was.
  float feature(const std::string& name) const {
    const std::size_t at_name = features.find("\"" + name + "\":");
    if (at_name == std::string::npos) throw std::runtime_error(kind + " has no " + name);
    return std::strtof(features.c_str() + at_name + name.size() + 3, nullptr);
  }
};

// What the database says a run was lived with.
struct Lived {
  cli::World world;
  store::Run run;
  simulation::Plan plan;
  std::unique_ptr<shopper::Mind> mind;
  std::map<std::int64_t, std::size_t> position;  // of an agent in the population
  std::map<std::int64_t, std::pair<retail::Shelf, std::unique_ptr<shopper::ShelfModel>>> shelves;
};

store::Rows query(store::Reader& reader, const char* sql, RunId run) {
  const std::int64_t parameters[] = {run.value};
  return reader.query(sql, parameters);
}

void read_shelves(store::Reader& reader, Lived& lived) {
  const auto& categories = lived.world.catalogue.categories;
  const auto& products = lived.world.catalogue.products;
  for (const auto& row : query(reader,
                               "SELECT c.seq, l.category, l.product_id, l.price_minor "
                               "FROM listings l JOIN offer_cycles c ON c.id = l.cycle_id "
                               "WHERE l.run_id = $1 ORDER BY c.seq, l.listing_id, l.position",
                               lived.run.id)
                             .rows) {
    retail::Shelf& shelf = lived.shelves[std::get<std::int64_t>(row[0])].first;
    shelf.listing_of_category.resize(categories.size(), 0xffff);
    const auto category = static_cast<std::uint16_t>(
        std::find(categories.begin(), categories.end(), std::get<std::string>(row[1])) -
        categories.begin());
    std::uint16_t& at = shelf.listing_of_category.at(category);
    if (at == 0xffff) {
      at = static_cast<std::uint16_t>(shelf.listings.size());
      shelf.listings.push_back({{}, category, {}});
    }
    const ProductId id{std::get<std::int64_t>(row[2])};
    const auto product = std::find_if(products.begin(), products.end(),
                                      [&](const auto& known) { return known.id == id; });
    shelf.listings[at].products.push_back({static_cast<std::uint16_t>(product - products.begin()),
                                           Money{std::get<std::int64_t>(row[3])}});
  }
  for (auto& [seq, shelf] : lived.shelves) {
    shelf.second = std::make_unique<shopper::ShelfModel>(lived.world.catalogue, shelf.first,
                                                         lived.plan.coefficients);
  }
}

void read_lived(const std::string& url, RunId id, Lived& lived) {
  const auto store = store::open_store(url, /*make=*/false).value();
  for (const store::Run& run : store->runs()) {
    if (run.id == id) lived.run = run;
  }
  if (lived.run.engine_version != cli::kVersion) {
    throw std::runtime_error("the run was lived by another version of the behaviour");
  }
  cli::Settings settings;
  cli::take_stored_settings(settings, lived.run).value();
  settings.set("until", to_date_string(lived.run.until), "run").value();
  lived.plan = cli::plan_of(settings).value();
  lived.plan.coefficients = cli::stored_coefficients(lived.run).value();
  lived.world = cli::load_world(*store, settings).value();
  lived.mind = std::make_unique<shopper::Mind>(lived.world.catalogue, lived.plan.coefficients,
                                               lived.plan.profile);
  for (std::size_t i = 0; i < lived.world.population.size(); ++i) {
    lived.position[lived.world.population[i].agent.value] = i;
  }
  read_shelves(*store::open_reader(url).value(), lived);
}

// What follows from the model: the probability of what was chosen, and what the draw chooses.
struct Again {
  double probability;
  std::int64_t chosen;
};

Again yes_or_no(double yes, const Stored& stored) {
  return {stored.chosen ? yes : 1 - yes, stored.draw < yes};
}

// Goes through the decisions of one visit in their order.
class Visit {
 public:
  Visit(const Lived& lived, std::int64_t agent, SimTime at)
      : lived_(lived),
        mind_(*lived.mind),
        shopper_(lived.world.population[lived.position.at(agent)]),
        habits_(mind_.habits(shopper_, lived.run.activity_factor)),
        when_(calendar_hour(at)) {
    const offers::Calendar calendar{lived.run.start, lived.plan.rules.cycle_length};
    shelf_ = &lived.shelves.at(calendar.cycle_at(at)).first;
    shelf_model_ = lived.shelves.at(calendar.cycle_at(at)).second.get();
    choice_.set_shopper(shopper_, habits_.loyalty_factor);
    weights_ = category_weights();
    for (const double weight : weights_) weights_left_ += weight;
  }

  Again again(const Stored& stored) {
    const shopper::Coefficients& c = lived_.plan.coefficients;
    const std::string& kind = stored.kind;
    if (kind == "decide_shop") return decide_shop(stored);
    if (kind == "browse_idly") return yes_or_no(mind_.visits.idle_acceptance(when_), stored);
    if (kind == "basket_size") return basket_size(stored);
    if (kind == "choose_category") return category(stored);
    if (kind == "choose_product" || kind == "view_product") return product(stored);
    if (kind == "choose_quantity") return outcome(mind_.baskets.units(), stored);
    if (kind == "view_coupons") {
      expect_feature(stored, "coupon_interest", shopper_.coupon_interest);
      return yes_or_no(shopper::wallet_open_probability(shopper_, c), stored);
    }
    if (kind == "apply_coupon") {
      expect_feature(stored, "discount_sensitivity", shopper_.discount_sensitivity);
      const shopper::CouponView view{stored.feature("saving_share"), stored.feature("days_left"),
                                     stored.feature("age_days")};
      return yes_or_no(shopper::coupon_apply_probability(shopper_, view, c), stored);
    }
    if (kind == "buy_on_impulse") {
      expect_feature(stored, "impulsivity", shopper_.impulsivity);
      impulse_ = true;
      return yes_or_no(shopper::impulse_probability(shopper_, c), stored);
    }
    if (kind == "decide_checkout") return checkout(stored);
    if (kind == "drop_out") {
      expect_feature(stored, "churn_risk", shopper_.churn_risk);
      return yes_or_no(shopper_.churn_risk, stored);
    }
    throw std::runtime_error("nobody says how " + kind + " is computed again");
  }

 private:
  static void expect_feature(const Stored& stored, const char* name, double value) {
    if (stored.feature(name) == static_cast<float>(value)) return;
    throw std::runtime_error(fmt::format("{} is {}, not {}", name, stored.feature(name), value));
  }

  Again decide_shop(const Stored& stored) {
    const shopper::MomentWeights w = mind_.visits.weights(shopper_, habits_.rhythm, when_);
    expect_feature(stored, "hour_weight", w.hour);
    expect_feature(stored, "day_weight", w.day);
    expect_feature(stored, "season_weight", w.season);
    return yes_or_no(mind_.visits.acceptance(shopper_, habits_.rhythm, w, when_), stored);
  }

  static Again outcome(const DiscreteTable& table, const Stored& stored) {
    return {table.probability(static_cast<int>(stored.chosen) - 1), table.invert(stored.draw) + 1};
  }

  Again basket_size(const Stored& stored) {
    expect_feature(stored, "mean_products", mind_.baskets.level_mean(habits_.basket_level));
    return outcome(mind_.baskets.sizes(habits_.basket_level), stored);
  }

  std::vector<double> category_weights() const {
    std::vector<double> weights = mind_.category_share;
    for (std::size_t c = 0; c < weights.size(); ++c) {
      if (shelf_->listing_of_category[c] == 0xffff) weights[c] = 0;
    }
    const double favourite =
        1 + lived_.plan.coefficients.favourite_category_boost * shopper_.category_focus;
    for (const std::uint16_t one : shopper_.favourite_categories) {
      if (one == personas::kNone) break;
      weights[one] *= favourite;
    }
    return weights;
  }

  // Each category leaves the sum when it is chosen.
  Again category(const Stored& stored) {
    const double target = stored.draw * weights_left_;
    double before = 0;
    std::size_t drawn = 0;
    for (const double weight : weights_) {
      before += weight;
      drawn += target >= before;
    }
    for (drawn = std::min(drawn, weights_.size() - 1); drawn > 0 && weights_[drawn] == 0;) --drawn;
    double& weight = weights_.at(static_cast<std::size_t>(stored.chosen));
    expect_feature(stored, "weight", weight);
    weights_left_ = std::max(weights_left_, weight);
    const double probability = weight / weights_left_;
    weights_left_ -= weight;
    weight = 0;
    return {probability, static_cast<std::int64_t>(drawn)};
  }

  // A department is faced anew when the first product of its category is chosen, and for an
  // impulse item, then without what is in the cart.
  Again product(const Stored& stored) {
    const auto& products = lived_.world.catalogue.products;
    const auto known = std::find_if(products.begin(), products.end(),
                                    [&](const auto& one) { return one.id.value == stored.chosen; });
    const retail::Listing& listing = shelf_->listings[shelf_->listing_of_category[known->category]];
    const bool anew = !faced_ || faced_ != &listing || impulse_;
    if (anew) choice_.face(shelf_model_->of(listing));
    if (anew && impulse_) {
      for (std::size_t i = 0; i < listing.products.size(); ++i) {
        if (cart_.contains(listing.products[i].product)) choice_.leave_out(static_cast<int>(i));
      }
    }
    faced_ = &listing;
    expect_feature(stored, "price_level", choice_.price_level());
    expect_feature(stored, "deal_level", choice_.deal_level());
    expect_feature(stored, "in_cart", static_cast<double>(cart_.size()));
    const shopper::ProductChoice::Taken taken = choice_.take(stored.draw);
    expect_feature(stored, "favourite", taken.favourite);
    const std::uint16_t drawn = listing.products[static_cast<std::size_t>(taken.position)].product;
    if (stored.kind == "choose_product") cart_.insert(drawn);
    return {taken.probability, products[drawn].id.value};
  }

  Again checkout(const Stored& stored) {
    expect_feature(stored, "cart_completion", habits_.completion);
    expect_feature(stored, "discount_sensitivity", shopper_.discount_sensitivity);
    const shopper::CheckoutView view{stored.feature("cart_completion"),
                                     stored.feature("over_budget"),
                                     stored.feature("discount_share")};
    return yes_or_no(shopper::checkout_probability(shopper_, habits_.checkout_logit, view,
                                                   lived_.plan.coefficients),
                     stored);
  }

  const Lived& lived_;
  const shopper::Mind& mind_;
  const personas::Traits& shopper_;
  shopper::Habits habits_;
  CalendarHour when_;
  const retail::Shelf* shelf_ = nullptr;
  const shopper::ShelfModel* shelf_model_ = nullptr;
  shopper::ProductChoice choice_;
  const retail::Listing* faced_ = nullptr;
  std::vector<double> weights_;
  double weights_left_ = 0;
  std::set<std::uint16_t> cart_;
  bool impulse_ = false;
};

// Empty if the decision is what it must be.
std::string wrong_with(Visit& visit, const Stored& stored) {
  try {
    const Again again = visit.again(stored);
    if (std::bit_cast<std::uint64_t>(again.probability) !=
        std::bit_cast<std::uint64_t>(stored.probability)) {
      return fmt::format("has probability {:a}, computed again {:a}", stored.probability,
                         again.probability);
    }
    if (again.chosen != stored.chosen) {
      return fmt::format("chose {} where its draw {} leads to {}", stored.chosen, stored.draw,
                         again.chosen);
    }
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

}  // namespace

DecisionCheck check_decisions(const std::string& url, RunId run) {
  Lived lived;
  read_lived(url, run, lived);
  const auto reader = store::open_reader(url).value();
  DecisionCheck check;
  std::int64_t at_visit = 0;
  std::optional<Visit> visit;
  for (const auto& row :
       query(*reader,
             "SELECT visit_id, agent_id, kind, chosen, probability, draw, "
             "coalesce(features, '') AS features, decided_sim_us "
             "FROM simulation_decisions WHERE run_id = $1 ORDER BY visit_id, step",
             run)
           .rows) {
    const Stored stored{std::get<std::string>(row[2]), std::get<std::int64_t>(row[3]),
                        std::get<double>(row[4]),      std::get<double>(row[5]),
                        std::get<std::string>(row[6]), SimTime{std::get<std::int64_t>(row[7])}};
    if (at_visit != std::get<std::int64_t>(row[0])) {
      at_visit = std::get<std::int64_t>(row[0]);
      visit.emplace(lived, std::get<std::int64_t>(row[1]), stored.at);
    }
    ++check.checked[stored.kind];
    const std::string wrong = wrong_with(*visit, stored);
    if (wrong.empty() || ++check.wrong > 10) continue;
    check.first_wrong += fmt::format("visit {} {} {}\n", at_visit, stored.kind, wrong);
  }
  return check;
}

}  // namespace footfall
