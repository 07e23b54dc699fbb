// Goal: the same requests get the same answers and leave the same rows, whatever the database.
// Method: a thousand random calls, one after the other, on each; transcripts and tables compared.
#include <fmt/format.h>

#include "base/random.hpp"
#include "retail/events.hpp"
#include "tests/store/contract_world.hpp"

namespace footfall::store {
namespace {

using retail::CartLine;

// Makes calls and writes down what was answered.
class Script {
 public:
  explicit Script(World& world) : w_(world), random_(7, 1, 0, Purpose::trip) {}

  std::string run() {
    for (int cycle = 0; cycle < 5; ++cycle) {
      w_.now = w_.start + kWeek * cycle;
      w_.open_cycle();
      refresh();
      for (int i = 0; i < 200; ++i) {
        w_.now = w_.now + kMinute * 30;
        one_call();
      }
      note("expired", std::to_string(w_.ask(w_.offers().expire(w_.now))));
      note("advanced", std::to_string(w_.ask(w_.offers().advance(w_.now))));
      trip(cycle);
    }
    return transcript_;
  }

 private:
  std::uint32_t pick(std::uint64_t n) { return random_.below(n); }
  void note(std::string_view what, std::string_view answer) {
    transcript_ += fmt::format("{}: {}\n", what, answer);
  }
  void note(const CartAnswer& answer) {
    note("cart", fmt::format("{} {} {} {}", to_string(answer.status), answer.cart.value,
                             answer.version, answer.lines));
  }

  void refresh() {
    const Refill refill = [&](std::span<const ClaimedWallet> wallets) {
      std::vector<RefilledWallet> out;
      for (const ClaimedWallet& wallet : wallets) {
        RandomStream random(3, static_cast<std::uint32_t>(wallet.user.value),
                            static_cast<std::uint32_t>(w_.offer_cycle), Purpose::assignment);
        std::vector<CouponId> coupons;
        for (int i = 0; i < 15; ++i) {
          const auto& coupon = w_.catalogue.coupons[random.below(w_.catalogue.coupons.size())];
          if (coupon.max_issuance == retail::kUnlimited) coupons.push_back(coupon.id);
        }
        out.push_back(w_.refilled(w_.offer_cycle, w_.now, wallet, coupons));
      }
      return out;
    };
    for (int done = 1; done > 0;) {
      done = w_.ask(w_.offers().refresh(w_.offer_cycle, w_.now, 17, {}, false, refill));
      note("refreshed", std::to_string(done));
    }
  }

  std::vector<CartLine> lines(int from) {
    std::vector<CartLine> out;
    for (auto n = 1 + pick(4); n > 0; --n) {
      const auto product = static_cast<int>(pick(2) ? pick(5) * 20 : pick(160));
      const int qty = pick(60) == 0 ? 998 : from + static_cast<int>(pick(6));
      out.push_back(w_.line(product, qty));
    }
    return out;
  }

  void one_call() {
    const int who = static_cast<int>(pick(6));
    CartCall call = w_.call(who);
    if (pick(4) > 0) call.cart = CartId{call.user.value * 1'000'000'000'000'000 + numbers_[who]};
    if (pick(12) == 0) call.version = 1 + pick(3);
    if (pick(3) == 0) call.step = pick(20);
    if (pick(30) == 0) call.cart.value += 5;
    const bool opens = call.cart || w_.ask(w_.shop().cart(call)).cart;
    std::vector<UserCouponId> wallet;
    for (const WalletRow& row : w_.ask(w_.shop().wallet(call.user, call.at))) {
      wallet.push_back(row.id);
      if (wallet.size() > pick(6)) break;
    }
    if (pick(5) == 0 && !used_.empty()) wallet.push_back(used_[pick(used_.size())]);
    note("wallet", std::to_string(wallet.size()));
    const auto what = pick(100);
    if (what < 40) {
      if (opens) note(w_.ask(w_.shop().add(call, lines(1))));
    } else if (what < 60) {
      const std::vector<CartLine> set = lines(0);
      CartChange change;
      change.set = set;
      std::vector<CartLine> none = w_.ask(w_.shop().cart(call)).lines;
      for (CartLine& line : none) line.qty = 0;
      if (pick(8) == 0) change.set = none;
      if (pick(2)) change.coupons = wallet;
      change.abandon = pick(15) == 0;
      note(w_.ask(w_.shop().change(call, change)));
      if (change.abandon) ++numbers_[who];
    } else if (what < 85) {
      check_out(who, call, wallet);
    } else {
      give_back(call);
    }
  }

  void check_out(int who, const CartCall& call, const std::vector<UserCouponId>& wallet) {
    CheckoutRequest request = w_.checkout(who, fmt::format("key {}", pick(60)));
    request.hash = std::to_string(pick(2));
    request.call = call;
    request.order = OrderId{900'000'000'000'000 + ++orders_};
    request.policy = pick(2) ? CouponPolicy::partial : CouponPolicy::all;
    if (pick(2)) request.coupons = wallet;
    const CheckoutAnswer answer = w_.ask(w_.shop().check_out(request));
    note(answer.replayed ? "again" : "checkout", answer_json(answer));
    if (answer.status != CheckoutStatus::placed || answer.replayed) return;
    ++numbers_[who];
    placed_.push_back({call.user, answer.order});
    for (const CouponOutcome& row : answer.coupons) used_.push_back(row.coupon);
  }

  void give_back(const CartCall& call) {
    if (placed_.empty()) return;
    const auto& [user, order] = placed_[pick(placed_.size())];
    ReturnRequest request;
    request.user = pick(10) == 0 ? call.user : user;
    request.order = order;
    request.at = call.at;
    if (pick(2)) request.lines = {{1 + static_cast<int>(pick(2)), 1 + pick(2)}};
    if (pick(2)) request.key = fmt::format("return {}", pick(20));
    const ReturnAnswer answer = w_.ask(w_.shop().give_back(request));
    note(answer.replayed ? "again" : "return", answer_json(answer));
  }

  // A trip with words and numbers that are hard to write down.
  void trip(int cycle) {
    SessionOpening opening;
    opening.agent = w_.agents[9].id;
    opening.user = w_.user(9);
    opening.sim_hour = cycle;
    opening.session = retail::session_id(w_.run, cycle, opening.agent);
    opening.store = cycle % 2 ? World::kStore : StoreId{};
    opening.started = w_.now;
    opening.idle = cycle == 3;
    w_.ask(w_.trips().open(opening));
    retail::RecordBatch batch;
    retail::SessionRecord& session = batch.sessions.emplace_back();
    session.id = opening.session;
    session.started = session.ended = w_.now;
    session.shopper = 9;
    session.has_session = true;
    for (int i = 0; i < retail::kEventTypeCount; ++i) {
      retail::Event& event = batch.events.emplace_back();
      event.type = static_cast<retail::EventType>(i);
      event.at = w_.now + kMinute * i;
      event.amount = Money{i * 7};
      event.qty = static_cast<std::int16_t>(i);
      event.product = static_cast<std::uint16_t>(i * 11);
      event.coupon = UserCouponId{i % 3 ? i : 0};
      event.listing = ListingId{i % 2 ? 40 : 0};
    }
    for (int i = 0; i < retail::kDecisionKindCount; ++i) {
      retail::Decision& decision = batch.decisions.emplace_back();
      decision.kind = static_cast<retail::DecisionKind>(i);
      decision.probability = 1.0 / (3 + i + cycle);
      decision.draw = decision.probability / 7;
      decision.features = {0.1f, 1e-7f, -3.25f, 1e9f};
      decision.chosen = i - 2;
    }
    session.events = {0, retail::kEventTypeCount};
    session.decisions = {0, retail::kDecisionKindCount};
    TripEnd end;
    end.batch = &batch;
    w_.ask(w_.trips().close(end));
  }

  World& w_;
  RandomStream random_;
  std::string transcript_;
  std::map<int, std::int64_t> numbers_;
  std::int64_t orders_ = 0;
  std::vector<UserCouponId> used_;
  std::vector<std::pair<UserId, OrderId>> placed_;
};

// The first line in which two texts differ.
std::string difference(const std::string& a, const std::string& b) {
  if (a == b) return "";
  std::size_t at = 0;
  while (at < std::min(a.size(), b.size()) && a[at] == b[at]) ++at;
  const auto line = [&](const std::string& text) {
    const auto from = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
    return text.substr(from, text.find('\n', at) - from);
  };
  return line(a) + "\n" + line(b);
}

TEST(Parity, TheSameCallsGiveTheSameAnswersAndRowsOnEveryDatabase) {  // invariant 36
  std::string transcript, rows;
  for (const Backend backend : kBackends) {
    WorldOptions options;
    options.stock = {{0, 500}, {20, 30}, {40, 0}};
    World w(backend, options);
    const std::string said = Script(w).run();
    const std::string left = w.dump();
    EXPECT_EQ(w.violations(), "");
    if (backend == Backend::sqlite) {
      transcript = said;
      rows = left;
      // The script is worth its time.
      for (const char* word :
           {"placed", "empty_cart", "coupon_refused", "insufficient_stock", "key_reused",
            "not_open", "version_conflict", "again", "done_before", "bad_quantity",
            "other_cart_open", "already_returned", "no_such_order", "not_owned", "already_used"}) {
        EXPECT_NE(said.find(word), said.npos) << word;
      }
    }
    EXPECT_EQ(difference(transcript, said), "") << name_of(backend);
    EXPECT_EQ(difference(rows, left), "") << name_of(backend);
  }
}

}  // namespace
}  // namespace footfall::store
