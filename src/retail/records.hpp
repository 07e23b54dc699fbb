// What a run leaves behind, as rows on their way to a journal. Ids of a run's rows follow from
// what they are about (run, hour, agent; run, offer cycle, agent, slot), so no counter is shared:
// any thread, rank or resumed run gives a row the same id. Decimal places, so people can read them.
#pragma once

#include <cstdint>
#include <vector>

#include "base/assert.hpp"
#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/sim_time.hpp"
#include "retail/events.hpp"
#include "retail/pricing.hpp"

namespace footfall::retail {

inline constexpr std::int64_t kRunSpan = 100'000'000'000'000;  // ids of one run: 14 digits
inline constexpr std::int64_t kAgentsMax = 99'999'999;
inline constexpr std::int64_t kRunHoursMax = 99'999;  // 11.4 years
inline constexpr std::int64_t kRunsMax = 92'000;      // in one database
inline constexpr std::int64_t kOfferCyclesMax = 9'999;

// Run 3, hour 15 since its start, agent 42: 3 00015 00000042 and one digit for the attempt.
constexpr SessionId session_id(RunId run, std::int64_t hour, AgentId agent) {
  return {run.value * kRunSpan + hour * 1'000'000'000 + agent.value * 10};
}
constexpr AgentId agent_of(SessionId id) { return {id.value / 10 % (kAgentsMax + 1)}; }
constexpr std::int64_t hour_of(SessionId id) { return id.value % kRunSpan / 1'000'000'000; }
// From 0 on. A later one where a crash cut the session off before it left anything.
constexpr std::int64_t attempt_of(SessionId id) { return id.value % 10; }
inline constexpr std::int64_t kAttemptsMax = 10;
constexpr SessionId with_attempt(SessionId id, std::int64_t attempt) {
  return {id.value - id.value % 10 + attempt};
}
// Run 3, offer cycle 2, agent 42, slot 7: 3 0002 00000042 07.
constexpr UserCouponId user_coupon_id(RunId run, std::int64_t offer_cycle, AgentId agent,
                                      int slot) {
  return {run.value * kRunSpan + offer_cycle * 10'000'000'000 + agent.value * 100 + slot};
}
constexpr std::int64_t offer_cycle_of(UserCouponId id) {
  return id.value % kRunSpan / 10'000'000'000;
}
constexpr int slot_of(UserCouponId id) { return static_cast<int>(id.value % 100); }
// Listings of an offer cycle are numbered from here on.
constexpr ListingId first_listing_id(RunId run, std::int64_t offer_cycle) {
  return {run.value * kRunSpan + offer_cycle * 100'000 + 1};
}
constexpr OfferCycleId offer_cycle_id(RunId run, std::int64_t offer_cycle) {
  return {run.value * kRunSpan + offer_cycle};
}

enum class CouponEnd : std::uint8_t { redeemed, expired, superseded };
std::string_view to_string(CouponEnd end);

// Part of a vector of the same batch.
struct Range {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

// One thought that came to a decision: with a session, or (has_session false) only its decisions.
struct SessionRecord {
  SessionId id;
  SimTime started;
  SimTime ended;
  SimTime placed;  // of the order, if there is one
  Money subtotal;
  Money discount;
  Money total;
  Range events, decisions, shown, lines, discounts;
  std::uint32_t shopper = 0;  // position in the population
  bool has_session = false;
  bool idle = false;
  SessionOutcome outcome = SessionOutcome::browsed;
};

struct OrderDiscountRecord {
  UserCouponId coupon;
  Money amount;
  std::uint16_t definition = 0;  // index into Catalogue::coupons
  std::uint8_t line = 0;         // position in the session's lines
};

struct CouponAssignedRecord {
  UserCouponId id;
  SimTime at;
  double probability = 0;
  std::uint32_t shopper = 0;
  std::uint16_t definition = 0;
  std::uint16_t slot = 0;
  std::uint16_t offer_cycle = 0;
};

// A coupon that a shopper holds in a shop elsewhere, which keeps the wallets. Its number is the
// same whenever it is seen, and another one once an order has used it.
struct HeldElsewhereRecord {
  UserCouponId id;
  SimTime expires;
  std::uint16_t definition = 0;  // each at most once
};

struct CouponEndedRecord {
  UserCouponId id;
  SimTime at;
  SessionId order;  // redeemed: the order's id, which is its session's
  CouponEnd how = CouponEnd::expired;
};

struct RefreshRecord {  // a row of user_offer_cycles
  SimTime at;
  std::uint32_t shopper = 0;
  std::uint16_t offer_cycle = 0;
  std::uint8_t n_frontstore = 0, n_category_brand = 0, n_skipped = 0;
  std::uint8_t n_expired = 0;  // since the refresh before
  std::uint8_t n_superseded = 0;
};

// What one range of shoppers did in a span of time. Sessions stand in (hour, shopper) order.
struct RecordBatch {
  std::vector<SessionRecord> sessions;
  std::vector<Event> events;
  std::vector<Decision> decisions;
  std::vector<ShownCoupon> shown;
  std::vector<CartLine> lines;        // carts; those of purchased sessions are the orders' items
  std::vector<Money> line_discounts;  // one per line
  std::vector<OrderDiscountRecord> discounts;
  std::vector<CouponAssignedRecord> assigned;
  std::vector<HeldElsewhereRecord> held;  // of live trips, which are batches of one session
  std::vector<CouponEndedRecord> ended;
  std::vector<RefreshRecord> refreshes;

  void clear() {
    sessions.clear(), events.clear(), decisions.clear(), shown.clear(), lines.clear();
    line_discounts.clear(), discounts.clear(), assigned.clear(), ended.clear(), refreshes.clear(),
        held.clear();
  }
};

}  // namespace footfall::retail
