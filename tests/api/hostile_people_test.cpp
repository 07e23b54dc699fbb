// Goal: other people's orders, coupons, wallets and sessions are neither seen nor changed, and ids
// that name nothing do no harm in any route, least of all a 5xx. Method: one agent's things, asked
// for by another agent, a person and nobody; then every id of every request replaced.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <sstream>
#include <tuple>

#include "tests/api/hostile_tools.hpp"

namespace footfall::tests {
namespace {

namespace json = boost::json;

class OtherPeople : public HostileTest {
 protected:
  OtherPeople() : other_(world_.agent(5)), person_(world_.person(2)) {
    EXPECT_EQ(person_.get("/api/wallet").status, 200);  // fills it
    EXPECT_EQ(other_.post("/api/cart/add", lines("2")).status, 200);
    note_rows();
  }

  HttpClient other_, person_;
};
FOOTFALL_HOSTILE(OtherPeople);

TEST_P(OtherPeople, SeeNoOrder) {
  const std::string order = "/api/orders/" + facts_.order;
  for (HttpClient* client : {&other_, &person_}) {
    expect_code(client->get(order), "no_such_order");
    EXPECT_TRUE(json_of(client->get("/api/orders")).at("orders").as_array().empty());
    expect_code(client->post(order + "/cancel", "{}", {{"Idempotency-Key", "x"}}), "no_such_order");
    expect_code(client->post(order + "/refund", R"({"lines":[{"line_no":1,"quantity":1}]})",
                             {{"Idempotency-Key", "y"}}),
                "no_such_order");
  }
  const HttpAnswer of_session = other_.get("/api/orders?session_id=" + facts_.session);
  EXPECT_TRUE(json_of(of_session).at("orders").as_array().empty());
  expect_code(nobody_.get(order), "unauthorized");
  // An order that is not one's own looks as one that does not exist.
  const json::value theirs = json_of(other_.get(order));
  const json::value none = json_of(other_.get("/api/orders/999999"));
  EXPECT_EQ(theirs.at("detail"), none.at("detail"));
  EXPECT_EQ(text_at(json_of(agent_.get(order)), "/status"), "placed");
}

TEST_P(OtherPeople, UseNoCoupon) {
  const std::string body = fmt::format(R"({{"store_id":"1","coupons":["{}"]}})", facts_.coupon);
  for (const char* method : {"POST", "PUT"}) {
    const HttpAnswer applied =
        other_.send(method, "/api/cart/coupons", body, {{"Content-Type", "application/json"}});
    ASSERT_EQ(applied.status, 200) << applied.body;
    EXPECT_EQ(text_at(json_of(applied), "/coupons/0/refusal"), "not_owned");
    EXPECT_EQ(number_at(json_of(applied), "/discount_minor"), 0);
  }
  EXPECT_TRUE(json_of(other_.get("/api/cart?store_id=1")).at("coupons").as_array().empty());
  expect_code(other_.post("/api/orders/checkout", body, {{"Idempotency-Key", "z"}}),
              "coupon_not_owned");
  expect_code(other_.send("DELETE", "/api/cart/coupons/" + facts_.coupon + "?store_id=1"),
              "coupon_not_in_cart");
  may_change();  // the cart's version, and the refusal that is kept under its key
  EXPECT_EQ(world_.number("SELECT count(*) AS n FROM orders"), 1);
  EXPECT_EQ(world_.number("SELECT count(*) AS n FROM coupon_events"), 0);
  EXPECT_EQ(world_.number("SELECT count(*) AS n FROM cart_coupons"), 0);
}

TEST_P(OtherPeople, TouchNoWalletCartOrSession) {
  expect_code(other_.get("/api/cart?store_id=1&session_id=" + facts_.session), "invalid_request");
  expect_code(person_.get("/api/cart?store_id=1&session_id=" + facts_.session), "invalid_request");
  expect_code(other_.send("POST", "/refresh/user/" + facts_.user), "forbidden");
  expect_code(other_.send("POST", "/refresh/user/9223372036854775807"), "forbidden");
  const std::string assign = fmt::format(R"({{"user_id":"{}"}})", facts_.user);
  for (HttpClient* client : {&other_, &person_}) {
    expect_code(client->post("/api/offers/assign", assign), "forbidden");
    expect_code(client->post("/api/offers/assign", R"({"all_due":true})"), "forbidden");
  }
  for (const char* name : {"openSessions", "addEvents"}) {
    const ApiRequest theirs = request(name);
    expect_code(other_.post(theirs.target, theirs.body), "invalid_request");
    expect_code(person_.post(theirs.target, theirs.body), "forbidden");
    expect_code(nobody_.post(theirs.target, theirs.body), "unauthorized");
  }
}

TEST_P(OtherPeople, SteerNoRun) {
  for (const char* path : {"/simulation/start", "/simulation/stop", "/time/advance", "/cycles"}) {
    expect_code(other_.send("POST", path), "forbidden");
    expect_code(person_.send("POST", path), "forbidden");
    expect_code(nobody_.send("POST", path), "unauthorized");
  }
  for (const char* path : {"/simulation/status", "/simulation/agents", "/cycles"}) {
    expect_code(person_.get(path), "forbidden");
    expect_code(nobody_.get(path), "unauthorized");
  }
  HttpClient admin = world_.admin();
  for (const char* path : {"/api/wallet", "/api/cart", "/api/orders"}) {
    expect_code(admin.get(path), "forbidden");
  }
}

const std::vector<std::string> kIds = {"1", "42", "999999999999", "9007199254740993",
                                       "9223372036854775807"};

// The first line of `after` that is not in `before`, or the other way round; "" if they are equal.
std::string changed_line(const std::string& before, const std::string& after) {
  if (before == after) return "";
  for (const auto& [left, right, sign] :
       {std::tuple(&before, &after, "- "), std::tuple(&after, &before, "+ ")}) {
    std::istringstream lines(*left);
    for (std::string line; std::getline(lines, line);) {
      if (right->find(line + "\n") == std::string::npos) return sign + line;
    }
  }
  return "the same lines in another number";
}

class NoSuchIds : public HostileTest {
 protected:
  NoSuchIds() { may_change(); }

  // Rows of runs: all but the answers that are kept under keys; and those that are other people's.
  struct Seen {
    std::string all, others;
  };
  Seen look() const {
    const std::string own = " user_id=" + caller_;
    std::istringstream lines(
        store::dump_of([&](const std::string& sql) { return world_.query(sql); }));
    Seen seen;
    for (std::string line; std::getline(lines, line);) {
      // The real shop follows the real clock, whatever is sent.
      if ((line + " ").find(" run_id=0 ") != std::string::npos) continue;
      if (!line.starts_with("idempotency_keys ")) seen.all += line + "\n";
      if (line.find(" user_id=") == std::string::npos) continue;
      if ((line + " ").find(own + " ") == std::string::npos) seen.others += line + "\n";
    }
    return seen;
  }
  // A refusal changes nothing, and what is done is done to the caller's own. What is sent has not
  // been done before: it has a key and a step of its own.
  void expect_harmless(HttpClient& client, ApiRequest request, const std::string& what) {
    ++sent_;
    for (auto& [name, value] : request.headers) {
      if (name == "Idempotency-Key") value = fmt::format("key-{}", sent_);
    }
    const std::size_t step = request.body.find(R"("step":1)");
    if (step != std::string::npos) {
      request.body.replace(step, 8, fmt::format(R"("step":{})", sent_ + 1));
    }
    const Seen before = look();
    const HttpAnswer answer = send(client, request);
    const Seen after = look();
    EXPECT_LT(answer.status, 500) << request.route->name << what << answer.body;
    EXPECT_EQ(changed_line(before.others, after.others), "") << request.route->name << what;
    if (answer.status < 400) return;
    expect_refused(answer, what);
    EXPECT_EQ(changed_line(before.all, after.all), "") << request.route->name << what;
  }

  std::string caller_ = facts_.user;  // for whom requests are sent
  int sent_ = 0;

  // Sends the body with each of its ids and amounts replaced by each of kIds in turn. `fresh` is
  // called before each, so that what is sent has not been done before.
  template <typename Fresh>
  void replace_each(const ApiRequest& valid, const std::vector<std::string>& ids, Fresh fresh) {
    const json::value kept = json::parse(valid.body);
    std::vector<std::string> places;
    find_places(kept, "", places);
    EXPECT_FALSE(places.empty());
    for (const std::string& place : places) {
      for (const std::string& id : ids) {
        json::value body = kept;
        fresh(body);
        boost::system::error_code error;
        json::value* value = body.find_pointer(place, error);
        if (value->is_string()) {
          *value = id;
        } else {
          *value = std::stoll(id);
        }
        ApiRequest request = valid;
        request.body = json::serialize(body);
        expect_harmless(nobody_, request, place + "=" + id);
      }
    }
  }

  static void find_places(const json::value& value, const std::string& pointer,
                          std::vector<std::string>& out) {
    if (const json::array* list = value.if_array()) {
      if (!list->empty()) find_places(list->front(), pointer + "/0", out);
    } else if (const json::object* object = value.if_object()) {
      for (const auto& member : *object) {
        find_places(member.value(), pointer + "/" + std::string(member.key()), out);
      }
    } else if (pointer.ends_with("_id") || pointer.ends_with("_minor") ||
               pointer.find("/coupons/") != std::string::npos) {
      out.push_back(pointer);
    }
  }
};
FOOTFALL_HOSTILE(NoSuchIds);

TEST_P(NoSuchIds, InBodiesDoNoHarm) {
  for (const ApiRequest& valid : valid_requests(facts_)) {
    const std::string_view name = valid.route->name;
    if (valid.body.find("_id\"") == std::string::npos) continue;
    if (name == "openSessions" || name == "addEvents") continue;  // below
    if (name == "applyCoupons") send(nobody_, request("addToCart"));
    replace_each(valid, kIds, [](const json::value&) {});
  }
}

TEST_P(NoSuchIds, InPathsAndQueriesDoNoHarm) {
  for (const ApiRequest& valid : valid_requests(facts_)) {
    for (const std::string& id : kIds) {
      for (const std::string& known : {facts_.order, facts_.product, facts_.coupon, facts_.user,
                                       facts_.cycle, facts_.session, facts_.store}) {
        const std::size_t at = valid.target.rfind(known);
        if (at == std::string::npos || at < 4) continue;
        ApiRequest request = valid;
        request.target.replace(at, known.size(), id);
        expect_harmless(nobody_, request, request.target);
      }
    }
  }
}

// An agent opens one session an hour, so each trip is another agent's.
TEST_P(NoSuchIds, InTripsDoNoHarm) {
  const std::vector<std::string> ids = {"42", "9223372036854775807"};
  int agent = 0;
  ApiRequest open = request("openSessions"), end = request("addEvents");
  for (ApiRequest* one : {&open, &end}) one->headers[0].second = "Bearer " + kAdminToken;
  const auto place = [&](json::value& row) {
    row.at("agent_id") = std::to_string(agent);
    caller_ = std::to_string(
        world_.number(fmt::format("SELECT user_id FROM agents WHERE id = {}", agent)));
    row.at("session_id") = fmt::format("{}00000{:08}0", facts_.run, agent);
  };
  // Without an order, which would have to be the agent's: then the rows are written.
  json::value trips = json::parse(end.body);
  trips.at("sessions").at(0).as_object().erase("order_id");
  trips.at("sessions").at(0).at("outcome") = "abandoned";
  trips.as_object().erase("thoughts");
  end.body = json::serialize(trips);
  replace_each(open, ids, [&](json::value& body) {
    ++agent;
    place(body.at("sessions").at(0));
  });
  replace_each(end, ids, [&](json::value& body) {
    ++agent;
    place(body.at("sessions").at(0));
    ApiRequest first = open;
    json::value opening = json::parse(open.body);
    place(opening.at("sessions").at(0));
    first.body = json::serialize(opening);
    EXPECT_EQ(text_at(json_of(send(nobody_, first)), "/sessions/0/status"), "open");
  });
  EXPECT_LE(agent, store::kPeople);
  EXPECT_GE(world_.number("SELECT count(*) AS n FROM shopping_session_events"), 10);
}

TEST_P(NoSuchIds, AnAgentIsInTheShopOnce) {
  const auto status = [&](const std::string& session) {
    const HttpAnswer answer =
        agent_.post("/api/sessions",
                    fmt::format(R"({{"sessions":[{{"session_id":"{}","agent_id":{},"kind":"idle",)"
                                R"("started_at":"{}"}}]}})",
                                session, kHostileAgent, facts_.now));
    EXPECT_EQ(answer.status, 200) << answer.body;
    return text_at(json_of(answer), "/sessions/0/status");
  };
  EXPECT_EQ(status(facts_.session), "open");
  EXPECT_EQ(status(facts_.session), "open");
  const std::string second = facts_.session.substr(0, facts_.session.size() - 1) + "1";
  EXPECT_EQ(status(second), "other_open");
  next_hour(world_);
  // The orphan of the hour before is still open.
  facts_.now = "2026-01-05T01:00:00Z";
  EXPECT_EQ(status(fmt::format("{}00001{:08}0", facts_.run, kHostileAgent)), "other_open");
}

}  // namespace
}  // namespace footfall::tests
