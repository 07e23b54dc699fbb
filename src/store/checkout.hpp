// What a checkout or a return comes to, given what the database has read and locked: pure, the same
// for every adapter. The adapter reads, calls one of these, and writes what it says.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "retail/catalogue.hpp"
#include "retail/pricing.hpp"
#include "store/shop.hpp"
#include "store/store.hpp"

namespace footfall::store {

// How a wallet row stands (user_coupons.status).
enum class CouponState : std::uint8_t { active, redeemed, expired, superseded, revoked, reversed };
CouponState coupon_state(std::string_view text);

// What a checkout read, in the order of its locks.
struct CheckoutBasis {
  struct Line {
    ProductId product;
    std::int64_t qty = 0;
  };
  struct WalletCoupon {
    UserCouponId id;
    CouponId definition;
    CouponState state = CouponState::active;
    SimTime assigned, expires;
  };
  struct Stock {
    ProductId product;
    std::int64_t left = 0;
  };
  struct Capped {
    CouponId definition;
    std::optional<std::int64_t> redemptions_left, discount_left;
  };
  CartId cart;
  OrderId number;
  std::vector<Line> lines;            // by product id
  std::vector<UserCouponId> wanted;   // as asked for, or as they lie in the cart
  std::vector<WalletCoupon> coupons;  // those of `wanted` that are the shopper's, by id
  std::vector<Stock> stock;           // of limited goods among the lines
  std::vector<Capped> capped;         // of capped coupons among the coupons
};

// What is to be written. If the answer is a refusal, only the answer.
struct CheckoutPlan {
  struct Taken {
    ProductId product;
    std::int64_t qty = 0;
  };
  struct CappedUse {
    CouponId definition;
    Money amount;
  };
  CheckoutAnswer answer;
  std::vector<retail::CartLine> lines;      // by product id, at the price charged
  std::vector<retail::CartCoupon> coupons;  // priced.discounts refer to these
  retail::PricedCart priced;
  std::vector<UserCouponId> redeemed;  // by id
  std::vector<Taken> stock;
  std::vector<CappedUse> capped;

  bool placed() const { return answer.status == CheckoutStatus::placed; }
};

// What is refused without asking the database: `done` if nothing is. A quantity is at least
// `least`.
CartStatus check_limits(std::span<const retail::CartLine> lines, int least);
CartStatus check_limits(const CartChange& change);
bool has_too_many_coupons(const CheckoutRequest& request);

CheckoutPlan plan_checkout(const retail::Catalogue& catalogue, const CheckoutRequest& request,
                           const CheckoutBasis& basis);

// The answer as it is kept under its key, and back. Errors: incompatible if a text is no such
// answer.
std::string answer_json(const CheckoutAnswer& answer);
Result<CheckoutAnswer> checkout_answer(std::string_view json);
// To a call whose key is known: what is kept there, or that it was another request's. Throws
// Failure if what is kept is no answer.
CheckoutAnswer replayed_checkout(bool same_request, std::string_view json);

// What a return read.
struct ReturnBasis {
  struct Line {
    int line_no = 0;
    ProductId product;
    std::int64_t qty = 0, refunded_qty = 0;
    Money total;
  };
  struct Coupon {  // redeemed by this order
    UserCouponId id;
    CouponId definition;
    bool frontstore = false;
    int slot = 0;  // within its lane
    SimTime expires;
    Money amount;
  };
  struct Active {
    CouponId definition;
    bool frontstore = false;
    int slot = 0;
  };
  std::string status;  // of the order; empty: there is none
  StoreId store;
  Money total, refunded;
  std::vector<Line> lines;
  std::vector<Coupon> coupons;
  std::vector<Active> wallet;  // the shopper's active coupons
};

struct ReturnPlan {
  struct Line {
    int line_no = 0;
    ProductId product;
    std::int64_t refunded_qty = 0;  // from now on
    std::int64_t restocked = 0;
  };
  struct Coupon {
    UserCouponId id;
    CouponId definition;
    CouponState state = CouponState::reversed;
    int slot = 0;
    Money amount;
  };
  ReturnAnswer answer;
  std::string status;  // of the order
  Money refunded;      // of the order, in all
  std::vector<Line> lines;
  std::vector<Coupon> coupons;
};

ReturnPlan plan_return(const ReturnRequest& request, const ReturnBasis& basis, WalletSlots slots);

std::string answer_json(const ReturnAnswer& answer);
Result<ReturnAnswer> return_answer(std::string_view json);
ReturnAnswer replayed_return(bool same_request, std::string_view json);

// The same lines with each product once, by product id.
std::vector<retail::CartLine> merged(const retail::Catalogue& catalogue,
                                     std::span<const retail::CartLine> lines);

// Positions in a catalogue, whose products and coupons stand in id order. Nothing if there is none.
std::optional<std::uint16_t> find_product(const retail::Catalogue& catalogue, ProductId id);
std::optional<std::uint16_t> find_coupon(const retail::Catalogue& catalogue, CouponId id);

}  // namespace footfall::store
