#include "store/offer_book.hpp"

#include <fmt/format.h>

#include "retail/records.hpp"

namespace footfall::store {

bool can_be_offer_cycle(std::int64_t seq) { return seq >= 0 && seq <= retail::kOfferCyclesMax; }

Failure no_such_run(RunId run) {
  return Failure(fmt::format("the database has no run {}: was it removed?", run.value));
}

}  // namespace footfall::store
