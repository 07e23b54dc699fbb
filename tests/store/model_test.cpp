// Goal: under everything at once, for long, every rule of the shop holds (invariants 1-30 as far as
// rows tell). Method: random operations of a few dozen shoppers, 50 under way at a time, with a
// printed seed; what was answered is remembered, and compared with the rows at the end.
// FOOTFALL_LONG=1: a million operations; FOOTFALL_SEED: that seed.
#include <fmt/format.h>

#include <cstdlib>

#include "base/random.hpp"
#include "tests/store/contract_world.hpp"

namespace footfall::store {
namespace {

using retail::CartLine;

constexpr int kUnderWay = 50;
constexpr int kShoppers = 30;

struct Order {
  OrderId id;
  Money total, refunded;
  bool cancelled = false;
};

struct Key {
  std::string key, answer;
};

struct Shopper {
  std::vector<UserCouponId> seen;  // coupons that were in the wallet at some time
  std::vector<Order> orders;
  std::vector<Key> checkout_keys, return_keys;
  int keys = 0;
};

// Shared by all hands, which are on one thread.
struct Model {
  World& w;
  std::uint32_t seed;
  int left;
  std::vector<Shopper> shoppers{static_cast<std::size_t>(kShoppers)};
  int placed = 0, refused = 0, replayed = 0, returned = 0, refreshed = 0, expired = 0;
  bool opening = false;  // somebody opens an offer cycle
};

class Hand {
 public:
  Hand(Model& model, int number)
      : m_(model), random_(model.seed, static_cast<std::uint32_t>(number), 0, Purpose::trip) {}

  Task<void> go() {
    while (m_.left-- > 0) {
      const auto what = pick(1000);
      who_ = static_cast<int>(pick(kShoppers));
      call_ = m_.w.call(who_);
      if (pick(4) == 0) call_.store = World::kOtherStore;
      if (what < 330) {
        co_await add();
      } else if (what < 450) {
        co_await change();
      } else if (what < 570) {
        co_await look();
      } else if (what < 870) {
        co_await check_out();
      } else if (what < 950) {
        co_await give_back();
      } else if (what < 985) {
        co_await refresh();
      } else if (what < 990) {
        co_await allot();
      } else if (what < 995) {
        m_.expired += static_cast<int>(co_await m_.w.offers().expire(m_.w.now));
      } else {
        co_await move_on();
      }
    }
  }

 private:
  std::uint32_t pick(std::uint64_t n) { return random_.below(n); }
  bool often() { return pick(4) > 0; }
  Shopper& shopper() { return m_.shoppers[static_cast<std::size_t>(who_)]; }

  std::vector<CartLine> lines(int qty_from) {
    std::vector<CartLine> out;
    for (auto n = 1 + pick(3); n > 0; --n) {
      const int product = often() ? static_cast<int>(pick(8)) * 20 : static_cast<int>(pick(160));
      out.push_back(m_.w.line(product, qty_from + static_cast<int>(pick(4))));
    }
    return out;
  }

  // Some of the shopper's own, now and then somebody else's or one that never was.
  std::vector<UserCouponId> coupons() {
    std::vector<UserCouponId> out;
    const Shopper& owner =
        pick(20) == 0 ? m_.shoppers[pick(static_cast<std::uint64_t>(kShoppers))] : shopper();
    for (auto n = pick(5); n > 0 && !owner.seen.empty(); --n) {
      // The latest are mostly still good.
      const auto span = std::min<std::size_t>(owner.seen.size(), often() ? 20 : 10'000);
      out.push_back(owner.seen[owner.seen.size() - 1 - pick(span)]);
    }
    if (pick(50) == 0) out.push_back(UserCouponId{1 + pick(1000)});
    return out;
  }

  Task<void> add() {
    const std::vector<CartLine> what = lines(1);
    if (pick(10) == 0) call_.version = 1 + pick(6);
    const CartAnswer answer = co_await m_.w.shop().add(call_, what);
    const bool fits = call_.version || answer.status == CartStatus::done ||
                      answer.status == CartStatus::bad_quantity;
    EXPECT_TRUE(fits) << to_string(answer.status);
  }

  Task<void> change() {
    const std::vector<CartLine> set = lines(0);
    const std::vector<UserCouponId> wanted = coupons();
    CartChange what;
    if (often()) what.set = set;
    if (often()) what.coupons = wanted;
    what.abandon = pick(20) == 0;
    co_await m_.w.shop().change(call_, what);
  }

  Task<void> look() {
    const SimTime at = call_.at;
    const CartView view = co_await m_.w.shop().cart(call_);
    for (const CartLine& line : view.lines) EXPECT_TRUE(line.qty >= 1 && line.qty <= 999);
    const int who = who_;
    const std::vector<WalletRow> rows = co_await m_.w.shop().wallet(call_.user, at);
    EXPECT_LE(rows.size(), 32u);
    Shopper& owner = m_.shoppers[static_cast<std::size_t>(who)];
    for (const WalletRow& row : rows) {
      EXPECT_TRUE(row.assigned <= at && at < row.expires);
      const bool known =
          std::find(owner.seen.begin(), owner.seen.end(), row.id) != owner.seen.end();
      if (!known) owner.seen.push_back(row.id);
    }
  }

  Task<void> check_out() {
    Shopper& owner = shopper();
    CheckoutRequest request = m_.w.checkout(who_);
    request.call = call_;
    const std::vector<UserCouponId> wanted = coupons();
    if (often()) request.coupons = wanted;
    request.policy = often() ? CouponPolicy::partial : CouponPolicy::all;
    const auto kind = pick(20);
    std::string before;
    if (kind < 3 && !owner.checkout_keys.empty()) {
      const Key& old = owner.checkout_keys[pick(owner.checkout_keys.size())];
      request.key = old.key;
      before = old.answer;
      if (kind == 0) request.hash = "another";
    } else if (kind < 18) {
      request.key = fmt::format("key {}", ++owner.keys);
    }
    const CheckoutAnswer answer = co_await m_.w.shop().check_out(request);
    std::vector<CartLine> out;  // what there is not enough of
    for (const ShortLine& line : answer.short_of) {
      out.push_back(m_.w.line(static_cast<int>(line.product.value) - 1, 0));
    }
    CartChange leave;
    leave.set = out;
    if (!out.empty()) co_await m_.w.shop().change(call_, leave);
    if (!before.empty()) {
      if (kind == 0) {
        EXPECT_EQ(answer.status, CheckoutStatus::key_reused);
      } else {
        EXPECT_TRUE(answer.replayed);
        EXPECT_EQ(answer_json(answer), before);
      }
      ++m_.replayed;
      co_return;
    }
    EXPECT_FALSE(answer.replayed);
    EXPECT_NE(answer.status, CheckoutStatus::key_reused);
    const bool kept = answer.status != CheckoutStatus::not_open &&
                      answer.status != CheckoutStatus::version_conflict;
    if (kept && !request.key.empty()) {
      owner.checkout_keys.push_back({request.key, answer_json(answer)});
    }
    if (answer.status == CheckoutStatus::placed) {
      owner.orders.push_back({answer.order, answer.total, {}, false});
      ++m_.placed;
    } else {
      ++m_.refused;
    }
  }

  Task<void> give_back() {
    Shopper& owner = shopper();
    if (owner.orders.empty()) co_return;
    const std::size_t which = pick(owner.orders.size());
    ReturnRequest request;
    request.user = call_.user;
    request.order = owner.orders[which].id;
    request.at = call_.at;
    request.hash = "r";
    request.coupons_back = often();
    if (pick(2) == 0) {
      for (auto n = 1 + pick(2); n > 0; --n) {
        request.lines.push_back({1 + static_cast<int>(pick(3)), 1 + pick(2)});
      }
    }
    std::string before;
    if (pick(5) == 0 && !owner.return_keys.empty()) {
      const Key& old = owner.return_keys[pick(owner.return_keys.size())];
      request.key = old.key;
      before = old.answer;
    } else if (often()) {
      request.key = fmt::format("return {}", ++owner.keys);
    }
    const ReturnAnswer answer = co_await m_.w.shop().give_back(request);
    if (!before.empty()) {
      EXPECT_TRUE(answer.replayed);
      EXPECT_EQ(answer_json(answer), before);
      ++m_.replayed;
      co_return;
    }
    if (answer.status != ReturnStatus::done) co_return;
    if (!request.key.empty()) owner.return_keys.push_back({request.key, answer_json(answer)});
    owner.orders[which].refunded += answer.refunded;
    ++m_.returned;
  }

  Task<void> refresh() {
    const std::int64_t cycle = m_.w.offer_cycle;
    const SimTime at = m_.w.now;
    const World& w = m_.w;
    const std::uint32_t seed = m_.seed;
    const Refill refill = [&w, cycle, at, seed](std::span<const ClaimedWallet> wallets) {
      std::vector<RefilledWallet> out;
      for (const ClaimedWallet& wallet : wallets) {
        RandomStream random(seed, static_cast<std::uint32_t>(wallet.user.value),
                            static_cast<std::uint32_t>(cycle), Purpose::assignment);
        std::vector<CouponId> coupons;
        for (int i = 0; i < 20; ++i) {
          const auto& coupon = w.catalogue.coupons[random.below(w.catalogue.coupons.size())];
          if (coupon.max_issuance == retail::kUnlimited) coupons.push_back(coupon.id);
        }
        out.push_back(w.refilled(cycle, at, wallet, coupons));
      }
      return out;
    };
    const UserId only = pick(3) == 0 ? call_.user : UserId{};
    const int most = 1 + static_cast<int>(pick(5));
    m_.refreshed += co_await m_.w.offers().refresh(cycle, at, most, only, pick(2) == 0, refill);
  }

  Task<void> allot() {
    const CouponId capped = m_.w.catalogue.coupons[m_.w.coupon("C3_ISSUE")].id;
    const Allot decide = [capped](std::span<const ClaimedWallet> wallets,
                                  std::span<const IssuedCount> issued) {
      std::vector<Allotted> out;
      for (const IssuedCount& row : issued) {
        if (row.coupon != capped) continue;
        for (std::int64_t i = 0; i < 4 - row.issued && i < std::ssize(wallets); ++i) {
          out.push_back({wallets[static_cast<std::size_t>(i)].user, {capped, 0.5}});
        }
      }
      return out;
    };
    co_await m_.w.offers().allot(m_.w.offer_cycle, m_.w.now, decide);
  }

  Task<void> move_on() {
    World& w = m_.w;
    w.now = w.now + kMinute * (1 + pick(24 * 60));
    const SimTime to = w.now;
    co_await w.offers().advance(to);
    if (m_.opening || w.now < w.start + kWeek * (w.offer_cycle + 1)) co_return;
    m_.opening = true;
    std::vector<DueRefresh> due;
    for (int i = 0; i < kPeople; ++i) due.push_back({w.user(i), w.now + kHour * pick(100)});
    const OfferCycleOpening opening = w.opening(w.offer_cycle + 1);
    const bool opened = co_await w.offers().open_cycle(opening, due);
    EXPECT_TRUE(opened);
    ++w.offer_cycle;
    m_.opening = false;
  }

  Model& m_;
  RandomStream random_;
  int who_ = 0;
  CartCall call_;
};

class ModelTest : public OnEach {};

TEST_P(ModelTest, EverythingAtOnceBreaksNoRule) {  // invariants 1-30
  WorldOptions options;
  options.stock = {{0, 3000}, {20, 500}, {40, 20}, {60, 0}, {80, 100'000}};
  World& w = make(options);
  w.open_cycle();
  const bool is_long = std::getenv("FOOTFALL_LONG") != nullptr;
  const char* given = std::getenv("FOOTFALL_SEED");
  const auto seed =
      given ? static_cast<std::uint32_t>(std::atoi(given))
            : static_cast<std::uint32_t>(testing::UnitTest::GetInstance()->random_seed() + 1);
  Model model{w, seed, is_long ? 333'334 : 16'667};
  std::vector<Hand> hands;
  std::vector<Task<void>> tasks;
  for (int i = 0; i < kUnderWay; ++i) hands.emplace_back(model, i);
  for (Hand& hand : hands) tasks.push_back(hand.go());
  SCOPED_TRACE(fmt::format("FOOTFALL_SEED={}", seed));
  w.all(std::move(tasks));
  EXPECT_EQ(w.violations(), "");
  // What was answered is there, and nothing else.
  std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> rows;
  for (const auto& row : w.query("SELECT id, total_minor, refunded_minor FROM orders").rows) {
    rows[std::get<std::int64_t>(row[0])] = {std::get<std::int64_t>(row[1]),
                                            std::get<std::int64_t>(row[2])};
  }
  std::size_t orders = 0, keys = 0;
  for (const Shopper& shopper : model.shoppers) {
    orders += shopper.orders.size();
    keys += shopper.checkout_keys.size() + shopper.return_keys.size();
    for (const Order& order : shopper.orders) {
      EXPECT_EQ(rows[order.id.value], std::pair(order.total.minor, order.refunded.minor));
    }
  }
  EXPECT_EQ(rows.size(), orders);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM idempotency_keys"),
            static_cast<std::int64_t>(keys));
  const LiveCounts counts = w.counts();
  fmt::print(
      "seed {}: {} placed, {} refused, {} replayed, {} returned, {} refreshed, {} expired; {} "
      "transactions, {} retries, {} lost\n",
      seed, model.placed, model.refused, model.replayed, model.returned, model.refreshed,
      model.expired, counts.transactions, counts.retries, counts.lost);
  EXPECT_GT(model.placed, 1000);
  EXPECT_GT(model.returned, 50);
  EXPECT_GT(model.replayed, 100);
  EXPECT_GT(model.refreshed, 50);
  EXPECT_LT(counts.retries, counts.transactions / 20);  // invariant 30
  EXPECT_EQ(counts.lost, 0);
}

FOOTFALL_ON_EACH(ModelTest);

}  // namespace
}  // namespace footfall::store
