#include "retail/pricing.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "base/assert.hpp"

namespace footfall::retail {
namespace {

bool in_scope(const Coupon& coupon, const CartLine& line) {
  if (coupon.kind == CouponKind::frontstore) return true;
  return coupon.scope == (coupon.kind == CouponKind::category ? line.category : line.brand);
}

// Taken off units, not off money.
bool is_by_unit(DiscountType type) {
  return type == DiscountType::fixed_price || type == DiscountType::bxgy;
}

// Per-line percentages for what is scoped to lines, and what is taken off units; one percentage of
// the whole remainder, one amount, or a maximum are sums first, spread over the lines afterwards.
bool is_taken_line_by_line(const Coupon& coupon) {
  const DiscountType type = discount_type(coupon);
  return type == DiscountType::percent ? coupon.kind != CouponKind::frontstore : is_by_unit(type);
}

// How many units of a line a bxgy coupon makes free: unit after unit, buy_qty are paid and the next
// get_qty are not, as far as the line goes.
std::int64_t free_units(const Coupon& coupon, const CartLine& line) {
  FF_ASSERT(coupon.buy_qty > 0 && coupon.get_qty > 0, "bxgy without its quantities");
  const std::int64_t group = std::int64_t{coupon.buy_qty} + coupon.get_qty;
  return line.qty / group * coupon.get_qty +
         std::max(std::int64_t{0}, line.qty % group - coupon.buy_qty);
}

// What the coupon takes off one line in scope by itself, `base` being still to pay there.
Money line_offer(const Coupon& coupon, const CartLine& line, Money base) {
  switch (discount_type(coupon)) {
    case DiscountType::percent:
      return share_bps(base, coupon.percent_bps);
    case DiscountType::amount:
      return {};
    case DiscountType::fixed_price:
      return std::max(Money{}, base - coupon.amount * line.qty);
    case DiscountType::bxgy:
      return std::min(base, line.unit_price * free_units(coupon, line));
  }
  return {};
}

// Why a sum came to nothing: for bxgy it may be that no line holds enough units.
Refusal why_nothing(const Coupon& coupon, std::span<const CartLine> lines) {
  const bool too_few = discount_type(coupon) == DiscountType::bxgy &&
                       std::none_of(lines.begin(), lines.end(), [&](const CartLine& line) {
                         return in_scope(coupon, line) && free_units(coupon, line) > 0;
                       });
  return too_few ? Refusal::min_qty : Refusal::not_best;
}

// What the coupon takes off lines on which `base[i]` is still to pay, as a sum.
Money offered_sum(const Coupon& coupon, std::span<const CartLine> lines, const Money* base,
                  Refusal& why) {
  Money spend, base_sum, by_line;
  std::int64_t units = 0;
  const bool line_by_line = is_taken_line_by_line(coupon);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!in_scope(coupon, lines[i])) continue;
    spend += lines[i].subtotal();
    base_sum += base[i];
    units += lines[i].qty;
    if (line_by_line) by_line += line_offer(coupon, lines[i], base[i]);
  }
  why = units == 0                                     ? Refusal::not_in_scope
        : spend < coupon.min_spend                     ? Refusal::min_spend
        : coupon.min_qty > 0 && units < coupon.min_qty ? Refusal::min_qty
        : base_sum == Money{}                          ? Refusal::not_best
                                                       : Refusal::none;
  if (why != Refusal::none) return {};
  const Money sum = line_by_line             ? by_line
                    : coupon.percent_bps > 0 ? share_bps(base_sum, coupon.percent_bps)
                                             : std::min(coupon.amount, base_sum);
  if (sum == Money{}) why = why_nothing(coupon, lines);
  return coupon.max_discount > Money{} ? std::min(sum, coupon.max_discount) : sum;
}

// Spreads `sum` over the lines in scope into `off` (0 elsewhere); `scoped` is working space.
void spread(const Coupon& coupon, std::span<const CartLine> lines, const Money* base, Money sum,
            Money* scoped, Money* off) {
  Money by_line;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    scoped[i] = in_scope(coupon, lines[i]) ? base[i] : Money{};
    off[i] = line_offer(coupon, lines[i], scoped[i]);
    by_line += off[i];
  }
  if (is_taken_line_by_line(coupon) && by_line == sum) return;
  if (is_by_unit(discount_type(coupon))) std::copy(off, off + lines.size(), scoped);
  // Odd cents go by product, not by place in the cart: the order of lines decides nothing.
  const std::size_t n = lines.size();
  std::array<std::uint8_t, kCartLinesMax> order;
  std::iota(order.begin(), order.begin() + n, std::uint8_t{0});
  std::sort(order.begin(), order.begin() + n, [&](auto a, auto b) {
    return std::pair(lines[a].product, a) < std::pair(lines[b].product, b);
  });
  for (std::size_t i = 0; i < n; ++i) off[i] = scoped[order[i]];
  std::copy(off, off + n, scoped);
  std::array<Money, kCartLinesMax> parts;
  allocate(sum, scoped, parts.data(), static_cast<int>(n));
  for (std::size_t i = 0; i < n; ++i) off[order[i]] = parts[i];
}

// A tie goes to the lower wallet id, so that the order given decides nothing.
bool wins(std::span<const CartCoupon> coupons, Money amount, std::size_t challenger, Money current,
          int holder) {
  if (amount != current) return amount > current;
  return amount > Money{} && holder >= 0 &&
         coupons[challenger].wallet_id < coupons[static_cast<std::size_t>(holder)].wallet_id;
}

}  // namespace

std::string_view to_string(Refusal refusal) {
  constexpr std::string_view kNames[] = {"none",        "not_in_scope", "min_spend", "min_qty",
                                         "not_best",    "expired",      "not_owned", "already_used",
                                         "cap_reached", "out_of_stock"};
  return kNames[static_cast<int>(refusal)];
}

void PricedCart::clear() {
  subtotal = discount = total = {};
  line_discounts.clear();
  discounts.clear();
  refusals.clear();
}

Money saving_alone(const Coupon& coupon, std::span<const CartLine> lines, Refusal& why) {
  Money base[kCartLinesMax];
  for (std::size_t i = 0; i < lines.size(); ++i) base[i] = lines[i].subtotal();
  return offered_sum(coupon, lines, base, why);
}

void price_cart(const Catalogue& catalogue, std::span<const CartLine> lines,
                std::span<const CartCoupon> coupons, PricedCart& out) {
  const std::size_t n = lines.size();
  FF_ASSERT(n <= kCartLinesMax && coupons.size() <= kCartCouponsMax, "cart beyond its limits");
  out.clear();
  out.line_discounts.resize(n);
  for (const CartLine& line : lines) out.subtotal += line.subtotal();
  out.total = out.subtotal;
  if (coupons.empty()) return;
  out.refusals.assign(coupons.size(), Refusal::not_best);
  out.scratch.assign(5 * n, Money{});
  Money* const base = out.scratch.data();  // still to pay, line by line
  Money *const best = base + n, *const front_off = best + n, *const off = front_off + n,
               *const scoped = off + n;
  out.best_coupon.assign(n, -1);
  for (std::size_t i = 0; i < n; ++i) base[i] = lines[i].subtotal();
  for (std::size_t c = 0; c < coupons.size(); ++c) {
    const Coupon& coupon = catalogue.coupons[coupons[c].coupon];
    if (coupon.kind == CouponKind::frontstore) continue;
    Refusal why;
    const Money sum = offered_sum(coupon, lines, base, why);
    if (why != Refusal::none) {
      out.refusals[c] = why;
      continue;
    }
    spread(coupon, lines, base, sum, scoped, off);
    for (std::size_t i = 0; i < n; ++i) {
      if (!wins(coupons, off[i], c, best[i], out.best_coupon[i])) continue;
      best[i] = off[i];
      out.best_coupon[i] = static_cast<int>(c);
    }
  }
  for (std::size_t i = 0; i < n; ++i) base[i] -= best[i];
  Money front_sum;
  int front = -1;
  for (std::size_t c = 0; c < coupons.size(); ++c) {
    const Coupon& coupon = catalogue.coupons[coupons[c].coupon];
    if (coupon.kind != CouponKind::frontstore) continue;
    Refusal why;
    const Money sum = offered_sum(coupon, lines, base, why);
    if (why != Refusal::none) out.refusals[c] = why;
    if (!wins(coupons, sum, c, front_sum, front)) continue;
    front_sum = sum;
    front = static_cast<int>(c);
  }
  if (front >= 0) {
    const auto winner = static_cast<std::size_t>(front);
    spread(catalogue.coupons[coupons[winner].coupon], lines, base, front_sum, scoped, front_off);
  }
  const auto take = [&](std::size_t line, int coupon, Money amount) {
    if (coupon < 0 || amount == Money{}) return;
    out.discounts.push_back(
        {static_cast<std::uint8_t>(line), static_cast<std::uint8_t>(coupon), amount});
    out.line_discounts[line] += amount;
    out.discount += amount;
    out.refusals[static_cast<std::size_t>(coupon)] = Refusal::none;
  };
  for (std::size_t i = 0; i < n; ++i) {
    take(i, out.best_coupon[i], best[i]);
    take(i, front, front_off[i]);
  }
  out.total = out.subtotal - out.discount;
}

}  // namespace footfall::retail
