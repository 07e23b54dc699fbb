#include "shopper/behavior/product_choice.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/assert.hpp"
#include "base/math.hpp"

namespace footfall::shopper {
namespace {

int level_of(float share) {
  return std::clamp(static_cast<int>(share * kChoiceLevels), 0, kChoiceLevels - 1);
}

double level_value(int level) { return (level + 0.5) / kChoiceLevels; }

double at_least_a_cent(Money money) {
  return static_cast<double>(std::max<std::int64_t>(1, money.minor));
}

void add_brand_runs(ListingModel& model) {
  std::vector<std::uint16_t>& positions = model.brand_positions;
  positions.resize(model.brand.size());
  std::iota(positions.begin(), positions.end(), std::uint16_t{0});
  std::stable_sort(positions.begin(), positions.end(),
                   [&](auto a, auto b) { return model.brand[a] < model.brand[b]; });
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const std::uint16_t brand = model.brand[positions[i]];
    if (model.brand_runs.empty() || model.brand_runs.back().brand != brand) {
      model.brand_runs.push_back({brand, 0});
    }
    model.brand_runs.back().end = static_cast<std::uint16_t>(i + 1);
  }
}

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
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(n / 2),
                   sorted.end());
  const double log_median = sorted[n / 2];
  for (std::size_t j = 0; j < n; ++j) {
    const double popularity = catalogue.products[listing.products[j].product].popularity;
    model.popularity.push_back(static_cast<float>(popularity / popularity_sum));
    model.variety.push_back(static_cast<float>(std::sqrt(popularity) / root_sum));
  }
  add_brand_runs(model);
  for (int price_level = 0; price_level < kChoiceLevels; ++price_level) {
    const double consciousness = level_value(price_level);
    const double price_slope = c.price_base + c.price_consciousness * consciousness;
    const double rank_slope = c.price_rank * (consciousness - 0.5);
    for (int deal_level = 0; deal_level < kChoiceLevels; ++deal_level) {
      for (std::size_t j = 0; j < n; ++j) {
        // Bounded, so that a coefficient file cannot turn weights into 0 or infinity.
        const double v =
            std::clamp(price_slope * log_price[j] + rank_slope * (log_list[j] - log_median) +
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
  favourites_ = shopper.favourite_brands;
  loyalty_factor_ = loyalty_factor;
  price_level_ = level_of(shopper.price_consciousness);
  deal_level_ = level_of(shopper.discount_sensitivity);
  variety_seeking_ = shopper.variety_seeking;
}

bool ProductChoice::is_favourite(std::uint16_t brand) const {
  return std::find(favourites_.begin(), favourites_.end(), brand) != favourites_.end();
}

// Few brands of a listing are favourites, so theirs are multiplied apart from the loop over all.
void ProductChoice::favour_brands() {
  std::size_t from = 0;
  for (const ListingModel::BrandRun& run : model_->brand_runs) {
    if (is_favourite(run.brand)) {
      for (std::size_t i = from; i < run.end; ++i) {
        weight_[model_->brand_positions[i]] *= loyalty_factor_;
      }
    }
    from = run.end;
  }
}

void ProductChoice::face(const ListingModel& model) {
  model_ = &model;
  const std::size_t n = model.popularity.size();
  block_sum_.resize((n + kBlock - 1) / kBlock);
  weight_.assign(block_sum_.size() * kBlock, 0);  // filled up with zeros to whole blocks
  const float v = variety_seeking_;
  const float* const term =
      model.price_and_deal.data() +
      static_cast<std::size_t>(price_level_ * kChoiceLevels + deal_level_) * n;
  const float* const popularity = model.popularity.data();
  const float* const variety = model.variety.data();
  float* const weight = weight_.data();
  for (std::size_t j = 0; j < n; ++j) {
    weight[j] = ((1 - v) * popularity[j] + v * variety[j]) * term[j];
  }
  favour_brands();
  sum_ = 0;
  for (std::size_t b = 0; b < block_sum_.size(); ++b) sum_ += block_sum_[b] = block_total(b);
  left_ = static_cast<int>(n);
}

double ProductChoice::block_total(std::size_t block) const {
  static_assert(kBlock == 8);
  const float* const w = weight_.data() + block * kBlock;
  return ((static_cast<double>(w[0]) + w[1]) + (static_cast<double>(w[2]) + w[3])) +
         ((static_cast<double>(w[4]) + w[5]) + (static_cast<double>(w[6]) + w[7]));
}

// Counts how many blocks, then how many weights, end at or before the target: without a branch that
// the processor would guess wrongly each time.
ProductChoice::Taken ProductChoice::take(double u) {
  FF_ASSERT(left_ > 0, "nothing is left to choose from");
  const double target = u * sum_;
  double sum = 0, before = 0;
  std::size_t block = 0;
  for (const double part : block_sum_) {
    sum += part;
    const bool past = target >= sum;
    block += past;
    before = past ? sum : before;
  }
  block = std::min(block, block_sum_.size() - 1);
  std::size_t chosen = block * kBlock;
  const float* const w = weight_.data() + chosen;
  for (std::size_t i = 0; i < kBlock; ++i) {
    before += w[i];
    chosen += target >= before;
  }
  // Rounding may carry the target past the end: then it is the last that is left.
  if (chosen >= weight_.size() || weight_[chosen] == 0) {
    for (chosen = weight_.size() - 1; weight_[chosen] == 0;) --chosen;
  }
  const Taken taken{static_cast<int>(chosen),
                    std::min(1.0, static_cast<double>(weight_[chosen]) / sum_),
                    is_favourite(model_->brand[chosen])};
  remove(chosen);
  return taken;
}

void ProductChoice::leave_out(int position) {
  if (weight_[static_cast<std::size_t>(position)] != 0) remove(static_cast<std::size_t>(position));
}

void ProductChoice::remove(std::size_t position) {
  weight_[position] = 0;
  --left_;
  // Added up anew: a difference would keep the rounding of weights that were far larger.
  const std::size_t block = position / kBlock;
  block_sum_[block] = block_total(block);
  sum_ = 0;
  for (const double part : block_sum_) sum_ += part;
}

}  // namespace footfall::shopper
