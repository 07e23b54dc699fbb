// The shop's calls on PostgreSQL: one call of a function for what is one statement, two for a
// checkout, pricing between them. See store/shop.hpp and schema/0003_hot_paths.sql.
#pragma once

#include "store/checkout.hpp"
#include "store/live_store.hpp"
#include "store/postgres/trips.hpp"
#include "store/postgres/unit.hpp"

namespace footfall::store::postgres {

class PostgresShop final : public Shop {
 public:
  // `limited`: the run has limited stock or redemption caps.
  PostgresShop(Units& units, const LiveSetup& setup, PostgresTrips& trips, bool limited)
      : units_(units),
        run_(setup.context.run),
        simulated_(setup.simulated),
        limited_(limited),
        slots_(setup.context.slots),
        catalogue_(*setup.catalogue),
        trips_(trips) {}

  Task<CartAnswer> add(const CartCall& call, std::span<const retail::CartLine> lines) override;
  Task<CartAnswer> change(const CartCall& call, const CartChange& change) override;
  Task<CartView> cart(const CartCall& call) override;
  Task<std::vector<WalletRow>> wallet(UserId user, SimTime at) override;
  Task<CheckoutAnswer> check_out(const CheckoutRequest& request) override;
  Task<ReturnAnswer> give_back(const ReturnRequest& request) override;

 private:
  Task<CartAnswer> change_cart(const Query& query, UserId user, bool repeatable);
  Task<CheckoutAnswer> try_check_out(const CheckoutRequest& request);
  Query begin_query(const CheckoutRequest& request) const;
  Query finish_query(const CheckoutRequest& request, const CheckoutBasis& basis, SessionId session,
                     StoreId store, const CheckoutPlan& plan) const;
  Query refuse_query(const CheckoutRequest& request, const CheckoutBasis& basis,
                     const CheckoutPlan& plan) const;
  Task<ReturnAnswer> try_give_back(const ReturnRequest& request);
  Query return_query(const ReturnRequest& request, const ReturnBasis& basis,
                     const ReturnPlan& plan) const;

  Units& units_;
  RunId run_;
  bool simulated_;
  bool limited_;
  WalletSlots slots_;
  const retail::Catalogue& catalogue_;
  PostgresTrips& trips_;
};

}  // namespace footfall::store::postgres
