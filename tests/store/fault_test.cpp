// Goal: a connection that breaks, a server that is killed, a program that is killed: of each call
// all stands or nothing, what was acknowledged stands, and calling again with the same key or step
// ends with exactly one effect (invariants 28, 29). Method: a proxy that cuts at each protocol
// message in turn; SIGKILL to PostgreSQL, and to a process that serves an SQLite file, under load.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

#include "base/failure.hpp"
#include "base/random.hpp"
#include "tests/servers/cutting_proxy.hpp"
#include "tests/store/contract_world.hpp"

namespace footfall::store {
namespace {

using retail::CartLine;
using tests::CuttingProxy;
using tests::Direction;

WorldOptions one_connection() {
  WorldOptions options;
  options.stock = {{0, 1'000'000}};
  options.limits.pool = 1;
  options.limits.pool_extra = 0;
  return options;
}

// PostgreSQL, with and without PgBouncer, behind a proxy that cuts.
class Cut : public testing::TestWithParam<Backend> {
 protected:
  Cut() : w_(GetParam(), one_connection()), proxy_(port()) { w_.reopen(proxy_.url(w_.url())); }
  ~Cut() override { w_.close(); }

  static int step() { return GetParam() == Backend::bouncer ? 3 : 1; }
  static int port() {
    return GetParam() == Backend::bouncer ? pgbouncer().port() : postgres_server().port();
  }

  // Makes the connection, so that only the call's own messages are counted.
  void warm_up() { w_.ask(w_.shop().wallet(w_.user(0), w_.now)); }

  // Calls `prepare(number)` and then `attempt(number)` again and again, the connection being cut at
  // one message more each time, before and behind it, until there is none left to cut at. Answers
  // how often it was cut.
  template <typename Prepare, typename Attempt>
  int at_each_message(Prepare prepare, Attempt attempt) {
    int number = 0, cuts = 0;
    for (const Direction direction : {Direction::to_server, Direction::to_client}) {
      for (const bool forward_it : {false, true}) {
        // PgBouncer is the slower one, and each cut costs a connection: every third message will
        // do.
        for (int message = 1;; message += step()) {
          prepare(++number);
          warm_up();
          proxy_.cut_at_message(direction, message, forward_it);
          attempt(number);
          const bool struck = proxy_.seen().cuts > 0;
          proxy_.disarm();
          if (!struck) break;
          ++cuts;
        }
        EXPECT_EQ(w_.violations(), "");
      }
    }
    EXPECT_GT(w_.counts().lost, 0);
    return cuts;
  }

  // Answers nothing if it fails for want of a connection.
  template <typename Call>
  static auto unless_lost(Call call) -> std::optional<decltype(call())> {
    try {
      return call();
    } catch (const Failure&) {
      return std::nullopt;
    }
  }

  World w_;
  CuttingProxy proxy_;
};

constexpr auto kNothing = [](int) {};

TEST_P(Cut, AStepIsDoneOnce) {
  const int cuts = at_each_message(kNothing, [&](int number) {
    CartCall call = w_.call(1);
    call.step = number;
    const std::vector<CartLine> lines = {w_.line(0, 1), w_.line(1, 1)};
    const auto add = [&] { return w_.ask(w_.shop().add(call, lines)); };
    auto answer = unless_lost(add);
    if (!answer) answer = add();
    EXPECT_TRUE(answer->ok());
    EXPECT_EQ(add().status, CartStatus::done_before);
    EXPECT_EQ(w_.number("SELECT qty AS n FROM cart_items WHERE product_id = 1"), number);
  });
  EXPECT_GE(cuts, 20 / step());
}

TEST_P(Cut, AnAddWithoutAStepIsAllOrNothing) {
  std::int64_t before = 0;
  const int cuts = at_each_message(kNothing, [&](int) {
    const std::vector<CartLine> lines = {w_.line(2, 1), w_.line(3, 1)};
    const CartCall call = w_.call(2);
    const auto answer = unless_lost([&] { return w_.ask(w_.shop().add(call, lines)); });
    const auto units = [&](int product) {
      return w_.number(
          fmt::format("SELECT CAST(coalesce(sum(qty), 0) AS BIGINT) AS n FROM "
                      "cart_items WHERE product_id = {}",
                      product));
    };
    EXPECT_EQ(units(3), units(4));
    EXPECT_TRUE(units(3) == before + 1 || (!answer && units(3) == before));
    before = units(3);
  });
  EXPECT_GE(cuts, 20 / step());
}

TEST_P(Cut, ACheckoutsKeyHasOneEffect) {
  std::vector<UserCouponId> coupons;
  const int cuts = at_each_message(
      [&](int number) {
        const int who = number % kPeople;
        w_.now = w_.start + kWeek * 2 * (w_.offer_cycle + 1);
        coupons = w_.deal({{who, {"F_200", "C0_20%"}}}).at(who);
        w_.put(who, {w_.line(0, 3), w_.line(30, 1)});
      },
      [&](int number) {
        CheckoutRequest request = w_.checkout(number % kPeople, fmt::format("key {}", number));
        request.coupons = coupons;
        const auto check_out = [&] { return w_.ask(w_.shop().check_out(request)); };
        auto answer = unless_lost(check_out);
        if (!answer) answer = check_out();
        EXPECT_EQ(answer->status, CheckoutStatus::placed);
        const CheckoutAnswer again = check_out();
        EXPECT_TRUE(again.replayed);
        EXPECT_EQ(answer_json(again), answer_json(*answer));
        EXPECT_EQ(w_.number("SELECT count(*) AS n FROM orders"), number);
      });
  EXPECT_GE(cuts, 60 / step());
}

TEST_P(Cut, ACheckoutWithoutAKeyIsAllOrNothing) {
  std::int64_t before = 0;
  const int cuts = at_each_message(
      [&](int number) { w_.put(number % kPeople, {w_.line(0, 1)}); },
      [&](int number) {
        const CheckoutRequest request = w_.checkout(number % kPeople);
        const auto answer = unless_lost([&] { return w_.ask(w_.shop().check_out(request)); });
        const auto orders = w_.number("SELECT count(*) AS n FROM orders");
        EXPECT_TRUE(orders == before + 1 || (!answer && orders == before));
        before = orders;
      });
  EXPECT_GE(cuts, 60 / step());
}

TEST_P(Cut, AReturnsKeyHasOneEffect) {
  OrderId order;
  const int cuts = at_each_message(
      [&](int number) {
        w_.put(number % kPeople, {w_.line(0, 3)});
        order = w_.ask(w_.shop().check_out(w_.checkout(number % kPeople))).order;
      },
      [&](int number) {
        ReturnRequest request;
        request.user = w_.user(number % kPeople);
        request.order = order;
        request.at = w_.now;
        request.key = fmt::format("return {}", number);
        request.lines = {{1, 1}};
        const auto give_back = [&] { return w_.ask(w_.shop().give_back(request)); };
        auto answer = unless_lost(give_back);
        if (!answer) answer = give_back();
        EXPECT_EQ(answer->status, ReturnStatus::done);
        EXPECT_TRUE(give_back().replayed);
        EXPECT_EQ(w_.number("SELECT CAST(sum(refunded_qty) AS BIGINT) AS n FROM order_items"),
                  number);
      });
  EXPECT_GE(cuts, 40 / step());
}

TEST_P(Cut, ARefreshIsDoneOnce) {  // invariant 3
  const int cuts = at_each_message(
      [&](int) {
        w_.now = w_.start + kWeek * 2 * (w_.offer_cycle + 1);
        w_.open_cycle({1, 2});
      },
      [&](int) {
        const Refill refill = [&](std::span<const ClaimedWallet> wallets) {
          std::vector<RefilledWallet> out;
          const std::vector<CouponId> coupons = {w_.catalogue.coupons[0].id,
                                                 w_.catalogue.coupons[6].id};
          for (const ClaimedWallet& wallet : wallets) {
            out.push_back(w_.refilled(w_.offer_cycle, w_.now, wallet, coupons));
          }
          return out;
        };
        const auto refresh = [&] {
          return w_.ask(w_.offers().refresh(w_.offer_cycle, w_.now, 10, {}, false, refill));
        };
        const auto done = unless_lost(refresh);
        const int more = refresh();
        EXPECT_LE(done.value_or(0) + more, 2);
        EXPECT_EQ(w_.number("SELECT users_done AS n FROM offer_cycles WHERE status = 'active'"), 2);
        EXPECT_EQ(w_.ask(w_.shop().wallet(w_.user(1), w_.now)).size(), 2u);
      });
  EXPECT_GE(cuts, 40 / step());
}

INSTANTIATE_TEST_SUITE_P(On, Cut, testing::Values(Backend::postgres, Backend::bouncer),
                         [](const auto& tested) { return name_of(tested.param); });

// What shoppers of a load were told.
struct Told {
  std::mutex mutex;
  std::condition_variable more;
  std::map<std::int64_t, std::int64_t> totals;  // by order

  void tell(const CheckoutAnswer& answer) {
    const std::lock_guard lock(mutex);
    totals[answer.order.value] = answer.total.minor;
    more.notify_all();
  }
  void wait_for(std::size_t orders) {
    std::unique_lock lock(mutex);
    more.wait(lock, [&] { return totals.size() >= orders; });
  }
};

// A shopper who buys `orders` times, and tries each step again until it is answered.
Task<void> buy(World& w, int who, int orders, Told& told) {
  std::int64_t step = 0;
  for (int n = 1; n <= orders; ++n) {
    CartCall call = w.call(who);
    call.cart = CartId{call.user.value * 1'000'000 + 800'000'000'000'000 + n};
    call.step = ++step;
    const std::vector<CartLine> lines = {w.line(who, 1 + n % 3), w.line(0, 1)};
    CheckoutRequest request = w.checkout(who, fmt::format("key {}", n));
    request.call.cart = call.cart;
    for (bool added = false, placed = false; !placed;) {
      bool lost = false;
      try {
        if (!added) {
          const CartAnswer answer = co_await w.shop().add(call, lines);
          EXPECT_TRUE(answer.ok()) << to_string(answer.status);
          added = true;
        }
        const CheckoutAnswer answer = co_await w.shop().check_out(request);
        EXPECT_EQ(answer.status, CheckoutStatus::placed);
        told.tell(answer);
        placed = true;
      } catch (const Failure&) {
        lost = true;
      }
      if (lost) co_await boost::asio::post(w.io(), boost::asio::use_awaitable);
    }
  }
}

void expect_told(const World& w, const std::map<std::int64_t, std::int64_t>& totals) {
  std::map<std::int64_t, std::int64_t> rows;
  for (const auto& row : w.query("SELECT id, total_minor FROM orders").rows) {
    rows[std::get<std::int64_t>(row[0])] = std::get<std::int64_t>(row[1]);
  }
  for (const auto& [order, total] : totals) {
    const auto row = rows.find(order);
    ASSERT_NE(row, rows.end()) << "order " << order << " was acknowledged and is gone";
    EXPECT_EQ(row->second, total);
  }
}

TEST(Killed, PostgresKeepsWhatWasAcknowledged) {
  tests::PostgresServer server;
  make_template(server, "shop");
  WorldOptions options;
  options.url = server.url("shop");
  options.stock = {{0, 1'000'000}};
  World w(Backend::postgres, options);
  constexpr int kShoppers = 16, kOrders = 60;
  Told told;
  std::thread killer([&] {
    for (const std::size_t at : {100u, 300u, 600u}) {
      told.wait_for(at);
      server.kill_now();
      server.start();
    }
  });
  std::vector<Task<void>> tasks;
  for (int who = 0; who < kShoppers; ++who) tasks.push_back(buy(w, who, kOrders, told));
  w.all(std::move(tasks));
  killer.join();
  EXPECT_EQ(told.totals.size(), static_cast<std::size_t>(kShoppers * kOrders));
  EXPECT_EQ(w.violations(), "");
  expect_told(w, told.totals);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM orders"), kShoppers * kOrders);
  EXPECT_GT(w.counts().lost, 0);
  w.close();
}

// As buy(), in a process of its own that is killed: tells the pipe, one line an order, and goes on
// from whatever the killed one before it left behind.
Task<void> buy_for_ever(World& w, int who, int life, int pipe) {
  for (int n = 1;; ++n) {
    const std::vector<CartLine> lines = {w.line(who, 1 + n % 3), w.line(0, 1)};
    const CartCall call = w.call(who);
    co_await w.shop().add(call, lines);
    const CheckoutRequest request = w.checkout(who, fmt::format("key {} {}", life, n));
    const CheckoutAnswer answer = co_await w.shop().check_out(request);
    const std::string line = fmt::format("{} {}\n", answer.order.value, answer.total.minor);
    if (::write(pipe, line.data(), line.size()) < 0) _exit(3);
  }
}

[[noreturn]] void serve_until_killed(World& w, int life, int pipe) {
  try {
    w.io().notify_fork(boost::asio::io_context::fork_child);
    w.reopen();
    std::vector<Task<void>> tasks;
    for (int who = 0; who < 16; ++who) tasks.push_back(buy_for_ever(w, who, life, pipe));
    w.all(std::move(tasks));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "the process to be killed failed: %s\n", failure.what());
  }
  _exit(2);
}

TEST(Killed, SqliteKeepsWhatWasAcknowledged) {
  WorldOptions options;
  options.stock = {{0, 1'000'000}};
  World w(Backend::sqlite, options);
  std::map<std::int64_t, std::int64_t> told;
  RandomStream random(static_cast<std::uint64_t>(::getpid()), 1, 0, Purpose::trip);
  for (int life = 0; life < 12; ++life) {
    w.close();
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    w.io().notify_fork(boost::asio::io_context::fork_prepare);
    const pid_t child = ::fork();
    if (child == 0) serve_until_killed(w, life, ends[1]);
    w.io().notify_fork(boost::asio::io_context::fork_parent);
    ::close(ends[1]);
    std::FILE* answers = ::fdopen(ends[0], "r");
    const auto lines = 1 + random.below(400);
    long long order = 0, total = 0;
    for (std::uint32_t n = 0; std::fscanf(answers, "%lld %lld\n", &order, &total) == 2; ++n) {
      told[order] = total;
      if (n == lines) ::kill(child, SIGKILL);
    }
    std::fclose(answers);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
    EXPECT_EQ(w.violations(), "");
    expect_told(w, told);
  }
  EXPECT_GT(told.size(), 500u);
}

}  // namespace
}  // namespace footfall::store
