#include "retail/pricing.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"

namespace footfall::retail {
namespace {

using Amounts = std::array<Money, kCartLinesMax>;

bool in_scope(const Coupon& coupon, const CartLine& line) {
  if (coupon.kind == CouponKind::frontstore) return true;
  return coupon.scope == (coupon.kind == CouponKind::category ? line.category : line.brand);
}

// What the coupon would take off each line, of `base[i]` still to pay there; returns the sum.
Money offer_by_line(const Coupon& coupon, std::span<const CartLine> lines, const Money* base,
                    Money* off, Refusal& why) {
  Amounts scoped;
  Money spend, base_sum;
  std::int64_t units = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool inside = in_scope(coupon, lines[i]);
    scoped[i] = inside ? base[i] : Money{};
    off[i] = {};
    if (!inside) continue;
    spend += lines[i].subtotal();
    base_sum += base[i];
    units += lines[i].qty;
  }
  why = units == 0                                          ? Refusal::not_in_scope
        : spend < coupon.min_spend                          ? Refusal::min_spend
        : coupon.min_qty > 0 && units < coupon.min_qty      ? Refusal::min_qty
        : base_sum == Money{}                               ? Refusal::not_best
                                                            : Refusal::none;
  if (why != Refusal::none) return {};
  const int n = static_cast<int>(lines.size());
  Money sum;
  if (coupon.percent_bps == 0) {
    sum = std::min(coupon.amount, base_sum);
  } else if (coupon.kind == CouponKind::frontstore) {
    sum = share_bps(base_sum, coupon.percent_bps);  // of the remainder as a whole
  } else {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      off[i] = share_bps(scoped[i], coupon.percent_bps);
      sum += off[i];
    }
  }
  const bool capped = coupon.max_discount > Money{} && sum > coupon.max_discount;
  if (capped) sum = coupon.max_discount;
  if (capped || coupon.percent_bps == 0 || coupon.kind == CouponKind::frontstore) {
    allocate(sum, scoped.data(), off, n);
  }
  return sum;
}

}  // namespace

std::string_view to_string(Refusal refusal) {
  constexpr std::string_view kNames[] = {"none",     "not_in_scope", "min_spend", "min_qty",
                                         "not_best", "expired",      "not_owned", "already_used"};
  return kNames[static_cast<int>(refusal)];
}

Money saving_alone(const Coupon& coupon, std::span<const CartLine> lines, Refusal& why) {
  Amounts base, off;
  for (std::size_t i = 0; i < lines.size(); ++i) base[i] = lines[i].subtotal();
  return offer_by_line(coupon, lines, base.data(), off.data(), why);
}

void price_cart(const Catalogue& catalogue, std::span<const CartLine> lines,
                std::span<const CartCoupon> coupons, PricedCart& out) {
  FF_ASSERT(lines.size() <= kCartLinesMax && coupons.size() <= 64, "cart beyond its limits");
  Amounts subtotals, off, best{};
  std::array<int, kCartLinesMax> best_coupon;
  best_coupon.fill(-1);
  out.subtotal = {};
  for (std::size_t i = 0; i < lines.size(); ++i) {
    subtotals[i] = lines[i].subtotal();
    out.subtotal += subtotals[i];
  }
  out.refusals.assign(coupons.size(), Refusal::not_best);
  // A tie goes to the lower wallet id, so that the order given decides nothing.
  const auto wins = [&](Money amount, std::size_t c, Money current, int holder) {
    return amount > current ||
           (amount == current && amount > Money{} && holder >= 0 &&
            coupons[c].wallet_id < coupons[static_cast<std::size_t>(holder)].wallet_id);
  };
  for (std::size_t c = 0; c < coupons.size(); ++c) {
    const Coupon& coupon = catalogue.coupons[coupons[c].coupon];
    if (coupon.kind == CouponKind::frontstore) continue;
    Refusal why;
    offer_by_line(coupon, lines, subtotals.data(), off.data(), why);
    if (why != Refusal::none) {
      out.refusals[c] = why;
      continue;
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (!wins(off[i], c, best[i], best_coupon[i])) continue;
      best[i] = off[i];
      best_coupon[i] = static_cast<int>(c);
    }
  }
  Amounts remainder, front_off{}, candidate;
  for (std::size_t i = 0; i < lines.size(); ++i) remainder[i] = subtotals[i] - best[i];
  Money front_sum;
  int front = -1;
  for (std::size_t c = 0; c < coupons.size(); ++c) {
    const Coupon& coupon = catalogue.coupons[coupons[c].coupon];
    if (coupon.kind != CouponKind::frontstore) continue;
    Refusal why;
    const Money sum = offer_by_line(coupon, lines, remainder.data(), candidate.data(), why);
    if (why != Refusal::none) out.refusals[c] = why;
    if (!wins(sum, c, front_sum, front)) continue;
    front_sum = sum;
    front = static_cast<int>(c);
    front_off = candidate;
  }
  out.discounts.clear();
  out.line_discounts.assign(lines.size(), Money{});
  out.discount = {};
  const auto add = [&](std::size_t line, int coupon, Money amount) {
    if (coupon < 0 || amount == Money{}) return;
    out.discounts.push_back({static_cast<std::uint8_t>(line), static_cast<std::uint8_t>(coupon),
                             amount});
    out.line_discounts[line] += amount;
    out.discount += amount;
    out.refusals[static_cast<std::size_t>(coupon)] = Refusal::none;
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    add(i, best_coupon[i], best[i]);
    add(i, front, front_off[i]);
  }
  out.total = out.subtotal - out.discount;
}

}  // namespace footfall::retail
