#include "store/checkout.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "base/failure.hpp"
#include "retail/refund.hpp"

namespace footfall::store {
namespace {

using retail::Refusal;

template <typename Row, typename Key>
std::optional<std::uint16_t> position(const std::vector<Row>& rows, Key id) {
  const auto at = std::lower_bound(rows.begin(), rows.end(), id,
                                   [](const Row& row, Key key) { return row.id < key; });
  if (at == rows.end() || at->id != id) return std::nullopt;
  return static_cast<std::uint16_t>(at - rows.begin());
}

const CheckoutBasis::Capped* capped_of(const CheckoutBasis& basis, CouponId definition) {
  for (const auto& row : basis.capped) {
    if (row.definition == definition) return &row;
  }
  return nullptr;
}

// Whether a wallet row may be used at all, before its price is known.
Refusal standing(const CheckoutBasis& basis, const CheckoutBasis::WalletCoupon& coupon,
                 SimTime at) {
  if (coupon.state == CouponState::redeemed) return Refusal::already_used;
  if (coupon.state != CouponState::active || at < coupon.assigned || at >= coupon.expires) {
    return Refusal::expired;
  }
  const auto* cap = capped_of(basis, coupon.definition);
  if (cap && cap->redemptions_left && *cap->redemptions_left <= 0) return Refusal::cap_reached;
  return Refusal::none;
}

// A refusal that `coupon_policy=all` refuses the checkout for. Being worth less than another coupon
// is none: that coupon stays in the wallet.
bool forbids(Refusal refusal) { return refusal != Refusal::none && refusal != Refusal::not_best; }

class Checkout {
 public:
  Checkout(const retail::Catalogue& catalogue, const CheckoutRequest& request,
           const CheckoutBasis& basis)
      : catalogue_(catalogue), request_(request), basis_(basis) {}

  CheckoutPlan plan() {
    plan_.answer.order = basis_.number;
    if (!take_lines() || !look_at_stock()) return refused();
    choose_coupons();
    price();
    while (drop_what_passes_its_budget()) price();
    if (plan_.answer.status != CheckoutStatus::placed) return refused();
    write_down();
    return std::move(plan_);
  }

 private:
  CheckoutPlan refused() {
    CheckoutPlan plan;
    plan.answer = std::move(plan_.answer);
    plan.answer.order = {};
    plan.answer.subtotal = plan.answer.discount = plan.answer.total = {};
    return plan;
  }

  bool take_lines() {
    if (basis_.lines.empty()) {
      plan_.answer.status = CheckoutStatus::empty_cart;
      return false;
    }
    for (const auto& line : basis_.lines) {
      const auto product = find_product(catalogue_, line.product);
      if (!product) {  // taken off the shelves since
        plan_.answer.status = CheckoutStatus::insufficient_stock;
        plan_.answer.short_of.push_back({line.product, line.qty, 0});
        continue;
      }
      const Money price = request_.prices[*product];
      if (price > kMoneyMax) plan_.answer.status = CheckoutStatus::price_too_large;
      const retail::Product& known = catalogue_.products[*product];
      plan_.lines.push_back(
          {*product, known.category, known.brand, static_cast<std::int32_t>(line.qty), price});
    }
    return plan_.placed();
  }

  bool look_at_stock() {
    for (const auto& stock : basis_.stock) {
      for (const auto& line : basis_.lines) {
        if (line.product != stock.product) continue;
        plan_.stock.push_back({line.product, line.qty});
        if (line.qty <= stock.left) continue;
        plan_.answer.status = CheckoutStatus::insufficient_stock;
        plan_.answer.short_of.push_back({line.product, line.qty, stock.left});
      }
    }
    return plan_.placed();
  }

  void choose_coupons() {
    std::vector<UserCouponId> wanted = basis_.wanted;
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    for (const UserCouponId id : wanted) {
      const auto row = std::find_if(basis_.coupons.begin(), basis_.coupons.end(),
                                    [&](const auto& coupon) { return coupon.id == id; });
      Refusal refusal = Refusal::not_owned;
      if (row != basis_.coupons.end()) {
        refusal = standing(basis_, *row, request_.call.at);
        const auto definition = find_coupon(catalogue_, row->definition);
        if (!definition) refusal = Refusal::expired;
        if (refusal == Refusal::none) plan_.coupons.push_back({id, *definition});
      }
      plan_.answer.coupons.push_back({id, refusal});
      note(refusal);
    }
  }

  void note(Refusal refusal) {
    if (request_.policy == CouponPolicy::all && forbids(refusal)) {
      plan_.answer.status = CheckoutStatus::coupon_refused;
    }
  }

  CouponOutcome& outcome_of(UserCouponId id) {
    const auto at = std::find_if(plan_.answer.coupons.begin(), plan_.answer.coupons.end(),
                                 [&](const CouponOutcome& row) { return row.coupon == id; });
    FF_ASSERT(at != plan_.answer.coupons.end(), "a coupon was priced that nobody asked for");
    return *at;
  }

  void price() {
    retail::price_cart(catalogue_, plan_.lines, plan_.coupons, plan_.priced);
    for (std::size_t c = 0; c < plan_.coupons.size(); ++c) {
      outcome_of(plan_.coupons[c].wallet_id).refusal = plan_.priced.refusals[c];
      note(plan_.priced.refusals[c]);
    }
  }

  Money taken_by(std::size_t coupon) const {
    Money sum;
    for (const retail::LineDiscount& row : plan_.priced.discounts) {
      if (row.coupon == coupon) sum += row.amount;
    }
    return sum;
  }

  // A budget is spent whole or not at all: a coupon that would pass it takes nothing off.
  bool drop_what_passes_its_budget() {
    for (std::size_t c = 0; c < plan_.coupons.size(); ++c) {
      const auto* cap = capped_of(basis_, catalogue_.coupons[plan_.coupons[c].coupon].id);
      if (!cap || !cap->discount_left || taken_by(c).minor <= *cap->discount_left) continue;
      outcome_of(plan_.coupons[c].wallet_id).refusal = Refusal::cap_reached;
      note(Refusal::cap_reached);
      plan_.coupons.erase(plan_.coupons.begin() + static_cast<std::ptrdiff_t>(c));
      return true;
    }
    return false;
  }

  void write_down() {
    plan_.answer.subtotal = plan_.priced.subtotal;
    plan_.answer.discount = plan_.priced.discount;
    plan_.answer.total = plan_.priced.total;
    for (std::size_t c = 0; c < plan_.coupons.size(); ++c) {
      if (plan_.priced.refusals[c] != Refusal::none) continue;
      plan_.redeemed.push_back(plan_.coupons[c].wallet_id);
      const CouponId definition = catalogue_.coupons[plan_.coupons[c].coupon].id;
      if (capped_of(basis_, definition)) plan_.capped.push_back({definition, taken_by(c)});
    }
    std::sort(plan_.capped.begin(), plan_.capped.end(),
              [](const auto& a, const auto& b) { return a.definition < b.definition; });
  }

  const retail::Catalogue& catalogue_;
  const CheckoutRequest& request_;
  const CheckoutBasis& basis_;
  CheckoutPlan plan_;
};

}  // namespace

std::string_view to_string(CartStatus status) {
  constexpr std::string_view kNames[] = {"done",         "done_before",     "version_conflict",
                                         "not_open",     "other_cart_open", "too_many_lines",
                                         "bad_quantity", "too_many_coupons"};
  return kNames[static_cast<int>(status)];
}

std::string_view to_string(CheckoutStatus status) {
  constexpr std::string_view kNames[] = {
      "placed",           "empty_cart", "coupon_refused", "insufficient_stock",
      "price_too_large",  "key_reused", "not_open",       "version_conflict",
      "too_many_coupons", "hour_taken", "session_over"};
  static_assert(std::size(kNames) == kCheckoutStatusCount);
  return kNames[static_cast<int>(status)];
}

std::string_view to_string(ReturnStatus status) {
  constexpr std::string_view kNames[] = {"done",         "no_such_order",  "already_returned",
                                         "no_such_line", "too_many_units", "key_reused"};
  static_assert(std::size(kNames) == kReturnStatusCount);
  return kNames[static_cast<int>(status)];
}

CouponState coupon_state(std::string_view text) {
  constexpr std::string_view kNames[] = {"active",     "redeemed", "expired",
                                         "superseded", "revoked",  "reversed"};
  for (int i = 0; i < 6; ++i) {
    if (text == kNames[i]) return static_cast<CouponState>(i);
  }
  throw Failure(fmt::format("the database holds a coupon whose status is '{}'", text));
}

std::optional<std::uint16_t> find_product(const retail::Catalogue& catalogue, ProductId id) {
  return position(catalogue.products, id);
}

std::optional<std::uint16_t> find_coupon(const retail::Catalogue& catalogue, CouponId id) {
  return position(catalogue.coupons, id);
}

CartStatus check_limits(std::span<const retail::CartLine> lines, int least) {
  const bool good = std::all_of(lines.begin(), lines.end(), [&](const retail::CartLine& line) {
    return line.qty >= least && line.qty <= retail::kLineQtyMax;
  });
  return good ? CartStatus::done : CartStatus::bad_quantity;
}

CartStatus check_limits(const CartChange& change) {
  if (change.coupons && change.coupons->size() > retail::kCartCouponsMax) {
    return CartStatus::too_many_coupons;
  }
  return check_limits(change.set, 0);
}

bool has_too_many_coupons(const CheckoutRequest& request) {
  return request.coupons && request.coupons->size() > retail::kCartCouponsMax;
}

CheckoutPlan plan_checkout(const retail::Catalogue& catalogue, const CheckoutRequest& request,
                           const CheckoutBasis& basis) {
  FF_ASSERT(request.prices.size() == catalogue.products.size(), "a price is missing");
  return Checkout(catalogue, request, basis).plan();
}

std::vector<retail::CartLine> merged(const retail::Catalogue& catalogue,
                                     std::span<const retail::CartLine> lines) {
  std::vector<retail::CartLine> out(lines.begin(), lines.end());
  const auto id = [&](const retail::CartLine& line) { return catalogue.products[line.product].id; };
  std::stable_sort(out.begin(), out.end(),
                   [&](const auto& a, const auto& b) { return id(a) < id(b); });
  std::size_t kept = 0;
  for (std::size_t i = 1; i < out.size(); ++i) {
    if (out[i].product == out[kept].product) {
      out[kept].qty += out[i].qty;
      out[kept].unit_price = out[i].unit_price;
    } else {
      out[++kept] = out[i];
    }
  }
  if (!out.empty()) out.resize(kept + 1);
  return out;
}

namespace {

ReturnPlan refused_return(ReturnStatus status) {
  ReturnPlan plan;
  plan.answer.status = status;
  return plan;
}

// Every unit that is not refunded yet.
std::vector<ReturnRequest::Line> everything(const ReturnBasis& basis) {
  std::vector<ReturnRequest::Line> lines;
  for (const auto& line : basis.lines) {
    lines.push_back({line.line_no, line.qty - line.refunded_qty});
  }
  return lines;
}

// A coupon comes back into its own slot if that is free, else into the lowest free one.
int free_slot(const ReturnBasis& basis, const ReturnPlan& plan, const ReturnBasis::Coupon& coupon,
              WalletSlots slots) {
  std::vector<bool> taken(
      static_cast<std::size_t>(coupon.frontstore ? slots.frontstore : slots.category_brand));
  const auto take = [&](int slot) {
    if (static_cast<std::size_t>(slot) < taken.size()) taken[static_cast<std::size_t>(slot)] = true;
  };
  for (const auto& row : basis.wallet) {
    if (row.frontstore == coupon.frontstore) take(row.slot);
  }
  for (std::size_t i = 0; i < plan.coupons.size(); ++i) {
    const bool back = plan.coupons[i].state == CouponState::active;
    if (back && basis.coupons[i].frontstore == coupon.frontstore) take(plan.coupons[i].slot);
  }
  const auto own = static_cast<std::size_t>(coupon.slot);
  if (own < taken.size() && !taken[own]) return coupon.slot;
  const auto free = std::find(taken.begin(), taken.end(), false);
  return free == taken.end() ? -1 : static_cast<int>(free - taken.begin());
}

void return_coupons(const ReturnRequest& request, const ReturnBasis& basis, WalletSlots slots,
                    ReturnPlan& plan) {
  for (const auto& coupon : basis.coupons) {
    const bool held = std::any_of(basis.wallet.begin(), basis.wallet.end(), [&](const auto& row) {
      return row.definition == coupon.definition;
    });
    const bool good = request.coupons_back && !held && request.at < coupon.expires;
    const int slot = good ? free_slot(basis, plan, coupon, slots) : -1;
    const bool back = slot >= 0;
    plan.coupons.push_back({coupon.id, coupon.definition,
                            back ? CouponState::active : CouponState::reversed,
                            back ? slot : coupon.slot, coupon.amount});
    (back ? plan.answer.coupons_back : plan.answer.coupons_lost).push_back(coupon.id);
  }
}

}  // namespace

ReturnPlan plan_return(const ReturnRequest& request, const ReturnBasis& basis, WalletSlots slots) {
  if (basis.status.empty()) return refused_return(ReturnStatus::no_such_order);
  const bool cancel = request.lines.empty();
  if (basis.status != "placed" && (cancel || basis.status != "part_refunded")) {
    return refused_return(ReturnStatus::already_returned);
  }
  ReturnPlan plan;
  for (const auto& line : basis.lines) plan.lines.push_back({line.line_no, line.product});
  for (std::size_t i = 0; i < plan.lines.size(); ++i) {
    plan.lines[i].refunded_qty = basis.lines[i].refunded_qty;
  }
  for (const auto& wanted : cancel ? everything(basis) : request.lines) {
    const auto at = std::find_if(basis.lines.begin(), basis.lines.end(),
                                 [&](const auto& line) { return line.line_no == wanted.line_no; });
    if (at == basis.lines.end()) return refused_return(ReturnStatus::no_such_line);
    auto& line = plan.lines[static_cast<std::size_t>(at - basis.lines.begin())];
    const auto money = retail::refund_of({at->qty, line.refunded_qty, at->total.minor}, wanted.qty);
    if (!money) return refused_return(ReturnStatus::too_many_units);
    plan.answer.refunded += *money;
    line.refunded_qty += wanted.qty;
    line.restocked += wanted.qty;
  }
  plan.refunded = basis.refunded + plan.answer.refunded;
  bool whole = true;
  for (std::size_t i = 0; i < plan.lines.size(); ++i) {
    whole = whole && plan.lines[i].refunded_qty == basis.lines[i].qty;
  }
  plan.status = cancel ? "cancelled" : whole ? "refunded" : "part_refunded";
  if (cancel) return_coupons(request, basis, slots, plan);
  return plan;
}

}  // namespace footfall::store
