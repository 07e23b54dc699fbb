// Goal: whatever moment the power goes, the file is sound, every job that was acknowledged is there
// whole, and of the others nothing or all.
// Method: seeded rounds of small jobs over a FaultyVfs, the power cut at a random call, and several
// versions of what the disk may hold opened with the ordinary file system. 100 cuts, 1,000 with
// FOOTFALL_LONG=1.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/failure.hpp"
#include "base/test_folder.hpp"
#include "store/sqlite/faulty_vfs.hpp"
#include "store/sqlite/group_writer_fixture.hpp"
#include "store/sqlite/test_database.hpp"

namespace footfall::store::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr int kShelves = 40;  // as in the schema
constexpr const char* kSchema =
    "CREATE TABLE orders (job INTEGER PRIMARY KEY, lines INTEGER, total INTEGER) STRICT;"
    "CREATE TABLE lines (job INTEGER, line INTEGER, shelf INTEGER, amount INTEGER, filling TEXT,"
    "  PRIMARY KEY (job, line)) STRICT;"
    "CREATE TABLE shelves (shelf INTEGER PRIMARY KEY, sold INTEGER, filling TEXT) STRICT;"
    "WITH RECURSIVE n (x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n WHERE x < 39)"
    "  INSERT INTO shelves SELECT x, 0, printf('%.1500c', 'x') FROM n;";

// One job: an order of some lines, over three tables.
struct Order {
  std::int64_t job = 0;
  int lines = 1;
  int filling = 0;
  std::int64_t first_shelf = 0;
  bool throws = false;  // after half of its rows
};

void place(Database& database, const Order& order) {
  Statement line = database.prepare("INSERT INTO lines VALUES (?, ?, ?, ?, ?)");
  Statement shelf = database.prepare("UPDATE shelves SET sold = sold + ? WHERE shelf = ?");
  const std::string filling(static_cast<std::size_t>(order.filling), 'f');
  std::int64_t total = 0;
  for (std::int64_t i = 0; i < order.lines; ++i) {
    if (order.throws && i == order.lines / 2) throw std::runtime_error("changed its mind");
    const std::int64_t at = (order.first_shelf + 7 * i) % kShelves;
    const std::int64_t amount = order.job + i;
    line.bind(1, order.job).bind(2, i).bind(3, at).bind(4, amount).bind(5, filling).run();
    shelf.bind(1, amount).bind(2, at).run();
    total += amount;
  }
  Statement head = database.prepare("INSERT INTO orders VALUES (?, ?, ?)");
  head.bind(1, order.job).bind(2, std::int64_t{order.lines}).bind(3, total).run();
}

struct Outcomes {
  std::set<std::int64_t> acknowledged, thrown, refused;
};

Task<void> place_order(GroupWriter& writer, Order order, Outcomes& outcomes) {
  try {
    Job job = [order](Database& database) { place(database, order); };
    co_await writer.write(std::move(job));
    outcomes.acknowledged.insert(order.job);
  } catch (const Failure&) {
    outcomes.refused.insert(order.job);
  } catch (const std::runtime_error&) {
    outcomes.thrown.insert(order.job);
  }
}

// The jobs of a round share a group, so that a seed gives the same calls each time.
void run_round(GroupWriter& writer, const std::vector<Order>& orders, Outcomes& outcomes) {
  asio::io_context io(1);
  Gate gate(writer);
  for (const Order& order : orders) {
    asio::co_spawn(io, place_order(writer, order, outcomes), rethrow);
  }
  io.poll();
  gate.open();
  io.run();
}

std::vector<Order> make_round(std::mt19937_64& random, std::int64_t& next_job) {
  std::vector<Order> orders(1 + random() % 8);
  for (Order& order : orders) {
    order.job = next_job++;
    order.lines = static_cast<int>(1 + random() % 5);
    order.filling = static_cast<int>(random() % 900);
    order.first_shelf = static_cast<std::int64_t>(random() % kShelves);
    order.throws = random() % 10 == 0;
  }
  return orders;
}

struct Load {
  std::uint64_t seed = 0;
  const char* before = "";  // run on the writer's connection, outside any transaction
};

// Some 25 rounds, with a checkpoint every few; what is answered after the power went counts too.
Outcomes run_load(const fs::path& path, const FaultyVfs& vfs, const Load& load) {
  Outcomes outcomes;
  std::mt19937_64 random(load.seed);
  Result<Database> database = Database::open(path, Access::read_write, vfs.name());
  if (!database) return outcomes;  // the power went before
  try {
    database->execute("PRAGMA wal_autocheckpoint = " + std::to_string(8 + random() % 60));
  } catch (const Failure&) {
    return outcomes;
  }
  GroupWriter writer(std::move(*database));
  asio::io_context io(1);
  Outcome ignored;
  const Job before = [&](Database& given) { given.execute(load.before); };
  start(io, writer, before, ignored, /*reads=*/true);
  io.run();
  std::int64_t next_job = 1;
  for (int round = 0; round < 25 && !vfs.power_is_lost(); ++round) {
    run_round(writer, make_round(random, next_job), outcomes);
  }
  return outcomes;
}

// What a disk held after the power loss, opened and held against the answers.
void check(const fs::path& path, const Outcomes& outcomes) {
  Result<Database> opened = Database::open(path, Access::read_write);
  ASSERT_TRUE(opened) << opened.error().message();
  Database& database = *opened;
  database.execute("PRAGMA synchronous = OFF");  // only to be quick
  Statement integrity = database.prepare("PRAGMA integrity_check");
  ASSERT_TRUE(integrity.step());
  EXPECT_EQ(integrity.text(0), "ok");
  EXPECT_EQ(database.integer("SELECT count(*) FROM orders o WHERE (lines, total) IS NOT (SELECT "
                             "count(*), sum(amount) FROM lines l WHERE l.job = o.job)"),
            0)
      << "orders in part";
  EXPECT_EQ(
      database.integer("SELECT count(*) FROM lines WHERE job NOT IN (SELECT job FROM orders)"), 0)
      << "lines without their order";
  EXPECT_EQ(database.integer("SELECT count(*) FROM shelves s WHERE sold <> (SELECT "
                             "ifnull(sum(amount), 0) FROM lines l WHERE l.shelf = s.shelf)"),
            0)
      << "shelves that do not match the lines";
  std::set<std::int64_t> found;
  Statement orders = database.prepare("SELECT job FROM orders");
  while (orders.step()) found.insert(orders.integer(0));
  for (const std::int64_t job : outcomes.acknowledged) {
    EXPECT_TRUE(found.contains(job)) << "job " << job << " was acknowledged and is lost";
  }
  for (const std::int64_t job : outcomes.thrown) {
    EXPECT_FALSE(found.contains(job)) << "job " << job << " was undone and is there";
  }
}

class PowerLoss : public testing::Test {
 protected:
  const fs::path folder = fresh_folder();
  const fs::path after = folder / "after";

  static fs::path fresh_folder() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    const fs::path made = test_folder() / (std::string("power_loss_") + test->name());
    fs::remove_all(made);
    fs::create_directories(made);
    return made;
  }

  void SetUp() override { make_database(folder / "seeded.db", kSchema); }

  fs::path fresh_shop() const {
    fs::path shop = folder / "shop.db";
    for (const char* more : {"", "-wal", "-shm"}) fs::remove(shop.string() + more);
    fs::copy_file(folder / "seeded.db", shop);
    return shop;
  }
};

TEST_F(PowerLoss, AcknowledgedJobsAreThereWholeAndNoOtherInPart) {
  const char* long_run = std::getenv("FOOTFALL_LONG");
  const std::uint64_t cuts = long_run && std::string_view(long_run) == "1" ? 1000 : 100;
  std::int64_t calls = 0;  // of a load that nothing interrupts
  {
    const FaultyVfs vfs;
    EXPECT_GT(run_load(fresh_shop(), vfs, {1}).acknowledged.size(), 50U);
    calls = vfs.calls();
  }
  std::size_t in_doubt = 0;
  for (std::uint64_t seed = 1; seed <= cuts && !HasFailure(); ++seed) {
    std::mt19937_64 random(seed);
    // The first call is the open; before it there is no file to lose.
    const auto cut = static_cast<std::int64_t>(2 + random() % static_cast<std::uint64_t>(calls));
    SCOPED_TRACE("seed " + std::to_string(seed) + ", cut at call " + std::to_string(cut));
    FaultyVfs vfs;
    const fs::path shop = fresh_shop();
    vfs.lose_power_at(cut);
    const Outcomes outcomes = run_load(shop, vfs, {seed});
    vfs.lose_power();
    in_doubt += outcomes.refused.size();
    for (const std::uint64_t salvage : {std::uint64_t{0}, 2 * seed, 2 * seed + 1}) {
      SCOPED_TRACE("salvage " + std::to_string(salvage));
      vfs.files_after_power_loss(after, salvage);
      check(after / "shop.db", outcomes);
    }
  }
  EXPECT_GT(in_doubt, cuts / 2) << "the cuts missed the load";
}

// The method itself can fail: with no syncs the same check finds acknowledged jobs lost.
TEST_F(PowerLoss, WithoutSyncsAcknowledgedJobsAreLost) {
  FaultyVfs vfs;
  const Outcomes outcomes = run_load(fresh_shop(), vfs, {1, "PRAGMA synchronous = OFF"});
  vfs.lose_power();
  vfs.files_after_power_loss(after, 0);
  Database database = Database::open(after / "shop.db", Access::read_write).value();
  EXPECT_LT(database.integer("SELECT count(*) FROM orders"), std::ssize(outcomes.acknowledged));
}

TEST_F(PowerLoss, NothingIsLostWhenAllThatWasWrittenWasSynced) {
  FaultyVfs vfs;
  const Outcomes outcomes = run_load(fresh_shop(), vfs, {2});
  vfs.lose_power();
  vfs.files_after_power_loss(after, 0);
  check(after / "shop.db", outcomes);
  EXPECT_GT(vfs.calls(FileCall::sync), 25);
  EXPECT_TRUE(outcomes.refused.empty());
  EXPECT_FALSE(outcomes.thrown.empty());
}

}  // namespace
}  // namespace footfall::store::sqlite
