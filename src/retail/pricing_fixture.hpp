// Tests only: random carts, and a slow pricer written from the rules in pricing.hpp alone.
#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

#include "retail/pricing.hpp"

namespace footfall::retail {

__extension__ typedef __int128 Wide;

struct Cart {
  Catalogue catalogue;
  std::vector<CartLine> lines;      // of different products, in product order
  std::vector<CartCoupon> coupons;  // of different wallet ids

  PricedCart priced() const {
    PricedCart out;
    price_cart(catalogue, lines, coupons, out);
    return out;
  }
  // Adds a coupon to the catalogue and the cart, and gives it back to be filled in.
  Coupon& add(CouponKind kind, std::int64_t wallet_id) {
    coupons.push_back({{wallet_id}, static_cast<std::uint16_t>(catalogue.coupons.size())});
    catalogue.coupons.emplace_back().kind = kind;
    return catalogue.coupons.back();
  }
  void percent(CouponKind kind, std::int64_t id, int bps) { add(kind, id).percent_bps = bps; }
  void amount(CouponKind kind, std::int64_t id, std::int64_t n) { add(kind, id).amount = {n}; }
  void fixed_price(CouponKind kind, std::int64_t id, std::int64_t price) {
    Coupon& coupon = add(kind, id);
    coupon.type = DiscountType::fixed_price, coupon.amount = {price};
  }
  void bxgy(CouponKind kind, std::int64_t id, int buy, int get) {
    Coupon& coupon = add(kind, id);
    coupon.type = DiscountType::bxgy, coupon.buy_qty = buy, coupon.get_qty = get;
  }
  void line(std::int64_t price, int qty, std::uint16_t category = 0, std::uint16_t brand = 0) {
    lines.push_back({static_cast<std::uint16_t>(lines.size()), category, brand, qty, {price}});
  }
};

// Uniform on from … to (inRange alone grows with the case's number).
inline std::int64_t any(std::int64_t from, std::int64_t to) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(from, to + 1));
}

// Few prices, scopes and percentages, so that equal offers and equal remainders are common; now and
// then the largest price there is (invariant 22).
inline Coupon any_coupon_of(DiscountType type) {
  Coupon coupon;
  coupon.kind = static_cast<CouponKind>(any(0, 2));
  coupon.scope = static_cast<std::uint16_t>(any(0, 2));
  coupon.type = type;
  switch (type) {
    case DiscountType::percent:
      coupon.percent_bps = *rc::gen::element(1, 50, 100, 1000, 2500, 3333, 5000, 9999, 10000);
      break;
    case DiscountType::amount:
      coupon.amount = {
          *rc::gen::element<std::int64_t>(1, 2, 3, 50, 100, 333, 5000, kMoneyMax.minor)};
      break;
    case DiscountType::fixed_price:
      coupon.amount = {*rc::gen::element<std::int64_t>(1, 2, 49, 50, 98, 99, kMoneyMax.minor - 1)};
      break;
    case DiscountType::bxgy:
      coupon.buy_qty = *rc::gen::element(1, 1, 2, kLineQtyMax);
      coupon.get_qty = *rc::gen::element(1, 1, 2, kLineQtyMax);
      break;
  }
  if (any(0, 3) == 0) coupon.min_spend = {any(1, 600)};
  if (any(0, 3) == 0) coupon.min_qty = static_cast<int>(any(1, 8));
  if (any(0, 2) == 0) coupon.max_discount = {any(1, 60)};
  return coupon;
}

inline Coupon any_coupon() { return any_coupon_of(static_cast<DiscountType>(any(0, 3))); }

inline Cart any_cart() {
  Cart cart;
  for (auto left = any(0, 7); left > 0; --left) {
    cart.line(*rc::gen::element<std::int64_t>(0, 1, 2, 3, 50, 99, 100, 100, 333, kMoneyMax.minor),
              *rc::gen::element(1, 1, 2, 3, 4, 7, kLineQtyMax),
              static_cast<std::uint16_t>(any(0, 2)), static_cast<std::uint16_t>(any(0, 2)));
  }
  const auto n = any(0, 8);
  for (std::int64_t i = 0; i < n; ++i) {
    cart.add(CouponKind::frontstore, 1 + (i * 7 + 3) % 13) = any_coupon();
  }
  return cart;
}

template <typename T>
std::vector<T> any_order(std::vector<T> items) {
  const auto at = [&](auto i) { return items.begin() + i; };
  for (auto i = std::ssize(items) - 1; i > 0; --i) std::iter_swap(at(i), at(any(0, i)));
  return items;
}

inline std::map<UserCouponId, Money> taken_by_coupon(const Cart& cart, const PricedCart& priced) {
  std::map<UserCouponId, Money> sums;
  for (const LineDiscount& d : priced.discounts) sums[cart.coupons[d.coupon].wallet_id] += d.amount;
  return sums;
}

inline std::map<UserCouponId, Refusal> refusals_by_coupon(const Cart& cart,
                                                          const PricedCart& priced) {
  std::map<UserCouponId, Refusal> why;
  auto refusal = priced.refusals.begin();
  for (const CartCoupon& coupon : cart.coupons) why[coupon.wallet_id] = *refusal++;
  return why;
}

// The slow reference: plain vectors, no code shared with pricing.cpp or money.cpp.
using Parts = std::vector<std::int64_t>;

inline std::int64_t half_up(std::int64_t amount, int bps) {
  const Wide doubled = static_cast<Wide>(2) * amount * bps;
  return static_cast<std::int64_t>((doubled + 10'000) / 20'000);
}

inline Parts spread_slowly(std::int64_t total, const Parts& weights) {
  const Wide sum = std::accumulate(weights.begin(), weights.end(), Wide{0});
  Parts parts(weights.size());
  std::vector<std::pair<Wide, std::size_t>> remainders;
  std::int64_t left = total;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Wide product = static_cast<Wide>(total) * weights[i];
    left -= parts[i] = static_cast<std::int64_t>(product / sum);
    remainders.emplace_back(-(product % sum), i);
  }
  std::sort(remainders.begin(), remainders.end());
  for (std::size_t i = 0; left > 0; ++i, --left) ++parts[remainders[i].second];
  return parts;
}

struct SlowPricer {
  const Cart& cart;
  Parts best, front, best_by, front_by;  // per line: amount and position of the coupon
  std::vector<Refusal> refusals;

  bool covers(const Coupon& c, const CartLine& line) const {
    if (c.kind == CouponKind::frontstore) return true;
    return c.scope == (c.kind == CouponKind::category ? line.category : line.brand);
  }
  // What the units of a line cost under a fixed price, or if some are free, unit by unit.
  std::int64_t price_by_unit(const Coupon& c, const CartLine& line, bool& any_free) const {
    std::int64_t price = 0;
    for (int unit = 0; unit < line.qty; ++unit) {
      const int size = c.buy_qty + c.get_qty;
      if (c.type == DiscountType::fixed_price) {
        price += c.amount.minor;
      } else {
        const bool free = unit % size >= c.buy_qty;
        price += free ? 0 : line.unit_price.minor;
        any_free = any_free || free;
      }
    }
    return price;
  }
  // What is taken off each line by a coupon that looks at units: a fixed price leaves at most that
  // price to pay, free units are taken off whatever is still to pay.
  Parts offer_by_unit(const Coupon& c, const Parts& base, Refusal& why) const {
    Parts off(base.size());
    bool enough = c.type == DiscountType::fixed_price;
    for (std::size_t i = 0; i < base.size(); ++i) {
      if (!covers(c, cart.lines[i])) continue;
      const std::int64_t price = price_by_unit(c, cart.lines[i], enough);
      const std::int64_t full =
          c.type == DiscountType::fixed_price ? base[i] : cart.lines[i].subtotal().minor;
      off[i] = std::min(base[i], full > price ? full - price : 0);
    }
    why = enough ? Refusal::not_best : Refusal::min_qty;
    return off;
  }
  // What coupon `c` offers on each line when `base` is still to be paid there.
  Parts offer(const Coupon& c, const Parts& base, Refusal& why) const {
    std::int64_t units = 0, spend = 0;
    Parts weights(base.size()), off(base.size());
    for (std::size_t i = 0; i < base.size(); ++i) {
      if (!covers(c, cart.lines[i])) continue;
      units += cart.lines[i].qty;
      spend += cart.lines[i].unit_price.minor * cart.lines[i].qty;
      weights[i] = base[i];
    }
    const auto payable = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
    why = Refusal::not_best;
    if (units == 0) return why = Refusal::not_in_scope, off;
    if (spend < c.min_spend.minor) return why = Refusal::min_spend, off;
    if (units < c.min_qty) return why = Refusal::min_qty, off;
    if (payable == 0) return off;
    if (c.type == DiscountType::fixed_price || c.type == DiscountType::bxgy) {
      weights = off = offer_by_unit(c, base, why);
    } else if (c.percent_bps == 0) {
      off = spread_slowly(std::min(c.amount.minor, payable), weights);
    } else if (c.kind == CouponKind::frontstore) {
      off = spread_slowly(half_up(payable, c.percent_bps), weights);
    } else {
      for (std::size_t i = 0; i < off.size(); ++i) off[i] = half_up(weights[i], c.percent_bps);
    }
    const auto sum = std::accumulate(off.begin(), off.end(), std::int64_t{0});
    const auto most = c.max_discount.minor;
    return most > 0 && sum > most ? spread_slowly(most, weights) : off;
  }

  explicit SlowPricer(const Cart& priced_cart) : cart(priced_cart) {
    const std::size_t n = cart.lines.size();
    Parts base(n);
    for (std::size_t i = 0; i < n; ++i) base[i] = cart.lines[i].subtotal().minor;
    best = front = Parts(n);
    best_by = front_by = Parts(n, -1);
    refusals.resize(cart.coupons.size());
    // In wallet order, so that the first of two equals is the one with the lower id.
    std::vector<std::size_t> by_id(cart.coupons.size());
    std::iota(by_id.begin(), by_id.end(), std::size_t{0});
    const auto id = [&](std::size_t c) { return cart.coupons[c].wallet_id; };
    std::sort(by_id.begin(), by_id.end(), [&](auto a, auto b) { return id(a) < id(b); });
    for (const bool frontstore : {false, true}) {
      std::int64_t most = 0;
      for (const std::size_t c : by_id) {
        const Coupon& coupon = cart.catalogue.coupons[cart.coupons[c].coupon];
        if ((coupon.kind == CouponKind::frontstore) != frontstore) continue;
        const Parts off = offer(coupon, base, refusals[c]);
        const auto sum = std::accumulate(off.begin(), off.end(), std::int64_t{0});
        const auto by = static_cast<std::int64_t>(c);
        if (frontstore && sum > most) most = sum, front = off, front_by.assign(n, by);
        for (std::size_t i = 0; i < n && !frontstore; ++i) {
          if (off[i] > best[i]) best[i] = off[i], best_by[i] = by;
        }
      }
      for (std::size_t i = 0; i < n && !frontstore; ++i) base[i] -= best[i];
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (best[i] > 0) refusals[static_cast<std::size_t>(best_by[i])] = Refusal::none;
      if (front[i] > 0) refusals[static_cast<std::size_t>(front_by[i])] = Refusal::none;
    }
  }
};

}  // namespace footfall::retail
