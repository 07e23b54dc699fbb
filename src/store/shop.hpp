// The port to a shop that many use at once: carts, wallets, checkouts, returns (R9, R11, R13, R28).
// Adapters: SQLite and PostgreSQL. Each call is one transaction, durable before it answers, and
// holds the rules of reference/offers-and-data.md however many call at once. What a shop refuses is
// an answer; a database that cannot be reached throws Failure, and then a call with a key or step
// may be made again.
//
// Calls may overlap freely: any number of coroutines of the io_context it was opened for. What
// spans and pointers in a request refer to must live until the call answers.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/sim_time.hpp"
#include "base/task.hpp"
#include "retail/catalogue.hpp"
#include "retail/pricing.hpp"
#include "store/trip_journal.hpp"

namespace footfall::store {

// Who does what to which cart, and when. `at` alone decides what has expired.
struct CartCall {
  UserId user;
  StoreId store;
  SimTime at;
  CartId cart;            // 0: the shopper's open cart in that store
  SessionId session;      // 0: none; kept with a cart that is opened
  std::int64_t step = 0;  // > 0: the shopper's changes to this cart are numbered upwards, and one
                          // that is sent again is not done again
  std::optional<std::int64_t> version;  // refuse if the cart has another
};

enum class CartStatus : std::uint8_t {
  done,
  done_before,       // this step was taken already
  version_conflict,  // somebody changed the cart meanwhile
  not_open,          // there is no such open cart
  other_cart_open,   // the shopper has another open cart in that store
  too_many_lines,    // retail::kCartLinesMax
  bad_quantity,      // none, fewer, or more than retail::kLineQtyMax of one product
  too_many_coupons,  // retail::kCartCouponsMax
};
std::string_view to_string(CartStatus status);

struct CartAnswer {
  CartStatus status = CartStatus::done;
  CartId cart;
  std::int64_t version = 0;
  int lines = 0;

  bool ok() const { return status == CartStatus::done || status == CartStatus::done_before; }
};

// A change of what lies in an open cart. Prices of lines are those the shopper saw.
struct CartChange {
  std::span<const retail::CartLine> set;  // quantity 0 takes the line out
  // What the shopper means to use.
  std::optional<std::span<const UserCouponId>> coupons;
  bool abandon = false;  // closes the cart
};

struct CartView {
  CartId cart;  // 0: there is none
  std::int64_t version = 0;
  std::vector<retail::CartLine> lines;  // by product id, with the price seen
  std::vector<UserCouponId> coupons;
};

struct WalletRow {
  UserCouponId id;
  std::uint16_t coupon = 0;  // index into Catalogue::coupons
  SimTime assigned, expires;
};

// all: a coupon that cannot be used refuses the checkout. partial: it is left out.
enum class CouponPolicy : std::uint8_t { all, partial };

struct CheckoutAnswer;

struct CheckoutRequest {
  CartCall call;
  OrderId order;                 // 0: the database numbers it
  std::string key;               // of idempotency; empty: none. At most 255 bytes
  std::string hash;              // of the request, to tell another one with the same key
  std::int64_t key_life_us = 0;  // real time; 0: as long as the run
  // Without: those that lie in the cart.
  std::optional<std::span<const UserCouponId>> coupons;
  CouponPolicy policy = CouponPolicy::all;
  std::span<const Money> prices;  // of each product of the catalogue at this moment
  // Called when the outcome is placed, or a refusal that is kept: what it answers is written in the
  // same transaction. Null: none. Called again if the transaction has to be repeated, and then the
  // answer may be another, since others shop meanwhile; it may throw to give the checkout up. On
  // SQLite on the writer's thread, while the caller waits.
  std::function<std::optional<TripEnd>(const CheckoutAnswer&)> journal;
};

enum class CheckoutStatus : std::uint8_t {
  placed,
  // Refused, and kept under the key:
  empty_cart,
  coupon_refused,      // see coupons
  insufficient_stock,  // see short_of
  price_too_large,     // past what money can count
  // Refused, and not kept:
  key_reused,  // with another request
  not_open,
  version_conflict,
  too_many_coupons,  // retail::kCartCouponsMax
  hour_taken,        // simulated: the shopper has an order in this simulated hour already
  session_over,      // the cart's session is known here, and has ended or has its order
};
inline constexpr int kCheckoutStatusCount = 11;
std::string_view to_string(CheckoutStatus status);

struct CouponOutcome {
  UserCouponId coupon;
  retail::Refusal refusal = retail::Refusal::none;  // none: used
  friend bool operator==(const CouponOutcome&, const CouponOutcome&) = default;
};

struct ShortLine {
  ProductId product;
  std::int64_t wanted = 0, left = 0;
  friend bool operator==(const ShortLine&, const ShortLine&) = default;
};

struct CheckoutAnswer {
  CheckoutStatus status = CheckoutStatus::placed;
  bool replayed = false;  // given before, to the same key
  OrderId order;
  Money subtotal, discount, total;
  std::vector<CouponOutcome> coupons;  // by id
  std::vector<ShortLine> short_of;     // by product id
};

// Refusals are not kept under the key. Cancelling takes a whole order back and gives its coupons
// back where they are still good and a place is free; a refund pays for some units and gives no
// coupon back.
struct ReturnRequest {
  UserId user;
  OrderId order;
  SimTime at;
  struct Line {
    int line_no = 0;
    std::int64_t qty = 0;
  };
  std::vector<Line> lines;   // to refund; empty: cancel
  bool coupons_back = true;  // of a cancelled order
  std::string key, hash;
  std::int64_t key_life_us = 0;
};

enum class ReturnStatus : std::uint8_t {
  done,
  no_such_order,
  already_returned,  // cancelled, or refunded whole, or (to cancel) in part
  no_such_line,
  too_many_units,  // more than were bought and not yet refunded
  key_reused,
};
inline constexpr int kReturnStatusCount = 6;
std::string_view to_string(ReturnStatus status);

struct ReturnAnswer {
  ReturnStatus status = ReturnStatus::done;
  bool replayed = false;
  Money refunded;                          // by this return
  std::vector<UserCouponId> coupons_back;  // in the wallet again
  std::vector<UserCouponId> coupons_lost;  // reversed, but too late or without a place
};

class Shop {
 public:
  virtual ~Shop() = default;

  // Adds to the quantities in the cart, opening one if there is none.
  virtual Task<CartAnswer> add(const CartCall& call, std::span<const retail::CartLine> lines) = 0;
  virtual Task<CartAnswer> change(const CartCall& call, const CartChange& change) = 0;
  virtual Task<CartView> cart(const CartCall& call) = 0;
  // The coupons that are good at `at`, by id.
  virtual Task<std::vector<WalletRow>> wallet(UserId user, SimTime at) = 0;
  virtual Task<CheckoutAnswer> check_out(const CheckoutRequest& request) = 0;
  virtual Task<ReturnAnswer> give_back(const ReturnRequest& request) = 0;
};

}  // namespace footfall::store
