// Tests only: a small shop in a database of its own, on SQLite or PostgreSQL, with the ports over
// it, and what tests do with them: deal coupons, call many at once, look at the rows.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/live_store.hpp"
#include "store/reader.hpp"
#include "tests/servers/pgbouncer.hpp"
#include "tests/servers/postgres_server.hpp"

namespace footfall::store {

enum class Backend { sqlite, postgres, bouncer };
inline constexpr Backend kBackends[] = {Backend::sqlite, Backend::postgres, Backend::bouncer};
std::string name_of(Backend backend);

// One PostgreSQL with PgBouncer before it, started when first asked for; its databases are copied
// from one that holds schema, shop and people.
tests::PostgresServer& postgres_server();
tests::PgBouncer& pgbouncer();
// Makes, on any server, the database that others are copied from.
void make_template(tests::PostgresServer& server, const std::string& name);

inline constexpr const char* kPostgresTemplate = "shop_template";  // of postgres_server()
std::filesystem::path temporary_file();                            // a path with nothing there
void copy_sqlite_template(const std::filesystem::path& to);

// 160 products in 8 categories, kStores stores, and coupons whose code says what they are: see
// contract_world.cpp.
retail::Catalogue contract_shop();

struct WorldOptions {
  bool limited = true;                // coupons have their caps
  std::map<int, std::int64_t> stock;  // on hand, by position of the product; store 1
  bool simulated = false;             // of orders: then one an hour and shopper
  WalletSlots slots{2, 30};
  SimDuration coupon_life = kDay * 14;
  LiveLimits limits{.pool = 16, .pool_extra = 8};
  // Instead of a database of the shared server: this URL, where the template was made.
  std::string url;
};

inline constexpr int kPeople = 40;
inline constexpr int kStores = 10;

// Coupons for each shopper, by position and code.
using Hands = std::map<int, std::vector<std::string>>;

class World {
 public:
  explicit World(Backend backend, const WorldOptions& options = {});
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World();

  Shop& shop() { return live_->shop(); }
  TripJournal& trips() { return live_->trips(); }
  OfferDesk& offers() { return live_->offers(); }
  OrderHistory& orders() { return live_->orders(); }
  OfferBook& book() { return live_->book(); }
  LiveStore& live() { return *live_; }
  LiveCounts counts() const { return live_->counts(); }
  boost::asio::io_context& io() { return io_; }
  void close();  // until reopen(): no connection, file or thread is left
  LiveSetup setup() const;
  const std::string& url() const { return url_; }              // as open_live() takes it
  const std::string& owner_url() const { return owner_url_; }  // past the pooler
  void reopen(const std::string& url = "");  // the live store, through another way if given

  Backend backend;
  retail::Catalogue catalogue;
  std::vector<Agent> agents;
  std::vector<Money> prices;  // the list's
  RunId run;
  SimTime start, now;  // now: what calls are made with
  static constexpr StoreId kStore{1}, kOtherStore{2};

  UserId user(int who) const { return agents[static_cast<std::size_t>(who)].user; }
  int who(UserId user) const;
  std::uint16_t coupon(std::string_view code) const;
  retail::CartLine line(int product, int qty) const;
  CartCall call(int who) const { return {user(who), kStore, now}; }
  CheckoutRequest checkout(int who, const std::string& key = "", const std::string& hash = "h");

  // Runs one task, or all at the same time, to their end; what escapes from one is rethrown.
  template <typename T>
  T ask(Task<T> task);
  void all(std::vector<Task<void>> tasks, int threads = 1);

  // Opens the next offer cycle, every wallet of `due` (all, if none are named) being due at `now`.
  std::int64_t open_cycle(const std::vector<int>& due = {});
  OfferCycleOpening opening(std::int64_t offer_cycle) const;
  // Opens the next offer cycle and puts these coupons into free places. The ids of those of `who`.
  std::map<int, std::vector<UserCouponId>> deal(const Hands& hands);
  // What a wallet gets: what is over at `at` ends, then `codes` come into free places.
  RefilledWallet refilled(std::int64_t offer_cycle, SimTime at, const ClaimedWallet& wallet,
                          const std::vector<CouponId>& coupons) const;
  std::int64_t offer_cycle = -1;  // the one that is open

  // What lies in a shopper's cart before a checkout: these lines.
  CartAnswer put(int who, std::vector<retail::CartLine> lines);

  // The database, past the ports.
  Rows query(const std::string& sql) const;
  std::int64_t number(const std::string& sql) const;
  void execute(const std::string& sql) const;
  std::string dump(std::string_view only_table = "") const;
  // Which invariants do not hold (invariant_checks.hpp), with some of the rows; "" if all do.
  std::string violations() const;

 private:
  void open_database(const WorldOptions& options);
  void open_run(const WorldOptions& options);

  WorldOptions options_;
  std::filesystem::path file_;
  std::string database_, owner_url_, url_;
  mutable std::unique_ptr<Reader> reader_;
  boost::asio::io_context io_;
  std::unique_ptr<LiveStore> live_;
};

// Every table that runs write, a row a line, sorted, without columns of the real clock.
std::string dump_of(const std::function<Rows(const std::string&)>& query,
                    std::string_view only_table = "");

// A suite's fixture: one test for each way to a database.
class OnEach : public testing::TestWithParam<Backend> {
 protected:
  World& make(const WorldOptions& options = {}) {
    return *(world_ = std::make_unique<World>(GetParam(), options));
  }
  World& world() { return *world_; }
  // Every test that made a world ends with the invariants looked at.
  void TearDown() override;

 private:
  std::unique_ptr<World> world_;
};

#define FOOTFALL_ON_EACH(Suite)                                     \
  INSTANTIATE_TEST_SUITE_P(On, Suite, testing::ValuesIn(kBackends), \
                           [](const auto& tested) { return name_of(tested.param); })

// For co_spawn. The last one stops the io_context, whose pool may have a timer running.
struct TaskEnd {
  std::exception_ptr* kept;
  std::atomic<std::size_t>* left;
  boost::asio::io_context* io;
  void operator()(std::exception_ptr failure) const {
    if (failure && !*kept) *kept = failure;
    if (--*left == 0) io->stop();
  }
};

template <typename T>
Task<void> keep_answer(Task<T> task, std::optional<T>& answer) {
  T value = co_await std::move(task);
  answer.emplace(std::move(value));
}

template <typename T>
T World::ask(Task<T> task) {
  std::vector<Task<void>> tasks;
  if constexpr (std::is_void_v<T>) {
    tasks.push_back(std::move(task));
    all(std::move(tasks));
  } else {
    std::optional<T> answer;
    tasks.push_back(keep_answer(std::move(task), answer));
    all(std::move(tasks));
    return std::move(*answer);
  }
}

}  // namespace footfall::store
