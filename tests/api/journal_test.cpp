// Goal: what a simulator tells of a trip is kept only where it agrees with the shop's own rows
// (invariant 34): a purchase is the session's own order, and a session with an order is a purchase.
// Method: trips told right and wrong, and the rows that they leave.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "tests/api/hostile_tools.hpp"

namespace footfall::tests {
namespace {

class Journal : public HostileTest {
 protected:
  Journal() { may_change(); }

  std::string session_of(int agent, int hour = 0, int attempt = 0) const {
    return fmt::format("{}{:05}{:08}{}", facts_.run, hour, agent, attempt);
  }
  static std::string moment(int hour) { return fmt::format("2026-01-05T{:02}:00:00Z", hour); }

  std::string open(int agent, const std::string& session, int hour = 0) {
    return told("/api/sessions", agent, session, hour, "");
  }
  // How a session's end is answered, told with this outcome and order.
  std::string end(int agent, const std::string& session, const std::string& outcome,
                  const std::string& order = "", int hour = 0) {
    const std::string which = order.empty() ? "" : fmt::format(R"(,"order_id":"{}")", order);
    return told("/api/events", agent, session, hour,
                fmt::format(R"(,"ended_at":"{}","outcome":"{}"{},"events":[],"decisions":[])",
                            moment(hour), outcome, which));
  }
  std::int64_t ended() const {
    return world_.number(
        "SELECT count(*) AS n FROM shopping_sessions WHERE ended_sim_us IS NOT NULL");
  }

 private:
  std::string told(const std::string& path, int agent, const std::string& session, int hour,
                   const std::string& more) {
    HttpClient client = world_.agent(agent);
    const HttpAnswer answer =
        client.post(path, fmt::format(R"({{"sessions":[{{"session_id":"{}","agent_id":"{}",)"
                                      R"("kind":"shopping","started_at":"{}"{}}}]}})",
                                      session, agent, moment(hour), more));
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(text_at(json_of(answer), "/sessions/0/session_id"), session);
    return text_at(json_of(answer), "/sessions/0/status");
  }
};
FOOTFALL_HOSTILE(Journal);

TEST_P(Journal, APurchaseIsTheSessionsOwnOrder) {
  const std::string first = session_of(7), later = session_of(7, 1);
  EXPECT_EQ(open(7, first), "open");
  EXPECT_EQ(end(7, first, "purchased", facts_.order), "no_such_order");  // another agent's
  EXPECT_EQ(end(7, first, "purchased", "999999"), "no_such_order");
  EXPECT_EQ(end(7, first, "purchased", first), "no_such_order");  // not bought yet
  const std::string order = expect_purchase(world_, 7, "seven", first);
  EXPECT_EQ(order, first);
  EXPECT_EQ(end(7, first, "purchased", facts_.order), "no_such_order");
  EXPECT_EQ(ended(), 0);
  EXPECT_EQ(end(7, first, "purchased", order), "closed");
  EXPECT_EQ(end(7, first, "purchased", order), "closed");  // its answer was lost
  // The next session cannot have the order of the one before.
  next_hour(world_);
  EXPECT_EQ(open(7, later, 1), "open");
  EXPECT_EQ(end(7, later, "purchased", order, 1), "no_such_order");
  EXPECT_EQ(ended(), 1);
  EXPECT_EQ(end(7, later, "browsed", "", 1), "closed");
  EXPECT_EQ(ended(), 2);
  EXPECT_EQ(world_.number("SELECT count(*) AS n FROM shopping_sessions WHERE order_id = " + order),
            1);
}

TEST_P(Journal, AnOrderWithoutASessionIsNoSessions) {
  EXPECT_EQ(open(8, session_of(8)), "open");
  const std::string order = expect_purchase(world_, 8, "eight");
  EXPECT_EQ(end(8, session_of(8), "purchased", order), "no_such_order");
  EXPECT_EQ(ended(), 0);
}

TEST_P(Journal, ASessionWithAnOrderIsAPurchase) {
  const std::string session = session_of(9);
  EXPECT_EQ(open(9, session), "open");
  const std::string order = expect_purchase(world_, 9, "nine", session);
  for (const char* outcome : {"browsed", "abandoned", "error"}) {
    EXPECT_EQ(end(9, session, outcome), "has_order") << outcome;
  }
  EXPECT_EQ(ended(), 0);
  EXPECT_EQ(end(9, session, "purchased", order), "closed");
  EXPECT_EQ(end(9, session, "browsed"), "has_order");
  EXPECT_EQ(world_.number("SELECT count(*) AS n FROM shopping_sessions WHERE order_id = " + order),
            1);
}

TEST_P(Journal, NothingIsBoughtInASessionThatIsOver) {
  const std::string session = session_of(11),
                    body = fmt::format(R"({{"session_id":"{}"}})", session);
  EXPECT_EQ(open(11, session), "open");
  HttpClient agent = world_.agent(11);
  const std::string lines =
      fmt::format(R"({{"session_id":"{}","lines":[{{"product_id":"{}","quantity":1}}]}})", session,
                  world_.product(0));
  EXPECT_EQ(agent.post("/api/cart/add", lines).status, 200);
  EXPECT_EQ(end(11, session, "abandoned"), "closed");
  for (int i = 0; i < 2; ++i) {
    expect_code(agent.post("/api/orders/checkout", body, {{"Idempotency-Key", "eleven"}}),
                "session_over");
  }
  EXPECT_EQ(world_.number("SELECT count(*) AS n FROM orders"), 1);  // of the fixture
}

TEST_P(Journal, WhatWasNeverOpenedIsNotEnded) {
  EXPECT_EQ(end(10, session_of(10), "browsed"), "not_open");
  const std::string session = session_of(10, 0, 3);
  const std::string order = expect_purchase(world_, 10, "ten", session);
  EXPECT_EQ(end(10, session, "purchased", order), "not_open");
  EXPECT_EQ(world_.number("SELECT count(*) AS n FROM shopping_sessions"), 0);
}

}  // namespace
}  // namespace footfall::tests
