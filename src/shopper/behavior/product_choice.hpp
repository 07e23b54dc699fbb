// Which product of a listing a shopper takes: multinomial logit (McFadden 1974; realism.md 7.4)
// over the products shown. Utility of product j for a shopper:
//
//   V_j = ln((1-v) s_j + v r_j) + b_price ln(p_j / l_j) + b_rank ln(l_j / m) + b_deal d_j + b_brand
//   f_j
//
// s_j popularity share at list price, r_j the share by its square root (variety seeking v), p_j
// the price now, l_j the list price, m the listing's median list price, d_j 1 on deal, f_j 1 for a
// favourite brand; b_price = price_base + price_consciousness * c, b_rank = price_rank * (c - 1/2),
// b_deal = deal * discount sensitivity, b_brand = brand_loyalty * loyalty. So the own elasticity is
// b_price (1 - P_j). c and the discount sensitivity are rounded to 8 levels each, for which
// exp(price and deal terms) is computed once an offer cycle.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "personas/population.hpp"
#include "retail/catalogue.hpp"
#include "retail/shelf.hpp"
#include "shopper/behavior/coefficients.hpp"

namespace footfall::shopper {

inline constexpr int kChoiceLevels = 8;

// The shopper-independent part of the utilities of one listing.
struct ListingModel {
  const retail::Listing* listing = nullptr;
  std::vector<float> popularity;  // s_j, sums to 1
  std::vector<float> variety;     // r_j, sums to 1
  std::vector<std::uint16_t> brand;
  // The positions of each brand, brand by brand: brand_runs[i] names the brand and where its
  // positions end in brand_positions.
  struct BrandRun {
    std::uint16_t brand;
    std::uint16_t end;
  };
  std::vector<BrandRun> brand_runs;
  std::vector<std::uint16_t> brand_positions;
  std::vector<float> price_and_deal;  // [price level][deal level][j]: exp of those terms
};

ListingModel model_listing(const retail::Catalogue& catalogue, const retail::Listing& listing,
                           const Coefficients& coefficients);

// Every listing of a shelf. Read-only for the offer cycle, shared by all threads; the shelf must
// outlive it.
class ShelfModel {
 public:
  ShelfModel(const retail::Catalogue& catalogue, const retail::Shelf& shelf,
             const Coefficients& coefficients);

  const retail::Shelf& shelf() const { return *shelf_; }
  const ListingModel& of(const retail::Listing& listing) const;

 private:
  const retail::Shelf* shelf_;
  std::vector<ListingModel> models_;
};

// One shopper before one listing: products are taken one after the other, without repeats.
// Reused between listings; keeps its memory. Not thread-safe.
class ProductChoice {
 public:
  // Whose taste it is; `loyalty_factor` is exp(b_brand).
  void set_shopper(const personas::Traits& shopper, float loyalty_factor);

  void face(const ListingModel& model);

  struct Taken {
    int position;        // in the listing
    double probability;  // among what was left
    bool favourite;
  };
  // Takes the product that u in [0, 1) points at and removes it. Requires left() > 0.
  Taken take(double u);
  // Takes a product out of the choice without anybody's choosing it. No effect if it is gone.
  void leave_out(int position);
  int left() const { return left_; }

  int price_level() const { return price_level_; }
  int deal_level() const { return deal_level_; }

 private:
  static constexpr std::size_t kBlock = 8;

  void favour_brands();
  bool is_favourite(std::uint16_t brand) const;
  double block_total(std::size_t block) const;
  void remove(std::size_t position);

  std::array<std::uint16_t, 5> favourites_{};
  float loyalty_factor_ = 1;
  std::vector<float> weight_;
  std::vector<double> block_sum_;  // of kBlock weights each, so that taking need not walk them all
  const ListingModel* model_ = nullptr;
  double sum_ = 0;
  int left_ = 0;
  int price_level_ = 0, deal_level_ = 0;
  float variety_seeking_ = 0;
};

}  // namespace footfall::shopper
