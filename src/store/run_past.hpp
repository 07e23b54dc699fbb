// What a run has left in its database so far: what has to be known when it goes on after it was cut
// off (R34, R35), and what is put right then. One object, one thread at a time; every call throws
// Failure when the database refuses. Hours count from the run's start.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/sim_time.hpp"
#include "retail/events.hpp"

namespace footfall::store {

class Sql;

// What an agent has done in an hour, or begun.
struct PastVisit {
  AgentId agent;
  std::int64_t attempts = 0;  // so far
  bool done = false;          // one of them has ended, and was not set aside
  SessionId open;             // one that has not ended; 0: none
  OrderId order;              // of one that has not ended, in this database; 0: none
};

// A session that nobody has ended.
struct OpenSession {
  SessionId id;
  AgentId agent;
  UserId user;
  StoreId store;  // 0: none
  bool idle = false;
  SimTime started;
};

struct PastOrder {
  OrderId id;
  Money total;
  SimTime placed;
};

struct PastCoupon {
  UserCouponId id;
  CouponId coupon;
  SimTime assigned, expires;
  std::optional<SimTime> ended;  // redeemed, superseded
};

struct PastLine {
  ProductId product;
  std::int64_t qty = 0;
  Money price;
};

// How a shopping trip ended that came to a checkout or could have.
struct PastEnd {
  AgentId agent;
  retail::SessionOutcome outcome = retail::SessionOutcome::browsed;
  std::vector<PastLine> cart;  // of an outcome `error`; in the order in which it was filled
};

// Sums over a run's rows, as simulation::Tally has them.
struct PastCounts {
  std::int64_t thoughts = 0, sessions = 0, idle_sessions = 0, trips = 0, orders = 0, abandoned = 0;
  std::int64_t failed = 0;    // checkouts that the shop refused
  std::int64_t failures = 0;  // trips that the world failed
  std::int64_t order_lines = 0, events = 0, decisions = 0, dropped_out = 0;
  std::int64_t coupons_assigned = 0, coupons_redeemed = 0, coupons_expired = 0,
               coupons_superseded = 0;
  std::int64_t wallet_views = 0;
  Money gross, discount, revenue;
};

class RunPast {
 public:
  // The Sql must outlive it.
  RunPast(Sql& sql, RunId run) : sql_(sql), run_(run) {}

  // Of one hour, by agent. Carts and orders whose session is not known count too: somebody
  // else may have told of them.
  std::vector<PastVisit> visits(std::int64_t hour);
  // Of all hours, by id.
  std::vector<OpenSession> open_sessions();
  // Of hours [first, last]. Thoughts that came to no session are counted up to `last` alone, since
  // that hour's will be thought again. Refreshes count from the first hour on.
  PastCounts counts(std::int64_t first, std::int64_t last);
  // Who left for good in hours [first, last].
  std::vector<AgentId> dropped_out(std::int64_t first, std::int64_t last);
  // Of hours [first, last], in (hour, agent) order; not idle visits.
  std::vector<PastEnd> ends(std::int64_t first, std::int64_t last);
  // The hour of the latest session or order; nothing if there is none.
  std::optional<std::int64_t> latest_hour();
  // All that were in the wallet at some time of [from, to), by id.
  std::vector<PastCoupon> wallet(UserId user, SimTime from, SimTime to);
  std::optional<PastOrder> order_of(SessionId session);

  // Ends a session that was cut off: its cart is left behind and it ends as abandoned, without a
  // trace, unless it has an order: then nothing is changed, and the order is answered. Where the
  // session is not known, only the cart is left behind.
  std::optional<PastOrder> set_aside(SessionId session);
  // Tells the sessions of hours [first, last] again, as replays, with their events and decisions;
  // each once, however often it is asked for. Answers how many were told now.
  std::int64_t replay(std::int64_t first, std::int64_t last);

  // Who lives the run.
  struct Hold {
    bool ours = false;
    std::string holder;        // whose it is
    std::int64_t held_us = 0;  // changes as long as that one lives
  };
  // Takes it if nobody has it, `holder` has it already, or `instead_of` has it; and notes where the
  // run shops (Run::shop), if nobody has noted it.
  Hold hold(const std::string& holder, const std::string& instead_of, const std::string& shop);
  void release(const std::string& holder);

 private:
  std::int64_t first_id(std::int64_t hour) const;

  Sql& sql_;
  RunId run_;
};

}  // namespace footfall::store
