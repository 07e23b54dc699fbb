#include "store/sqlite/live.hpp"

#include <optional>

#include "store/sql_store.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/offer_desk.hpp"
#include "store/sqlite/shop.hpp"
#include "store/sqlite/trips.hpp"

namespace footfall::store::sqlite {
namespace {

class SqliteLive final : public LiveStore {
 public:
  SqliteLive(Database database, const LiveSetup& setup) : writer_(std::move(database)) {
    writer_.write_now([&](Database& db) {
      trips_.emplace(writer_, db, setup);
      shop_.emplace(writer_, db, setup, *trips_);
      offers_.emplace(writer_, db, setup);
    });
  }

  // Statements end on the thread that used them.
  ~SqliteLive() override {
    try {
      writer_.read_now([&](Database&) {
        offers_.reset();
        shop_.reset();
        trips_.reset();
      });
    } catch (const std::exception&) {
      // Its queue is full: whoever called is gone, so the statements may end here.
    }
  }

  Shop& shop() override { return *shop_; }
  TripJournal& trips() override { return *trips_; }
  OfferDesk& offers() override { return *offers_; }

  LiveCounts counts() const override {
    const GroupWriterCounts now = writer_.counts();
    LiveCounts counts;
    counts.transactions = now.jobs + now.reads;
    counts.retries = now.alone;
    counts.refused = now.refused;
    counts.connections = counts.connections_peak = 1;
    return counts;
  }

 private:
  GroupWriter writer_;
  std::optional<SqliteTrips> trips_;
  std::optional<SqliteShop> shop_;
  std::optional<SqliteOfferDesk> offers_;
};

}  // namespace

std::unique_ptr<LiveStore> make_live(Database database, const LiveSetup& setup) {
  return std::make_unique<SqliteLive>(std::move(database), setup);
}

Result<std::unique_ptr<LiveStore>> open_live(const std::filesystem::path& path,
                                             const LiveSetup& setup) {
  auto database = Database::open(path, Access::read_write);
  if (!database) return database.error();
  const auto version = schema_version(*database);
  if (!version) return version.error();
  if (*version < newest_schema()) return old_schema(path.string(), *version);
  return make_live(std::move(*database), setup);
}

}  // namespace footfall::store::sqlite
