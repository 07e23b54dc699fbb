#include "shopper/behavior/product_choice.hpp"

#include <algorithm>
#include <cmath>

#include "base/assert.hpp"
#include "base/math.hpp"

namespace footfall::shopper {
namespace {

int level_of(float share) {
  return std::clamp(static_cast<int>(share * kChoiceLevels), 0, kChoiceLevels - 1);
}

double level_value(int level) { return (level + 0.5) / kChoiceLevels; }

double at_least_a_cent(Money money) { return static_cast<double>(std::max<std::int64_t>(1, money.minor)); }

}  // namespace

ListingModel model_listing(const retail::Catalogue& catalogue, const retail::Listing& listing,
                           const Coefficients& c) {
  const std::size_t n = listing.products.size();
  ListingModel model;
  model.listing = &listing;
  std::vector<double> log_price(n), log_list(n), sorted;
  std::vector<bool> deal(n);
  double popularity_sum = 0, root_sum = 0;
  for (std::size_t j = 0; j < n; ++j) {
    const retail::Product& product = catalogue.products[listing.products[j].product];
    const Money price = listing.products[j].price;
    log_list[j] = math::log(at_least_a_cent(product.list_price));
    log_price[j] = math::log(at_least_a_cent(price)) - log_list[j];
    deal[j] = price < product.list_price;
    model.brand.push_back(product.brand);
    popularity_sum += product.popularity;
    root_sum += std::sqrt(product.popularity);
  }
  sorted = log_list;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(n / 2), sorted.end());
  const double log_median = sorted[n / 2];
  for (std::size_t j = 0; j < n; ++j) {
    const double popularity = catalogue.products[listing.products[j].product].popularity;
    model.popularity.push_back(static_cast<float>(popularity / popularity_sum));
    model.variety.push_back(static_cast<float>(std::sqrt(popularity) / root_sum));
  }
  for (int price_level = 0; price_level < kChoiceLevels; ++price_level) {
    const double consciousness = level_value(price_level);
    const double price_slope = c.price_base + c.price_consciousness * consciousness;
    const double rank_slope = c.price_rank * (consciousness - 0.5);
    for (int deal_level = 0; deal_level < kChoiceLevels; ++deal_level) {
      for (std::size_t j = 0; j < n; ++j) {
        // Bounded, so that a coefficient file cannot turn weights into 0 or infinity.
        const double v = std::clamp(price_slope * log_price[j] +
                                        rank_slope * (log_list[j] - log_median) +
                                        (deal[j] ? c.deal * level_value(deal_level) : 0),
                                    -30.0, 30.0);
        model.price_and_deal.push_back(static_cast<float>(math::exp(v)));
      }
    }
  }
  return model;
}

ShelfModel::ShelfModel(const retail::Catalogue& catalogue, const retail::Shelf& shelf,
                       const Coefficients& coefficients)
    : shelf_(&shelf) {
  for (const retail::Listing& listing : shelf.listings) {
    models_.push_back(model_listing(catalogue, listing, coefficients));
  }
}

const ListingModel& ShelfModel::of(const retail::Listing& listing) const {
  const std::uint16_t at = shelf_->listing_of_category[listing.category];
  FF_ASSERT(at < models_.size() && models_[at].listing == &listing,
            "a listing was shown that is not on this offer cycle's shelf");
  return models_[at];
}

void ProductChoice::set_shopper(const personas::Traits& shopper, float loyalty_factor) {
  for (const std::uint16_t brand : touched_) brand_factor_[brand] = 1.0F;
  touched_.clear();
  for (const std::uint16_t brand : shopper.favourite_brands) {
    if (brand == personas::kNone) break;
    brand_factor_[brand] = loyalty_factor;
    touched_.push_back(brand);
  }
  price_level_ = level_of(shopper.price_consciousness);
  deal_level_ = level_of(shopper.discount_sensitivity);
  variety_seeking_ = shopper.variety_seeking;
}

void ProductChoice::face(const ListingModel& model) {
  model_ = &model;
  const std::size_t n = model.popularity.size();
  const float* term = model.price_and_deal.data() +
                      static_cast<std::size_t>(price_level_ * kChoiceLevels + deal_level_) * n;
  weight_.resize(n);
  const float v = variety_seeking_;
  for (std::size_t j = 0; j < n; ++j) {
    weight_[j] = ((1 - v) * model.popularity[j] + v * model.variety[j]) * term[j] *
                 brand_factor_[model.brand[j]];
  }
  sum_ = 0;
  for (const float weight : weight_) sum_ += weight;
  left_ = static_cast<int>(n);
}

ProductChoice::Taken ProductChoice::take(double u) {
  FF_ASSERT(left_ > 0, "nothing is left to choose from");
  double target = u * sum_;
  std::size_t chosen = 0;
  const std::size_t n = weight_.size();
  while (chosen < n && (target -= weight_[chosen]) >= 0) ++chosen;
  // Rounding may carry the target past the end: then it is the last that is left.
  if (chosen == n || weight_[chosen] == 0) {
    for (chosen = n - 1; weight_[chosen] == 0;) --chosen;
  }
  // When nearly all the weight is taken, rounding could leave a sum below the weight itself.
  sum_ = std::max(sum_, static_cast<double>(weight_[chosen]));
  const Taken taken{static_cast<int>(chosen), weight_[chosen] / sum_,
                    brand_factor_[model_->brand[chosen]] != 1.0F};
  sum_ -= weight_[chosen];
  weight_[chosen] = 0;
  --left_;
  return taken;
}

void ProductChoice::leave_out(int position) {
  float& weight = weight_[static_cast<std::size_t>(position)];
  if (weight == 0) return;
  sum_ -= weight;
  weight = 0;
  --left_;
}

}  // namespace footfall::shopper
