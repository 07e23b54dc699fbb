// What happened in a run, in figures: read from the database, whoever wrote it, and the same for
// every adapter of Reader. Plain data; cli/ prints it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/result.hpp"
#include "base/sim_time.hpp"
#include "store/reader.hpp"
#include "store/store.hpp"

namespace footfall::store {

// `part` of `whole`, from 0 to 1; 0 of nothing is 0.
double share(std::int64_t part, std::int64_t whole);

// Sums over the run. Orders count as they were placed: refunds are not taken off.
struct RunTotals {
  std::int64_t sessions = 0;           // shopping and idle
  std::int64_t shopping_sessions = 0;  // came to buy
  std::int64_t idle_sessions = 0;      // came to look
  std::int64_t orders = 0;
  std::int64_t abandoned = 0;  // shopping sessions that left a filled cart behind
  std::int64_t failed = 0;     // ended by an error
  std::int64_t open = 0;       // not ended yet
  std::int64_t order_lines = 0;
  std::int64_t units = 0;
  Money gross;  // before discounts
  Money discount;
  Money revenue;  // paid

  double lines_an_order() const;
  double revenue_an_order_minor() const;
  double purchase_share() const { return share(orders, shopping_sessions); }
  double completion_share() const { return share(orders, orders + abandoned); }  // of carts
};

// Shopping sessions that came to a step at least once. Coupons are a side path: a session can be
// paid without them, so the figures need not fall from each step to the next.
struct FunnelStep {
  std::string name;
  std::int64_t sessions = 0;
};

struct EventCount {
  std::string type;
  std::int64_t events = 0;
};

// Orders by their number of lines (different products).
struct BasketClass {
  std::string name;
  std::int64_t lines_from = 0;
  std::int64_t lines_to = 0;
  std::int64_t orders = 0;
};

// What became of the coupons that an offer cycle gave out; `active` is as of the run's `now`.
struct CycleCoupons {
  std::int64_t cycle = 0;  // from 0
  SimTime starts, ends;
  std::string status;
  std::int64_t assigned = 0;
  std::int64_t viewed = 0;  // coupons looked at one by one, each counted once
  std::int64_t redeemed = 0;
  std::int64_t expired = 0;
  std::int64_t superseded = 0;
  std::int64_t active = 0;
  std::int64_t other = 0;  // revoked or reversed

  double redemption_rate() const { return share(redeemed, assigned); }
};

struct SalesLine {
  ProductId product;     // none for a category
  std::string name;      // of the category or product; products of two brands may share one
  std::string brand;     // empty for a category
  std::string category;  // empty for a category
  std::int64_t lines = 0;
  std::int64_t units = 0;
  Money revenue;  // after discounts
};

struct OrderFrequency {
  std::string name;
  std::int64_t orders_from = 0;
  std::int64_t orders_to = 0;
  std::int64_t shoppers = 0;
};

// A week of the run, counted from its start; the last one may be cut short by `now`.
struct WeekActivity {
  std::int64_t week = 0;    // from 0
  std::int64_t active = 0;  // shoppers with a shopping session
  std::int64_t buyers = 0;  // shoppers with an order
};

struct TableRows {
  std::string table;
  std::int64_t rows = 0;  // of this run
};

struct RunReport {
  Run run;
  std::string mode;      // fast, live
  std::string currency;  // empty if nothing was sold and nothing is for sale
  RunTotals totals;
  std::array<std::int64_t, 24> visits_by_hour{};    // shopping sessions by their start, UTC
  std::array<std::int64_t, 7> visits_by_weekday{};  // from Monday
  std::vector<FunnelStep> funnel;                   // sessions … paid: seven steps
  std::vector<EventCount> events;                   // by type, in order of name
  std::vector<BasketClass> baskets;                 // 1, 2-5, 6-10, 11-20, 21+
  std::vector<CycleCoupons> cycles;                 // oldest first
  std::vector<SalesLine> top_categories;            // ten at most, by revenue
  std::vector<SalesLine> top_products;              // ten at most, by revenue
  std::vector<OrderFrequency> shoppers_by_orders;   // 0, 1, 2, 3-4, 5-9, 10+
  double mean_days_between_orders = 0;              // of the same shopper; 0: nobody bought twice
  std::vector<WeekActivity> weeks;                  // every week up to `now`, empty ones too
  std::vector<TableRows> tables;
};

// Reads the report of `run`; {0}: of the newest run. Errors: not_found if there is no such run, or
// none at all. Throws Failure if the database refuses.
Result<RunReport> make_report(Reader& reader, RunId run);

}  // namespace footfall::store
