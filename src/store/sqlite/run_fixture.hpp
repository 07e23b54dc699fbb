// For tests: a small shop and a run in it, whose figures were worked out on paper
// (run_report_test.cpp), between two other runs.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "retail/records.hpp"
#include "store/sqlite/test_database.hpp"

namespace footfall::store::sqlite {

inline constexpr std::int64_t kStart = 1'767'571'200'000'000;  // 2026-01-05, a Monday

struct Line {
  int product, qty, price, discount;
};

// Writes rows of one run; ids follow retail/records.hpp.
class Writer {
 public:
  Writer(Database& database, std::int64_t run) : database_(database), run_(run) {}

  void run(std::int64_t days_lived) {
    execute(
        "INSERT INTO simulation_state (run_id, status, seed, mode, epoch_sim_us, until_sim_us, "
        "sim_now_us, epoch_wall_us, updated_wall_us, agents, activity_factor, settings, "
        "config_hash, engine_version) VALUES ({}, 'stopped', 42, 'fast', {}, {}, {}, 1, 1, 5, "
        "1.25, '{{\"deals\":\"0.26\"}}', 'cafe', '0.2.0')",
        run_, kStart, kStart + 14 * kDay.us, kStart + days_lived * kDay.us);
  }

  void cycle(std::int64_t seq, std::string_view status) {
    execute(
        "INSERT INTO offer_cycles (id, run_id, seq, starts_sim_us, ends_sim_us, status, policy, "
        "policy_version) VALUES ({}, {}, {}, {}, {}, '{}', 'uniform', 1)",
        cycle_id(seq), run_, seq, kStart + seq * kWeek.us, kStart + (seq + 1) * kWeek.us, status);
  }

  std::int64_t coupon(std::int64_t seq, int slot, std::string_view status, std::int64_t order = 0) {
    const auto id = retail::user_coupon_id(RunId{run_}, seq, AgentId{1}, slot).value;
    execute(
        "INSERT INTO user_coupons (id, run_id, user_id, coupon_id, cycle_id, lane, slot, status, "
        "policy, policy_version, probability, assigned_sim_us, expires_sim_us, ended_sim_us, "
        "order_id) VALUES ({}, {}, 1, 1, {}, 'category_brand', {}, '{}', 'uniform', 1, 0.5, {}, "
        "{}, {}, {})",
        id, run_, cycle_id(seq), slot, status, kStart, kStart + kWeek.us,
        status == "active" ? "NULL" : "1", order ? fmt::format("{}", order) : "NULL");
    return id;
  }

  std::int64_t session(std::int64_t agent, std::int64_t hour, std::string_view kind,
                       std::string_view outcome) {
    const std::int64_t id = retail::session_id(RunId{run_}, hour, AgentId{agent}).value;
    execute(
        "INSERT INTO shopping_sessions (id, run_id, agent_id, user_id, sim_hour, kind, outcome, "
        "order_id, started_sim_us, ended_sim_us, recorded_wall_us, n_events) VALUES ({}, {}, {}, "
        "{}, {}, '{}', '{}', {}, {}, {}, 1, 0)",
        id, run_, agent, agent, hour, kind, outcome,
        outcome == "purchased" ? fmt::format("{}", id) : "NULL",
        kStart + hour * kHour.us + 59 * kMinute.us, outcome == "open" ? "NULL" : "1");
    return id;
  }

  // `types`: separated by spaces; "view_coupon:ID" names a coupon.
  void events(std::int64_t session, const std::string& types) {
    int seq = 0;
    std::string_view rest = types;
    while (!rest.empty()) {
      const std::string_view word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
      const auto colon = word.find(':');
      execute(
          "INSERT INTO shopping_session_events (session_id, seq, run_id, type, occurred_sim_us, "
          "user_coupon_id, schema_version) VALUES ({}, {}, {}, '{}', 1, {}, 1)",
          session, seq++, run_, word.substr(0, colon),
          colon == word.npos ? "NULL" : word.substr(colon + 1));
    }
  }

  void order(std::int64_t id, std::int64_t user, std::int64_t hour,
             const std::vector<Line>& lines) {
    std::int64_t subtotal = 0, discount = 0;
    for (const Line& line : lines) {
      subtotal += line.qty * line.price;
      discount += line.discount;
    }
    execute(
        "INSERT INTO orders (id, run_id, cart_id, user_id, status, currency, subtotal_minor, "
        "discount_minor, total_minor, placed_sim_us, placed_wall_us, simulated_at) VALUES "
        "({0}, {1}, {0}, {2}, 'placed', 'EUR', {3}, {4}, {5}, {6}, 1, 1)",
        id, run_, user, subtotal, discount, subtotal - discount, kStart + hour * kHour.us);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const Line& line = lines[i];
      execute("INSERT INTO order_items VALUES ({}, {}, {}, {}, {}, {}, {}, 0)", id, i + 1,
              line.product, line.qty, line.price, line.discount,
              line.qty * line.price - line.discount);
    }
  }

  template <typename... Arguments>
  void execute(fmt::format_string<Arguments...> sql, Arguments&&... arguments) {
    database_.execute(fmt::format(sql, std::forward<Arguments>(arguments)...));
  }

 private:
  std::int64_t cycle_id(std::int64_t seq) const {
    return retail::offer_cycle_id(RunId{run_}, seq).value;
  }

  Database& database_;
  std::int64_t run_;
};

inline void write_shop(Database& database) {
  for (int i = 1; i <= 5; ++i) {
    database.execute(fmt::format(
        "INSERT INTO users (id, kind, email, created_wall_us) VALUES ({0}, 'simulated', 'u{0}', 0);"
        "INSERT INTO agents (id, user_id, persona_code, age, shopping_frequency, traits) VALUES "
        "({0}, {0}, 'P{0}', 40, 1.0, '{{}}')",
        i));
  }
  database.execute(
      "INSERT INTO products (id, sku, name, category, brand, list_price_minor, currency, "
      "popularity) "
      "VALUES (1, 'a', 'Milk', 'Dairy', 'Alpha', 100, 'EUR', 1.0), "
      "(2, 'b', 'Cheese', 'Dairy', 'Beta', 500, 'EUR', 1.0), "
      "(3, 'c', 'Bread', 'Bakery', 'Alpha', 200, 'EUR', 1.0);"
      "INSERT INTO coupons (id, code, title, kind, discount_type, percent_bps, currency) "
      "VALUES (1, 'c', 'c', 'frontstore', 'percent', 1000, 'EUR')");
}

// Runs 1 and 3: rows whose ids come right before and right after those of run 2.
inline void write_neighbours(Database& database) {
  database.execute("PRAGMA foreign_keys = OFF");  // the last id belongs to a user that is not there
  Writer before(database, 1);
  before.run(14);
  before.cycle(0, "closed");
  const auto last = before.session(retail::kAgentsMax, 99'999, "shopping", "purchased");
  before.order(last, retail::kAgentsMax, 99'999, {{1, 9, 100, 0}});
  before.events(last, fmt::format("session_start view_coupon:{}", before.coupon(0, 1, "active")));
  database.execute("PRAGMA foreign_keys = ON");
  Writer after(database, 3);
  after.run(14);
  after.cycle(0, "active");
  const auto first = after.session(1, 0, "shopping", "purchased");
  after.order(first, 1, 0, {{1, 9, 100, 0}});
  after.events(first, fmt::format("session_start view_coupon:{}", after.coupon(0, 1, "active")));
}

// Run 2, whose figures the tests expect.
inline void write_run(Database& database) {
  Writer writer(database, 2);
  writer.run(10);
  writer.cycle(0, "closed");
  writer.cycle(1, "active");
  const auto bought = writer.session(1, 8, "shopping", "purchased");  // Monday 08:59
  writer.order(bought, 1, 8, {{1, 2, 100, 0}});
  writer.events(bought,
                "session_start browse_products cart_add_item checkout_start "
                "checkout_complete session_end");
  const auto with_coupon = writer.session(1, 56, "shopping", "purchased");  // Wednesday 08:59
  const auto first = writer.coupon(0, 1, "redeemed", with_coupon);
  const auto second = writer.coupon(0, 2, "expired");
  writer.coupon(0, 3, "superseded");
  writer.coupon(0, 4, "revoked");
  writer.coupon(1, 5, "active");
  writer.order(with_coupon, 1, 56,
               {{1, 1, 100, 100},
                {2, 1, 500, 0},
                {3, 1, 200, 0},
                {1, 1, 100, 0},
                {2, 1, 500, 0},
                {3, 1, 200, 0}});
  writer.events(with_coupon,
                fmt::format("session_start browse_products browse_products cart_add_item "
                            "view_coupons view_coupon:{0} view_coupon:{1} view_coupon:{0} "
                            "apply_coupon:{0} apply_coupon:{1} checkout_start checkout_complete",
                            first, second));
  const auto left = writer.session(2, 20, "shopping", "abandoned");  // Monday 20:59
  writer.events(left, fmt::format("browse_products cart_add_item view_coupons view_coupon:{} "
                                  "abandon",
                                  first));
  const auto large = writer.session(3, 177, "shopping", "purchased");  // second Monday 09:59
  writer.order(large, 3, 177, std::vector<Line>(22, {3, 1, 200, 0}));
  writer.events(large, "browse_products cart_add_item checkout_start checkout_complete");
  const auto third = writer.session(1, 200, "shopping", "purchased");  // second Tuesday 08:59
  writer.order(third, 1, 200, {{2, 1, 500, 0}, {3, 3, 200, 0}});
  writer.events(third, "browse_products cart_add_item checkout_start checkout_complete");
  writer.events(writer.session(4, 30, "idle", "browsed"), "browse_products view_coupons");
  writer.events(writer.session(2, 210, "shopping", "error"),  // second Tuesday 18:59
                "browse_products cart_add_item checkout_start checkout_failed");
  writer.events(writer.session(5, 211, "shopping", "open"), "session_start");
  const std::int64_t base = 2 * retail::kRunSpan;
  writer.execute(
      "INSERT INTO listings VALUES ({0}, 1, 2, {1}, 'Dairy', 1, 100), "
      "({0}, 2, 2, {1}, 'Dairy', 2, 500)",
      base + 1, base);
  writer.execute("INSERT INTO user_offer_cycles (cycle_id, user_id, status) VALUES ({}, 1, 'done')",
                 base);
  writer.execute("INSERT INTO carts VALUES ({}, 2, 1, NULL, NULL, 'EUR', 'open', 1, NULL, 1, 0)",
                 bought);
  writer.execute(
      "INSERT INTO cart_items VALUES ({0}, 1, 2, 100), ({0}, 2, 1, 500), "
      "({0}, 3, 1, 200)",
      bought);
  writer.execute("INSERT INTO order_discounts VALUES ({}, 1, {}, 1, 100)", with_coupon, first);
  for (int step = 0; step < 4; ++step) {
    writer.execute(
        "INSERT INTO simulation_decisions VALUES ({}, {}, 2, 1, 'decide_shop', 1, NULL, "
        "0.5, 0.5, NULL, 'rule', 1)",
        bought, step);
  }
}

}  // namespace footfall::store::sqlite
