// The databases of contract tests: the shop in them, templates, servers.
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <functional>

#include "simulation/test_world.hpp"
#include "store/postgres/postgres_store.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/sqlite_sql.hpp"
#include "tests/store/contract_world.hpp"

namespace footfall::store {
namespace {

// Codes: F frontstore, C category, B brand, then scope and terms. G…: for full wallets.
std::vector<retail::Coupon> known_coupons() {
  using retail::CouponKind;
  std::vector<retail::Coupon> coupons;
  const auto add = [&](const char* code, CouponKind kind, int scope, int bps, int amount) {
    retail::Coupon& coupon = coupons.emplace_back();
    coupon.code = coupon.title = code;
    coupon.kind = kind;
    coupon.scope = static_cast<std::uint16_t>(scope);
    coupon.percent_bps = bps;
    coupon.amount = Money{amount};
    return std::ref(coupon);
  };
  add("F_10%", CouponKind::frontstore, 0, 1000, 0);
  add("F_200", CouponKind::frontstore, 0, 0, 200);
  add("F_BIG", CouponKind::frontstore, 0, 1000, 0).get().min_spend = Money{1'000'000};
  add("F_CAP", CouponKind::frontstore, 0, 1000, 0).get().max_redemptions = 3;
  add("F_BUDGET", CouponKind::frontstore, 0, 0, 100).get().max_discount_total = Money{250};
  add("F_ALL", CouponKind::frontstore, 0, 10'000, 0);
  add("C0_20%", CouponKind::category, 0, 2000, 0);
  add("C0_10%", CouponKind::category, 0, 1000, 0);
  add("C1_300", CouponKind::category, 1, 0, 300);
  add("C2_MIN5", CouponKind::category, 2, 3000, 0).get().min_qty = 5;
  add("C7_50%", CouponKind::category, 7, 5000, 0);
  add("C3_ISSUE", CouponKind::category, 3, 1000, 0).get().max_issuance = 4;
  add("B0_15%", CouponKind::brand, 0, 1500, 0);
  for (int i = 0; i < 40; ++i) {
    add(fmt::format("G{}", i).c_str(), CouponKind::category, i % 8, 500 + 10 * i, 0);
  }
  return coupons;
}

template <typename Store>
void fill(Store& store) {
  const retail::Catalogue shop = contract_shop();
  personas::Palette palette{{{"category 1", 1}}, {{"brand 1", 1}}, {"S1", "S2"}};
  std::vector<personas::Persona> people;
  for (int i = 1; i <= kPeople; ++i) {
    people.push_back(personas::make_persona(5, static_cast<std::uint32_t>(i), palette));
  }
  store.seed(shop, people);
}

// An SQLite file with schema, shop and people, made once.
const std::filesystem::path& sqlite_template() {
  static const struct Kept {
    std::filesystem::path path = temporary_file();
    Kept() {
      fill(*sqlite::open_store(path, /*make=*/true).value());
      sqlite::Database::open(path, sqlite::Access::read_write)
          .value()
          .execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    ~Kept() {
      for (const char* more : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + more);
    }
  } kept;
  return kept.path;
}

}  // namespace

std::filesystem::path temporary_file() {
  static std::atomic<int> made = 0;
  return std::filesystem::path(testing::TempDir()) /
         fmt::format("footfall_contract_{}_{}.db", ::getpid(), ++made);
}

void copy_sqlite_template(const std::filesystem::path& to) {
  std::filesystem::copy_file(sqlite_template(), to);
}

retail::Catalogue contract_shop() {
  retail::Catalogue shop = simulation::small_shop();
  for (int i = 3; i <= kStores; ++i) {
    shop.stores.push_back({StoreId{i}, fmt::format("S{}", i), "More", "Elsewhere", "UTC"});
  }
  shop.coupons = known_coupons();
  for (std::size_t i = 0; i < shop.coupons.size(); ++i) {
    shop.coupons[i].id = CouponId{static_cast<std::int64_t>(i) + 1};
  }
  return shop;
}

void make_template(tests::PostgresServer& server, const std::string& name) {
  server.create_database(name);
  fill(*postgres::open_store(server.url(name), /*make=*/true).value());
}

tests::PostgresServer& postgres_server() {
  static tests::PostgresServer server;
  static const bool made = (make_template(server, kPostgresTemplate), true);
  (void)made;
  return server;
}

tests::PgBouncer& pgbouncer() {
  static tests::PgBouncer bouncer(postgres_server());
  return bouncer;
}

}  // namespace footfall::store
