// What the echo answers: bodies of the size and shape that footfall's own server sends.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/sim_time.hpp"
#include "retail/catalogue.hpp"

namespace footfall::load {

using Body = std::shared_ptr<const std::string>;

struct EchoBodies {
  std::unordered_map<std::string, Body> products;  // by category
  Body no_products, product, added, coupons, checkout, abandoned, orders, health;
  std::vector<std::string> wallet_terms;  // of each coupon: its members beside number and dates
};

inline constexpr std::size_t kEchoCoupons = 32, kEchoFrontstore = 2;

EchoBodies make_bodies(const retail::Catalogue& catalogue);

// A wallet as it is on a day: its coupons are three days old and live for two weeks.
Body make_wallet(const EchoBodies& bodies, SimTime day);

// Answers to POST /simulation/start, status, stop and /time/advance, /api/offers/assign. `asked`:
// the body of the start, whose seed, days and agents the run has from then on.
std::string run_body(std::string_view asked);
std::string moved_body();
std::string assigned_body();

}  // namespace footfall::load
