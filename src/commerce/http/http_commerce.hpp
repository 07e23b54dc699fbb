// The world as a service over HTTP: each action that the service has is a call through its profile
// (profile.hpp). What a service lacks is told to the mind as a shop without it: no coupons, or
// shelves that nobody had to ask for. One object serves one shopper at a time; objects of one
// io_context share the sessions.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "commerce/http/api_sessions.hpp"
#include "commerce/http/profile.hpp"
#include "commerce/http/tokens.hpp"
#include "commerce/live_commerce.hpp"
#include "commerce/local_cart.hpp"
#include "retail/catalogue.hpp"

namespace footfall::commerce {

// How a service names what we sell, and what it charges: made by shop_window.hpp.
struct ServiceNames {
  std::vector<std::string> product;  // by product
  std::vector<std::string> sku;
  std::unordered_map<std::string, std::uint16_t> coupon;  // our coupons by their code
};

// What all shoppers of a service share; outlives them.
struct ApiShop {
  ApiSessions& sessions;
  const Profile& profile;
  const retail::Catalogue& catalogue;
  const Tokens& tokens;
  ServiceNames names;
  RunId run;
  // Ends the checkouts' keys where run numbers may come again while the service still knows them:
  // at somebody else's shop, whose runs are numbered by each database of ours anew.
  std::string key_tail;
  SimDuration coupon_life;  // of coupons whose dates the service does not tell
  std::unordered_map<std::int64_t, std::string> personas;  // by agent
  // Carts that could not be left behind, by agent: the agent's next trip does it first.
  struct LeftOpen {
    std::string session, cart;
    int tries = 0;  // of the agent's trips
  };
  std::unordered_map<std::int64_t, LeftOpen> left_open = {};
  // Numbers of coupons that orders have used: a service whose coupons can be used again tells them
  // by the same id, and they get another number.
  std::unordered_set<std::int64_t> used_coupons = {};
  // Of all wallets looked at so far; what is not known here is not shown to a mind.
  struct Shown {
    std::int64_t wallets = 0, coupons = 0, known = 0;
  };
  Shown shown = {};
};

// What requests may say of who comes, and where to.
void tell_visit(const ApiShop& shop, const ShopVisit& visit, PlaceTexts& texts);

class HttpCommerce final : public LiveCommerce {
 public:
  explicit HttpCommerce(ApiShop& shop) : shop_(shop), cart_(shop.catalogue) {}

  void enter(const ShopVisit& visit) override;
  Task<shopper::Outcome> perform(const shopper::Action& action) override;
  Task<CheckedOut> check_out(const shopper::Action& action, const AtCheckout& at_checkout) override;
  Task<std::optional<shopper::Outcome>> settle() override;
  Task<void> leave_cart() override;
  const Basket& basket() const override { return cart_.basket(); }
  std::span<const retail::HeldElsewhereRecord> held() const override { return held_; }

 private:
  struct Called {
    ApiOutcome outcome;
    ApiAnswer answer;
  };

  Task<void> begin();
  Task<void> leave_last_cart();
  Task<shopper::Outcome> browse(const shopper::Action& action);
  Task<shopper::Outcome> add(const shopper::Action& action);
  Task<shopper::Outcome> view_wallet(const shopper::Action& action);
  Task<shopper::Outcome> apply(const shopper::Action& action);
  Task<Called> call(ApiAction action, SimTime at, std::span<const PlaceLine> lines);
  Task<ApiOutcome> expect(ApiAction action, SimTime at, std::span<const PlaceLine> lines);
  void fill_places(ApiAction action, SimTime at);
  void clear_lines(std::size_t room);
  void write_lines(ApiAction action, std::span<const retail::CartLine> lines);
  void write_coupons();
  std::span<const PlaceLine> part(Per per, std::size_t i) const;
  UserCouponId number_of(const SeenCoupon& coupon) const;
  store::WalletRow wallet_row(const SeenCoupon& coupon, std::uint16_t known, SimTime at) const;
  const std::string& coupon_name(UserCouponId id) const;
  void show(std::span<const SeenCoupon> coupons, SimTime at, std::vector<store::WalletRow>& rows);
  void note_refusals(const ApiOutcome& outcome, std::span<const UserCouponId> coupons,
                     std::vector<retail::Refusal>& refused) const;
  void note_placed(SimTime at);
  void remember_cart();
  [[noreturn]] void fail(ApiAction action, const Called& called) const;

  ApiShop& shop_;
  LocalCart cart_;
  std::int64_t step_ = 0;
  SimTime now_;
  std::optional<retail::Refusal> refused_;  // of a checkout that may have been done before
  PlaceTexts texts_;
  ApiRequest request_;
  std::vector<PlaceLine> lines_;
  std::vector<std::string> line_texts_;
  // Of this trip's wallet: what the service calls each coupon. Read anew each time it is looked at.
  std::vector<std::pair<UserCouponId, std::string>> coupon_names_;
  std::vector<retail::HeldElsewhereRecord> held_;  // the same, of a service that is not footfall's
};

}  // namespace footfall::commerce
