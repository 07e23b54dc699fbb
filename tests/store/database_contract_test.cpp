// Goal: one database serves several runs and the real shop at once, from two threads, and what
// belongs to one is not seen by another; its live stores come and go as they like. Method: a live
// database on two io_contexts (of SQLite one object on both), crowds of shoppers in each run.
#include <fmt/format.h>

#include <array>
#include <thread>
#include <tuple>

#include "base/failure.hpp"
#include "store/any/open.hpp"
#include "store/any/open_live.hpp"
#include "store/sqlite/database.hpp"
#include "tests/store/crowd.hpp"

namespace footfall::store {
namespace {

const LiveLimits kLimits{.pool = 6, .pool_extra = 2};
constexpr std::size_t kThreads = 2;

Run run_row(const World& w) {
  Run row;
  row.seed = 7;
  row.start = row.now = w.start;
  row.until = w.start + kWeek * 100;
  row.settings = "{}";
  row.slots = {2, 30};
  row.coupon_life = kDay * 14;
  return row;
}

std::unique_ptr<Store> store_of(const World& w) {
  return open_store(w.owner_url(), /*make=*/false).value();
}

class DatabaseContract : public OnEach {
 protected:
  // `runs` more runs than the world's, and the real shop.
  void open(int runs) {
    World& w = make();
    const auto store = store_of(w);
    runs_ = {RunId{0}, w.run};
    store::Run row = run_row(w);
    store->open_shop(row);
    row.mode = "live";
    row.agents = kPeople;
    for (int i = 0; i < runs; ++i) runs_.push_back(store->create_run(row));
    std::vector<boost::asio::any_io_executor> executors;
    for (auto& io : ios_) executors.push_back(io.get_executor());
    databases_ = open_live_databases(w.url(), kLimits, executors).value();
    ASSERT_EQ(databases_.size(), kThreads);
  }
  void TearDown() override {
    stores_.clear();
    databases_.clear();
    OnEach::TearDown();
  }

  LiveSetup setup(RunId run) {
    LiveSetup setup = world().setup();
    setup.context.run = run;
    setup.simulated = run.value != 0;
    if (!setup.simulated) setup.agents = &nobody_;
    return setup;
  }
  // Each thread its own tasks, to their end; what escapes from one is rethrown.
  void run(std::array<std::vector<Task<void>>, kThreads> tasks) {
    std::vector<std::exception_ptr> failures(tasks[0].size() + tasks[1].size());
    std::array<std::atomic<std::size_t>, kThreads> left;
    std::size_t next = 0;
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kThreads; ++t) {
      left[t] = tasks[t].size();
      ios_[t].restart();
      for (Task<void>& task : tasks[t]) {
        boost::asio::co_spawn(ios_[t], std::move(task),
                              TaskEnd{&failures[next++], &left[t], &ios_[t]});
      }
      if (left[t] > 0) threads.emplace_back([this, t] { ios_[t].run(); });
    }
    for (std::thread& thread : threads) thread.join();
    for (std::size_t t = 0; t < kThreads; ++t) EXPECT_EQ(left[t], 0u);
    for (const std::exception_ptr& failure : failures) {
      if (failure) std::rethrow_exception(failure);
    }
  }
  // On the first thread.
  void run(Task<void> task) {
    std::array<std::vector<Task<void>>, kThreads> tasks;
    tasks[0].push_back(std::move(task));
    run(std::move(tasks));
  }
  // A live store of each run on each thread.
  void open_stores() {
    stores_.resize(kThreads * runs_.size());
    std::array<std::vector<Task<void>>, kThreads> tasks;
    for (std::size_t i = 0; i < stores_.size(); ++i) {
      const std::size_t t = i % kThreads;
      tasks[t].push_back(open_store_of(*databases_[t], setup(runs_[i / kThreads]), stores_[i]));
    }
    run(std::move(tasks));
  }
  static Task<void> open_store_of(LiveDatabase& database, LiveSetup setup,
                                  std::unique_ptr<LiveStore>& store) {
    store = co_await database.open(setup);
  }

  std::vector<RunId> runs_;
  std::array<boost::asio::io_context, kThreads> ios_;
  std::vector<std::shared_ptr<LiveDatabase>> databases_;
  std::vector<std::unique_ptr<LiveStore>> stores_;

 private:
  const std::vector<Agent> nobody_;
};

// Buys `orders` times, an hour apart, and sees what it bought.
Task<void> shop(World& w, LiveStore& store, UserId user, int orders, int product) {
  std::vector<OrderId> placed;
  for (int i = 0; i < orders; ++i) {
    CheckoutRequest request;
    request.call = {user, World::kStore, w.start + kHour * i};
    request.key = fmt::format("key {}", i);
    request.hash = "h";
    request.prices = w.prices;
    const std::vector<retail::CartLine> lines = {w.line(product, 1 + i % 3)};
    const CartAnswer added = co_await store.shop().add(request.call, lines);
    EXPECT_TRUE(added.ok());
    const CheckoutAnswer answer = co_await store.shop().check_out(request);
    EXPECT_EQ(answer.status, CheckoutStatus::placed);
    EXPECT_FALSE(answer.replayed) << "another run's key was taken for this one's";
    placed.insert(placed.begin(), answer.order);
  }
  const std::vector<PlacedOrder> seen = co_await store.orders().orders(user, {}, {}, 100);
  EXPECT_EQ(seen.size(), placed.size());
  for (std::size_t i = 0; i < std::min(seen.size(), placed.size()); ++i) {
    EXPECT_EQ(seen[i].id, placed[i]);
  }
}

TEST_P(DatabaseContract, RunsShareItAndNothingElse) {
  open(2);
  open_stores();
  World& w = world();
  constexpr int kOrders = 4;
  std::array<std::vector<Task<void>>, kThreads> tasks;
  for (std::size_t i = 0; i < stores_.size(); ++i) {
    // The same shoppers in every run, half of them on each thread.
    const std::size_t t = i % kThreads;
    for (int who = static_cast<int>(t); who < 20; who += kThreads) {
      tasks[t].push_back(shop(w, *stores_[i], w.user(who), kOrders, static_cast<int>(i)));
    }
  }
  run(std::move(tasks));
  for (const RunId run : runs_) {
    const std::string of_run = fmt::format("orders WHERE run_id = {}", run.value);
    EXPECT_EQ(w.number("SELECT count(*) AS n FROM " + of_run), 20 * kOrders);
    EXPECT_EQ(w.number("SELECT count(*) AS n FROM " + of_run + " AND is_simulated = 0"),
              run.value == 0 ? 20 * kOrders : 0);
  }
  for (const auto& database : databases_) {
    EXPECT_GT(database->counts().transactions, 0);
    EXPECT_EQ(database->counts().refused, 0);
  }
  if (GetParam() == Backend::sqlite) {
    EXPECT_EQ(databases_[0], databases_[1]);
  } else {
    // One bound for both pools.
    EXPECT_LE(databases_[0]->counts().connections + databases_[1]->counts().connections,
              kLimits.pool + kLimits.pool_extra);
    EXPECT_GT(databases_[1]->counts().connections, 0);
  }
}

Task<void> sign_in_and_ping(LiveDatabase& database, int number, std::vector<UserId>& users) {
  const std::string auth_sub = fmt::format("subject {}", number);
  const Account account = co_await database.accounts().sign_in(auth_sub, "");
  users[static_cast<std::size_t>(number)] = account.user;
  co_await database.ping();
}

TEST_P(DatabaseContract, PeopleSignInOnEveryThread) {
  open(0);
  std::array<std::vector<UserId>, kThreads> users;
  std::array<std::vector<Task<void>>, kThreads> tasks;
  for (std::size_t t = 0; t < kThreads; ++t) {
    users[t].resize(25);
    for (int i = 0; i < 25; ++i) {
      tasks[t].push_back(sign_in_and_ping(*databases_[t], i, users[t]));
    }
  }
  run(std::move(tasks));
  EXPECT_EQ(users[0], users[1]);
  EXPECT_EQ(world().number("SELECT count(*) AS n FROM users WHERE kind = 'human'"), 25);
}

Task<void> come_and_go(LiveDatabase& database, LiveSetup setup, UserId user) {
  for (int i = 0; i < 15; ++i) {
    std::unique_ptr<LiveStore> store = co_await database.open(setup);
    co_await store->shop().wallet(user, setup.context.start);
    co_await store->book().clock();
  }
}

TEST_P(DatabaseContract, LiveStoresComeAndGoWhileOthersWork) {
  open(1);
  open_stores();
  World& w = world();
  std::array<std::vector<Task<void>>, kThreads> tasks;
  for (std::size_t t = 0; t < kThreads; ++t) {
    for (const RunId run : runs_) {
      tasks[t].push_back(come_and_go(*databases_[t], setup(run), w.user(0)));
    }
    for (int who = static_cast<int>(t); who < 20; who += kThreads) {
      tasks[t].push_back(shop(w, *stores_[kThreads + t], w.user(who), 4, who));
    }
  }
  run(std::move(tasks));
}

TEST_P(DatabaseContract, ALiveStoreOutlivesItsDatabase) {
  open(0);
  open_stores();
  databases_.clear();
  World& w = world();
  run(shop(w, *stores_[0], w.user(0), 2, 0));
  stores_.pop_back();
  run(shop(w, *stores_[0], w.user(1), 2, 0));
  EXPECT_GT(stores_[0]->counts().transactions, 0);
}

TEST_P(DatabaseContract, TheShopIsOpenedOnce) {
  WorldOptions options;
  options.stock = {{0, 10}};
  World& w = make(options);
  std::array<store::Run, 4> shops;
  std::atomic<bool> go = false;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < shops.size(); ++i) {
    threads.emplace_back([&, i] {
      store::Run row = run_row(w);
      row.seed = i + 1;
      row.mode = "fast";
      row.status = "failed";
      const auto store = store_of(w);
      while (!go) std::this_thread::yield();
      EXPECT_NO_THROW(shops[i] = store->open_shop(row));
    });
  }
  go = true;
  for (std::thread& thread : threads) thread.join();
  for (const store::Run& shop : shops) {
    EXPECT_EQ(shop.id, RunId{0});
    EXPECT_EQ(shop.mode, "shop");
    EXPECT_EQ(shop.status, "running");
    EXPECT_EQ(shop.seed, shops[0].seed);
    EXPECT_EQ(shop.start, w.start);
    EXPECT_EQ(shop.slots.category_brand, 30);
    EXPECT_EQ(shop.coupon_life, kDay * 14);
  }
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM simulation_state WHERE run_id = 0 AND environment "
                     "= 'production' AND rate_num = 1 AND rate_den = 1"),
            1);
  EXPECT_EQ(w.number("SELECT on_hand AS n FROM run_stock WHERE run_id = 0"), 10);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM run_coupons WHERE run_id = 0"),
            w.number("SELECT count(*) AS n FROM run_coupons WHERE run_id = 1"));
  const std::vector<store::Run> listed = store_of(w)->runs();
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].id, w.run);
  EXPECT_EQ(listed[0].slots.frontstore, 2);
  EXPECT_EQ(listed[0].coupon_life, kDay * 14);
  EXPECT_EQ(w.number("SELECT rate_num AS n FROM simulation_state WHERE run_id = 1"), 168);
}

TEST_P(DatabaseContract, OneRunIsFoundByItsNumberAndTheNewestThatRuns) {
  World& w = make();
  const auto store = store_of(w);
  EXPECT_FALSE(store->run(RunId{99}).has_value());
  store::Run run = store->run(w.run).value();
  EXPECT_EQ(run.id, w.run);
  EXPECT_EQ(run.slots.frontstore, 2);
  const auto newest = [&] { return store->newest_running().value_or(store::Run{}).id; };
  const RunId before = newest();
  run.mode = "live";
  const RunId first = store->create_run(run);
  run.mode = "fast";
  store->create_run(run);
  EXPECT_EQ(newest(), first);
  run.mode = "live";
  run.id = store->create_run(run);
  EXPECT_EQ(newest(), run.id);
  run.status = "failed";
  store->update_run(run);
  EXPECT_EQ(newest(), first);
  run.id = first;
  store->update_run(run);
  EXPECT_EQ(newest(), before);
}

// R4: it goes through all that an assignment goes through, and is taken back.
TEST_P(DatabaseContract, AnAssignmentIsTriedAndTakenBack) {
  World& w = make();
  const auto store = store_of(w);
  const retail::Catalogue shop = store->load_catalogue();
  const std::vector<Agent> agents = store->load_agents(3);
  const auto counts = [&] {
    return std::tuple(w.number("SELECT count(*) AS n FROM simulation_state"),
                      w.number("SELECT count(*) AS n FROM offer_cycles"),
                      w.number("SELECT count(*) AS n FROM user_coupons"),
                      w.number("SELECT count(*) AS n FROM run_coupons"));
  };
  const auto before = counts();
  store->try_assignment(run_row(w), agents[0], shop.coupons[0]);
  store->try_assignment(run_row(w), agents[2], shop.coupons.back());
  EXPECT_EQ(counts(), before);
  store::Run narrow = run_row(w);
  narrow.slots = {0, 0};
  EXPECT_THROW(store->try_assignment(narrow, agents[0], shop.coupons[0]), Failure);
  EXPECT_EQ(counts(), before);
  const RunId next = store->create_run(run_row(w));
  EXPECT_EQ(next.value, w.number("SELECT max(run_id) AS n FROM simulation_state"));
}

FOOTFALL_ON_EACH(DatabaseContract);

Task<void> ping(LiveDatabase& database) { co_await database.ping(); }

bool answers(LiveDatabase& database, boost::asio::io_context& io) {
  std::exception_ptr failure;
  std::atomic<std::size_t> left = 1;
  boost::asio::co_spawn(io, ping(database), TaskEnd{&failure, &left, &io});
  io.restart();
  io.run();
  try {
    if (failure) std::rethrow_exception(failure);
    return true;
  } catch (const Failure&) {
    return false;
  }
}

TEST(Ping, AnswersWhileTheServerDoes) {
  tests::PostgresServer server;
  ASSERT_TRUE(open_store(server.url(), /*make=*/true));
  boost::asio::io_context io;
  const boost::asio::any_io_executor executor = io.get_executor();
  const auto database = open_live_databases(server.url(), kLimits, std::span(&executor, 1));
  LiveDatabase& opened = *database.value().at(0);
  EXPECT_TRUE(answers(opened, io));
  server.stop();
  EXPECT_FALSE(answers(opened, io));
  server.start();
  EXPECT_TRUE(answers(opened, io));
}

TEST(Ping, AnswersWhileTheFileCanBeRead) {
  const std::filesystem::path file = temporary_file();
  copy_sqlite_template(file);
  boost::asio::io_context io;
  const boost::asio::any_io_executor executor = io.get_executor();
  const auto database =
      open_live_databases("sqlite:" + file.string(), kLimits, std::span(&executor, 1));
  LiveDatabase& opened = *database.value().at(0);
  EXPECT_TRUE(answers(opened, io));
  sqlite::Database::open(file, sqlite::Access::read_write)
      .value()
      .execute("DROP TABLE footfall_migrations");
  EXPECT_FALSE(answers(opened, io));
}

}  // namespace
}  // namespace footfall::store
