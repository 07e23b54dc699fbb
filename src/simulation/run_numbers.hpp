// What tells runs apart at somebody else's shop, which may remember the orders and keys of earlier
// ones, while every database of ours numbers its runs anew.
#pragma once

#include <fmt/format.h>

#include <string>

#include "retail/records.hpp"
#include "store/wall_clock.hpp"

namespace footfall::simulation {

// Of a run that nobody keeps: another one each second, and the same again after a day.
inline RunId run_by_the_clock() {
  return RunId{1 + store::wall_clock_us() / 1'000'000 % retail::kRunsMax};
}

// ApiShop::key_tail of a run that began at this moment.
inline std::string key_tail(std::int64_t begun_wall_us) {
  return fmt::format(":{}", begun_wall_us / 1'000);
}

}  // namespace footfall::simulation
