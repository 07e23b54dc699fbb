#include "bench/pgbench.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <stdexcept>

#include "tests/servers/child.hpp"
#include "tests/servers/postgres_template.hpp"

namespace footfall::bench {
namespace {

// Variables that every unit computes: another user and hour each, as ShopLoad::unit does. pgbench
// keeps :i of each client from unit to unit.
std::string head(const ShopLoad& load) {
  return fmt::format(
      "\\set i :i + 1\n"
      "\\set unit :first + :i * :clients + :client_id\n"
      "\\set user 1 + :unit % {0}\n"
      "\\set hour :unit / {0}\n"
      "\\set cart {1} + :hour * 1000000000 + :user * 10\n"
      "\\set at {2} + :hour * 3600000000 + 120000000\n"
      "\\set coupon {1} + :user * 100 + {3} + :hour % 30\n"
      "\\set definition {3} + :hour % 30 + 1\n",
      kUsers, load.run_id().value * retail::kRunSpan, load.start().us, kFrontSlots);
}

struct Lines {
  std::string products, qtys, prices, discounts;
  std::int64_t subtotal = 0, discount = 0;
};

Lines lines_of(const ShopLoad& load, int from_add, int to_add) {
  Lines lines;
  std::vector<std::int64_t> products, qtys, prices, discounts;
  for (int add = from_add; add < to_add; ++add) {
    for (int i = 0; i < kLinesAnAdd; ++i) {
      const retail::Product& product =
          load.catalogue().products[static_cast<std::size_t>(add * 20 + i)];
      products.push_back(product.id.value);
      qtys.push_back(1);
      prices.push_back(product.list_price.minor);
      discounts.push_back(add == 0 ? share_bps(product.list_price, 1000).minor : 0);
      lines.subtotal += prices.back();
      lines.discount += discounts.back();
    }
  }
  lines.products = fmt::format("'{{{}}}'", fmt::join(products, ","));
  lines.qtys = fmt::format("'{{{}}}'", fmt::join(qtys, ","));
  lines.prices = fmt::format("'{{{}}}'", fmt::join(prices, ","));
  lines.discounts = fmt::format("'{{{}}}'", fmt::join(discounts, ","));
  return lines;
}

std::string functions_script(const ShopLoad& load) {
  const std::int64_t run = load.run_id().value;
  std::string text = head(load);
  for (int add = 0; add < kAdds; ++add) {
    const Lines lines = lines_of(load, add, add + 1);
    text += fmt::format(
        "SELECT footfall.cart_add({}, :user, 1, :cart, :cart, 'USD', {}, NULL, :at, 120, {}, {}, "
        "{});\n",
        run, add + 1, lines.products, lines.qtys, lines.prices);
  }
  text += fmt::format("SELECT * FROM footfall.wallet({}, :user, :at);\n", run);
  const Lines all = lines_of(load, 0, kAdds);
  text += fmt::format(
      "\\startpipeline\nBEGIN;\n"
      "SELECT * FROM footfall.checkout_begin({}, :user, 1, :cart, NULL, :cart, 'hour:' || "
      "(:hour)::text, 'h', :at, 1, NULL, ARRAY[:coupon]::bigint[], false, true);\n\\endpipeline\n",
      run);
  const std::string answer = fmt::format(
      "'{{\"status\":\"placed\",\"order\":' || (:cart)::text || "
      "',\"subtotal\":{},\"discount\":{},\"total\":{},\"coupons\":[],\"short_of\":[]}}'",
      all.subtotal, all.discount, all.subtotal - all.discount);
  text += fmt::format(
      "\\startpipeline\n"
      "SELECT footfall.checkout_finish({}, :user, 1, :cart, :cart, :cart, 'hour:' || "
      "(:hour)::text, {}, 'USD', {}, {}, {}, :at, 1, true, {}, {}, {}, {}, "
      "'{{1,2,3}}', ARRAY[:coupon, :coupon, :coupon]::bigint[], ARRAY[:definition, :definition, "
      ":definition]::bigint[], '{{10,10,10}}', ARRAY[:coupon]::bigint[], '{{}}', '{{}}', '{{}}', "
      "'{{}}');\nCOMMIT;\n\\endpipeline\n",
      run, answer, all.subtotal, all.discount, all.subtotal - all.discount, all.products, all.qtys,
      all.prices, all.discounts);
  return text;
}

// The same rows, each written and read by a statement of its own.
std::string statements_script(const ShopLoad& load) {
  const std::int64_t run = load.run_id().value;
  std::string text = head(load);
  for (int add = 0; add < kAdds; ++add) {
    text += "BEGIN;\n";
    text += add == 0 ? fmt::format(
                           "INSERT INTO footfall.carts (id, run_id, user_id, store_id, session_id, "
                           "currency, status, created_sim_us, last_step) VALUES (:cart, {}, :user, "
                           "1, :cart, 'USD', 'open', :at, 1);\n",
                           run)
                     : fmt::format(
                           "UPDATE footfall.carts SET version = version + 1, last_step = {} WHERE "
                           "id = :cart AND status = 'open';\n",
                           add + 1);
    for (int i = 0; i < kLinesAnAdd; ++i) {
      const retail::Product& product =
          load.catalogue().products[static_cast<std::size_t>(add * 20 + i)];
      text += fmt::format(
          "INSERT INTO footfall.cart_items VALUES (:cart, {}, 1, {}) ON CONFLICT (cart_id, "
          "product_id) DO UPDATE SET qty = cart_items.qty + excluded.qty;\n",
          product.id.value, product.list_price.minor);
    }
    text += "COMMIT;\n";
  }
  text += fmt::format(
      "SELECT id, coupon_id, assigned_sim_us, expires_sim_us FROM footfall.user_coupons WHERE "
      "run_id = {} AND user_id = :user AND status = 'active' AND :at < expires_sim_us;\n",
      run);
  const Lines all = lines_of(load, 0, kAdds);
  text += fmt::format(
      "BEGIN;\n"
      "INSERT INTO footfall.idempotency_keys (run_id, user_id, call_key, request_hash, "
      "created_wall_us) VALUES ({0}, :user, 'hour:' || (:hour)::text, 'h', 1) ON CONFLICT DO "
      "NOTHING;\n"
      "UPDATE footfall.carts SET status = 'converted', version = version + 1, closed_sim_us = :at "
      "WHERE id = :cart AND status = 'open';\n"
      "SELECT product_id, qty FROM footfall.cart_items WHERE cart_id = :cart;\n"
      "SELECT id, coupon_id, status, assigned_sim_us, expires_sim_us FROM footfall.user_coupons "
      "WHERE id = :coupon FOR UPDATE;\n"
      "INSERT INTO footfall.orders (id, run_id, cart_id, user_id, store_id, session_id, status, "
      "currency, subtotal_minor, discount_minor, total_minor, placed_sim_us, placed_wall_us, "
      "is_simulated, simulated_at) VALUES (:cart, {0}, :cart, :user, 1, :cart, 'placed', 'USD', "
      "{1}, {2}, {3}, :at, 1, 1, :at);\n",
      run, all.subtotal, all.discount, all.subtotal - all.discount);
  for (int line = 0; line < kAdds * kLinesAnAdd; ++line) {
    const int add = line / kLinesAnAdd;
    const retail::Product& product =
        load.catalogue().products[static_cast<std::size_t>(add * 20 + line % kLinesAnAdd)];
    const std::int64_t price = product.list_price.minor,
                       off = add == 0 ? share_bps(product.list_price, 1000).minor : 0;
    text += fmt::format(
        "INSERT INTO footfall.order_items (order_id, line_no, product_id, qty, unit_price_minor, "
        "line_discount_minor, line_total_minor) VALUES (:cart, {}, {}, 1, {}, {}, {});\n",
        line + 1, product.id.value, price, off, price - off);
  }
  text +=
      "UPDATE footfall.user_coupons SET status = 'redeemed', order_id = :cart, ended_sim_us = :at "
      "WHERE id = :coupon AND status = 'active' AND :at < expires_sim_us;\n";
  for (int line = 1; line <= kLinesAnAdd; ++line) {
    text += fmt::format(
        "INSERT INTO footfall.order_discounts VALUES (:cart, {}, :coupon, :definition, 10);\n",
        line);
  }
  text += fmt::format(
      "INSERT INTO footfall.coupon_events VALUES (:coupon, :cart, 'redeemed', {0}, :user, 30, :at, "
      "1);\n"
      "UPDATE footfall.idempotency_keys SET answer = '{{}}' WHERE run_id = {0} AND user_id = :user "
      "AND call_key = 'hour:' || (:hour)::text;\nCOMMIT;\n",
      run);
  return text;
}

}  // namespace

double pgbench(const tests::PostgresServer& server, ShopLoad& load, int clients, double seconds,
               Script script) {
  const auto file = server.folder() / "unit.sql";
  {
    std::ofstream out(file);
    out << (script == Script::functions ? functions_script(load) : statements_script(load));
  }
  std::filesystem::permissions(file, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  // More than the machines this is for do in the time.
  const auto most = static_cast<std::int64_t>(seconds * 4'000);
  tests::Program program;
  program.arguments = {(tests::postgres_programs() / "pgbench").string(),
                       "-n",
                       "-M",
                       "prepared",
                       "-c",
                       std::to_string(clients),
                       "-j",
                       std::to_string(std::min(clients, 2)),
                       "-T",
                       fmt::format("{:.0f}", seconds),
                       "-D",
                       "i=-1",
                       "-D",
                       fmt::format("first={}", load.take_units(most)),
                       "-D",
                       fmt::format("clients={}", clients),
                       "-f",
                       file.string(),
                       server.url("footfall")};
  const std::string output = tests::run_program(program);
  std::smatch found;
  if (!std::regex_search(output, found, std::regex("tps = ([0-9.]+) \\(without"))) {
    throw std::runtime_error("pgbench says no rate: " + output);
  }
  return std::stod(found[1]);
}

}  // namespace footfall::bench
