// Goal: clients that send again what they got no answer to end well, however often the server dies
// or is stopped under them (R11, R13; invariants 11, 18, 24-26 and 28 of
// reference/offers-and-data.md section 8). Method: the program itself, killed by SIGKILL when so
// many requests were answered, and started again on the same port, while agents shop.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <csignal>
#include <iostream>
#include <numeric>
#include <thread>

#include "retail/records.hpp"
#include "tests/api/crowd.hpp"
#include "tests/api/server_process.hpp"

namespace footfall::tests {
namespace {

class Restart : public testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(On, Restart, testing::Values(Kind::sqlite, Kind::postgres),
                         [](const auto& tested) {
                           return tested.param == Kind::sqlite ? "Sqlite" : "Postgres";
                         });

const std::vector<std::string> kSimulation{"SIMULATION_MODE=true",
                                           "FOOTFALL_ADMIN_TOKEN=" + kAdminToken,
                                           "FOOTFALL_DB_POOL=8", "FOOTFALL_DB_POOL_EXTRA=4"};
const std::vector<std::string> kRealShop{
    "SUPABASE_ALLOW_HS256=true", "SUPABASE_JWT_SECRET=" + kJwtSecret,
    "SUPABASE_JWT_ISSUER=" + kIssuer, "FOOTFALL_DB_POOL=8", "FOOTFALL_DB_POOL_EXTRA=4"};

struct Shopper {
  std::string agent, user;
};

// A served run with those who live in it.
struct Served {
  explicit Served(Kind kind)
      : database(kind, /*small=*/false), server(FOOTFALL_PROGRAM, database.url(), kSimulation) {
    server.start();
    const HttpAnswer started = admin().post("/simulation/start", R"({"seed":5,"stagger":false})");
    if (started.status != 201) throw std::runtime_error(started.body);
    run = text_at(json_of(started), "/run_id");
    const boost::json::value agents = json_of(admin().get("/simulation/agents?limit=200"));
    for (const boost::json::value& agent : agents.at("agents").as_array()) {
      shoppers.push_back({text_at(agent, "/id"), text_at(agent, "/user_id")});
    }
    const boost::json::value page = json_of(admin().get("/api/products?limit=200"));
    for (const boost::json::value& product : page.at("products").as_array()) {
      products.push_back(text_at(product, "/id"));
    }
  }
  HttpClient admin() const {
    HttpClient client(server.port());
    client.set("Authorization", "Bearer " + kAdminToken);
    return client;
  }
  HttpClient client(int who) const {
    HttpClient client(server.port());
    client.set("Authorization", "Bearer dev:" + shoppers[static_cast<std::size_t>(who)].agent);
    client.set("X-Footfall-Run", run);
    return client;
  }

  SeededDatabase database;
  ServerProcess server;
  std::string run;
  std::vector<Shopper> shoppers;
  std::vector<std::string> products;
};

// What became of requests over all kills.
struct Fates {
  std::atomic<int> answered{0};
  std::atomic<int> lost{0};      // sent, and the server was gone before an answer
  std::atomic<int> replayed{0};  // of these, checkouts that had been done
};

// Sends again until there is an answer that is no 503.
HttpAnswer insist(HttpClient& client, const std::string& target, const std::string& body,
                  const HttpHeaders& headers = {}, Fates* fates = nullptr) {
  HttpAnswer answer;
  const bool answered = eventually([&] {
    try {
      answer = client.post(target, body, headers);
      return answer.status != 503;
    } catch (const std::runtime_error& gone) {  // nobody listens, or the server closed
      if (fates) fates->lost += std::string_view(gone.what()).starts_with("the server closed");
      client.close();
      return false;
    }
  });
  if (fates) {
    ++fates->answered;
    fates->replayed += answer.header("idempotency-replayed") == "true";
  }
  EXPECT_TRUE(answered) << target << " was never answered";
  return answer;
}

constexpr int kShoppers = 24, kHours = 3, kAdds = 3;

int quantity_of(int who, int hour, int add) { return 1 + (who + hour + add) % 5; }
std::size_t product_of(int who, int hour, int add) {
  return static_cast<std::size_t>(who * 7 + hour * 3 + add) % 150;
}

// Three adds with their steps and a checkout with its key. Every other shopper names the session,
// which gives cart and order their numbers.
std::string shop_once(const Served& served, int who, int hour, Fates& fates) {
  HttpClient client = served.client(who);
  std::string session;
  if (who % 2) {
    const SessionId id = retail::session_id(
        RunId{std::stoll(served.run)}, hour,
        AgentId{std::stoll(served.shoppers[static_cast<std::size_t>(who)].agent)});
    session = fmt::format(",\"session_id\":\"{}\"", id.value);
  }
  for (int add = 0; add < kAdds; ++add) {
    const std::string body = fmt::format(
        R"({{"lines":[{{"product_id":"{}","quantity":{}}}],"step":{}{}}})",
        served.products[product_of(who, hour, add)], quantity_of(who, hour, add), add + 1, session);
    const HttpAnswer answer = insist(client, "/api/cart/add", body, {}, &fates);
    EXPECT_EQ(answer.status, 200) << answer.body;
  }
  const std::string body = session.empty() ? "{}" : "{" + session.substr(1) + "}";
  const HttpAnswer bought =
      insist(client, "/api/orders/checkout", body, with_key(fmt::format("hour-{}", hour)), &fates);
  EXPECT_EQ(bought.status, 201) << bought.body;
  return bought.status == 201 ? text_at(json_of(bought), "/order_id") : "0";
}

// What a shopper's order of an hour must hold: product and quantity, by product.
std::string wanted_lines(const Served& served, int who, int hour) {
  std::map<std::int64_t, std::int64_t> lines;
  for (int add = 0; add < kAdds; ++add) {
    lines[std::stoll(served.products[product_of(who, hour, add)])] += quantity_of(who, hour, add);
  }
  std::string out;
  for (const auto& [product, quantity] : lines) out += fmt::format("{}x{} ", quantity, product);
  return out;
}

std::string lines_of(const Served& served, const std::string& order) {
  std::string out;
  const store::Rows rows = served.database.query(
      "SELECT qty, product_id FROM order_items WHERE order_id = " + order + " ORDER BY product_id");
  for (const auto& row : rows.rows) {
    out += fmt::format("{}x{} ", std::get<std::int64_t>(row[0]), std::get<std::int64_t>(row[1]));
  }
  return out;
}

// R13, invariants 24-26 and 28.
TEST_P(Restart, WhoSendsAgainHasOneOrderHoweverOftenTheServerIsKilled) {
  Served served(GetParam());
  ASSERT_GE(served.shoppers.size(), std::size_t{kShoppers});
  int kills = 0, lost = 0, replayed = 0;
  std::vector<std::string> orders(kShoppers * kHours);
  for (int hour = 0; hour < kHours; ++hour) {
    Fates fates;
    std::atomic<int> gone{0};
    std::vector<std::thread> clients;
    for (int who = 0; who < kShoppers; ++who) {
      clients.emplace_back([&, who] {
        orders[static_cast<std::size_t>(hour * kShoppers + who)] =
            shop_once(served, who, hour, fates);
        ++gone;
      });
    }
    for (const int when : {20, 60}) {
      EXPECT_TRUE(eventually([&] { return fates.answered >= when || gone == kShoppers; }));
      served.server.kill_now();
      served.server.start();
      ++kills;
    }
    for (std::thread& client : clients) client.join();
    lost += fates.lost;
    replayed += fates.replayed;
    HttpClient admin = served.admin();
    // Only once: an hour that was moved on although no answer came is not moved again.
    const std::string to = fmt::format(R"({{"to":"2026-01-05T{:02}:00:00Z"}})", hour + 1);
    EXPECT_EQ(insist(admin, "/time/advance", to).status, 200);
  }
  EXPECT_EQ(kills, 2 * kHours);
  EXPECT_GT(lost, 0) << "no kill hit a request";
  std::cout << fmt::format("{} requests lost their answer, {} checkouts were done\n", lost,
                           replayed);
  EXPECT_EQ(served.database.number("SELECT count(*) AS n FROM orders"), kShoppers * kHours);
  for (int hour = 0; hour < kHours; ++hour) {
    for (int who = 0; who < kShoppers; ++who) {
      const std::string& order = orders[static_cast<std::size_t>(hour * kShoppers + who)];
      EXPECT_EQ(lines_of(served, order), wanted_lines(served, who, hour)) << who << " " << hour;
      EXPECT_EQ(served.database.number("SELECT user_id FROM orders WHERE id = " + order),
                std::stoll(served.shoppers[static_cast<std::size_t>(who)].user));
    }
  }
  EXPECT_EQ(served.database.number("SELECT count(*) AS n FROM carts WHERE status = 'open'"), 0);
  EXPECT_EQ(served.database.violations(), "");
  EXPECT_EQ(served.server.end().code, 0);
}

// The real shop: customers have no session and no hour, and make as many orders as they like.
TEST_P(Restart, ACustomerWhoSendsAgainHasOneOrderAKey) {
  const SeededDatabase database(GetParam());
  ServerProcess server(FOOTFALL_PROGRAM, database.url(), kRealShop);
  server.start();
  constexpr int kCustomers = 12, kOrders = 5;
  const std::string product = std::to_string(database.number("SELECT min(id) AS n FROM products"));
  const std::string store = std::to_string(database.number("SELECT min(id) AS n FROM stores"));
  Fates fates;
  std::atomic<int> gone{0};
  std::vector<std::thread> clients;
  for (int who = 1; who <= kCustomers; ++who) {
    clients.emplace_back([&, who] {
      HttpClient client(server.port());
      client.set("Authorization", "Bearer " + person_token(who));
      for (int n = 1; n <= kOrders; ++n) {
        const std::string add = fmt::format(
            R"({{"store_id":"{}","lines":[{{"product_id":"{}","quantity":{}}}],"step":1}})", store,
            product, n);
        const std::string pay = fmt::format(R"({{"store_id":"{}"}})", store);
        const HttpAnswer added = insist(client, "/api/cart/add", add, {}, &fates);
        EXPECT_EQ(added.status, 200) << added.body;
        const HttpAnswer bought = insist(client, "/api/orders/checkout", pay,
                                         with_key(fmt::format("order-{}", n)), &fates);
        EXPECT_EQ(bought.status, 201) << bought.body;
      }
      ++gone;
    });
  }
  for (const int when : {20, 50, 80}) {
    EXPECT_TRUE(eventually([&] { return fates.answered >= when || gone == kCustomers; }));
    server.kill_now();
    server.start();
  }
  for (std::thread& client : clients) client.join();
  EXPECT_GT(fates.lost, 0) << "no kill hit a request";
  // 1 + 2 + … of the product, each order once.
  EXPECT_EQ(database.number("SELECT count(*) AS n FROM orders"), kCustomers * kOrders);
  EXPECT_EQ(database.number("SELECT count(*) AS n FROM (SELECT o.user_id, i.qty FROM orders o JOIN "
                            "order_items i ON i.order_id = o.id WHERE i.qty <= 5 GROUP BY "
                            "o.user_id, i.qty HAVING count(*) = 1) AS once"),
            kCustomers * kOrders);
  EXPECT_EQ(database.number("SELECT count(*) AS n FROM carts WHERE status = 'open'"), 0);
  EXPECT_EQ(database.violations(), "");
  EXPECT_EQ(server.end().code, 0);
}

// Adds one by one until the server is gone. Counts what was answered.
int add_until_gone(const Served& served, int who, std::atomic<int>& answered) {
  HttpClient client = served.client(who);
  int added = 0;
  try {
    for (int n = 0; n < 900; ++n) {
      const HttpAnswer answer = client.post(
          "/api/cart/add", fmt::format(R"({{"lines":[{{"product_id":"{}","quantity":1}}]}})",
                                       served.products[static_cast<std::size_t>(n % 3)]));
      added += answer.status == 200;
      ++answered;
      EXPECT_TRUE(answer.status == 200 || answer.status == 503) << answer.body;
    }
  } catch (const std::runtime_error& gone) {
    // A part of an answer would not be told from none by its text, but by its effect below.
    EXPECT_EQ(std::string(gone.what()).find("no HTTP"), std::string::npos) << gone.what();
  }
  return added;
}

// A stop answers what it has begun: no effect without its answer, and exit code 0.
TEST_P(Restart, AStopUnderLoadAnswersAllThatItDid) {
  Served served(GetParam());
  std::atomic<int> answered{0};
  std::vector<int> added(kShoppers);
  std::vector<std::thread> clients;
  for (int who = 0; who < kShoppers; ++who) {
    clients.emplace_back(
        [&, who] { added[static_cast<std::size_t>(who)] = add_until_gone(served, who, answered); });
  }
  EXPECT_TRUE(eventually([&] { return answered >= 10 * kShoppers; }));
  const ProgramEnd stopped = served.server.end();
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(stopped.code, 0) << stopped.errors;
  EXPECT_NE(stopped.errors.find("SIGTERM: stopping"), std::string::npos) << stopped.errors;
  for (int who = 0; who < kShoppers; ++who) {
    EXPECT_EQ(
        served.database.number(
            "SELECT CAST(coalesce(sum(i.qty), 0) AS BIGINT) AS n FROM cart_items i JOIN carts "
            "c ON c.id = i.cart_id WHERE c.user_id = " +
            served.shoppers[static_cast<std::size_t>(who)].user),
        added[static_cast<std::size_t>(who)])
        << "an add was done and not answered";
  }
  // Who comes back finds all of it.
  served.server.start();
  at_once(kShoppers, [&](int who) {
    HttpClient client = served.client(who);
    EXPECT_EQ(insist(client, "/api/orders/checkout", "{}", with_key("k")).status, 201);
    EXPECT_EQ(insist(client, "/api/orders/checkout", "{}", with_key("k")).status, 201);
  });
  EXPECT_EQ(served.database.number("SELECT count(*) AS n FROM orders"), kShoppers);
  EXPECT_EQ(served.database.number("SELECT CAST(sum(qty) AS BIGINT) AS n FROM order_items"),
            std::accumulate(added.begin(), added.end(), 0));
  EXPECT_EQ(served.database.violations(), "");
  EXPECT_EQ(served.server.end().code, 0);
}

}  // namespace
}  // namespace footfall::tests
