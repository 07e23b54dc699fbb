// Carts and wallets; shop_checkout.cpp and shop_return.cpp have the rest.
#include "store/sqlite/shop.hpp"

#include <fmt/format.h>

#include "base/assert.hpp"
#include "store/wall_clock.hpp"

namespace footfall::store::sqlite {
namespace {

// Thrown inside a job, so that its savepoint is undone; the answer is the caller's already.
struct Undo {};

}  // namespace

SqliteShop::SqliteShop(GroupWriter& writer, Database& database, const LiveSetup& setup,
                       SqliteTrips& trips)
    : writer_(writer),
      database_(database),
      run_(setup.context.run),
      simulated_(setup.simulated),
      slots_(setup.context.slots),
      catalogue_(*setup.catalogue),
      trips_(trips) {
  limited_ = database.integer(fmt::format(
                 "SELECT EXISTS (SELECT 1 FROM run_stock WHERE run_id = {0}) OR EXISTS (SELECT 1 "
                 "FROM run_coupons WHERE run_id = {0} AND (max_redemptions IS NOT NULL OR "
                 "max_discount_total_minor IS NOT NULL))",
                 run_.value)) != 0;
  const auto prepare = [&](const char* sql) { return database.prepare(sql); };
  cart_by_id_ = prepare(
      "SELECT id, version, last_step, status = 'open', store_id, session_id FROM carts WHERE id = "
      "?1 "
      "AND user_id = ?2 AND run_id = ?3");
  cart_exists_ = prepare("SELECT 1 FROM carts WHERE id = ?1");
  open_cart_ = prepare(
      "SELECT id, version, last_step, 1, store_id, session_id FROM carts WHERE run_id = ?3 AND "
      "user_id = ?2 AND store_id = ?1 AND status = 'open'");
  insert_cart_ = prepare(
      "INSERT INTO carts (id, run_id, user_id, store_id, session_id, currency, status, "
      "created_sim_us, last_step) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'open', ?7, ?8)");
  touch_cart_ = prepare(
      "UPDATE carts SET version = version + 1, last_step = max(last_step, ?2) WHERE id = ?1");
  close_cart_ = prepare(
      "UPDATE carts SET version = version + 1, last_step = max(last_step, ?2), status = ?3, "
      "closed_sim_us = ?4 WHERE id = ?1 AND status = 'open'");
  item_qty_ = prepare("SELECT qty FROM cart_items WHERE cart_id = ?1 AND product_id = ?2");
  put_item_ = prepare(
      "INSERT INTO cart_items (cart_id, product_id, qty, price_seen_minor) VALUES (?1, ?2, ?3, ?4) "
      "ON CONFLICT (cart_id, product_id) DO UPDATE SET qty = qty + excluded.qty, "
      "price_seen_minor = excluded.price_seen_minor");
  set_item_ = prepare(
      "INSERT INTO cart_items (cart_id, product_id, qty, price_seen_minor) VALUES (?1, ?2, ?3, ?4) "
      "ON CONFLICT (cart_id, product_id) DO UPDATE SET qty = excluded.qty, "
      "price_seen_minor = excluded.price_seen_minor");
  drop_item_ = prepare("DELETE FROM cart_items WHERE cart_id = ?1 AND product_id = ?2");
  items_ = prepare(
      "SELECT product_id, qty, price_seen_minor FROM cart_items WHERE cart_id = ?1 "
      "ORDER BY product_id");
  count_items_ = prepare("SELECT count(*) FROM cart_items WHERE cart_id = ?1");
  cart_coupons_ =
      prepare("SELECT user_coupon_id FROM cart_coupons WHERE cart_id = ?1 ORDER BY user_coupon_id");
  clear_coupons_ = prepare("DELETE FROM cart_coupons WHERE cart_id = ?1");
  put_coupon_ = prepare("INSERT OR IGNORE INTO cart_coupons VALUES (?1, ?2)");
  wallet_ = prepare(
      "SELECT id, coupon_id, assigned_sim_us, expires_sim_us FROM user_coupons WHERE run_id = ?1 "
      "AND user_id = ?2 AND status = 'active' AND assigned_sim_us <= ?3 AND ?3 < expires_sim_us "
      "ORDER BY id");
  wallet_all_ = prepare(
      "SELECT coupon_id, lane = 'frontstore', slot FROM user_coupons WHERE run_id = ?1 AND "
      "user_id = ?2 AND status = 'active'");
  prepare_checkout();
  prepare_return();
}

Task<CartAnswer> SqliteShop::add(const CartCall& call, std::span<const retail::CartLine> lines) {
  if (const CartStatus refusal = check_limits(lines, 1); refusal != CartStatus::done) {
    co_return CartAnswer{refusal};
  }
  const std::vector<retail::CartLine> once = merged(catalogue_, lines);
  CartAnswer answer;
  std::function<void(Database&)> job = [&](Database&) {
    answer = add_now(call, once);
    if (!answer.ok()) throw Undo{};
  };
  try {
    co_await writer_.write(std::move(job));
  } catch (const Undo&) {
  }
  co_return answer;
}

Task<CartAnswer> SqliteShop::change(const CartCall& call, const CartChange& change) {
  CartAnswer answer{check_limits(change)};
  if (answer.status != CartStatus::done) co_return answer;
  std::function<void(Database&)> job = [&](Database&) {
    answer = change_now(call, change);
    if (!answer.ok()) throw Undo{};
  };
  try {
    co_await writer_.write(std::move(job));
  } catch (const Undo&) {
  }
  co_return answer;
}

Task<CartView> SqliteShop::cart(const CartCall& call) {
  CartView view;
  std::function<void(Database&)> job = [&](Database&) {
    const CartRow row = find_cart(call);
    view = {};
    if (!row.id || !row.open) return;
    view.cart = row.id;
    view.version = row.version;
    items_.bind(1, row.id.value);
    while (items_.step()) {
      const auto product = find_product(catalogue_, ProductId{items_.integer(0)});
      if (!product) continue;
      const retail::Product& known = catalogue_.products[*product];
      view.lines.push_back({*product, known.category, known.brand,
                            static_cast<std::int32_t>(items_.integer(1)),
                            Money{items_.integer(2)}});
    }
    view.coupons = cart_coupons(row.id);
  };
  co_await writer_.read(std::move(job));
  co_return view;
}

Task<std::vector<WalletRow>> SqliteShop::wallet(UserId user, SimTime at) {
  std::vector<WalletRow> rows;
  std::function<void(Database&)> job = [&](Database&) {
    rows.clear();
    wallet_.bind(1, run_.value).bind(2, user.value).bind(3, at.us);
    while (wallet_.step()) {
      const auto coupon = find_coupon(catalogue_, CouponId{wallet_.integer(1)});
      if (!coupon) continue;
      rows.push_back({UserCouponId{wallet_.integer(0)}, *coupon, SimTime{wallet_.integer(2)},
                      SimTime{wallet_.integer(3)}});
    }
  };
  co_await writer_.read(std::move(job));
  co_return rows;
}

SqliteShop::CartRow SqliteShop::find_cart(const CartCall& call) {
  Statement& find = call.cart ? cart_by_id_ : open_cart_;
  find.bind(1, call.cart ? call.cart.value : call.store.value)
      .bind(2, call.user.value)
      .bind(3, run_.value);
  CartRow row;
  if (find.step()) {
    row = {CartId{find.integer(0)}, find.integer(1),          find.integer(2),
           find.integer(3) != 0,    StoreId{find.integer(4)}, SessionId{find.integer(5)}};
  }
  find.reset();
  return row;
}

// Why this cart cannot be changed; `done` if it can.
CartAnswer SqliteShop::refusal_of(const CartCall& call, const CartRow& row) {
  if (!row.id) return {CartStatus::not_open};
  if (call.step > 0 && row.last_step >= call.step) {
    return {CartStatus::done_before, row.id, row.version, count_lines(row.id)};
  }
  if (!row.open) return {CartStatus::not_open, row.id, row.version};
  if (call.version && *call.version != row.version) {
    return {CartStatus::version_conflict, row.id, row.version};
  }
  return {CartStatus::done, row.id, row.version + 1};
}

CartId SqliteShop::open_cart(const CartCall& call) {
  const CartId id{call.cart ? call.cart.value : next_number("carts")};
  insert_cart_.bind(1, id.value)
      .bind(2, run_.value)
      .bind(3, call.user.value)
      .bind(6, catalogue_.currency)
      .bind(7, call.at.us)
      .bind(8, call.step);
  call.store ? insert_cart_.bind(4, call.store.value) : insert_cart_.bind_null(4);
  call.session ? insert_cart_.bind(5, call.session.value) : insert_cart_.bind_null(5);
  insert_cart_.run();
  return id;
}

int SqliteShop::count_lines(CartId cart) {
  count_items_.bind(1, cart.value);
  count_items_.step();
  const auto lines = static_cast<int>(count_items_.integer(0));
  count_items_.reset();
  return lines;
}

CartAnswer SqliteShop::add_now(const CartCall& call, std::span<const retail::CartLine> lines) {
  const CartRow row = find_cart(call);
  CartAnswer answer;
  if (row.id) {
    answer = refusal_of(call, row);
    if (answer.status != CartStatus::done) return answer;
    touch_cart_.bind(1, row.id.value).bind(2, call.step).run();
  } else {
    if (call.version) return {CartStatus::not_open};
    if (call.cart) {
      CartCall any = call;
      any.cart = {};
      cart_exists_.bind(1, call.cart.value);
      const bool exists = cart_exists_.step();
      cart_exists_.reset();
      if (exists) return {CartStatus::not_open};  // somebody else's
      if (find_cart(any).id) return {CartStatus::other_cart_open};
    }
    answer = {CartStatus::done, open_cart(call), 1};
  }
  for (const retail::CartLine& line : lines) {
    const std::int64_t product = catalogue_.products[line.product].id.value;
    item_qty_.bind(1, answer.cart.value).bind(2, product);
    const std::int64_t before = item_qty_.step() ? item_qty_.integer(0) : 0;
    item_qty_.reset();
    if (before + line.qty > retail::kLineQtyMax) return {CartStatus::bad_quantity};
    put_item_.bind(1, answer.cart.value)
        .bind(2, product)
        .bind(3, std::int64_t{line.qty})
        .bind(4, line.unit_price.minor)
        .run();
  }
  answer.lines = count_lines(answer.cart);
  if (answer.lines > retail::kCartLinesMax) return {CartStatus::too_many_lines};
  return answer;
}

CartAnswer SqliteShop::change_now(const CartCall& call, const CartChange& change) {
  const CartRow row = find_cart(call);
  CartAnswer answer = refusal_of(call, row);
  if (answer.status != CartStatus::done) return answer;
  if (change.abandon) {
    close_cart_.bind(1, row.id.value)
        .bind(2, call.step)
        .bind_static(3, "abandoned")
        .bind(4, call.at.us)
        .run();
  } else {
    touch_cart_.bind(1, row.id.value).bind(2, call.step).run();
  }
  for (const retail::CartLine& line : change.set) {
    const std::int64_t product = catalogue_.products[line.product].id.value;
    if (line.qty > retail::kLineQtyMax) return {CartStatus::bad_quantity};
    if (line.qty == 0) {
      drop_item_.bind(1, row.id.value).bind(2, product).run();
    } else {
      set_item_.bind(1, row.id.value)
          .bind(2, product)
          .bind(3, std::int64_t{line.qty})
          .bind(4, line.unit_price.minor)
          .run();
    }
  }
  if (change.coupons) {
    clear_coupons_.bind(1, row.id.value).run();
    for (const UserCouponId coupon : *change.coupons) {
      put_coupon_.bind(1, row.id.value).bind(2, coupon.value).run();
    }
  }
  answer.lines = count_lines(row.id);
  if (answer.lines > retail::kCartLinesMax) return {CartStatus::too_many_lines};
  return answer;
}

std::vector<UserCouponId> SqliteShop::cart_coupons(CartId cart) {
  std::vector<UserCouponId> coupons;
  cart_coupons_.bind(1, cart.value);
  while (cart_coupons_.step()) coupons.push_back(UserCouponId{cart_coupons_.integer(0)});
  return coupons;
}

// Numbers of the real shop: those of runs begin above.
std::int64_t SqliteShop::next_number(const char* table) {
  return database_.integer(fmt::format("SELECT coalesce(max(id), 0) + 1 FROM {} WHERE id < {}",
                                       table, retail::kRunSpan));
}

}  // namespace footfall::store::sqlite
