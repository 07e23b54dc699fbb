// Goal: a shopper's whole way through the shop over HTTP, as a person and as an agent, on every
// database (R12–R15).
#include <fmt/format.h>

#include <boost/json.hpp>

#include "tests/api/api_world.hpp"

namespace footfall::tests {
namespace {

class Purchase : public testing::TestWithParam<store::Backend> {};
INSTANTIATE_TEST_SUITE_P(OnEach, Purchase, testing::ValuesIn(store::kBackends),
                         [](const auto& test) { return store::name_of(test.param); });

HttpHeaders with_key(const std::string& key) { return {{"Idempotency-Key", key}}; }

std::string lines(std::initializer_list<std::pair<std::string, int>> wanted) {
  std::string out;
  for (const auto& [product, quantity] : wanted) {
    out += fmt::format("{}{{\"product_id\":\"{}\",\"quantity\":{}}}", out.empty() ? "" : ",",
                       product, quantity);
  }
  return "[" + out + "]";
}

// R13, R14, R15: the real shop, with a person's token.
TEST_P(Purchase, APersonBuysAndTakesBack) {
  ApiWorld world(GetParam(), {.simulation = false});
  HttpClient person = world.person(1);
  const std::string add = fmt::format("{{\"store_id\":\"1\",\"lines\":{}}}",
                                      lines({{world.product(0), 2}, {world.product(1), 1}}));
  const HttpAnswer added = person.post("/api/cart/add", add);
  ASSERT_EQ(added.status, 200) << added.body;
  EXPECT_EQ(number_at(json_of(added), "/line_count"), 2);
  const HttpAnswer cart = person.get("/api/cart?store_id=1");
  ASSERT_EQ(cart.status, 200) << cart.body;
  const std::int64_t total = number_at(json_of(cart), "/total_minor");
  EXPECT_EQ(total, 2 * world.catalogue().products[0].list_price.minor +
                       world.catalogue().products[1].list_price.minor);
  const HttpAnswer wallet = person.get("/api/wallet");
  ASSERT_EQ(wallet.status, 200) << wallet.body;
  EXPECT_EQ(json_of(wallet).at("coupons").as_array().size(), 32u);

  const std::string body = "{\"store_id\":\"1\"}";
  const HttpAnswer bought = person.post("/api/orders/checkout", body, with_key("k1"));
  ASSERT_EQ(bought.status, 201) << bought.body;
  EXPECT_EQ(number_at(json_of(bought), "/total_minor"), total);
  const std::string order = text_at(json_of(bought), "/order_id");

  // Invariant 28: the same key and body, one effect, identical bytes; another body, 422.
  const HttpAnswer again = person.post("/api/orders/checkout", body, with_key("k1"));
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, bought.body);
  EXPECT_EQ(again.header("idempotency-replayed"), "true");
  const HttpAnswer other = person.post(
      "/api/orders/checkout", "{\"store_id\":\"1\",\"coupon_policy\":\"partial\"}", with_key("k1"));
  EXPECT_EQ(other.status, 422) << other.body;
  EXPECT_EQ(world.number("SELECT count(*) AS n FROM orders"), 1);
  // R15: a person's rows are not simulated.
  EXPECT_EQ(world.number("SELECT count(*) AS n FROM orders WHERE is_simulated = 0 AND run_id = 0 "
                         "AND simulated_at IS NULL"),
            1);

  // A paid cart's tag is not the next cart's, though both are at their first version.
  const HttpAnswer next = person.post("/api/cart/add", add);
  ASSERT_EQ(next.status, 200) << next.body;
  EXPECT_EQ(person.post("/api/cart/add", add, {{"If-Match", added.header("etag")}}).status, 412);
  EXPECT_EQ(person.post("/api/cart/add", add, {{"If-Match", next.header("etag")}}).status, 200);

  const HttpAnswer shown = person.get("/api/orders/" + order);
  ASSERT_EQ(shown.status, 200) << shown.body;
  EXPECT_EQ(json_of(shown).at("lines").as_array().size(), 2u);
  const HttpAnswer refund =
      person.post("/api/orders/" + order + "/refund",
                  "{\"lines\":[{\"line_no\":1,\"quantity\":1}]}", with_key("r1"));
  ASSERT_EQ(refund.status, 200) << refund.body;
  EXPECT_EQ(number_at(json_of(refund), "/refunded_minor"),
            world.catalogue().products[0].list_price.minor);
  const HttpAnswer cancel = person.post("/api/orders/" + order + "/cancel", "{}", with_key("c1"));
  EXPECT_EQ(cancel.status, 409) << cancel.body;  // refunded in part
  const HttpAnswer list = person.get("/api/orders");
  EXPECT_EQ(text_at(json_of(list), "/orders/0/status"), "part_refunded");

  // Somebody else sees nothing of it.
  HttpClient stranger = world.person(2);
  EXPECT_EQ(stranger.get("/api/orders/" + order).status, 404);
  EXPECT_EQ(json_of(stranger.get("/api/orders")).at("orders").as_array().size(), 0u);
}

// R12: a run from its start over two offer cycles, with an agent who shops.
TEST_P(Purchase, AnAgentShopsInASimulation) {
  ApiWorld world(GetParam());
  HttpClient admin = world.admin();
  EXPECT_EQ(admin.get("/simulation/status").status, 409);  // no_run
  const std::string run = world.start_run();
  HttpClient agent = world.agent(3);
  const HttpAnswer wallet = agent.get("/api/wallet");
  ASSERT_EQ(wallet.status, 200) << wallet.body;
  ASSERT_EQ(json_of(wallet).at("coupons").as_array().size(), 32u);

  agent.set("X-Footfall-Run", run);
  agent.set("X-Footfall-Sim-Time", "2026-01-05T00:30:00Z");
  ASSERT_EQ(
      agent.post("/api/cart/add", fmt::format("{{\"lines\":{}}}", lines({{world.product(0), 3}})))
          .status,
      200);
  const HttpAnswer bought = agent.post("/api/orders/checkout", "", with_key("hour:0"));
  ASSERT_EQ(bought.status, 201) << bought.body;
  EXPECT_EQ(world.number("SELECT count(*) AS n FROM orders WHERE is_simulated = 1 AND "
                         "simulated_at IS NOT NULL"),
            1);

  // A dry run tells what would be, and does nothing.
  const HttpAnswer dry = admin.post("/time/advance", "{\"hours\":240,\"dry_run\":true}");
  ASSERT_EQ(dry.status, 200) << dry.body;
  EXPECT_EQ(text_at(json_of(dry), "/now"), "2026-01-15T00:00:00Z");
  EXPECT_EQ(number_at(json_of(dry), "/cycles_opened"), 1);
  EXPECT_EQ(number_at(json_of(dry), "/wallets_refreshed"), store::kPeople);

  // Time moves: what is past is past.
  const HttpAnswer moved = admin.post("/time/advance", "{\"hours\":2}");
  ASSERT_EQ(moved.status, 200) << moved.body;
  EXPECT_EQ(text_at(json_of(moved), "/now"), "2026-01-05T02:00:00Z");
  EXPECT_EQ(agent.get("/api/wallet").status, 409);  // sim_time_out_of_window
  const HttpAnswer back = admin.post("/time/advance", "{\"to\":\"2026-01-05T01:00:00Z\"}");
  EXPECT_EQ(back.status, 409);
  EXPECT_EQ(text_at(json_of(back), "/code"), "time_not_monotonic");

  const HttpAnswer first = admin.get("/cycles");
  ASSERT_EQ(json_of(first).at("cycles").as_array().size(), 1u) << first.body;
  EXPECT_EQ(admin.post("/cycles", "{\"number\":0}").status, 409);
  const HttpAnswer next = admin.post("/cycles", "{}");
  ASSERT_EQ(next.status, 201) << next.body;
  EXPECT_EQ(text_at(json_of(next), "/starts_at"), "2026-01-12T00:00:00Z");
  const std::string cycle = text_at(json_of(next), "/id");
  EXPECT_EQ(admin.get("/cycles/" + cycle).status, 200);
  EXPECT_EQ(number_at(json_of(admin.get("/cycles/" + cycle)), "/users_done"), store::kPeople);

  const HttpAnswer stopped = admin.send("POST", "/simulation/stop");
  ASSERT_EQ(stopped.status, 200) << stopped.body;
  EXPECT_EQ(admin.post("/time/advance", "{}").status, 409);  // no_run
  // Nor is an ended run written to by the admin.
  admin.set("X-Footfall-Run", run);
  EXPECT_EQ(admin.post("/api/offers/assign", "{\"all_due\":true}").status, 409);
}

// R12: with SIMULATION_MODE off the offer routes say so before they look at a token.
TEST_P(Purchase, WithoutSimulationModeTheOfferRoutesAreClosed) {
  ApiWorld world(GetParam(), {.simulation = false});
  HttpClient nobody = world.client();
  for (const auto& [method, path] :
       std::initializer_list<std::pair<const char*, const char*>>{{"GET", "/cycles"},
                                                                  {"POST", "/cycles"},
                                                                  {"GET", "/cycles/1"},
                                                                  {"POST", "/refresh/user/1"},
                                                                  {"POST", "/time/advance"},
                                                                  {"POST", "/simulation/start"},
                                                                  {"GET", "/simulation/status"}}) {
    const HttpAnswer answer = nobody.send(method, path);
    EXPECT_EQ(answer.status, 403) << path;
    EXPECT_EQ(text_at(json_of(answer), "/code"), "simulation_mode_disabled") << path;
  }
  // Invariant 39: a dev token is what garbage is.
  const HttpAnswer dev = world.agent(1).get("/api/wallet");
  HttpClient garbage = world.client();
  garbage.set("Authorization", "Bearer garbage");
  const HttpAnswer other = garbage.get("/api/wallet");
  EXPECT_EQ(dev.status, 401);
  EXPECT_EQ(other.status, 401);
  EXPECT_EQ(text_at(json_of(dev), "/detail"), text_at(json_of(other), "/detail"));
}

}  // namespace
}  // namespace footfall::tests
