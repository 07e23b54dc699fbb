// Goal: a live run at somebody else's shop (R54) leaves there and here the same orders, each once,
// whatever answers are lost and whatever the shop lacks; the journal keeps its invariants, also
// where the shop's totals are not ours. Method: the foreign shop in this process, runs of two
// simulated days put together as `footfall simulate --api` does, their rows compared with what the
// shop counted.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/test_folder.hpp"
#include "cli/live_session.hpp"
#include "simulation/test_world.hpp"
#include "store/any/open.hpp"
#include "tests/foreign/foreign_shop.hpp"
#include "tests/run_checks.hpp"

namespace footfall::tests {
namespace {

constexpr int kPeople = 120;

// What a product costs at the shop. Whole dollars: the shop rounds percentages of a sum, we those
// of each line, and here nothing is left to round.
Money price_there(Money list_price) { return Money{(list_price.minor / 100 + 2) * 100}; }

std::string foreign_profile() {
  std::ifstream file(FOOTFALL_SOURCE_DIR "/tests/foreign/foreign.toml");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string write_file(const std::string& name, const std::string& text) {
  const auto path = test_folder() / name;
  std::ofstream(path, std::ios::binary) << text;
  return path.string();
}

// The profile of a shop without these actions.
std::string without(std::initializer_list<std::string_view> actions) {
  std::string text = foreign_profile();
  std::string names;
  for (const std::string_view action : actions) {
    const std::size_t from = text.find(fmt::format("[actions.{}]", action));
    if (from != std::string::npos) text.erase(from, text.find("\n\n", from) + 1 - from);
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", action);
  }
  const std::string missing = "missing = [\"browse\"]";
  text.replace(text.find(missing), missing.size(), "missing = [" + names + "]");
  return text;
}

// Coupons are new whenever they are seen: the shop's own dates are of another time than the run's.
std::string with_new_coupons() {
  std::string text = foreign_profile();
  const std::string dates = R"(, assigned = "/granted", expires = "/valid_until")";
  return text.erase(text.find(dates), dates.size());
}

class Quiet final : public simulation::LiveObserver {
 public:
  void note(const simulation::LiveEvent& event, const simulation::LiveProgress&) override {
    if (event.kind == simulation::LiveEvent::Kind::trip_failed)
      told += std::string(event.message) + "\n";
  }
  std::string told;
};

class ForeignLive : public testing::Test {
 protected:
  ForeignLive() : url_("sqlite:" + (test_folder() / fmt::format("live_{}.db", ++made)).string()) {
    const retail::Catalogue shop = simulation::small_shop();
    personas::Palette palette;
    for (const auto& name : shop.categories) palette.categories.push_back({name, 1});
    for (const auto& name : shop.brands) palette.brands.push_back({name, 1});
    for (const auto& one : shop.stores) palette.stores.push_back(one.code);
    std::vector<personas::Persona> people;
    std::string tokens = "id,token\n";
    for (int i = 1; i <= kPeople; ++i) {
      people.push_back(personas::make_persona(5, static_cast<std::uint32_t>(i), palette));
      tokens += fmt::format("{},token-of-{}\n", i, i);
      goods_.customers[fmt::format("token-of-{}", i)] = fmt::format("agent-{}", i);
    }
    store_ = store::open_store(url_, /*make=*/true).value();
    store_->seed(shop, people);
    tokens_ = write_file(fmt::format("tokens_{}.csv", made), tokens);
    for (auto product = shop.products.rbegin(); product != shop.products.rend(); ++product) {
      goods_.items.push_back({fmt::format("0f-{}", product->id.value), product->sku, product->name,
                              shop.categories[product->category], "Maker",
                              price_there(product->list_price), -1});
    }
    // Of our coupons those that take a percentage off a category; one that we do not know.
    goods_.vouchers = {{"C11", 16, "category 3", false},
                       {"C13", 18, "category 5", false},
                       {"C17", 22, "category 1", false},
                       {"C23", 8, "category 7", false},
                       {"NOT-OURS", 50, "", false}};
  }

  void open() { shop_ = std::make_unique<ForeignShop>(goods_); }

  // Two days, as fast as they go. Answers how it went.
  simulation::LiveProgress live(const std::string& profile, int tries = 4,
                                const cli::SimulateOptions& chosen = {}) {
    cli::Settings settings;
    const std::pair<std::string_view, std::string> values[] = {
        {"db", url_},
        {"seed", "11"},
        {"start", "2026-01-05"},
        {"until", "2026-01-07"},
        {"api", shop_->url()},
        {"api-profile", write_file(fmt::format("profile_{}.toml", made), profile)},
        {"api-tokens", tokens_},
        {"rate-policy", "off"},
        {"ramp", "off"},
        {"breaker", "100"},
        {"deals", "0"},
        {"http-tries", fmt::format("{}", tries)}};
    for (const auto& [name, value] : values) settings.set(name, value, "test").value();
    cli::SimulateOptions options = chosen;
    options.unpaced = true;
    auto target = cli::live_target(settings, options);
    EXPECT_TRUE(target) << target.error().message();
    target->limits.backoff_first = std::chrono::milliseconds(1);
    auto session = cli::LiveSession::create(settings, std::move(*target));
    EXPECT_TRUE(session) << session.error().message();
    (*session)->tell_mocked([](const commerce::MockedStep&) {});
    Quiet observer;
    (*session)->live(observer);
    run_ = (*session)->run().id;
    told_ = observer.told;
    return (*session)->live_run().progress();
  }

  std::int64_t number(const std::string& sql) {
    const auto reader = store::open_reader(url_).value();
    return number_from(*reader)(sql);
  }
  std::string violations() {
    const auto reader = store::open_reader(url_).value();
    return run_violations(*reader);
  }
  std::string path_violations() {
    const auto reader = store::open_reader(url_).value();
    return footfall::path_violations(*reader, run_);
  }

  // "agent-3 100001000000030 12.34 sku7x2 sku9x1", a line an order, sorted. `extra` is what the
  // shop takes on top of what lies in a cart.
  std::vector<std::string> shops_orders(Money extra = {}) const {
    std::vector<std::string> out;
    for (const ForeignOrder& order : shop_->orders()) {
      std::string line =
          fmt::format("{} {} {}", order.customer, order.reference, to_string(order.total - extra));
      for (const auto& [sku, count] : order.counts) line += fmt::format(" {}x{}", sku, count);
      out.push_back(line);
    }
    std::sort(out.begin(), out.end());
    return out;
  }
  std::vector<std::string> our_orders() const {
    const auto reader = store::open_reader(url_).value();
    std::vector<std::string> out;
    std::int64_t last = 0;
    for (const auto& row :
         reader
             ->query("SELECT o.id, a.id AS agent, o.session_id, o.total_minor, p.sku, i.qty FROM "
                     "orders o "
                     "JOIN agents a ON a.user_id = o.user_id JOIN order_items i ON i.order_id = "
                     "o.id JOIN products p ON p.id = i.product_id ORDER BY o.id, p.sku",
                     {})
             .rows) {
      const auto whole = [&](std::size_t i) { return std::get<std::int64_t>(row[i]); };
      if (whole(0) != last) {
        out.push_back(
            fmt::format("agent-{} {} {}", whole(1), whole(2), to_string(Money{whole(3)})));
      }
      last = whole(0);
      out.back() += fmt::format(" {}x{}", std::get<std::string>(row[4]), whole(5));
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  // The first orders that only one side has.
  static std::string difference(const std::vector<std::string>& theirs,
                                const std::vector<std::string>& ours) {
    std::vector<std::string> there, here;
    std::set_difference(theirs.begin(), theirs.end(), ours.begin(), ours.end(),
                        std::back_inserter(there));
    std::set_difference(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                        std::back_inserter(here));
    std::string out;
    for (std::size_t i = 0; i < there.size() && i < 3; ++i) out += "there: " + there[i] + "\n";
    for (std::size_t i = 0; i < here.size() && i < 3; ++i) out += "here:  " + here[i] + "\n";
    return out;
  }

  void expect_same_orders(Money extra = {}) {
    const std::vector<std::string> theirs = shops_orders(extra), ours = our_orders();
    EXPECT_GT(theirs.size(), 10U);
    EXPECT_EQ(difference(theirs, ours), "");
    EXPECT_EQ(violations(), "");
    EXPECT_EQ(shop_->open_baskets(), 0);
    EXPECT_EQ(number("SELECT count(*) AS n FROM shopping_sessions WHERE outcome = 'open'"), 0);
  }

  static inline int made = 0;
  std::string url_, tokens_, told_;
  std::unique_ptr<store::Store> store_;
  ForeignGoods goods_;
  std::unique_ptr<ForeignShop> shop_;
  RunId run_;
};

TEST_F(ForeignLive, OrdersOfTheJournalAreThoseOfTheShop) {  // R54
  open();
  const simulation::LiveProgress done = live(with_new_coupons());
  EXPECT_EQ(done.failures, 0) << told_;
  EXPECT_EQ(static_cast<std::size_t>(done.tally.orders), shop_->orders().size());
  expect_same_orders();
  EXPECT_EQ(path_violations(), "");
  EXPECT_EQ(shop_->calls("GET /v2/items"), 4) << "160 products, once an offer cycle";
  EXPECT_EQ(number("SELECT count(*) AS n FROM listings l JOIN products p ON p.id = l.product_id "
                   "WHERE l.price_minor <> (p.list_price_minor / 100 + 2) * 100"),
            0)
      << "prices are the shop's";
  EXPECT_EQ(number("SELECT count(*) AS n FROM listings"), 160);
  EXPECT_EQ(shop_->calls("POST /v2/baskets"),
            number("SELECT count(*) AS n FROM shopping_sessions"));
  // Coupons are those of the shop, by code, and used there and here.
  EXPECT_GT(number("SELECT count(*) AS n FROM coupon_events"), 3);
  EXPECT_EQ(number("SELECT count(*) AS n FROM user_coupons w JOIN coupons c ON c.id = w.coupon_id "
                   "WHERE c.code NOT IN ('C11', 'C13', 'C17', 'C23')"),
            0);
  EXPECT_EQ(number("SELECT count(*) AS n FROM user_coupons WHERE status = 'redeemed'"),
            done.tally.coupons_redeemed);
}

// Each lost checkout is asked for, not sent again: one try a call.
TEST_F(ForeignLive, NothingIsOrderedTwiceThoughAnswersAreLost) {
  open();
  shop_->lose_answers("POST /v2/basket/{id}/purchase", 5);
  const simulation::LiveProgress done = live(foreign_profile(), /*tries=*/1);
  EXPECT_EQ(done.failures, 0) << told_;
  EXPECT_GE(shop_->calls("GET /v2/orders"), 5);
  EXPECT_EQ(done.unsettled, 0);
  expect_same_orders();
}

TEST_F(ForeignLive, CallsThatMayBeRepeatedAre) {
  open();
  shop_->lose_answers("POST /v2/baskets", 3);
  shop_->lose_answers("POST /v2/basket/{id}/purchase", 3);
  shop_->be_busy("GET /v2/vouchers", 3);
  const simulation::LiveProgress done = live(foreign_profile());
  EXPECT_EQ(done.failures, 0) << told_;
  EXPECT_EQ(shop_->calls("GET /v2/orders"), 0);
  expect_same_orders();
}

// A basket's line may not be sent twice; a checkout that the busy shop did not do is not done.
TEST_F(ForeignLive, FailuresAreCountedByTheirKind) {
  open();
  shop_->be_busy("POST /v2/basket/{id}/purchase", 3);
  shop_->lose_answers("POST /v2/basket/{id}/items", 2);
  const simulation::LiveProgress done = live(foreign_profile(), /*tries=*/1);
  using Kind = commerce::TripFailure::Kind;
  EXPECT_EQ(done.failures, 5) << told_;
  EXPECT_EQ(done.failures_of[static_cast<std::size_t>(Kind::api_5xx)], 5) << told_;
  EXPECT_EQ(number("SELECT count(*) AS n FROM shopping_sessions WHERE outcome = 'error'"), 5);
  expect_same_orders();
}

TEST_F(ForeignLive, SomeoneWithoutATokenFailsAlone) {
  goods_.customers.erase("token-of-47");
  open();
  const simulation::LiveProgress done = live(foreign_profile());
  using Kind = commerce::TripFailure::Kind;
  EXPECT_GT(done.failures, 0);
  EXPECT_EQ(done.failures_of[static_cast<std::size_t>(Kind::api_refused)], done.failures) << told_;
  EXPECT_EQ(number("SELECT count(*) AS n FROM shopping_sessions WHERE outcome = 'error' AND "
                   "agent_id <> 47"),
            0);
  expect_same_orders();
}

TEST_F(ForeignLive, SoldOutEndsTripsThatGoOnElsewhere) {
  for (ForeignItem& item : goods_.items) item.left = 3;
  open();
  const simulation::LiveProgress done = live(foreign_profile());
  EXPECT_EQ(done.failures, 0) << told_;
  EXPECT_GT(number("SELECT count(*) AS n FROM shopping_session_events WHERE type = "
                   "'checkout_failed'"),
            0);
  EXPECT_EQ(difference(shops_orders(), our_orders()), "");
  EXPECT_EQ(shop_->open_baskets(), 0);
}

TEST_F(ForeignLive, MockedDatabaseKeepsNothing) {
  open();
  const auto counts = [this] {
    const auto reader = store::open_reader(url_).value();
    return table_counts(number_from(*reader));
  };
  const std::string before = counts();
  cli::SimulateOptions options;
  options.mock_db = true;
  const simulation::LiveProgress done = live(foreign_profile(), 4, options);
  EXPECT_EQ(done.failures, 0) << told_;
  EXPECT_GT(shop_->orders().size(), 10U);
  EXPECT_EQ(static_cast<std::size_t>(done.tally.orders), shop_->orders().size());
  EXPECT_EQ(counts(), before);
}

// The shop has the last word: it says that none of them fits.
TEST_F(ForeignLive, CouponsThatTheShopRefusesTakeNothingOff) {
  for (ForeignVoucher& voucher : goods_.vouchers) voucher.department = "nowhere";
  open();
  const simulation::LiveProgress done = live(with_new_coupons());
  EXPECT_EQ(done.failures, 0) << told_;
  expect_same_orders();
  EXPECT_GT(number("SELECT count(*) AS n FROM shopping_session_events WHERE type = "
                   "'coupon_refused'"),
            0);
  EXPECT_EQ(number("SELECT count(*) AS n FROM coupon_events"), 0);
}

// Its ids are ours, and so are its prices.
TEST_F(ForeignLive, ShopsThatLackActionsAreShoppedAt) {
  const retail::Catalogue ours = simulation::small_shop();
  for (std::size_t i = 0; i < ours.products.size(); ++i) {
    ForeignItem& item = goods_.items[ours.products.size() - 1 - i];
    item.uuid = fmt::format("{}", ours.products[i].id.value);
    item.price = ours.products[i].list_price;
  }
  open();
  const simulation::LiveProgress done =
      live(without({"browse", "list_products", "view_coupons", "find_order", "health"}));
  EXPECT_EQ(done.failures, 0) << told_;
  expect_same_orders();
  EXPECT_EQ(shop_->calls("GET /v2/items") + shop_->calls("GET /v2/vouchers"), 0);
  EXPECT_EQ(number("SELECT count(*) AS n FROM user_coupons"), 0);
}

// The order here is what its lines come to; what was paid there stands in the event.
TEST_F(ForeignLive, TotalsOfTheShopStandInTheEvents) {
  goods_.shipping = Money{495};
  open();
  const simulation::LiveProgress done = live(foreign_profile());
  EXPECT_EQ(done.failures, 0) << told_;
  expect_same_orders(goods_.shipping);
  EXPECT_EQ(number("SELECT count(*) AS n FROM orders o JOIN shopping_session_events e ON "
                   "e.session_id = o.session_id AND e.type = 'checkout_complete' WHERE "
                   "e.amount_minor = o.total_minor + 495"),
            static_cast<std::int64_t>(shop_->orders().size()));
}

}  // namespace
}  // namespace footfall::tests
