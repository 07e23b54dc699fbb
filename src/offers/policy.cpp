#include "offers/policy.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace footfall::offers {
namespace {

// Every candidate is equally likely: probability count / candidates. Partial Fisher-Yates shuffle.
class UniformPolicy final : public AssignmentPolicy {
 public:
  std::string_view name() const override { return "uniform"; }
  int version() const override { return 1; }

  void choose(const retail::Catalogue&, const personas::Traits&,
              std::span<std::uint16_t> candidates, int count, RandomStream& random,
              std::vector<Pick>& picks) const override {
    const auto n = candidates.size();
    const std::size_t wanted = std::min(static_cast<std::size_t>(std::max(count, 0)), n);
    const double probability =
        static_cast<double>(wanted) / static_cast<double>(std::max<std::size_t>(n, 1));
    picks.clear();
    for (std::size_t i = 0; i < wanted; ++i) {
      std::swap(candidates[i], candidates[i + random.below(n - i)]);
      picks.push_back({candidates[i], probability});
    }
  }
};

// Coupons of favourite categories and brands are more likely, in proportion to a weight, with
// exact inclusion probabilities: systematic sampling with unequal probabilities (Madow 1949;
// Tille, Sampling Algorithms, ch. 7). One draw for a whole refresh. The candidates' order, which
// decides which pairs occur together, is shuffled once per offer cycle by the caller.
class AffinityPolicy final : public AssignmentPolicy {
 public:
  std::string_view name() const override { return "affinity"; }
  int version() const override { return 1; }

  void choose(const retail::Catalogue& catalogue, const personas::Traits& shopper,
              std::span<std::uint16_t> candidates, int count, RandomStream& random,
              std::vector<Pick>& picks) const override {
    const auto n = candidates.size();
    const double wanted =
        static_cast<double>(std::min(static_cast<std::size_t>(std::max(count, 0)), n));
    picks.clear();
    for (const std::uint16_t coupon : candidates) {
      picks.push_back({coupon, weight(catalogue.coupons[coupon], shopper)});
    }
    weights_to_probabilities(picks, wanted);
    // Walk the cumulative probabilities: one pick each time a whole number + start is passed.
    double passed = random.uniform(), sum = 0;
    std::size_t kept = 0;
    for (const Pick& pick : picks) {
      sum += pick.probability;
      if (sum <= passed || kept >= static_cast<std::size_t>(wanted)) continue;
      picks[kept++] = pick;
      passed += 1;
    }
    picks.resize(kept);
  }

 private:
  static double weight(const retail::Coupon& coupon, const personas::Traits& shopper) {
    constexpr double kFavourite = 3;  // a favourite at full focus is four times as likely
    const auto holds = [&](const auto& favourites) {
      return std::find(favourites.begin(), favourites.end(), coupon.scope) != favourites.end();
    };
    switch (coupon.kind) {
      case retail::CouponKind::category:
        return holds(shopper.favourite_categories) ? 1 + kFavourite * shopper.category_focus : 1;
      case retail::CouponKind::brand:
        return holds(shopper.favourite_brands) ? 1 + kFavourite * shopper.brand_loyalty : 1;
      case retail::CouponKind::frontstore:
        break;
    }
    return 1;
  }

  // Scales weights so that they sum to `wanted`; what would pass 1 is held at 1 and the rest
  // scaled again, until none does.
  static void weights_to_probabilities(std::vector<Pick>& picks, double wanted) {
    double sure = 0;
    for (bool again = true; again;) {
      double sum = 0;
      for (const Pick& pick : picks) sum += pick.probability < 0 ? 0 : pick.probability;
      again = false;
      for (Pick& pick : picks) {
        if (pick.probability < 0 || pick.probability * (wanted - sure) < sum) continue;
        pick.probability = -1;  // marks "certain" until the end
        again = true;
      }
      sure = 0;
      for (const Pick& pick : picks) sure += pick.probability < 0;
      if (again) continue;
      const double scale = sum > 0 ? (wanted - sure) / sum : 0;
      for (Pick& pick : picks)
        pick.probability = pick.probability < 0 ? 1 : pick.probability * scale;
    }
  }
};

}  // namespace

Result<std::unique_ptr<AssignmentPolicy>> make_policy(std::string_view name) {
  if (name == "uniform") return std::unique_ptr<AssignmentPolicy>(new UniformPolicy);
  if (name == "affinity") return std::unique_ptr<AssignmentPolicy>(new AffinityPolicy);
  return Error(Errc::invalid_input,
               fmt::format("there is no assignment policy '{}': use uniform or affinity", name));
}

}  // namespace footfall::offers
