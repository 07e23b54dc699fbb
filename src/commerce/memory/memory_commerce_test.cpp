// Goal: the world in memory shows, accepts and redeems coupons by the rules of wallet and pricing:
// only good ones, each once, at the price of price_cart. Method: small carts and wallets, with each
// refusal provoked; random wallets against price_cart and saving_alone.
#include "commerce/memory/memory_commerce.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "base/random.hpp"

namespace footfall::commerce {
namespace {

using retail::CartLine;
using retail::Coupon;
using retail::CouponKind;
using retail::Refusal;
using shopper::Action;
using shopper::ActionKind;
using shopper::Outcome;

constexpr RunId kRun{3};
constexpr AgentId kAgent{42};
constexpr std::int64_t kOfferCycle = 2;

// Two categories of six products, two brands; each product costs 10.00.
class MemoryCommerceTest : public testing::Test {
 protected:
  MemoryCommerceTest() {
    shop_.categories = {"food", "drink"};
    shop_.brands = {"alder", "birch"};
    for (std::uint16_t i = 0; i < 12; ++i) {
      shop_.products.push_back({ProductId{i + 1}, "", "", static_cast<std::uint16_t>(i / 6),
                                static_cast<std::uint16_t>(i % 2), Money{1'000}, 1});
    }
    shelf_ = retail::make_shelf(shop_, 1, kOfferCycle, {.share = 0}, ListingId{100});
  }

  // The world, made when it is first needed: it takes the catalogue as it is by then.
  MemoryCommerce& world() {
    if (!world_) fresh_world();
    return *world_;
  }
  void fresh_world() {
    world_ = std::make_unique<MemoryCommerce>(shop_, rules_, kRun);
    world_->enter(kAgent, shelf_, wallet_);
  }

  // A coupon of 10 % unless changed, assigned to `slot` at `assigned`.
  Coupon& give(int slot, CouponKind kind, std::uint16_t scope = 0, SimTime assigned = kAssigned) {
    const auto index = static_cast<std::uint16_t>(shop_.coupons.size());
    Coupon& coupon = shop_.coupons.emplace_back();
    coupon.kind = kind, coupon.scope = scope, coupon.percent_bps = 1'000;
    wallet_.assign(slot, index, kOfferCycle, assigned, 1, changes_);
    return coupon;
  }
  static void set_amount(Coupon& coupon, std::int64_t amount) {
    coupon.percent_bps = 0, coupon.amount = {amount};
  }
  static UserCouponId id(int slot) {
    return retail::user_coupon_id(kRun, kOfferCycle, kAgent, slot);
  }
  CartLine line(std::uint16_t product, int qty = 1, std::int64_t price = 1'000) const {
    const retail::Product& p = shop_.products[product];
    return {product, p.category, p.brand, qty, Money{price}};
  }

  Outcome act(ActionKind kind, SimTime at = kNow) {
    Action action;
    action.kind = kind, action.at = at;
    return world().perform(action);
  }
  Outcome add(std::vector<CartLine> lines) {
    Action action;
    action.kind = ActionKind::add_to_cart, action.at = kNow, action.lines = lines;
    return world().perform(action);
  }
  std::vector<Refusal> apply(std::vector<UserCouponId> coupons, SimTime at = kNow) {
    Action action;
    action.kind = ActionKind::apply_coupons, action.at = at, action.coupons = coupons;
    const Outcome outcome = world().perform(action);
    EXPECT_TRUE(outcome.ok);
    total_ = outcome.total;
    return {outcome.refusals.begin(), outcome.refusals.end()};
  }
  std::vector<UserCouponId> shown(SimTime at = kNow) {
    std::vector<UserCouponId> ids;
    for (const auto& coupon : act(ActionKind::view_coupons, at).wallet) ids.push_back(coupon.id);
    return ids;
  }
  std::vector<int> redeemed() {  // slots
    std::vector<int> slots;
    for (const offers::Ended& ended : world().changes().ended) {
      EXPECT_EQ(ended.how, retail::CouponEnd::redeemed);
      slots.push_back(ended.slot);
    }
    return slots;
  }

  static constexpr SimTime kAssigned{kDay.us * 20'458 + 6 * kHour.us};
  static constexpr SimTime kNow = kAssigned + kDay * 3 + kHour * 2;

  retail::Catalogue shop_;
  offers::Rules rules_;
  offers::Wallet wallet_;
  offers::Changes changes_;
  retail::Shelf shelf_;
  std::unique_ptr<MemoryCommerce> world_;
  Money total_;
};

using Slots = std::vector<int>;
using Refusals = std::vector<Refusal>;

TEST_F(MemoryCommerceTest, BrowsingAnswersOneListingACategoryInOrder) {
  const std::vector<std::uint16_t> categories = {1, 0};
  Action action;
  action.kind = ActionKind::browse_products, action.at = kNow, action.categories = categories;
  const Outcome outcome = world().perform(action);
  ASSERT_EQ(outcome.listings.size(), 2U);
  EXPECT_EQ(outcome.listings[0], &shelf_.listings[1]);
  EXPECT_EQ(outcome.listings[1], &shelf_.listings[0]);
}

TEST_F(MemoryCommerceTest, WalletShowsOnlyWhatSavesSomethingBestFirst) {
  give(0, CouponKind::frontstore);                            // 3.00
  give(1, CouponKind::frontstore).min_spend = {3'001};        // spend is 30.00
  set_amount(give(2, CouponKind::category, 0), 500);          // 5.00
  give(3, CouponKind::category, 1);                           // nothing of it in the cart
  give(5, CouponKind::brand, 0).min_qty = 3;                  // two units in scope
  give(6, CouponKind::brand, 1);                              // 1.00
  give(7, CouponKind::brand, 0, kNow + kHour);                // not yet given
  give(9, CouponKind::brand, 0, kNow - rules_.life - kHour);  // over
  set_amount(give(12, CouponKind::category, 0), 300);         // 3.00, a tie
  give(13, CouponKind::category, 64);  // shares its scope's bit with category 0, is another
  add({line(0, 2), line(1)});
  EXPECT_EQ(shown(), (std::vector{id(2), id(0), id(12), id(6)}));
  const Outcome outcome = act(ActionKind::view_coupons);
  EXPECT_EQ(outcome.wallet[0].saving, Money{500});
  EXPECT_EQ(outcome.wallet[1].saving, Money{300});
  EXPECT_EQ(outcome.wallet[3].saving, Money{100});
}

TEST_F(MemoryCommerceTest, WalletCountsDaysLeftUpAndAgeDown) {
  give(0, CouponKind::frontstore);
  add({line(0)});
  const auto days = [&](SimTime at) {
    const Outcome outcome = act(ActionKind::view_coupons, at);
    return std::pair(outcome.wallet[0].days_left, outcome.wallet[0].age_days);
  };
  EXPECT_EQ(days(kAssigned), std::pair(14, 0));
  EXPECT_EQ(days(kAssigned + SimDuration{1}), std::pair(14, 0));
  EXPECT_EQ(days(kAssigned + kDay), std::pair(13, 1));
  EXPECT_EQ(days(kNow), std::pair(11, 3));
  EXPECT_EQ(days(kAssigned + rules_.life - SimDuration{1}), std::pair(1, 13));
}

TEST_F(MemoryCommerceTest, ACouponIsOverAtItsExpiry) {
  give(0, CouponKind::frontstore);
  add({line(0)});
  const SimTime expiry = kAssigned + rules_.life, just_before = expiry - SimDuration{1};
  EXPECT_EQ(shown(just_before).size(), 1U);
  EXPECT_EQ(shown(expiry).size(), 0U);
  EXPECT_EQ(apply({id(0)}, just_before), Refusals{Refusal::none});
  EXPECT_EQ(total_, Money{900});
  EXPECT_EQ(apply({id(0)}, expiry), Refusals{Refusal::expired});
  EXPECT_EQ(total_, Money{1'000});
  EXPECT_EQ(apply({id(0)}, kAssigned - SimDuration{1}), Refusals{Refusal::expired});
}

TEST_F(MemoryCommerceTest, CheckoutRefusesACouponThatExpiredInTheCart) {
  give(0, CouponKind::frontstore);
  add({line(0)});
  const SimTime expiry = kAssigned + rules_.life;
  apply({id(0)}, expiry - SimDuration{1});
  const Outcome outcome = act(ActionKind::complete_checkout, expiry);
  EXPECT_FALSE(outcome.ok);
  EXPECT_EQ(outcome.refusal, Refusal::expired);
  EXPECT_EQ(redeemed(), Slots{});
  EXPECT_FALSE(wallet_.slot(0).empty());
}

TEST_F(MemoryCommerceTest, ACheckoutThatWasDecidedElsewhereIsRefusedAndUsesNothing) {
  give(0, CouponKind::category);
  add({line(0)});
  apply({id(0)});
  world().refuse_checkout(Refusal::out_of_stock);
  const Outcome outcome = act(ActionKind::complete_checkout);
  EXPECT_FALSE(outcome.ok);
  EXPECT_EQ(outcome.refusal, Refusal::out_of_stock);
  EXPECT_TRUE(world().changes().ended.empty());
  EXPECT_FALSE(wallet_.slot(0).empty());
  // The next shopper is not refused.
  world().enter(kAgent, shelf_, wallet_);
  add({line(0)});
  EXPECT_TRUE(act(ActionKind::complete_checkout).ok);
}

TEST_F(MemoryCommerceTest, RefusesIdsThatAreNotTheShoppersOwn) {
  give(4, CouponKind::frontstore);
  add({line(0)});
  const std::vector<UserCouponId> strangers = {
      UserCouponId{},
      id(5),
      retail::user_coupon_id(kRun, kOfferCycle, AgentId{41}, 4),
      retail::user_coupon_id(kRun, kOfferCycle - 1, kAgent, 4),
      retail::user_coupon_id(RunId{4}, kOfferCycle, kAgent, 4),
      id(rules_.capacity),
      id(99)};
  EXPECT_EQ(apply(strangers), Refusals(strangers.size(), Refusal::not_owned));
  EXPECT_EQ(total_, Money{1'000});
  EXPECT_EQ(apply({id(5), id(4), id(99)}),
            (Refusals{Refusal::not_owned, Refusal::none, Refusal::not_owned}));
  EXPECT_EQ(total_, Money{900});
}

TEST_F(MemoryCommerceTest, AnAppliedCouponIsRedeemedExactlyOnce) {
  give(0, CouponKind::frontstore);
  give(1, CouponKind::category, 0);
  give(2, CouponKind::brand, 1);  // in the wallet, not applied
  add({line(0)});
  EXPECT_EQ(apply({id(1), id(0), id(1)}),
            (Refusals{Refusal::none, Refusal::none, Refusal::not_best}));
  EXPECT_EQ(total_, Money{810});                 // 10.00 less 10 %, less 10 % of the rest
  EXPECT_TRUE(world().changes().ended.empty());  // laid into the cart, not used
  const Outcome paid = act(ActionKind::complete_checkout);
  EXPECT_TRUE(paid.ok);
  EXPECT_EQ(paid.total, Money{810});
  Slots slots = redeemed();
  std::sort(slots.begin(), slots.end());
  EXPECT_EQ(slots, (Slots{0, 1}));
  for (const offers::Ended& ended : world().changes().ended) EXPECT_EQ(ended.at, kNow);
  EXPECT_TRUE(wallet_.slot(0).empty() && wallet_.slot(1).empty());
  EXPECT_FALSE(wallet_.slot(2).empty());
  world().enter(kAgent, shelf_, wallet_);
  add({line(0)});
  EXPECT_EQ(shown(), std::vector<UserCouponId>{});
  EXPECT_EQ(apply({id(0), id(1)}), (Refusals{Refusal::not_owned, Refusal::not_owned}));
  EXPECT_EQ(act(ActionKind::complete_checkout).total, Money{1'000});
  EXPECT_EQ(redeemed(), Slots{});
}

TEST_F(MemoryCommerceTest, ACouponThatLosesToABetterOneStaysInTheWallet) {
  set_amount(give(0, CouponKind::category, 0), 200);
  set_amount(give(1, CouponKind::brand, 0), 300);
  add({line(0)});
  EXPECT_EQ(apply({id(0), id(1)}), (Refusals{Refusal::not_best, Refusal::none}));
  EXPECT_EQ(total_, Money{700});
  ASSERT_EQ(world().coupons().size(), 1U);
  EXPECT_EQ(world().coupons()[0].wallet_id, id(1));
  EXPECT_EQ(act(ActionKind::complete_checkout).total, Money{700});
  EXPECT_EQ(redeemed(), Slots{1});
  EXPECT_FALSE(wallet_.slot(0).empty());
}

TEST_F(MemoryCommerceTest, CouponsThatDoNotFitAreRefusedWithTheReason) {
  give(0, CouponKind::category, 1);
  give(1, CouponKind::frontstore).min_spend = {1'001};
  give(2, CouponKind::brand, 0).min_qty = 2;
  add({line(0)});
  EXPECT_EQ(apply({id(0), id(1), id(2)}),
            (Refusals{Refusal::not_in_scope, Refusal::min_spend, Refusal::min_qty}));
  EXPECT_EQ(total_, Money{1'000});
  EXPECT_TRUE(world().coupons().empty());
}

// 2.00 off food wins product 0, the brand's 40 % wins product 6. Then an impulse item takes nearly
// all of the 2.00, so that the brand's coupon is better on every line: the other is kept, unused.
TEST_F(MemoryCommerceTest, ACouponThatAnImpulseItemMadeUselessIsKept) {
  set_amount(give(0, CouponKind::category, 0), 500);
  give(1, CouponKind::brand, 0).percent_bps = 4'000;
  add({line(0), line(6)});
  EXPECT_EQ(apply({id(0), id(1)}), (Refusals{Refusal::none, Refusal::none}));
  EXPECT_EQ(total_, Money{2'000 - 500 - 400});
  EXPECT_EQ(add({line(2, 1, 100'000)}).total, Money{102'000 - 40'800});
  EXPECT_EQ(act(ActionKind::complete_checkout).total, Money{102'000 - 40'800});
  EXPECT_EQ(redeemed(), Slots{1});
  EXPECT_FALSE(wallet_.slot(0).empty());
}

TEST_F(MemoryCommerceTest, AnAbandonedCartUsesNothingAndTheNextShopperStartsEmpty) {
  give(0, CouponKind::frontstore);
  add({line(0)});
  apply({id(0)});
  act(ActionKind::abandon_session);
  EXPECT_TRUE(world().changes().ended.empty());
  offers::Wallet empty;
  world().enter(AgentId{43}, shelf_, empty);
  EXPECT_TRUE(world().lines().empty() && world().coupons().empty());
  EXPECT_EQ(world().priced().total, Money{});
  EXPECT_EQ(shown(), std::vector<UserCouponId>{});
  EXPECT_EQ(add({line(1)}).total, Money{1'000});
  EXPECT_FALSE(wallet_.slot(0).empty());
}

Coupon any_coupon(RandomStream& random) {
  Coupon coupon;
  coupon.kind = static_cast<CouponKind>(random.below(3));
  coupon.scope = static_cast<std::uint16_t>(random.below(2));
  if (random.below(2)) {
    coupon.percent_bps = 500 * static_cast<int>(1 + random.below(10));
  } else {
    coupon.amount = {50 + random.below(500)};
  }
  if (random.below(4) == 0) coupon.min_spend = {random.below(6'000)};
  if (random.below(4) == 0) coupon.min_qty = static_cast<int>(random.below(5));
  if (random.below(4) == 0) coupon.max_discount = {1 + random.below(300)};
  return coupon;
}

// 2,000 random carts and wallets of 8: what is shown is what saving_alone says of every good
// coupon, totals are those of price_cart on the whole cart, before and after the impulse line.
TEST_F(MemoryCommerceTest, TotalsAndSavingsAreThoseOfThePricer) {
  for (int slot = 0; slot < 8; ++slot) give(slot, CouponKind::frontstore);
  const offers::Wallet full = wallet_;
  retail::PricedCart expected;
  for (std::uint32_t round = 0; round < 2'000; ++round) {
    RandomStream random(11, round, 0, Purpose::trip);
    for (Coupon& coupon : shop_.coupons) coupon = any_coupon(random);
    wallet_ = full;
    fresh_world();
    std::vector<CartLine> lines;
    for (std::uint16_t product = 0; product < 12; ++product) {
      if (random.below(3)) continue;
      const int qty = 1 + static_cast<int>(random.below(3));
      lines.push_back(line(product, qty, 100 + random.below(900)));
    }
    if (lines.empty()) continue;
    ASSERT_EQ(add(lines).total, world().priced().subtotal);
    std::size_t saving = 0;
    for (const Coupon& coupon : shop_.coupons) {
      Refusal why;
      saving += retail::saving_alone(coupon, lines, why) > Money{};
    }
    const std::vector<UserCouponId> ids = shown();
    ASSERT_EQ(ids.size(), saving) << round;
    std::vector<retail::CartCoupon> all;
    for (const UserCouponId coupon : ids) {
      all.push_back({coupon, static_cast<std::uint16_t>(retail::slot_of(coupon))});
    }
    retail::price_cart(shop_, lines, all, expected);
    ASSERT_EQ(apply(ids), expected.refusals) << round;
    ASSERT_EQ(total_, expected.total) << round;
    lines.push_back(line(11, 1, 5'000));
    add({lines.back()});
    retail::price_cart(shop_, lines, world().coupons(), expected);
    const Outcome paid = act(ActionKind::complete_checkout);
    ASSERT_EQ(paid.total, expected.total) << round;
    ASSERT_EQ(world().priced().total, expected.subtotal - expected.discount);
    const auto used = std::count(expected.refusals.begin(), expected.refusals.end(), Refusal::none);
    ASSERT_EQ(redeemed().size(), static_cast<std::size_t>(used));
    ASSERT_EQ(wallet_.active(0, 8), 8 - used);
  }
}

}  // namespace
}  // namespace footfall::commerce
