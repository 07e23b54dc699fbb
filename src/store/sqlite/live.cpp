#include "store/sqlite/live.hpp"

#include <optional>

#include "store/sqlite/accounts.hpp"
#include "store/sqlite/offer_book.hpp"
#include "store/sqlite/offer_desk.hpp"
#include "store/sqlite/order_history.hpp"
#include "store/sqlite/shop.hpp"
#include "store/sqlite/sqlite_sql.hpp"
#include "store/sqlite/trips.hpp"
#include "store/wall_clock.hpp"

namespace footfall::store::sqlite {
namespace {

LiveCounts counts_of(const GroupWriter& writer) {
  const GroupWriterCounts now = writer.counts();
  LiveCounts counts;
  counts.transactions = now.jobs + now.reads;
  counts.retries = now.alone;
  counts.refused = now.refused;
  counts.connections = counts.connections_peak = 1;
  return counts;
}

// Statements are made and ended on the writer's thread, within jobs: others may share it.
class SqliteLive final : public LiveStore {
 public:
  SqliteLive(std::shared_ptr<GroupWriter> writer, RunId run)
      : writer_(std::move(writer)), run_(run) {}
  ~SqliteLive() override {
    writer_->read_now([this](Database&) { parts_.reset(); });
  }

  // In a job, before any other call.
  void prepare(Database& database, const LiveSetup& setup) {
    parts_.emplace(*writer_, database, setup);
  }

  Shop& shop() override { return parts_->shop; }
  TripJournal& trips() override { return parts_->trips; }
  OfferDesk& offers() override { return parts_->offers; }
  OrderHistory& orders() override { return parts_->orders; }
  OfferBook& book() override { return parts_->book; }
  Task<bool> still_held(const std::string& holder) override {
    bool held = false;
    std::function<void(Database&)> job = [&](Database& db) {
      db.prepare("UPDATE simulation_state SET held_wall_us = ?3 WHERE run_id = ?1 AND holder = ?2")
          .bind(1, run_.value)
          .bind(2, holder)
          .bind(3, wall_clock_us())
          .run();
      held = db.changes() == 1;
    };
    co_await writer_->write(std::move(job));
    co_return held;
  }
  LiveCounts counts() const override { return counts_of(*writer_); }

 private:
  struct Parts {
    Parts(GroupWriter& writer, Database& database, const LiveSetup& setup)
        : trips(writer, database, setup),
          shop(writer, database, setup, trips),
          offers(writer, database, setup),
          orders(writer, database, setup.context.run),
          book(writer, database, setup.context.run) {}

    SqliteTrips trips;
    SqliteShop shop;
    SqliteOfferDesk offers;
    SqliteOrderHistory orders;
    SqliteOfferBook book;
  };

  std::shared_ptr<GroupWriter> writer_;
  RunId run_;
  std::optional<Parts> parts_;
};

class SqliteLiveDatabase final : public LiveDatabase {
 public:
  explicit SqliteLiveDatabase(Database database)
      : writer_(std::make_shared<GroupWriter>(std::move(database))) {
    writer_->read_now([this](Database& db) { accounts_.emplace(*writer_, db); });
  }
  ~SqliteLiveDatabase() override {
    writer_->read_now([this](Database&) { accounts_.reset(); });
  }

  Task<std::unique_ptr<LiveStore>> open(const LiveSetup& setup) override {
    auto live = std::make_unique<SqliteLive>(writer_, setup.context.run);
    std::function<void(Database&)> job = [&](Database& db) { live->prepare(db, setup); };
    co_await writer_->read(std::move(job));
    co_return std::unique_ptr<LiveStore>(std::move(live));
  }

  Accounts& accounts() override { return *accounts_; }

  Task<void> ping() override {
    std::function<void(Database&)> job = [](Database& db) {
      db.integer("SELECT number FROM footfall_migrations LIMIT 1");
    };
    co_await writer_->read(std::move(job));
  }

  LiveCounts counts() const override { return counts_of(*writer_); }

 private:
  std::shared_ptr<GroupWriter> writer_;
  std::optional<SqliteAccounts> accounts_;
};

}  // namespace

std::unique_ptr<LiveStore> make_live(Database database, const LiveSetup& setup) {
  const auto writer = std::make_shared<GroupWriter>(std::move(database));
  auto live = std::make_unique<SqliteLive>(writer, setup.context.run);
  writer->read_now([&](Database& db) { live->prepare(db, setup); });
  return live;
}

Result<std::unique_ptr<LiveStore>> open_live(const std::filesystem::path& path,
                                             const LiveSetup& setup) {
  auto database = open_newest(path, Access::read_write);
  if (!database) return database.error();
  return make_live(std::move(*database), setup);
}

Result<std::shared_ptr<LiveDatabase>> open_live_database(const std::filesystem::path& path) {
  auto database = open_newest(path, Access::read_write);
  if (!database) return database.error();
  return std::shared_ptr<LiveDatabase>(std::make_shared<SqliteLiveDatabase>(std::move(*database)));
}

}  // namespace footfall::store::sqlite
