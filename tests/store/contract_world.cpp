#include "tests/store/contract_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/assert.hpp"
#include "retail/shelf.hpp"
#include "store/postgres/connection.hpp"
#include "store/postgres/live.hpp"
#include "store/postgres/postgres_store.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/live.hpp"
#include "store/sqlite/sqlite_sql.hpp"
#include "tests/store/invariant_checks.hpp"

namespace footfall::store {
namespace {

std::string fresh_name() {
  static int made = 0;
  return fmt::format("contract_{}", ++made);
}

void append(std::string& out, const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) out += fmt::format("{}", *whole);
  if (const auto* real = std::get_if<double>(&value)) out += fmt::format("{}", *real);
  if (const auto* text = std::get_if<std::string>(&value)) out += "'" + *text + "'";
}

}  // namespace

std::string name_of(Backend backend) {
  constexpr const char* kNames[] = {"Sqlite", "Postgres", "PgBouncer"};
  return kNames[static_cast<int>(backend)];
}

World::World(Backend which, const WorldOptions& options) : backend(which), options_(options) {
  open_database(options);
  const auto store = backend == Backend::sqlite
                         ? sqlite::open_store(file_, /*make=*/false).value()
                         : postgres::open_store(owner_url_, /*make=*/false).value();
  catalogue = store->load_catalogue();
  agents = store->load_agents(kPeople);
  for (const retail::Product& product : catalogue.products) prices.push_back(product.list_price);
  start = now = parse_sim_time("2026-01-05").value();
  if (!options.limited) {
    execute(
        "UPDATE coupons SET max_issuance = NULL, max_redemptions = NULL, "
        "max_discount_total_minor = NULL");
  }
  for (const auto& [product, on_hand] : options.stock) {
    execute(
        fmt::format("INSERT INTO store_products (store_id, product_id, on_hand) VALUES (1, {}, "
                    "{})",
                    catalogue.products[static_cast<std::size_t>(product)].id.value, on_hand));
  }
  Run row;
  row.seed = 42;
  row.start = row.now = start;
  row.until = start + kWeek * 100;
  row.agents = kPeople;
  row.settings = "{}";
  row.mode = "live";
  row.slots = options.slots;
  row.coupon_life = options.coupon_life;
  run = store->create_run(row);
  // Tests deal more copies than may be redeemed, so that they contend.
  execute("UPDATE run_coupons SET max_issuance = NULL WHERE max_redemptions IS NOT NULL");
  reopen(backend == Backend::bouncer ? pgbouncer().url(database_) : "");
}

void World::open_database(const WorldOptions& options) {
  if (backend == Backend::sqlite) {
    file_ = temporary_file();
    copy_sqlite_template(file_);
    url_ = owner_url_ = "sqlite:" + file_.string();
  } else if (!options.url.empty()) {
    url_ = owner_url_ = options.url;
  } else {
    postgres_server();
    database_ = fresh_name();
    postgres_server().create_database(database_, kPostgresTemplate);
    url_ = owner_url_ = postgres_server().url(database_);
  }
}

World::~World() {
  close();
  if (backend == Backend::sqlite) {
    for (const char* more : {"", "-wal", "-shm"}) std::filesystem::remove(file_.string() + more);
  } else if (!database_.empty()) {
    try {
      postgres_server().psql("postgres", "DROP DATABASE " + database_ + " WITH (FORCE)");
    } catch (const std::exception& failure) {
      ADD_FAILURE() << failure.what();
    }
  }
}

void World::close() {
  live_.reset();
  reader_.reset();
}

LiveSetup World::setup() const {
  LiveSetup setup;
  setup.context = {run, start, options_.coupon_life, options_.slots, "test", 1};
  setup.simulated = options_.simulated;
  setup.catalogue = &catalogue;
  setup.agents = &agents;
  return setup;
}

void World::reopen(const std::string& url) {
  live_.reset();
  if (!url.empty()) url_ = url;
  if (backend == Backend::sqlite) {
    live_ = sqlite::open_live(file_, setup()).value();
  } else {
    live_ = postgres::open_live(url_, setup(), options_.limits, io_.get_executor()).value();
  }
}

int World::who(UserId wanted) const {
  for (std::size_t i = 0; i < agents.size(); ++i) {
    if (agents[i].user == wanted) return static_cast<int>(i);
  }
  return -1;
}

std::uint16_t World::coupon(std::string_view code) const {
  for (std::size_t i = 0; i < catalogue.coupons.size(); ++i) {
    if (catalogue.coupons[i].code == code) return static_cast<std::uint16_t>(i);
  }
  throw std::out_of_range("no coupon " + std::string(code));
}

retail::CartLine World::line(int product, int qty) const {
  const retail::Product& known = catalogue.products[static_cast<std::size_t>(product)];
  return {static_cast<std::uint16_t>(product), known.category, known.brand, qty, known.list_price};
}

CheckoutRequest World::checkout(int who, const std::string& key, const std::string& hash) {
  CheckoutRequest request;
  request.call = call(who);
  request.key = key;
  request.hash = hash;
  request.prices = prices;
  return request;
}

void World::all(std::vector<Task<void>> tasks, int threads) {
  if (tasks.empty()) return;
  std::vector<std::exception_ptr> failures(tasks.size());
  std::atomic<std::size_t> left = tasks.size();
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    boost::asio::co_spawn(io_, std::move(tasks[i]), TaskEnd{&failures[i], &left, &io_});
  }
  // Only now: SQLite's writer may still have given up work of the tasks before, and so stopped it.
  io_.restart();
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back([this] { io_.run(); });
  io_.run();
  for (std::thread& other : others) other.join();
  FF_ASSERT(left == 0, "a task was not run to its end");
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

OfferCycleOpening World::opening(std::int64_t number) const {
  const SimTime starts = start + kWeek * number;
  return {number, starts, starts + kWeek,
          retail::make_shelf(catalogue, 7, number, {}, retail::first_listing_id(run, number))};
}

std::int64_t World::open_cycle(const std::vector<int>& due) {
  std::vector<DueRefresh> rows;
  for (const int who : due) rows.push_back({user(who), now});
  if (due.empty()) {
    for (const Agent& agent : agents) rows.push_back({agent.user, now});
  }
  const OfferCycleOpening next = opening(++offer_cycle);
  EXPECT_TRUE(ask(offers().open_cycle(next, rows)));
  return offer_cycle;
}

RefilledWallet World::refilled(std::int64_t number, SimTime at, const ClaimedWallet& wallet,
                               const std::vector<CouponId>& coupons) const {
  RefilledWallet out;
  out.user = wallet.user;
  const int front = options_.slots.frontstore, all = front + options_.slots.category_brand;
  std::vector<bool> taken(static_cast<std::size_t>(all));
  std::vector<CouponId> held;
  for (const HeldCoupon& row : wallet.held) {
    if (row.assigned + options_.coupon_life <= at) {
      out.ended.push_back(
          {row.id, retail::CouponEnd::expired, row.assigned + options_.coupon_life});
      ++out.n_expired;
    } else {
      taken[static_cast<std::size_t>(row.slot)] = true;
      held.push_back(row.coupon);
    }
  }
  const AgentId agent = agents[static_cast<std::size_t>(who(wallet.user))].id;
  const auto give = [&](CouponId coupon, double probability) {
    if (std::find(held.begin(), held.end(), coupon) != held.end()) return;
    const bool frontstore =
        catalogue.coupons[*find_coupon(catalogue, coupon)].kind == retail::CouponKind::frontstore;
    for (int slot = frontstore ? 0 : front; slot < (frontstore ? front : all); ++slot) {
      if (taken[static_cast<std::size_t>(slot)]) continue;
      taken[static_cast<std::size_t>(slot)] = true;
      held.push_back(coupon);
      out.assigned.push_back(
          {retail::user_coupon_id(run, number, agent, slot), coupon, slot, probability});
      ++(frontstore ? out.n_frontstore : out.n_category_brand);
      return;
    }
  };
  for (const AllottedCoupon& row : wallet.allotted) give(row.coupon, row.probability);
  for (const CouponId coupon : coupons) give(coupon, 0.5);
  out.n_skipped = all - out.n_frontstore - out.n_category_brand;
  return out;
}

std::map<int, std::vector<UserCouponId>> World::deal(const Hands& hands) {
  std::vector<int> due;
  for (const auto& [who, codes] : hands) due.push_back(who);
  open_cycle(due);
  std::map<int, std::vector<UserCouponId>> dealt;
  const Refill refill = [&](std::span<const ClaimedWallet> wallets) {
    std::vector<RefilledWallet> out;
    for (const ClaimedWallet& wallet : wallets) {
      const int at = who(wallet.user);
      std::vector<CouponId> coupons;
      for (const std::string& code : hands.at(at)) {
        coupons.push_back(catalogue.coupons[coupon(code)].id);
      }
      out.push_back(refilled(offer_cycle, now, wallet, coupons));
      dealt[at].clear();
      for (const NewCoupon& row : out.back().assigned) dealt[at].push_back(row.id);
    }
    return out;
  };
  const int done = ask(offers().refresh(offer_cycle, now, 1000, {}, false, refill));
  EXPECT_EQ(done, static_cast<int>(hands.size()));
  return dealt;
}

CartAnswer World::put(int who, std::vector<retail::CartLine> lines) {
  const CartCall the_call = call(who);
  return ask(shop().add(the_call, lines));
}

Rows World::query(const std::string& sql) const {
  if (!reader_) {
    reader_ = backend == Backend::sqlite ? sqlite::open_reader(file_).value()
                                         : postgres::open_reader(owner_url_).value();
  }
  return reader_->query(sql, {});
}

std::int64_t World::number(const std::string& sql) const {
  return std::get<std::int64_t>(query(sql).rows.at(0).at(0));
}

void World::execute(const std::string& sql) const {
  if (backend == Backend::sqlite) {
    sqlite::Database::open(file_, sqlite::Access::read_write).value().execute(sql);
  } else {
    postgres::Connection::open(owner_url_, {})
        .value()
        .execute("SET search_path = footfall; " + sql);
  }
}

std::string World::dump(std::string_view only_table) const {
  return dump_of([&](const std::string& sql) { return query(sql); }, only_table);
}

std::string dump_of(const std::function<Rows(const std::string&)>& query,
                    std::string_view only_table) {
  std::string out;
  for (const char* table :
       {"offer_cycles", "user_offer_cycles", "user_coupons", "allotments", "run_stock",
        "run_coupons", "carts", "cart_items", "cart_coupons", "orders", "order_items",
        "order_discounts", "coupon_events", "idempotency_keys", "shopping_sessions",
        "shopping_session_events", "simulation_decisions", "listings", "simulation_state"}) {
    if (!only_table.empty() && only_table != table) continue;
    const Rows rows = query(fmt::format("SELECT * FROM {}", table));
    std::map<std::string, std::size_t> columns;
    for (std::size_t i = 0; i < rows.columns.size(); ++i) {
      if (rows.columns[i].find("wall_us") == std::string::npos) columns[rows.columns[i]] = i;
    }
    std::vector<std::string> lines;
    for (const auto& row : rows.rows) {
      std::string& line = lines.emplace_back(table);
      for (const auto& [name, at] : columns) {
        line += fmt::format(" {}=", name);
        append(line, row[at]);
      }
    }
    std::sort(lines.begin(), lines.end());
    for (const std::string& line : lines) out += line + "\n";
  }
  return out;
}

std::string World::violations() const {
  std::string out;
  for (const InvariantCheck& check : kInvariantChecks) {
    const Rows rows = query(std::string(check.sql));
    if (rows.rows.empty()) continue;
    out += fmt::format("{}: {} rows", check.name, rows.rows.size());
    for (std::size_t i = 0; i < std::min<std::size_t>(3, rows.rows.size()); ++i) {
      out += "\n ";
      for (std::size_t c = 0; c < rows.columns.size(); ++c) {
        out += fmt::format(" {}=", rows.columns[c]);
        append(out, rows.rows[i][c]);
      }
    }
    out += "\n";
  }
  return out;
}

void OnEach::TearDown() {
  if (!world_) return;
  EXPECT_EQ(world_->violations(), "");
  world_.reset();
}

}  // namespace footfall::store
