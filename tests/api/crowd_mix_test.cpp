// Goal: everything at once over HTTP knows no deadlock and breaks no rule (invariants 11-30 of
// reference/offers-and-data.md section 8). Method: many clients of few shoppers draw what to do
// next; goods of all their carts are limited. crowd.hpp asks all invariants at the end, and
// PostgreSQL is asked for the deadlocks it found. FOOTFALL_LONG=1 does a hundred times as much.
#include <atomic>
#include <cstdlib>

#include "base/random.hpp"
#include "tests/api/crowd.hpp"

namespace footfall::tests {
namespace {

class MixedCrowd : public ApiCrowd {};
FOOTFALL_API_ON_EACH(MixedCrowd);

constexpr int kClients = 40, kShoppers = 8, kProducts = 6;

// One client's doings; every answer of 500 or more but "busy" fails the test.
class Client {
 public:
  Client(const ApiWorld& world, int number)
      : world_(world),
        client_(world.person(1 + number % kShoppers)),
        random_(42, static_cast<std::uint32_t>(number), 1, Purpose::idle) {}

  void do_something() {
    const int what = below(20);
    const int store = 1 + below(2);
    if (what < 7) {
      ask("POST", "/api/cart/add", add_body(product(), 1 + below(3), "", store));
    } else if (what < 9) {
      ask("PATCH", "/api/cart", add_body(product(), below(3), "", store));
    } else if (what < 11) {
      read_wallet();
    } else if (what < 13) {
      const std::string coupons = coupon_.empty() ? "" : "\"" + coupon_ + "\"";
      ask("PUT", "/api/cart/coupons", store_body(store, ",\"coupons\":[" + coupons + "]"));
    } else if (what < 14) {
      ask("GET", fmt::format("/api/cart?store_id={}", store), "");
    } else if (what < 18) {
      const HttpAnswer answer = ask("POST", "/api/orders/checkout", store_body(store));
      if (answer.status == 201) orders_.push_back(text_at(json_of(answer), "/order_id"));
    } else if (!orders_.empty()) {
      const std::string order =
          "/api/orders/" +
          orders_[static_cast<std::size_t>(below(static_cast<int>(orders_.size())))];
      what == 18 ? ask("POST", order + "/cancel", "{}")
                 : ask("POST", order + "/refund", R"({"lines":[{"line_no":1,"quantity":1}]})");
    }
  }
  int orders() const { return static_cast<int>(orders_.size()); }

 private:
  int below(int n) { return static_cast<int>(random_.uniform() * n); }
  std::string product() { return world_.product(below(kProducts)); }
  void read_wallet() {
    const boost::json::value wallet = json_of(ask("GET", "/api/wallet", ""));
    const auto& coupons = wallet.at("coupons").as_array();
    if (coupons.empty()) return;
    const int drawn = below(static_cast<int>(coupons.size()));
    coupon_ = text_at(coupons[static_cast<std::size_t>(drawn)], "/id");
  }
  HttpAnswer ask(const char* method, const std::string& path, const std::string& body) {
    HttpHeaders headers;
    if (path.starts_with("/api/orders")) headers = with_key(fmt::format("{}", ++keys_));
    if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
    HttpAnswer answer = ask_patiently([&] { return client_.send(method, path, body, headers); });
    EXPECT_LT(answer.status, 500) << method << " " << path << " " << answer.body;
    return answer;
  }

  const ApiWorld& world_;
  HttpClient client_;
  RandomStream random_;
  std::string coupon_;  // the last that was seen in the wallet
  std::vector<std::string> orders_;
  int keys_ = 0;
};

TEST_P(MixedCrowd, I30EverythingAtOnceKnowsNoDeadlock) {
  const int rounds = std::getenv("FOOTFALL_LONG") ? 10'000 : 100;
  ApiWorld& w = make({.simulation = false, .stock = {{0, 300}, {1, 200}, {2, 500}}});
  std::atomic<int> orders{0};
  at_once(kClients, [&](int i) {
    Client client(w, i);
    for (int round = 0; round < rounds; ++round) client.do_something();
    orders += client.orders();
  });
  EXPECT_GT(orders.load(), kClients);
  if (GetParam() == store::Backend::sqlite) return;
  EXPECT_EQ(w.number("SELECT CAST(sum(deadlocks) AS BIGINT) AS n FROM pg_stat_database"), 0);
}

}  // namespace
}  // namespace footfall::tests
