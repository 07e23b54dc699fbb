// Goal: a run's rows and its report are the same on PostgreSQL as on SQLite, however many days come
// in one commit and also through a pooler, and a commit that fails leaves nothing. Method: the
// entries of a real fast run, kept in memory and written to each; all tables compared.
#include "store/postgres/journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>

#include "base/failure.hpp"
#include "base/test_folder.hpp"
#include "simulation/test_world.hpp"
#include "store/postgres/postgres_fixture.hpp"
#include "store/postgres/schema_shape.hpp"
#include "store/run_report.hpp"
#include "store/sqlite/sqlite_sql.hpp"
#include "tests/servers/pgbouncer.hpp"

namespace footfall::store::postgres {
namespace {

using simulation::FastRun;
using simulation::MemoryJournal;
using simulation::Plan;

// The small shop with some stock and budgets that run out.
retail::Catalogue limited_shop() {
  retail::Catalogue shop = simulation::small_shop();
  for (std::uint16_t p = 0; p < 40; ++p) shop.stock.push_back({p % 2 == 0, p, p / 4});
  for (std::size_t c = 0; c < shop.coupons.size(); c += 8) {
    shop.coupons[c].max_discount_total = Money{200};
  }
  return shop;
}

struct Lived {
  Plan plan = simulation::four_weeks();
  retail::Catalogue shop = limited_shop();
  std::vector<personas::Persona> people = some_people(60);
  std::vector<JournalEntry> entries;

  Lived() {
    personas::Population population;
    const personas::Vocabulary words{shop.categories, shop.brands, {"S1", "S2"}};
    for (std::size_t i = 0; i < people.size(); ++i) {
      population.push_back(
          compile(people[i], words, AgentId{static_cast<std::int64_t>(i) + 1}, i).value());
    }
    const auto run = FastRun::create(plan, shop, population, 2).value();
    MemoryJournal journal;
    run->keep(plan.run, journal, SimTime{});
    const std::atomic<bool> stop = false;
    run->run(stop, nullptr);
    entries = std::move(journal.entries);
  }

  // Seeds `store`, makes run 1 and writes the entries, `at_once` a commit.
  void write(Store& store, std::size_t at_once) const {
    store.seed(shop, people);
    store::Run run;
    run.seed = plan.seed;
    run.start = run.now = plan.start;
    run.until = plan.until;
    run.agents = static_cast<std::int64_t>(people.size());
    run.slots = {plan.rules.frontstore_slots(), plan.rules.category_brand_slots()};
    run.coupon_life = plan.rules.life;
    ASSERT_EQ(store.create_run(run), plan.run);
    const auto agents = store.load_agents(1000);
    const auto journal =
        store.open_journal({plan.run,
                            plan.start,
                            plan.rules.life,
                            {plan.rules.frontstore_slots(), plan.rules.category_brand_slots()},
                            plan.policy,
                            1},
                           shop, agents);
    for (std::span<const JournalEntry> rest = entries; !rest.empty();) {
      const std::size_t n = std::min(at_once, rest.size());
      journal->commit(rest.first(n));
      rest = rest.subspan(n);
    }
  }
};

const Lived& lived() {
  static const Lived lived;
  return lived;
}

// Every table's columns but the real clock's.
std::map<std::string, std::string> columns_of_tables() {
  std::map<std::string, std::string> tables;
  for (const auto& [part, definition] : expected_shape().parts) {
    if (part.kind != "column" || part.name.ends_with("_wall_us")) continue;
    std::string& columns = tables[part.table];
    columns += (columns.empty() ? "" : ", ") + part.name;
  }
  return tables;
}

using Tables = std::map<std::string, std::vector<std::vector<Value>>>;

Tables all_rows(Reader& reader) {
  Tables tables;
  for (const auto& [name, columns] : columns_of_tables()) {
    auto& rows = tables[name];
    rows = reader.query("SELECT " + columns + " FROM " + name, {}).rows;
    std::sort(rows.begin(), rows.end());
  }
  return tables;
}

void expect_same(const Tables& expected, const Tables& found) {
  ASSERT_GT(expected.size(), 20U);
  for (const auto& [name, rows] : expected) {
    const auto& others = found.at(name);
    ASSERT_EQ(others.size(), rows.size()) << name;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      ASSERT_EQ(others[i], rows[i]) << name << ", row " << i;
    }
  }
}

std::string text_of(const RunReport& report) {
  const RunTotals& t = report.totals;
  std::string out =
      fmt::format("{} {} {} {} {}\n{} {} {} {} {} {} {} {} {} {} {} {}\n{} {}\n", report.mode,
                  report.currency, report.run.now.us, report.run.seed, report.run.config_hash,
                  t.sessions, t.shopping_sessions, t.idle_sessions, t.orders, t.abandoned, t.failed,
                  t.open, t.order_lines, t.units, t.gross.minor, t.discount.minor, t.revenue.minor,
                  fmt::join(report.visits_by_hour, " "), fmt::join(report.visits_by_weekday, " "));
  for (const auto& x : report.funnel) out += fmt::format("{} {}\n", x.name, x.sessions);
  for (const auto& x : report.events) out += fmt::format("{} {}\n", x.type, x.events);
  for (const auto& x : report.baskets) out += fmt::format("{} {}\n", x.name, x.orders);
  for (const auto& x : report.cycles) {
    out +=
        fmt::format("{} {} {} {} {} {} {} {} {} {} {}\n", x.cycle, x.starts.us, x.ends.us, x.status,
                    x.assigned, x.viewed, x.redeemed, x.expired, x.superseded, x.active, x.other);
  }
  for (const auto* lines : {&report.top_categories, &report.top_products}) {
    for (const auto& x : *lines) {
      out += fmt::format("{} {} {} {} {} {} {}\n", x.product.value, x.name, x.brand, x.category,
                         x.lines, x.units, x.revenue.minor);
    }
  }
  for (const auto& x : report.shoppers_by_orders) out += fmt::format("{} {}\n", x.name, x.shoppers);
  out += fmt::format("{}\n", report.mean_days_between_orders);
  for (const auto& x : report.weeks) out += fmt::format("{} {} {}\n", x.week, x.active, x.buyers);
  for (const auto& x : report.tables) out += fmt::format("{} {}\n", x.table, x.rows);
  return out;
}

struct Kept {
  Tables tables;
  std::string report;
};

Kept kept_in(Reader& reader) {
  return {all_rows(reader), text_of(make_report(reader, RunId{1}).value())};
}

Kept kept_in_sqlite() {
  // A file of its own for each test: ctest runs them side by side.
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  const auto file = test_folder() / (std::string("postgres_journal_") + test->name() + ".db");
  for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + tail);
  lived().write(*sqlite::open_store(file, true).value(), 1);
  return kept_in(*sqlite::open_reader(file).value());
}

Kept kept_in_postgres(const std::string& url, std::size_t at_once) {
  lived().write(*open_store(url, true).value(), at_once);
  return kept_in(*open_reader(url).value());
}

TEST(PostgresJournal, KeepsTheSameRowsAsSqliteHoweverManyDaysComeAtOnce) {
  const Kept expected = kept_in_sqlite();
  ASSERT_GT(expected.tables.at("shopping_session_events").size(), 5'000U);
  ASSERT_GT(expected.tables.at("order_discounts").size(), 50U);
  for (const std::size_t at_once : {std::size_t{1}, std::size_t{5}, std::size_t{1000}}) {
    SCOPED_TRACE(at_once);
    const std::string url = fresh_url();
    const Kept found = kept_in_postgres(url, at_once);
    expect_same(expected.tables, found.tables);
    EXPECT_EQ(found.report, expected.report);
    EXPECT_GT(number(url, "SELECT count(*) FROM footfall.run_stock WHERE on_hand < initial_qty"),
              5);
    EXPECT_GT(number(url, "SELECT count(*) FROM footfall.run_coupons WHERE redeemed_count > 0"), 2);
  }
}

TEST(PostgresJournal, KeepsTheSameRowsThroughAPooler) {
  const std::string name = fresh_database();
  const tests::PgBouncer bouncer(server());
  const Kept expected = kept_in_sqlite();
  const Kept found = kept_in_postgres(bouncer.url(name), 3);
  expect_same(expected.tables, found.tables);
  EXPECT_EQ(found.report, expected.report);
  const auto store = open_store(bouncer.url(name), true).value();
  const SeedReport again = store->seed(lived().shop, lived().people);
  EXPECT_EQ(again.agents.same, 60);
  EXPECT_EQ(again.coupons.same, 60);
  const DatabaseCheck check = check_database(bouncer.url(name), 1).value();
  EXPECT_EQ(check.problems, std::vector<std::string>{});
  EXPECT_EQ(check.notes, std::vector<std::string>{});
}

TEST(PostgresJournal, WritesLinesAsCopyReadsThem) {
  std::string lines;
  const Cell first[] = {1, Cell(), 0.1 + 0.2, std::string_view("a\tb\\c\nd\re")};
  const Cell second[] = {std::string_view(""), std::string_view("\\N"), INT64_MIN, 1e300};
  append_copy_row(lines, first);
  append_copy_row(lines, second);
  EXPECT_EQ(lines,
            "1\t\\N\t0.30000000000000004\ta\\tb\\\\c\\nd\\re\n"
            "\t\\\\N\t-9223372036854775808\t1e+300\n");
}

class PostgresJournalFailure : public testing::Test {
 protected:
  void SetUp() override {
    url = fresh_url();
    store = open_store(url, true).value();
    store->seed(lived().shop, lived().people);
    store::Run run;
    run.start = run.now = lived().plan.start;
    run.until = lived().plan.until;
    run.agents = 60;
    run.slots = {lived().plan.rules.frontstore_slots(), lived().plan.rules.category_brand_slots()};
    run.coupon_life = lived().plan.rules.life;
    store->create_run(run);
    agents = store->load_agents(100);
    journal = store->open_journal({RunId{1}, run.start, run.coupon_life, run.slots, "uniform", 1},
                                  lived().shop, agents);
  }

  std::vector<std::int64_t> rows() const {
    return {number(url, "SELECT count(*) FROM footfall.shopping_sessions"),
            number(url, "SELECT count(*) FROM footfall.user_coupons"),
            number(url, "SELECT count(*) FROM footfall.offer_cycles"),
            number(url, "SELECT sim_now_us FROM footfall.simulation_state")};
  }

  std::string url;
  std::unique_ptr<Store> store;
  std::vector<Agent> agents;
  std::unique_ptr<Journal> journal;
};

TEST_F(PostgresJournalFailure, ACommitIsKeptWholeOrNotAtAll) {
  const std::span<const JournalEntry> entries = lived().entries;
  journal->commit(entries.first(2));
  const auto before = rows();
  EXPECT_THROW(journal->commit(entries.subspan(1, 2)), Failure) << "a day that is there already";
  EXPECT_EQ(rows(), before);
  journal->commit(entries.subspan(2, 2));  // usable again
  EXPECT_GT(rows()[0], before[0]);
  EXPECT_EQ(rows()[3], entries[3].now.us);
}

TEST_F(PostgresJournalFailure, ALostConnectionLeavesNothing) {
  const std::span<const JournalEntry> entries = lived().entries;
  const auto before = rows();
  server().psql(
      "postgres",
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'footfall'");
  EXPECT_THROW(journal->commit(entries.first(2)), Failure);
  EXPECT_EQ(rows(), before);
}

}  // namespace
}  // namespace footfall::store::postgres
