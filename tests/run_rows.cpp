#include "tests/run_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <unordered_map>
#include <variant>

#include "base/sha256.hpp"
#include "base/sim_time.hpp"

namespace footfall {
namespace {

using store::Value;
using Row = std::vector<Value>;
using Names = std::unordered_map<std::int64_t, std::string>;

std::int64_t whole(const Value& value) { return std::get<std::int64_t>(value); }

std::string text(const Value& value) {
  return std::visit(
      [](const auto& held) -> std::string {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::monostate>) {
          return "-";
        } else {
          return fmt::format("{}", held);
        }
      },
      value);
}

class Rows {
 public:
  Rows(store::Reader& reader, RunId run) : reader_(reader), run_(run) {}

  RunRows take() {
    read_names();
    offers();
    wallets();
    sessions();
    decisions();
    orders();
    carts();
    for (auto& [table, lines] : out_) std::sort(lines.begin(), lines.end());
    return std::move(out_);
  }

 private:
  std::vector<Row> query(const std::string& sql) {
    const std::int64_t run[] = {run_.value};
    return reader_.query(sql, run).rows;
  }

  Names names(const std::string& sql) {
    Names names;
    for (const Row& row : reader_.query(sql, {}).rows) names[whole(row[0])] = text(row[1]);
    return names;
  }

  // The name of what an id stands for; "-" for NULL. An id that stands for nothing is kept as it
  // is, so that it shows up as a difference.
  static std::string named(const Names& names, const Value& id) {
    if (std::holds_alternative<std::monostate>(id)) return "-";
    const auto found = names.find(whole(id));
    return found == names.end() ? "?" + text(id) : found->second;
  }

  // A line of a table: words, then the row's values from column `from` on as they are.
  void put(const std::string& table, std::initializer_list<std::string> words, const Row& row,
           std::size_t from) {
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : "|") + word;
    for (std::size_t i = from; i < row.size(); ++i) line += "|" + text(row[i]);
    out_[table].push_back(std::move(line));
  }

  void read_names() {
    agents_ = names("SELECT id, persona_code FROM agents");
    users_ = names("SELECT user_id, persona_code FROM agents");
    skus_ = names("SELECT id, sku FROM products");
    stores_ = names("SELECT id, code FROM stores");
    coupons_ = names("SELECT id, code FROM coupons");
    epoch_ = whole(query("SELECT epoch_sim_us FROM simulation_state WHERE run_id = $1")[0][0]);
    for (const Row& row : query("SELECT id, seq FROM offer_cycles WHERE run_id = $1")) {
      cycles_[whole(row[0])] = fmt::format("cycle {}", whole(row[1]));
    }
  }

  void offers() {
    for (const Row& row : query(
             "SELECT seq, starts_sim_us, ends_sim_us, status, policy, policy_version, users_done, "
             "assigned, skipped_capacity, expired, superseded FROM offer_cycles "
             "WHERE run_id = $1")) {
      put("offer_cycles", {}, row, 0);
    }
    for (const Row& row :
         query("SELECT u.cycle_id, u.user_id, u.status, u.n_frontstore, u.n_category_brand, "
               "u.n_skipped_capacity, u.n_expired, u.n_superseded, u.assigned_sim_us, u.due_sim_us "
               "FROM user_offer_cycles u JOIN offer_cycles c ON c.id = u.cycle_id "
               "JOIN simulation_state s ON s.run_id = c.run_id "
               "WHERE c.run_id = $1 AND u.due_sim_us < s.sim_now_us")) {
      put("user_offer_cycles", {named(cycles_, row[0]), named(users_, row[1])}, row, 2);
    }
    for (const Row& row :
         query("SELECT listing_id, cycle_id, product_id, category, position, price_minor "
               "FROM listings WHERE run_id = $1")) {
      listings_[whole(row[0])] = named(cycles_, row[1]) + " " + text(row[3]);
      put("listings", {named(cycles_, row[1]), named(skus_, row[2])}, row, 3);
    }
    for (const Row& row :
         query("SELECT coupon_id, max_issuance, issued_count, redeemed_count, discount_total_minor "
               "FROM run_coupons WHERE run_id = $1")) {
      put("run_coupons", {named(coupons_, row[0])}, row, 1);
    }
  }

  // A coupon in a wallet is known by its owner, its code and when it was given.
  void wallets() {
    const auto rows = query(
        "SELECT id, user_id, coupon_id, assigned_sim_us, cycle_id, order_id, lane, slot, status, "
        "policy, policy_version, probability, expires_sim_us, ended_sim_us "
        "FROM user_coupons WHERE run_id = $1");
    for (const Row& row : rows) {
      wallet_[whole(row[0])] =
          fmt::format("{}:{}@{}", named(users_, row[1]), named(coupons_, row[2]), whole(row[3]));
    }
    for (const Row& row :
         query("SELECT id, user_id, placed_sim_us FROM orders WHERE run_id = $1")) {
      orders_[whole(row[0])] =
          fmt::format("{}:order@{}", named(users_, row[1]), hour_since_start(row[2]));
    }
    for (const Row& row : rows) {
      put("user_coupons", {named(wallet_, row[0]), named(cycles_, row[4]), named(orders_, row[5])},
          row, 6);
    }
    for (const Row& row :
         query("SELECT user_coupon_id, user_id, order_id, event, amount_minor, occurred_sim_us "
               "FROM coupon_events WHERE run_id = $1")) {
      put("coupon_events", {named(wallet_, row[0]), named(users_, row[1]), named(orders_, row[2])},
          row, 3);
    }
  }

  std::int64_t hour_since_start(const Value& moment) const {
    return (whole(moment) - epoch_) / kHour.us;
  }

  void sessions() {
    for (const Row& row :
         query("SELECT id, agent_id, user_id, store_id, order_id, sim_hour, 0 AS attempt, 0 AS "
               "is_replay, kind, outcome, "
               "started_sim_us, ended_sim_us, n_events, is_simulated FROM shopping_sessions "
               "WHERE run_id = $1 AND is_replay = 0 AND NOT (outcome = 'abandoned' AND "
               "n_events = 0)")) {
      sessions_[whole(row[0])] = fmt::format("{}@{}", named(agents_, row[1]), whole(row[5]));
      put("shopping_sessions",
          {named(agents_, row[1]), named(users_, row[2]), named(stores_, row[3]),
           named(orders_, row[4])},
          row, 5);
    }
    for (const Row& row :
         query("SELECT session_id, product_id, user_coupon_id, listing_id, payload, seq, type, "
               "occurred_sim_us, qty, amount_minor, schema_version "
               "FROM shopping_session_events WHERE run_id = $1 AND session_id > 0")) {
      put("shopping_session_events",
          {named(sessions_, row[0]), named(skus_, row[1]), named(wallet_, row[2]),
           named(listings_, row[3]), without_ids(text(row[4]))},
          row, 5);
    }
  }

  // {"shown":[[id,saving],…]}: each id in the payload is that of a coupon in the wallet.
  std::string without_ids(const std::string& payload) const {
    std::string out;
    for (std::size_t i = 0; i < payload.size(); ++i) {
      out += payload[i];
      const bool id_follows = payload[i] == '[' && i + 1 < payload.size() &&
                              payload[i + 1] >= '0' && payload[i + 1] <= '9';
      if (!id_follows) continue;
      const std::size_t end = payload.find_first_of(",]", i);
      out += named(wallet_, std::int64_t{std::stoll(payload.substr(i + 1, end - i - 1))});
      i = end - 1;
    }
    return out;
  }

  void decisions() {
    for (const Row& row :
         query("SELECT visit_id, agent_id, user_coupon_id, chosen, decided_sim_us, step, kind, "
               "probability, draw, features, source FROM simulation_decisions "
               "WHERE run_id = $1 AND visit_id > 0")) {
      const std::string kind = text(row[6]);
      const bool product = kind == "choose_product" || kind == "view_product";
      put("simulation_decisions",
          {fmt::format("{}@{}", named(agents_, row[1]), hour_since_start(row[4])),
           named(wallet_, row[2]), product ? named(skus_, row[3]) : text(row[3])},
          row, 4);
    }
  }

  // Lines of carts and orders are known by their product: a cart's lines have no order.
  void orders() {
    for (const Row& row :
         query("SELECT id, session_id, user_id, store_id, cart_id, status, currency, "
               "subtotal_minor, discount_minor, total_minor, refunded_minor, placed_sim_us, "
               "is_simulated, simulated_at FROM orders WHERE run_id = $1")) {
      put("orders",
          {named(orders_, row[0]), named(sessions_, row[1]), named(users_, row[2]),
           named(stores_, row[3])},
          row, 5);
    }
    std::map<std::pair<std::int64_t, std::int64_t>, std::string> sku_of_line;
    for (const Row& row :
         query("SELECT i.order_id, i.line_no, i.product_id, i.qty, i.unit_price_minor, "
               "i.line_discount_minor, i.line_total_minor, i.refunded_qty FROM order_items i "
               "JOIN orders o ON o.id = i.order_id WHERE o.run_id = $1")) {
      sku_of_line[{whole(row[0]), whole(row[1])}] = named(skus_, row[2]);
      put("order_items", {named(orders_, row[0]), named(skus_, row[2])}, row, 3);
    }
    for (const Row& row :
         query("SELECT d.order_id, d.line_no, d.user_coupon_id, d.coupon_id, d.amount_minor "
               "FROM order_discounts d JOIN orders o ON o.id = d.order_id WHERE o.run_id = $1")) {
      put("order_discounts",
          {named(orders_, row[0]), sku_of_line[{whole(row[0]), whole(row[1])}],
           named(wallet_, row[2]), named(coupons_, row[3])},
          row, 4);
    }
  }

  void carts() {
    Names carts;
    for (const Row& row :
         query("SELECT id, session_id, user_id, store_id, currency, status, closed_sim_us "
               "FROM carts c WHERE run_id = $1 AND NOT EXISTS (SELECT 1 FROM shopping_sessions s "
               "WHERE s.id = c.id AND s.outcome = 'abandoned' AND s.n_events = 0)")) {
      carts[whole(row[0])] = named(sessions_, row[1]);
      put("carts", {named(sessions_, row[1]), named(users_, row[2]), named(stores_, row[3])}, row,
          4);
    }
    for (const Row& row :
         query("SELECT i.cart_id, i.product_id, i.qty, i.price_seen_minor FROM cart_items i "
               "JOIN carts c ON c.id = i.cart_id WHERE c.run_id = $1 AND NOT EXISTS (SELECT 1 "
               "FROM shopping_sessions s WHERE s.id = c.id AND s.outcome = 'abandoned' AND "
               "s.n_events = 0)")) {
      put("cart_items", {named(carts, row[0]), named(skus_, row[1])}, row, 2);
    }
  }

  store::Reader& reader_;
  RunId run_;
  std::int64_t epoch_ = 0;
  Names agents_, users_, skus_, stores_, coupons_, cycles_, listings_, wallet_, orders_, sessions_;
  RunRows out_;
};

}  // namespace

RunRows rows_of_run(store::Reader& reader, RunId run) { return Rows(reader, run).take(); }

std::string digest(const RunRows& rows) {
  std::string all;
  for (const auto& [table, lines] : rows) {
    all += table + "\n";
    for (const std::string& line : lines) all += line + "\n";
  }
  return sha256_hex(all);
}

std::string difference(const RunRows& expected, const RunRows& actual) {
  constexpr std::size_t kShown = 5;
  RunRows all = expected;
  all.insert(actual.begin(), actual.end());
  std::string out;
  for (const auto& row : all) {
    const std::string& table = row.first;
    const auto lines = [&](const RunRows& rows) {
      const auto found = rows.find(table);
      return found == rows.end() ? std::vector<std::string>{} : found->second;
    };
    const auto show = [&](const char* what, const auto& from, const auto& other) {
      std::vector<std::string> alone;
      std::set_difference(from.begin(), from.end(), other.begin(), other.end(),
                          std::back_inserter(alone));
      if (alone.empty()) return;
      out += fmt::format("{}: {} of {} lines {}\n", table, alone.size(), from.size(), what);
      for (std::size_t i = 0; i < std::min(kShown, alone.size()); ++i)
        out += "  " + alone[i] + "\n";
    };
    show("only expected", lines(expected), lines(actual));
    show("not expected", lines(actual), lines(expected));
  }
  return out;
}

}  // namespace footfall
