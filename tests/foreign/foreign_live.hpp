// Tests only: live runs at the foreign shop (foreign_shop.hpp) into a database of their own, and
// what came of them there and here.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include "base/test_folder.hpp"
#include "cli/live_session.hpp"
#include "simulation/test_world.hpp"
#include "store/any/open.hpp"
#include "tests/foreign/foreign_shop.hpp"
#include "tests/run_checks.hpp"

namespace footfall::tests {

inline constexpr int kPeople = 120;

// What a product costs at the shop. Whole dollars: the shop rounds percentages of a sum, we those
// of each line, and here nothing is left to round.
inline Money price_there(Money list_price) { return Money{(list_price.minor / 100 + 2) * 100}; }

inline std::string foreign_profile() {
  std::ifstream file(FOOTFALL_SOURCE_DIR "/tests/foreign/foreign.toml");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::string write_file(const std::string& name, const std::string& text) {
  const auto path = test_folder() / name;
  std::ofstream(path, std::ios::binary) << text;
  return path.string();
}

// The profile of a shop without these actions.
inline std::string without(std::initializer_list<std::string_view> actions) {
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
inline std::string with_new_coupons() {
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
                       {"C41", 6, "category 1", false},  // beyond the places of a wallet of ours
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

}  // namespace footfall::tests
