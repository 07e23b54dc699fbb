// Goal: carts, coupons, keys and stock stay right over HTTP however many ask at once (R11, R13,
// R28; invariants 11-28 of reference/offers-and-data.md section 8). Method: up to hundreds of
// threads, each a client with a connection of its own, let go together; then the answers are
// counted and the database is asked. crowd.hpp looks at all invariants after each test.
#include "tests/api/crowd.hpp"

#include <algorithm>
#include <set>

namespace footfall::tests {
namespace {

class CartCrowd : public ApiCrowd {};
FOOTFALL_API_ON_EACH(CartCrowd);

const ApiOptions kRealShop{.simulation = false};

// R11, invariants 11, 12 and 16: ten carts of one shopper, twenty requests each, one coupon.
TEST_P(CartCrowd, I11OneCouponGoesIntoOneOrder) {
  ApiWorld& w = make(kRealShop);
  HttpClient first = w.person(1);
  const UsableCoupon coupon = usable_coupon(w, first);
  for (int store = 1; store <= store::kStores; ++store) {
    ASSERT_EQ(first.post("/api/cart/add", add_body(coupon.product, 2, "", store)).status, 200);
  }
  const std::string coupons = fmt::format(R"(,"coupons":["{}"])", coupon.id);
  const Answers answers = ask_at_once(200, [&](int i) {
    HttpClient client = w.person(1);
    const int store = 1 + i % store::kStores;
    return client.post("/api/orders/checkout", store_body(store, coupons),
                       with_key(fmt::format("k{}", i)));
  });
  Tally counted = tally(answers);
  EXPECT_EQ(counted["201"], 1);
  // On the cart that was paid the coupon is used or the cart is not open; elsewhere it is used.
  EXPECT_EQ(counted["coupon_already_redeemed"] + counted["cart_not_open"], 199);
  EXPECT_LE(counted["cart_not_open"], 19);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM orders"), 1);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM coupon_events WHERE event = 'redeemed'"), 1);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM carts WHERE status = 'open'"), store::kStores - 1);
}

// Invariants 12 and 16: with `partial` all ten are placed, one of them with the discount.
TEST_P(CartCrowd, I16WhoLosesTheCouponPaysInFull) {
  ApiWorld& w = make(kRealShop);
  HttpClient first = w.person(1);
  const UsableCoupon coupon = usable_coupon(w, first);
  for (int store = 1; store <= store::kStores; ++store) {
    ASSERT_EQ(first.post("/api/cart/add", add_body(coupon.product, 2, "", store)).status, 200);
  }
  const std::string more = fmt::format(R"(,"coupons":["{}"],"coupon_policy":"partial")", coupon.id);
  const Answers answers = ask_at_once(store::kStores, [&](int i) {
    HttpClient client = w.person(1);
    return client.post("/api/orders/checkout", store_body(1 + i, more),
                       with_key(fmt::format("k{}", i)));
  });
  EXPECT_EQ(tally(answers), (Tally{{"201", store::kStores}}));
  int discounted = 0, refused = 0;
  for (const HttpAnswer& answer : answers) {
    discounted += number_at(json_of(answer), "/discount_minor") > 0;
    refused += !json_of(answer).at_pointer("/coupons/0/refusal").is_null();
  }
  EXPECT_EQ(discounted, 1);
  EXPECT_EQ(refused, store::kStores - 1);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM orders WHERE discount_minor > 0"), 1);
}

// R13, invariant 25: k adds of q end with k*q, in the one cart that the first of them opened (24).
TEST_P(CartCrowd, I25AddsAtOnceAllCount) {
  ApiWorld& w = make(kRealShop);
  const Answers answers = ask_at_once(200, [&](int) {
    HttpClient client = w.person(1);
    return client.post("/api/cart/add", add_body(w.product(0), 3));
  });
  EXPECT_EQ(tally(answers), (Tally{{"200", 200}}));
  EXPECT_EQ(w.number("SELECT qty FROM cart_items"), 600);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM carts"), 1);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM users WHERE auth_sub IS NOT NULL"), 1);
  std::set<std::string> versions;  // each add saw a version of its own
  for (const HttpAnswer& answer : answers) versions.insert(answer.header("etag"));
  EXPECT_EQ(versions.size(), 200u);
}

// Invariant 25: what a line cannot hold is refused, and the rest counts.
TEST_P(CartCrowd, I25AddsBeyondALineAreRefused) {
  ApiWorld& w = make(kRealShop);
  const Answers answers = ask_at_once(200, [&](int) {
    HttpClient client = w.person(1);
    return client.post("/api/cart/add", add_body(w.product(0), 7));
  });
  const int fit = 999 / 7;
  EXPECT_EQ(tally(answers), (Tally{{"200", fit}, {"bad_quantity", 200 - fit}}));
  EXPECT_EQ(w.number("SELECT qty FROM cart_items"), fit * 7);
}

// Invariant 25: an add that is sent again with its step, here by twenty clients at once, counts
// once.
TEST_P(CartCrowd, I25AStepSentByManyCountsOnce) {
  ApiWorld& w = make(kRealShop);
  for (int step = 1; step <= 5; ++step) {
    const Answers answers = ask_at_once(20, [&](int) {
      HttpClient client = w.person(1);
      return client.post("/api/cart/add",
                         add_body(w.product(0), step, fmt::format(",\"step\":{}", step)));
    });
    EXPECT_EQ(tally(answers), (Tally{{"200", 20}}));
    EXPECT_EQ(w.number("SELECT qty FROM cart_items"), step * (step + 1) / 2);
  }
}

// Invariant 24 and If-Match: fifty clients who saw the same cart; one changes it.
TEST_P(CartCrowd, I24OneOfManyChangesTheCartTheyAllSaw) {
  ApiWorld& w = make(kRealShop);
  HttpClient first = w.person(1);
  for (int round = 0; round < 5; ++round) {
    const std::string etag = first.post("/api/cart/add", add_body(w.product(0), 1)).header("etag");
    const Answers answers = ask_at_once(50, [&](int i) {
      HttpClient client = w.person(1);
      const HttpHeaders seen{{"If-Match", etag}, {"Content-Type", "application/json"}};
      if (i % 5 == 0) return client.send("DELETE", "/api/cart?store_id=1", "", {seen[0]});
      return client.send("PATCH", "/api/cart", add_body(w.product(0), 100 + i), seen);
    });
    Tally counted = tally(answers);
    EXPECT_EQ(counted["200"], 1);
    EXPECT_EQ(counted["cart_version_conflict"] + counted["cart_not_open"], 49);
    const auto winner = std::find_if(answers.begin(), answers.end(),
                                     [](const HttpAnswer& one) { return one.status == 200; });
    const auto who = winner - answers.begin();
    EXPECT_EQ(w.number("SELECT count(*) AS n FROM carts WHERE status = 'open'"), who % 5 != 0);
    if (who % 5 != 0) {
      EXPECT_EQ(w.number("SELECT qty FROM cart_items i JOIN carts c ON c.id = i.cart_id WHERE "
                         "c.status = 'open'"),
                100 + who);
    }
    first.send("DELETE", "/api/cart?store_id=1");
  }
}

// R13, invariant 28: one key, one effect, the same bytes for all.
TEST_P(CartCrowd, I28OneKeyIsOneOrder) {
  ApiWorld& w = make(kRealShop);
  HttpClient first = w.person(1);
  ASSERT_EQ(first.post("/api/cart/add", add_body(w.product(0), 2)).status, 200);
  const Answers answers = ask_at_once(50, [&](int) {
    HttpClient client = w.person(1);
    return client.post("/api/orders/checkout", store_body(), with_key("same"));
  });
  EXPECT_EQ(tally(answers), (Tally{{"201", 50}}));
  std::set<std::string> bodies;
  int replayed = 0;
  for (const HttpAnswer& answer : answers) {
    bodies.insert(answer.body);
    replayed += answer.header("idempotency-replayed") == "true";
  }
  EXPECT_EQ(bodies.size(), 1u);
  EXPECT_EQ(replayed, 49);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM orders"), 1);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM idempotency_keys"), 1);
}

// Invariant 28: two requests with one key; whichever came first is done, the other is refused.
TEST_P(CartCrowd, I28OneKeyIsGoodForOneRequest) {
  ApiWorld& w = make(kRealShop);
  HttpClient first = w.person(1);
  ASSERT_EQ(first.post("/api/cart/add", add_body(w.product(0), 2)).status, 200);
  const Answers answers = ask_at_once(100, [&](int i) {
    HttpClient client = w.person(1);
    const std::string more = i % 2 ? R"(,"coupon_policy":"partial")" : "";
    return client.post("/api/orders/checkout", store_body(1, more), with_key("same"));
  });
  EXPECT_EQ(tally(answers), (Tally{{"201", 50}, {"idempotency_key_reused", 50}}));
  for (std::size_t i = 2; i < answers.size(); ++i) {
    EXPECT_EQ(answers[i].status, answers[i % 2].status);
    EXPECT_EQ(without_trace(answers[i]), without_trace(answers[i % 2]));
  }
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM orders"), 1);
}

// Invariant 28: a refusal is kept under its key, and stays although the reason went away.
TEST_P(CartCrowd, I28ARefusalStaysUnderItsKey) {
  ApiWorld& w = make({.simulation = false, .stock = {{0, 1}}});
  HttpClient first = w.person(1);
  ASSERT_EQ(first.post("/api/cart/add", add_body(w.product(0), 2)).status, 200);
  const auto check_out = [&](const std::string& key) {
    return ask_at_once(50, [&](int) {
      HttpClient client = w.person(1);
      return client.post("/api/orders/checkout", store_body(), with_key(key));
    });
  };
  Answers answers = check_out("refused");
  ASSERT_EQ(first
                .send("PATCH", "/api/cart", add_body(w.product(0), 1),
                      {{"Content-Type", "application/json"}})
                .status,
            200);
  const Answers later = check_out("refused");
  answers.insert(answers.end(), later.begin(), later.end());
  EXPECT_EQ(tally(answers), (Tally{{"insufficient_stock", 100}}));
  std::set<std::string> bodies;
  for (const HttpAnswer& answer : answers) bodies.insert(without_trace(answer));
  EXPECT_EQ(bodies.size(), 1u);
  EXPECT_EQ(tally(check_out("other")), (Tally{{"201", 50}}));
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM orders"), 1);
}

// Invariant 28: equal keys of different shoppers have nothing to do with each other.
TEST_P(CartCrowd, I28KeysOfShoppersDoNotCollide) {
  ApiWorld& w = make(kRealShop);
  const Answers answers = ask_at_once(60, [&](int i) {
    HttpClient client = w.person(1 + i);
    EXPECT_EQ(client.post("/api/cart/add", add_body(w.product(i), 1, ",\"step\":1")).status, 200);
    return client.post("/api/orders/checkout", store_body(), with_key("same"));
  });
  EXPECT_EQ(tally(answers), (Tally{{"201", 60}}));
  std::set<std::string> orders;
  for (const HttpAnswer& answer : answers) {
    orders.insert(text_at(json_of(answer), "/order_id"));
    EXPECT_EQ(answer.header("idempotency-replayed"), "");
  }
  EXPECT_EQ(orders.size(), 60u);
  EXPECT_EQ(w.number("SELECT count(DISTINCT user_id) AS n FROM orders"), 60);
}

// Invariants 25 and 26: whatever was added is in an order or still in the cart.
TEST_P(CartCrowd, I26NothingVanishesWhenAddsRaceCheckouts) {
  ApiWorld& w = make(kRealShop);
  constexpr int kShoppers = 10, kAdders = 6, kAdds = 10, kPayers = 2;
  std::atomic<int> added{0}, placed{0};
  ask_at_once(kShoppers * (kAdders + kPayers), [&](int i) {
    HttpClient client = w.person(1 + i % kShoppers);
    HttpAnswer answer;
    for (int n = 0; n < kAdds; ++n) {
      if (i >= kShoppers * kPayers) {
        answer = client.post("/api/cart/add", add_body(w.product(n % 3), 1));
        added += answer.status == 200;
        EXPECT_TRUE(answer.status == 200 || answer.status == 503) << answer.body;
      } else {
        answer = client.post("/api/orders/checkout", store_body(),
                             with_key(fmt::format("k{}-{}", i, n)));
        placed += answer.status == 201;
        const std::set<std::string> allowed{"201", "cart_not_open", "busy"};
        EXPECT_TRUE(allowed.contains(outcome(answer))) << answer.body;
      }
    }
    answer.status = 200;  // done, however it went
    return answer;
  });
  const std::int64_t ordered =
      w.number("SELECT CAST(coalesce(sum(qty), 0) AS BIGINT) AS n FROM order_items");
  const std::int64_t left = w.number(
      "SELECT CAST(coalesce(sum(i.qty), 0) AS BIGINT) AS n FROM cart_items i JOIN carts c ON c.id "
      "= i.cart_id WHERE c.status = 'open'");
  EXPECT_EQ(ordered + left, added.load());
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM orders"), placed.load());
  EXPECT_GT(placed.load(), 0);
  EXPECT_GT(left + ordered, kShoppers * kAdds);
}

// R13, invariant 27: a hundred shoppers, goods for some of them.
TEST_P(CartCrowd, I27StockNeverFallsBelowZero) {
  ApiWorld& w = make({.simulation = false, .stock = {{0, 30}, {1, 7}}});
  std::vector<std::string> orders(100);
  const Answers answers = ask_at_once(100, [&](int i) {
    HttpClient client = w.person(1 + i);
    for (const int product : {i % 2, 2 + i}) {
      const std::string step = fmt::format(",\"step\":{}", product == i % 2 ? 1 : 2);
      client.post("/api/cart/add", add_body(w.product(product), 1, step));
    }
    return client.post("/api/orders/checkout", store_body(), with_key("k"));
  });
  EXPECT_EQ(tally(answers), (Tally{{"201", 37}, {"insufficient_stock", 63}}));
  EXPECT_EQ(w.number("SELECT CAST(sum(on_hand) AS BIGINT) AS n FROM run_stock"), 0);
  // Some give back while those who had nothing try again: what comes back is sold once.
  const Answers again = ask_at_once(100, [&](int i) {
    const HttpAnswer& before = answers[static_cast<std::size_t>(i)];
    HttpClient client = w.person(1 + i);
    if (before.status != 201) {
      return client.post("/api/orders/checkout", store_body(), with_key("again"));
    }
    const std::string order = text_at(json_of(before), "/order_id");
    return client.post("/api/orders/" + order + "/cancel", "{}", with_key("back"));
  });
  Tally counted = tally(again);
  EXPECT_EQ(counted["200"], 37);
  EXPECT_EQ(counted["201"] + counted["insufficient_stock"], 63);
  EXPECT_EQ(w.number("SELECT CAST(sum(on_hand) AS BIGINT) AS n FROM run_stock"),
            37 - counted["201"]);
}

// Invariants 17 and 23: of fifty who cancel one order, or refund its units, as many win as there
// is to give back.
TEST_P(CartCrowd, I23NothingIsGivenBackTwice) {
  ApiWorld& w = make(kRealShop);
  HttpClient first = w.person(1);
  const UsableCoupon coupon = usable_coupon(w, first);
  const auto buy = [&](const std::string& more, const std::string& key) {
    first.post("/api/cart/add", add_body(coupon.product, 10));
    const HttpAnswer bought =
        first.post("/api/orders/checkout", store_body(1, more), with_key(key));
    EXPECT_EQ(bought.status, 201) << bought.body;
    return text_at(json_of(bought), "/order_id");
  };
  const auto give_back = [&](const std::string& path, const std::string& body) {
    return ask_at_once(50, [&](int i) {
      HttpClient client = w.person(1);
      return client.post(path, body, with_key(fmt::format("{}{}", path, i)));
    });
  };
  const std::string with_coupon = fmt::format(R"(,"coupons":["{}"])", coupon.id);
  const std::string order = buy(with_coupon, "a");
  const Answers cancelled = give_back("/api/orders/" + order + "/cancel", "{}");
  EXPECT_EQ(tally(cancelled), (Tally{{"200", 1}, {"order_already_returned", 49}}));
  for (const HttpAnswer& answer : cancelled) {
    if (answer.status != 200) continue;
    EXPECT_EQ(text_at(json_of(answer), "/coupons_back/0"), coupon.id);
  }
  const std::string other = buy(with_coupon, "b");  // it is good again
  const Answers refunds =
      give_back("/api/orders/" + other + "/refund", R"({"lines":[{"line_no":1,"quantity":1}]})");
  Tally counted = tally(refunds);
  EXPECT_EQ(counted["200"], 10);
  EXPECT_EQ(counted["order_already_returned"] + counted["too_many_units"], 40);
  std::int64_t paid_back = 0;
  for (const HttpAnswer& answer : refunds) {
    if (answer.status == 200) paid_back += number_at(json_of(answer), "/refunded_minor");
  }
  EXPECT_EQ(paid_back, w.number("SELECT total_minor FROM orders WHERE id = " + other));
}

}  // namespace
}  // namespace footfall::tests
