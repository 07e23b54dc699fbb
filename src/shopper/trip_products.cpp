// What a trip takes and looks at: categories, products, units. The nodes that call these stand in
// trip.cpp.
#include <algorithm>

#include "shopper/trip.hpp"

namespace footfall::shopper {
namespace {

using retail::DecisionKind;
using retail::EventType;

constexpr int kBrowse = 25, kLook = 12;  // simulated seconds: our judgement

}  // namespace

// Categories are drawn one after the other in proportion to their share of the shop's sales,
// favourites more, without repeats. weights_ keeps the weights of those chosen.
void Trip::choose_categories(int count) {
  const personas::Traits& shopper = *visit_.shopper;
  const double favourite = 1 + mind_.coefficients.favourite_category_boost * shopper.category_focus;
  const auto& on_shelf = visit_.shelf->shelf().listing_of_category;
  std::vector<double>& weights = weights_;
  weights.assign(mind_.category_share.begin(), mind_.category_share.end());
  for (std::size_t c = 0; c < weights.size(); ++c) {
    if (on_shelf[c] == 0xffff) weights[c] = 0;
  }
  for (const std::uint16_t category : shopper.favourite_categories) {
    if (category == personas::kNone) break;
    weights[category] *= favourite;
  }
  double sum = 0;
  for (const double weight : weights) sum += weight;
  categories_.clear();
  std::array<double, kCategoriesPerTripMax> chosen_weights{};
  for (int k = 0; k < count; ++k) {
    const double draw = random_.uniform();
    const double target = draw * sum;
    double before = 0;
    std::size_t chosen = 0;
    for (const double weight : weights) {
      before += weight;
      chosen += target >= before;
    }
    // Rounding may carry the target past the end: then it is the last that is left.
    for (chosen = std::min(chosen, weights.size() - 1); chosen > 0 && weights[chosen] == 0;)
      --chosen;
    if (weights[chosen] == 0) break;  // a shop with fewer categories than wanted
    sum = std::max(sum, weights[chosen]);
    retail::Decision& decision = note(DecisionKind::choose_category, weights[chosen] / sum, draw,
                                      static_cast<std::int32_t>(chosen));
    decision.features = {static_cast<float>(weights[chosen]), static_cast<float>(k)};
    chosen_weights[static_cast<std::size_t>(k)] = weights[chosen];
    sum -= weights[chosen];
    weights[chosen] = 0;
    categories_.push_back(static_cast<std::uint16_t>(chosen));
  }
  weights.assign(chosen_weights.begin(), chosen_weights.begin() + categories_.size());
}

void Trip::note_browse(const retail::Listing& listing) {
  event(EventType::browse_products, kBrowse).listing = listing.id;
}

// Splits the wanted products over the categories visited in proportion to their weights, at least
// one each, and never more than half a listing: people do not buy a shelf empty.
void Trip::share_out(int products, std::span<const retail::Listing* const> listings) {
  const std::size_t n = listings.size();
  counts_.assign(n, 0);
  double sum = 0;
  for (const double weight : weights_) sum += weight;
  int left = products;
  for (std::size_t i = 0; i < n; ++i) {
    const int room = std::max(1, static_cast<int>(listings[i]->products.size() / 2));
    const int quota = static_cast<int>(products * weights_[i] / sum);
    counts_[i] = std::clamp(quota, 1, room);
    left -= counts_[i];
  }
  for (; left < 0; ++left) --*std::max_element(counts_.begin(), counts_.end());
  // What rounding left over, or a full listing could not hold, goes round in order.
  for (bool placed = true; left > 0 && placed;) {
    placed = false;
    for (std::size_t i = 0; i < n && left > 0; ++i) {
      if (counts_[i] >= static_cast<int>(listings[i]->products.size() / 2)) continue;
      ++counts_[i];
      --left;
      placed = true;
    }
  }
}

void Trip::pick_products(const retail::Listing& listing, int count) {
  for (int i = 0; i < count && choice_.left() > 0 && lines_.size() < retail::kCartLinesMax; ++i) {
    take_into_cart(listing);
  }
}

void Trip::leave_out_what_is_in_cart(const retail::Listing& listing) {
  for (std::size_t i = 0; i < listing.products.size(); ++i) {
    const auto in_cart = [&](const auto& line) {
      return line.product == listing.products[i].product;
    };
    if (std::any_of(lines_.begin(), lines_.end(), in_cart)) choice_.leave_out(static_cast<int>(i));
  }
}

// Chooses one product and how many units of it.
void Trip::take_into_cart(const retail::Listing& listing) {
  const double draw = random_.uniform();
  const ProductChoice::Taken taken = choice_.take(draw);
  const retail::ListedProduct& listed = listing.products[static_cast<std::size_t>(taken.position)];
  note(DecisionKind::choose_product, taken.probability, draw, listed.product).features = {
      static_cast<float>(choice_.price_level()), static_cast<float>(choice_.deal_level()),
      static_cast<float>(lines_.size()), taken.favourite ? 1.0F : 0.0F};
  const double units_draw = random_.uniform();
  const DiscreteTable& units = mind_.baskets.units();
  const int extra = units.invert(units_draw);
  note(DecisionKind::choose_quantity, units.probability(extra), units_draw, extra + 1);
  retail::Event& view = event(EventType::view_product, kLook);
  view.product = listed.product;
  view.amount = listed.price;
  view.listing = listing.id;
  lines_.push_back({listed.product, listing.category,
                    mind_.catalogue.products[listed.product].brand, extra + 1, listed.price});
}

// Products looked at and left: geometric with mean browsing_depth, chosen like those taken.
void Trip::look_at_others(const retail::Listing& listing) {
  const double depth = visit_.shopper->browsing_depth;
  const double go_on = depth / (1 + depth);
  while (choice_.left() > 0 && random_.uniform() < go_on) {
    const double draw = random_.uniform();
    const ProductChoice::Taken taken = choice_.take(draw);
    const retail::ListedProduct& listed =
        listing.products[static_cast<std::size_t>(taken.position)];
    note(DecisionKind::view_product, taken.probability, draw, listed.product).features = {
        static_cast<float>(choice_.price_level()), static_cast<float>(choice_.deal_level()),
        static_cast<float>(lines_.size()), taken.favourite ? 1.0F : 0.0F};
    retail::Event& view = event(EventType::view_product, kLook);
    view.product = listed.product;
    view.amount = listed.price;
    view.listing = listing.id;
  }
}

}  // namespace footfall::shopper
