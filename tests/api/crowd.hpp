// Tests only: many clients at once on one API, and what must hold in its database afterwards.
#pragma once

#include <fmt/format.h>

#include <boost/json.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <latch>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/api/api_world.hpp"
#include "tests/store/invariant_checks.hpp"

namespace footfall::tests {

using Answers = std::vector<HttpAnswer>;
using Tally = std::map<std::string, int>;

// Calls each(0) … each(count - 1) on as many threads, let go together. What one throws fails the
// test.
template <typename Each>
void at_once(int count, Each each) {
  std::latch start(count);
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      try {
        each(i);
      } catch (const std::exception& failure) {
        ADD_FAILURE() << "client " << i << ": " << failure.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// What `ask` answers. Too much at once (503) is asked again, with the same key or step, as its
// Retry-After says, though not that late.
template <typename Ask>
HttpAnswer ask_patiently(Ask ask) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  HttpAnswer answer = ask();
  while (answer.status == 503 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    answer = ask();
  }
  return answer;
}

// The answers of `count` clients that ask at once, patiently.
template <typename Ask>
Answers ask_at_once(int count, Ask ask) {
  Answers answers(static_cast<std::size_t>(count));
  at_once(count, [&](int i) {
    answers[static_cast<std::size_t>(i)] = ask_patiently([&] { return ask(i); });
  });
  return answers;
}

// "201", or a refusal's code.
inline std::string outcome(const HttpAnswer& answer) {
  if (answer.status < 400) return std::to_string(answer.status);
  return text_at(json_of(answer), "/code");
}

inline Tally tally(const Answers& answers) {
  Tally out;
  for (const HttpAnswer& answer : answers) ++out[outcome(answer)];
  return out;
}

// Two answers of one key are the same but for the number of the request that a refusal names.
inline std::string without_trace(const HttpAnswer& answer) {
  if (answer.status < 400) return answer.body;
  boost::json::value body = json_of(answer);
  body.as_object().erase("trace_id");
  return boost::json::serialize(body);
}

inline HttpHeaders with_key(const std::string& key) { return {{"Idempotency-Key", key}}; }

inline std::string add_body(const std::string& product, int quantity, const std::string& more = "",
                            int store = 1) {
  return fmt::format(R"({{"store_id":"{}","lines":[{{"product_id":"{}","quantity":{}}}]{}}})",
                     store, product, quantity, more);
}

inline std::string store_body(int store = 1, const std::string& more = "") {
  return fmt::format(R"({{"store_id":"{}"{}}})", store, more);
}

// A coupon of the wallet without limits, and a product that it is good for.
struct UsableCoupon {
  std::string id, product;
};
inline UsableCoupon usable_coupon(const ApiWorld& world, HttpClient& shopper) {
  const auto& shop = world.catalogue();
  const boost::json::value wallet = json_of(shopper.get("/api/wallet"));
  for (const boost::json::value& coupon : wallet.at("coupons").as_array()) {
    if (!text_at(coupon, "/code").starts_with("G")) continue;
    for (std::size_t i = 0; i < shop.products.size(); ++i) {
      if (shop.categories[shop.products[i].category] != text_at(coupon, "/scope")) continue;
      return {text_at(coupon, "/id"), world.product(static_cast<int>(i))};
    }
  }
  throw std::runtime_error("no usable coupon in the wallet");
}

// Which invariants do not hold (tests/store/invariant_checks.hpp); "" if all do. `query` asks the
// database. The real shop's offer cycles begin with the one at hand, number 1, so that one has
// none before it.
template <typename Query>
std::string violations(Query query) {
  std::string out;
  for (const store::InvariantCheck& check : store::kInvariantChecks) {
    std::string sql(check.sql);
    if (check.name == "6 offer cycles follow each other without a gap") sql += " AND c.run_id > 0";
    const std::size_t rows = query("SELECT * FROM (" + sql + ") AS bad").rows.size();
    if (rows > 0) out += fmt::format("{}: {} rows\n", check.name, rows);
  }
  return out;
}

// One test for each way to a database; each ends with the invariants looked at.
class ApiCrowd : public testing::TestWithParam<store::Backend> {
 protected:
  ApiWorld& make(const ApiOptions& options = {}) {
    return *(world_ = std::make_unique<ApiWorld>(GetParam(), options));
  }
  ApiWorld& world() { return *world_; }
  void TearDown() override {
    if (!world_) return;
    EXPECT_EQ(violations([&](const std::string& sql) { return world_->query(sql); }), "");
    EXPECT_EQ(world_->number("SELECT count(*) AS n FROM run_stock WHERE on_hand < 0"), 0);
    world_.reset();
  }

 private:
  std::unique_ptr<ApiWorld> world_;
};

#define FOOTFALL_API_ON_EACH(Suite)                                        \
  INSTANTIATE_TEST_SUITE_P(On, Suite, testing::ValuesIn(store::kBackends), \
                           [](const auto& tested) { return store::name_of(tested.param); })

}  // namespace footfall::tests
