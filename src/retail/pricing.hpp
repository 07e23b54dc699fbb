// What a cart costs with coupons: pure integer arithmetic, the same for every world.
//
// Rules (reference/offers-and-data.md section 0). A percentage is taken of the line total,
// half up; an amount, or a max_discount, is spread over the lines in scope by largest remainder.
// A fixed price takes off a line what its units cost more than that price; "buy b, get g" (bxgy)
// the price of up to g units after each b paid ones of the line, so of q units
// floor(q / (b + g)) g + max(0, q mod (b + g) - b); neither takes more than is still to pay on the
// line. Where max_discount cuts one of these two, each line keeps its part in proportion to what it
// was offered. Each line then takes the one category or brand
// coupon that is worth most to it (never two; where another is better, that line's share of the
// other lapses), and last the one frontstore coupon that is worth most is taken of what remains.
// min_spend and min_qty look at the lines in scope before any discount. So the order in which
// coupons or lines come changes no total, a coupon that does not apply changes nothing, and a
// higher percentage, a lower fixed price, fewer units to buy or more to get never cost more. (Under
// a max_discount they can: where its parts fall differently, a line may be left to a coupon that is
// worth less than the part that moved away.)
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "retail/catalogue.hpp"

namespace footfall::retail {

inline constexpr int kCartLinesMax = 120;
inline constexpr int kLineQtyMax = 999;
inline constexpr std::size_t kCartCouponsMax = 64;
// Sums over a cart are exact: prices and quantities are checked where they enter, not here.
static_assert(kMoneyMax.minor <= INT64_MAX / kLineQtyMax / kCartLinesMax);

struct CartLine {
  std::uint16_t product = 0;  // index
  std::uint16_t category = 0;
  std::uint16_t brand = 0;
  std::int32_t qty = 0;  // 1 … kLineQtyMax
  Money unit_price;

  Money subtotal() const { return unit_price * qty; }
};

// A coupon as it lies in the cart.
struct CartCoupon {
  UserCouponId wallet_id;
  std::uint16_t coupon = 0;  // index into Catalogue::coupons
};

// Why a coupon took nothing off. `none`: it did. `min_qty`: too few units in scope, or for bxgy of
// any one line.
enum class Refusal : std::uint8_t {
  none,
  not_in_scope,
  min_spend,
  min_qty,
  not_best,
  expired,
  not_owned,
  already_used,
  cap_reached,  // the run has given away as much of it as it may
  out_of_stock  // of a whole checkout: the shop has less than the cart holds
};
inline constexpr int kRefusalCount = 10;
std::string_view to_string(Refusal refusal);

// What one coupon took off one line, frozen on the order: the source of refunds.
struct LineDiscount {
  std::uint8_t line = 0;
  std::uint8_t coupon = 0;  // position in the coupons given
  Money amount;
};

// A priced cart. Reused between calls: its vectors keep their memory.
struct PricedCart {
  Money subtotal;
  Money discount;
  Money total;
  std::vector<Money> line_discounts;    // one per line
  std::vector<LineDiscount> discounts;  // only amounts > 0, ordered by line, category/brand first
  std::vector<Refusal> refusals;        // one per coupon

  // Forgets everything, keeps the memory.
  void clear();

  // Working space of price_cart, one entry a line: subtotals, then best, and so on.
  std::vector<Money> scratch;
  std::vector<int> best_coupon;
};

// What `coupon` alone would take off these lines (0 if it does not apply, with the reason).
Money saving_alone(const Coupon& coupon, std::span<const CartLine> lines, Refusal& why);

// Prices `lines` with `coupons` into `out`. At most kCartLinesMax lines and kCartCouponsMax coupons
// (asserted).
void price_cart(const Catalogue& catalogue, std::span<const CartLine> lines,
                std::span<const CartCoupon> coupons, PricedCart& out);

}  // namespace footfall::retail
