// Goal: carts and wallets answer as store/shop.hpp says, on every database alike. Method: each call
// with what it takes and what it refuses.
#include "tests/store/contract_world.hpp"

namespace footfall::store {
namespace {

using retail::CartLine;

class CartContract : public OnEach {
 protected:
  CartAnswer add(const CartCall& call, const std::vector<CartLine>& lines) {
    return world().ask(world().shop().add(call, lines));
  }
  CartAnswer change(const CartCall& call, const CartChange& what) {
    return world().ask(world().shop().change(call, what));
  }
  CartAnswer set(const CartCall& call, const std::vector<CartLine>& lines) {
    CartChange what;
    what.set = lines;
    return change(call, what);
  }
  CartView cart(const CartCall& call) { return world().ask(world().shop().cart(call)); }
  int qty(const CartView& view, int product) {
    for (const CartLine& line : view.lines) {
      if (line.product == product) return line.qty;
    }
    return 0;
  }
};

TEST_P(CartContract, AddOpensACartAndAccumulates) {
  World& w = make();
  EXPECT_FALSE(cart(w.call(0)).cart);
  const CartAnswer first = add(w.call(0), {w.line(3, 2), w.line(1, 1)});
  EXPECT_EQ(first.status, CartStatus::done);
  EXPECT_TRUE(first.cart);
  EXPECT_EQ(first.version, 1);
  EXPECT_EQ(first.lines, 2);
  CartLine dearer = w.line(3, 5);
  dearer.unit_price = Money{777};
  const CartAnswer second = add(w.call(0), {dearer});
  EXPECT_EQ(second.cart, first.cart);
  EXPECT_EQ(second.version, 2);
  EXPECT_EQ(second.lines, 2);
  const CartView view = cart(w.call(0));
  EXPECT_EQ(view.cart, first.cart);
  EXPECT_EQ(view.version, 2);
  ASSERT_EQ(view.lines.size(), 2u);
  EXPECT_EQ(view.lines[0].product, 1);  // by product id
  EXPECT_EQ(view.lines[1].qty, 7);
  EXPECT_EQ(view.lines[1].unit_price.minor, 777);  // as last seen
  EXPECT_EQ(view.lines[1].category, w.line(3, 1).category);
  // Others, and other stores, have carts of their own.
  CartCall elsewhere = w.call(0);
  elsewhere.store = World::kOtherStore;
  EXPECT_FALSE(cart(elsewhere).cart);
  EXPECT_NE(add(elsewhere, {w.line(1, 1)}).cart, first.cart);
  EXPECT_FALSE(cart(w.call(1)).cart);
}

TEST_P(CartContract, AGivenNumberIsTheCarts) {
  World& w = make();
  CartCall call = w.call(0);
  call.cart = CartId{900'000'000'000'000};
  call.session = SessionId{call.cart.value};
  EXPECT_EQ(add(call, {w.line(0, 1)}).cart, call.cart);
  EXPECT_EQ(cart(w.call(0)).cart, call.cart);
  EXPECT_EQ(cart(call).version, 1);
  EXPECT_EQ(add(w.call(0), {w.line(0, 1)}).version, 2);
  // Another number while this one is open.
  CartCall other = call;
  other.cart = CartId{call.cart.value + 10};
  EXPECT_EQ(add(other, {w.line(0, 1)}).status, CartStatus::other_cart_open);
  // Somebody else's number.
  CartCall foreign = w.call(1);
  foreign.cart = call.cart;
  EXPECT_EQ(add(foreign, {w.line(0, 1)}).status, CartStatus::not_open);
  EXPECT_EQ(set(foreign, {w.line(0, 0)}).status, CartStatus::not_open);
  EXPECT_FALSE(cart(foreign).cart);
  EXPECT_EQ(qty(cart(call), 0), 2);
}

TEST_P(CartContract, AStepIsDoneOnce) {  // invariant 28
  World& w = make();
  CartCall call = w.call(0);
  call.step = 3;
  const CartAnswer first = add(call, {w.line(0, 2), w.line(1, 1)});
  const CartAnswer again = add(call, {w.line(0, 2), w.line(1, 1)});
  EXPECT_EQ(again.status, CartStatus::done_before);
  EXPECT_TRUE(again.ok());
  EXPECT_EQ(again.cart, first.cart);
  EXPECT_EQ(again.version, 1);
  EXPECT_EQ(again.lines, 2);
  call.step = 2;
  EXPECT_EQ(set(call, {w.line(0, 9)}).status, CartStatus::done_before);
  call.step = 4;
  EXPECT_EQ(set(call, {w.line(0, 9)}).status, CartStatus::done);
  EXPECT_EQ(set(call, {w.line(0, 8)}).status, CartStatus::done_before);
  EXPECT_EQ(qty(cart(w.call(0)), 0), 9);
  // Without a step each call counts.
  EXPECT_EQ(add(w.call(0), {w.line(0, 1)}).status, CartStatus::done);
  EXPECT_EQ(qty(cart(w.call(0)), 0), 10);
  // Also once the cart is closed.
  CartChange leave;
  leave.abandon = true;
  call.step = 5;
  call.cart = first.cart;
  EXPECT_EQ(change(call, leave).status, CartStatus::done);
  EXPECT_EQ(change(call, leave).status, CartStatus::done_before);
  EXPECT_EQ(add(call, {w.line(0, 1)}).status, CartStatus::done_before);
}

TEST_P(CartContract, AnotherVersionIsAConflict) {
  World& w = make();
  CartCall call = w.call(0);
  call.version = 1;
  EXPECT_EQ(add(call, {w.line(0, 1)}).status, CartStatus::not_open);  // there is none
  EXPECT_EQ(set(call, {w.line(0, 1)}).status, CartStatus::not_open);
  add(w.call(0), {w.line(0, 1)});
  EXPECT_EQ(add(call, {w.line(0, 1)}).version, 2);
  const CartAnswer stale = add(call, {w.line(0, 1)});
  EXPECT_EQ(stale.status, CartStatus::version_conflict);
  EXPECT_EQ(stale.version, 2);
  EXPECT_EQ(set(call, {w.line(0, 5)}).status, CartStatus::version_conflict);
  call.version = 2;
  EXPECT_EQ(set(call, {w.line(0, 5)}).version, 3);
  EXPECT_EQ(qty(cart(w.call(0)), 0), 5);
}

TEST_P(CartContract, AClosedCartTakesNothing) {  // invariant 24
  World& w = make();
  CartCall call = w.call(0);
  call.cart = add(call, {w.line(0, 1)}).cart;
  CartChange leave;
  leave.abandon = true;
  EXPECT_EQ(change(w.call(0), leave).status, CartStatus::done);
  EXPECT_FALSE(cart(w.call(0)).cart);
  EXPECT_FALSE(cart(call).cart);
  const CartAnswer late = add(call, {w.line(0, 1)});
  EXPECT_EQ(late.status, CartStatus::not_open);
  EXPECT_EQ(late.cart, call.cart);
  EXPECT_EQ(late.version, 2);
  EXPECT_EQ(set(call, {w.line(0, 2)}).status, CartStatus::not_open);
  EXPECT_EQ(change(w.call(0), leave).status, CartStatus::not_open);
  // Another one may be opened.
  EXPECT_NE(add(w.call(0), {w.line(0, 4)}).cart, call.cart);
  EXPECT_EQ(w.number("SELECT CAST(sum(qty) AS BIGINT) AS n FROM cart_items"), 5);
}

TEST_P(CartContract, ACartHoldsSoManyLinesAndUnits) {
  World& w = make();
  std::vector<CartLine> lines;
  for (int i = 0; i < retail::kCartLinesMax; ++i) lines.push_back(w.line(i, 1));
  const CartAnswer full = add(w.call(0), lines);
  EXPECT_EQ(full.lines, retail::kCartLinesMax);
  EXPECT_EQ(add(w.call(0), {w.line(0, 1)}).lines, retail::kCartLinesMax);
  const CartAnswer more = add(w.call(0), {w.line(130, 1)});
  EXPECT_EQ(more.status, CartStatus::too_many_lines);
  EXPECT_FALSE(more.ok());
  EXPECT_EQ(set(w.call(0), {w.line(130, 1)}).status, CartStatus::too_many_lines);
  EXPECT_EQ(set(w.call(0), {w.line(130, 1), w.line(5, 0)}).lines, retail::kCartLinesMax);
  // 999 of one product, also bit by bit and in one call.
  EXPECT_EQ(add(w.call(1), {w.line(0, 999)}).status, CartStatus::done);
  EXPECT_EQ(add(w.call(1), {w.line(0, 1)}).status, CartStatus::bad_quantity);
  EXPECT_EQ(add(w.call(1), {w.line(1, 500), w.line(1, 500)}).status, CartStatus::bad_quantity);
  EXPECT_EQ(add(w.call(2), {w.line(0, 1000)}).status, CartStatus::bad_quantity);
  EXPECT_EQ(set(w.call(1), {w.line(0, 1000)}).status, CartStatus::bad_quantity);
  for (const int none : {0, -1, INT32_MIN}) {
    EXPECT_EQ(add(w.call(1), {w.line(0, none)}).status, CartStatus::bad_quantity);
  }
  EXPECT_EQ(set(w.call(1), {w.line(0, -1)}).status, CartStatus::bad_quantity);
  EXPECT_EQ(add(w.call(2), {w.line(0, INT32_MAX), w.line(0, INT32_MAX)}).status,
            CartStatus::bad_quantity);
  const std::vector<UserCouponId> coupons(retail::kCartCouponsMax + 1, UserCouponId{1});
  CartChange wish;
  wish.coupons = coupons;
  EXPECT_EQ(change(w.call(1), wish).status, CartStatus::too_many_coupons);
  // What was refused left nothing behind.
  EXPECT_FALSE(cart(w.call(2)).cart);
  EXPECT_EQ(cart(w.call(1)).version, 1);
  EXPECT_EQ(cart(w.call(1)).lines.size(), 1u);
  EXPECT_EQ(cart(w.call(0)).version, 3);
}

TEST_P(CartContract, AProductNamedTwiceIsOneLine) {
  World& w = make();
  EXPECT_EQ(add(w.call(0), {w.line(2, 3), w.line(1, 1), w.line(2, 4)}).lines, 2);
  EXPECT_EQ(qty(cart(w.call(0)), 2), 7);
  // Of changes the last counts.
  EXPECT_EQ(set(w.call(0), {w.line(2, 5), w.line(2, 6), w.line(1, 3), w.line(1, 0)}).lines, 1);
  EXPECT_EQ(qty(cart(w.call(0)), 2), 6);
  EXPECT_EQ(set(w.call(0), {w.line(2, 0), w.line(2, 8)}).lines, 1);
  EXPECT_EQ(qty(cart(w.call(0)), 2), 8);
}

TEST_P(CartContract, ChangesSetAndTakeOut) {
  World& w = make();
  EXPECT_EQ(set(w.call(0), {w.line(0, 1)}).status, CartStatus::not_open);  // opens none
  add(w.call(0), {w.line(0, 1), w.line(1, 1)});
  const CartAnswer changed = set(w.call(0), {w.line(1, 4), w.line(2, 2), w.line(0, 0)});
  EXPECT_EQ(changed.version, 2);
  EXPECT_EQ(changed.lines, 2);
  const CartView view = cart(w.call(0));
  EXPECT_EQ(qty(view, 0), 0);
  EXPECT_EQ(qty(view, 1), 4);
  EXPECT_EQ(qty(view, 2), 2);
  EXPECT_EQ(set(w.call(0), {w.line(1, 0), w.line(2, 0), w.line(9, 0)}).lines, 0);
  EXPECT_TRUE(cart(w.call(0)).cart);  // empty, and open
}

TEST_P(CartContract, CouponsAreKeptAsAskedFor) {
  World& w = make();
  add(w.call(0), {w.line(0, 1)});
  const UserCouponId two[] = {UserCouponId{7}, UserCouponId{5}};
  CartChange what;
  what.coupons = two;
  EXPECT_EQ(change(w.call(0), what).version, 2);
  EXPECT_EQ(cart(w.call(0)).coupons, (std::vector<UserCouponId>{{5}, {7}}));
  EXPECT_EQ(set(w.call(0), {w.line(0, 2)}).status, CartStatus::done);  // leaves them
  EXPECT_EQ(cart(w.call(0)).coupons.size(), 2u);
  const UserCouponId one[] = {UserCouponId{7}, UserCouponId{7}};
  what.coupons = one;
  change(w.call(0), what);
  EXPECT_EQ(cart(w.call(0)).coupons, (std::vector<UserCouponId>{{7}}));
  what.coupons = std::span<const UserCouponId>();
  change(w.call(0), what);
  EXPECT_TRUE(cart(w.call(0)).coupons.empty());
}

TEST_P(CartContract, AWalletShowsWhatIsGoodFromItsFirstToItsLastMoment) {  // invariants 8, 10
  World& w = make();
  const auto dealt = w.deal({{0, {"F_10%", "C0_20%", "G1"}}, {1, {"G2"}}});
  const auto wallet = [&](int who, SimTime at) { return w.ask(w.shop().wallet(w.user(who), at)); };
  const SimTime end = w.now + kDay * 14;
  EXPECT_TRUE(wallet(0, w.now - SimDuration{1}).empty());
  const std::vector<WalletRow> rows = wallet(0, w.now);
  ASSERT_EQ(rows.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(rows[i].id, dealt.at(0)[i]);  // by id, and as dealt
    EXPECT_EQ(rows[i].assigned, w.now);
    EXPECT_EQ(rows[i].expires, end);
  }
  EXPECT_EQ(w.catalogue.coupons[rows[1].coupon].code, "C0_20%");
  EXPECT_EQ(wallet(0, end - SimDuration{1}).size(), 3u);
  EXPECT_TRUE(wallet(0, end).empty());
  EXPECT_EQ(wallet(1, w.now).size(), 1u);  // invariant 15
  EXPECT_TRUE(wallet(2, w.now).empty());
  // The sweep changes nothing that was to be seen (invariant 9).
  EXPECT_EQ(w.ask(w.offers().expire(end - SimDuration{1})), 0);
  EXPECT_EQ(wallet(0, end - SimDuration{1}).size(), 3u);
  EXPECT_EQ(w.ask(w.offers().expire(end)), 4);
  EXPECT_EQ(w.ask(w.offers().expire(end)), 0);
}

FOOTFALL_ON_EACH(CartContract);

}  // namespace
}  // namespace footfall::store
