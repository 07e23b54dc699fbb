// The shop's calls as closures on the writer's thread. See store/shop.hpp.
#pragma once

#include <string>

#include "store/checkout.hpp"
#include "store/live_store.hpp"
#include "store/sqlite/group_writer.hpp"
#include "store/sqlite/trips.hpp"

namespace footfall::store::sqlite {

class SqliteShop final : public Shop {
 public:
  // Made, and destroyed, on the writer's thread. `limited`: the run has limited stock or redemption
  // caps.
  SqliteShop(GroupWriter& writer, Database& database, const LiveSetup& setup, SqliteTrips& trips);

  Task<CartAnswer> add(const CartCall& call, std::span<const retail::CartLine> lines) override;
  Task<CartAnswer> change(const CartCall& call, const CartChange& change) override;
  Task<CartView> cart(const CartCall& call) override;
  Task<std::vector<WalletRow>> wallet(UserId user, SimTime at) override;
  Task<CheckoutAnswer> check_out(const CheckoutRequest& request) override;
  Task<ReturnAnswer> give_back(const ReturnRequest& request) override;

 private:
  struct CartRow {
    CartId id;  // 0: there is none
    std::int64_t version = 0, last_step = 0;
    bool open = false;
    StoreId store;
    SessionId session;  // 0: none
  };
  struct KnownKey {
    bool known = false;
    std::string hash, answer;
  };

  void prepare_checkout();
  void prepare_return();
  CartAnswer add_now(const CartCall& call, std::span<const retail::CartLine> lines);
  CartAnswer change_now(const CartCall& call, const CartChange& change);
  CheckoutAnswer check_out_now(const CheckoutRequest& request);
  ReturnAnswer give_back_now(const ReturnRequest& request);

  CartRow find_cart(const CartCall& call);
  CartAnswer refusal_of(const CartCall& call, const CartRow& row);
  CartId open_cart(const CartCall& call);
  int count_lines(CartId cart);
  bool is_hour_taken(const CartCall& call);
  KnownKey find_key(UserId user, const std::string& key);
  void keep_key(UserId user, const std::string& key, const std::string& hash,
                const std::string& answer, std::int64_t life_us);
  std::int64_t next_number(const char* table);
  std::vector<UserCouponId> cart_coupons(CartId cart);
  CheckoutBasis read_basis(const CheckoutRequest& request, const CartRow& cart);
  void read_limits(StoreId store, CheckoutBasis& basis);
  void write_order(const CheckoutRequest& request, const CartRow& cart, const CheckoutPlan& plan);
  void use_coupons(const CheckoutRequest& request, const CheckoutPlan& plan);
  ReturnBasis read_return(const ReturnRequest& request);
  void write_return(const ReturnRequest& request, const ReturnBasis& basis, const ReturnPlan& plan);

  GroupWriter& writer_;
  Database& database_;
  RunId run_;
  bool simulated_;
  bool limited_ = false;
  WalletSlots slots_;
  const retail::Catalogue& catalogue_;
  SqliteTrips& trips_;
  Statement cart_by_id_, open_cart_, cart_exists_, insert_cart_, touch_cart_, close_cart_,
      item_qty_, put_item_, set_item_, drop_item_, items_, count_items_, cart_coupons_,
      clear_coupons_, put_coupon_;
  Statement wallet_, wallet_row_, wallet_all_, key_, put_key_, hour_taken_;
  Statement stock_, take_stock_, capped_, use_capped_, order_, order_item_, discount_, redeem_,
      coupon_event_;
  Statement find_order_, find_items_, find_redeemed_, set_order_, set_item_refund_, restock_,
      reverse_, unuse_capped_;
};

}  // namespace footfall::store::sqlite
