// The port through which a live trip's actions are carried out: Commerce for worlds that have to be
// waited for. One object serves one shopper at a time; many objects share a store or server.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "base/task.hpp"
#include "retail/pricing.hpp"
#include "retail/shelf.hpp"
#include "shopper/action.hpp"
#include "store/trip_journal.hpp"

namespace footfall::commerce {

// Who comes, where to, and what stands on the shelves.
struct ShopVisit {
  SessionId session;  // its number is the cart's and the order's too
  AgentId agent;
  UserId user;
  StoreId store;
  std::int64_t sim_hour = 0;  // since the run's start: the checkout's key
  const retail::Shelf* shelf = nullptr;
  std::span<const Money> prices;  // of each product of the catalogue, on this shelf
};

// What lies in the shopper's cart, as the shopper knows it.
struct Basket {
  bool open = false;  // there is a cart in the shop that nobody has paid for or left behind
  std::vector<retail::CartLine> lines;
  std::vector<retail::CartCoupon> coupons;
  retail::PricedCart priced;
  SimTime placed;  // of the order, if there is one

  void clear();
  // How many of the coupons take something off.
  std::size_t used_coupons() const;
};

// Why a trip could not go on. What it may still be worth to know: which kind of error, for the
// counts (R32), and the call's id, for the log.
class TripFailure : public Failure {
 public:
  enum class Kind : std::uint8_t { database, api_5xx, api_refused, throttled, timeout, connection };

  TripFailure(const std::string& message, Kind kind, std::string request_id = {})
      : Failure(message), kind_(kind), request_id_(std::move(request_id)) {}

  Kind trip_kind() const { return kind_; }
  const std::string& request_id() const { return request_id_; }

 private:
  Kind kind_;
  std::string request_id_;
};
inline constexpr int kTripFailureKinds = 6;
std::string_view to_string(TripFailure::Kind kind);

// Nobody answered a checkout, and nobody knows whether it was done: LiveCommerce::settle() asks,
// where the shop can be asked.
class UnsettledCheckout final : public TripFailure {
 public:
  UnsettledCheckout(const std::string& message, Kind kind, std::string request_id,
                    bool can_be_asked)
      : TripFailure(message, kind, std::move(request_id)), can_be_asked_(can_be_asked) {}

  bool can_be_asked() const { return can_be_asked_; }

 private:
  bool can_be_asked_;
};

// Called once when a checkout's outcome is certain: the trip goes on with it, to its end, and what
// it leaves behind may be written together with the order.
using AtCheckout = std::function<store::TripEnd(const shopper::Outcome&)>;

struct CheckedOut {
  shopper::Outcome outcome;
  bool journaled = false;  // the trip's end is kept already, in the order's own transaction
};

class LiveCommerce {
 public:
  virtual ~LiveCommerce() = default;

  // From here on actions are those of this visit. It must live until the trip has ended.
  virtual void enter(const ShopVisit& visit) = 0;

  // Every action but complete_checkout. An expected refusal is an Outcome; a world that cannot be
  // reached throws a Failure.
  virtual Task<shopper::Outcome> perform(const shopper::Action& action) = 0;

  // complete_checkout. `at_checkout` may be called from another thread, while this one waits.
  virtual Task<CheckedOut> check_out(const shopper::Action& action,
                                     const AtCheckout& at_checkout) = 0;

  // After an UnsettledCheckout: what came of it; nothing if there is no order and will be none.
  // Throws TripFailure where that still cannot be told; then it may be asked again.
  virtual Task<std::optional<shopper::Outcome>> settle() { co_return std::nullopt; }

  // Leaves an open cart behind (R31), where the journal does not do it with the session's end.
  virtual Task<void> leave_cart() { co_return; }

  // Valid until the next enter(), both.
  virtual const Basket& basket() const = 0;
  // What the shopper saw in its wallet, where a shop elsewhere keeps it.
  virtual std::span<const retail::HeldElsewhereRecord> held() const { return {}; }
};

using MakeCommerce = std::function<std::unique_ptr<LiveCommerce>()>;

}  // namespace footfall::commerce
