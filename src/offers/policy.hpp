// Who gets which coupons: assignment policies (R10). A policy sees the coupons that are on offer
// and not already active in the wallet, and picks some, saying how probable each was, so that two
// policies can be compared on logged data. Stateless and shared: any thread may call choose() with
// its own arguments.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"
#include "personas/population.hpp"
#include "retail/catalogue.hpp"

namespace footfall::offers {

struct Pick {
  std::uint16_t coupon;  // index into Catalogue::coupons
  double probability;    // of being among the picks (first-order inclusion probability)
};

class AssignmentPolicy {
 public:
  virtual ~AssignmentPolicy() = default;
  virtual std::string_view name() const = 0;
  virtual int version() const = 0;  // raised whenever the same input would be answered otherwise

  // Picks min(count, candidates) different coupons into `picks` (cleared first). May leave
  // `candidates`, which are the caller's scratch, in another order.
  virtual void choose(const retail::Catalogue& catalogue, const personas::Traits& shopper,
                      std::span<std::uint16_t> candidates, int count, RandomStream& random,
                      std::vector<Pick>& picks) const = 0;
};

// "uniform" or "affinity". Errors: invalid_input naming the two.
Result<std::unique_ptr<AssignmentPolicy>> make_policy(std::string_view name);

}  // namespace footfall::offers
