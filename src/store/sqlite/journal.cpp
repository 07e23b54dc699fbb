#include "store/sqlite/journal.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include "store/sqlite/sqlite_journal.hpp"

namespace footfall::store::sqlite {
namespace {

std::string insert(const char* table, int parameters) {
  std::string sql = fmt::format("INSERT INTO {} VALUES (?1", table);
  for (int i = 2; i <= parameters; ++i) sql += fmt::format(", ?{}", i);
  return sql + ")";
}

}  // namespace

SqliteJournal::SqliteJournal(Database& database, const JournalContext& context,
                             const retail::Catalogue& catalogue, const std::vector<Agent>& agents)
    : database_(database), context_(context), catalogue_(catalogue), agents_(agents) {
  for (std::size_t who = 0; who < agents.size(); ++who) {
    StoreId home =
        catalogue.stores.empty() ? StoreId{} : catalogue.stores[who % catalogue.stores.size()].id;
    for (const retail::Store& store : catalogue.stores) {
      if (store.code == agents[who].persona.home_store) home = store.id;
    }
    home_stores_.push_back(home);
  }
  for (const std::string& name : catalogue.categories) {
    category_json_.push_back("{\"category\":" + boost::json::serialize(boost::json::string(name)));
  }
  open_cycle_ = database.prepare(
      "INSERT INTO offer_cycles (id, run_id, seq, starts_sim_us, ends_sim_us, status, policy, "
      "policy_version) VALUES (?1, ?2, ?3, ?4, ?5, 'active', ?6, ?7)");
  close_cycle_ = database.prepare(
      "UPDATE offer_cycles SET status = 'closed' WHERE run_id = ?1 AND status = 'active'");
  count_cycle_ = database.prepare(
      "UPDATE offer_cycles SET users_done = users_done + ?2, assigned = assigned + ?3, "
      "skipped_capacity = skipped_capacity + ?4, expired = expired + ?5, "
      "superseded = superseded + ?6 WHERE id = ?1");
  listing_ = database.prepare(insert("listings", 7));
  assign_ = database.prepare(
      "INSERT INTO user_coupons (id, run_id, user_id, coupon_id, cycle_id, lane, slot, status, "
      "policy, policy_version, probability, assigned_sim_us, expires_sim_us) VALUES "
      "(?1, ?2, ?3, ?4, ?5, ?6, ?7, 'active', ?8, ?9, ?10, ?11, ?12)");
  end_ = database.prepare(
      "UPDATE user_coupons SET status = ?2, ended_sim_us = ?3, order_id = ?4 "
      "WHERE id = ?1 AND status = 'active'");
  refresh_ = database.prepare(
      "INSERT INTO user_offer_cycles (cycle_id, user_id, status, n_frontstore, n_category_brand, "
      "n_skipped_capacity, n_expired, n_superseded, assigned_sim_us) VALUES "
      "(?1, ?2, 'done', ?3, ?4, ?5, ?6, ?7, ?8)");
  session_ = database.prepare(
      "INSERT INTO shopping_sessions (id, run_id, agent_id, user_id, store_id, sim_hour, kind, "
      "outcome, order_id, started_sim_us, ended_sim_us, recorded_wall_us, n_events) VALUES "
      "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)");
  event_ = database.prepare(insert("shopping_session_events", 12));
  decision_ = database.prepare(insert("simulation_decisions", 12));
  cart_ = database.prepare(insert("carts", 9));
  cart_item_ = database.prepare(insert("cart_items", 4));
  order_ = database.prepare(
      "INSERT INTO orders (id, run_id, cart_id, user_id, store_id, session_id, status, currency, "
      "subtotal_minor, discount_minor, total_minor, placed_sim_us, placed_wall_us, simulated_at) "
      "VALUES (?1, ?2, ?1, ?3, ?4, ?1, 'placed', ?5, ?6, ?7, ?8, ?9, ?10, ?9)");
  order_item_ = database.prepare(insert("order_items", 7));
  discount_ = database.prepare(insert("order_discounts", 5));
  state_ = database.prepare(
      "UPDATE simulation_state SET sim_now_us = ?2, updated_wall_us = ?3 WHERE run_id = ?1");
  // What never changes within a run is bound once.
  event_.bind(3, context.run.value).bind(12, std::int64_t{retail::kEventSchemaVersion});
  decision_.bind(3, context.run.value).bind(11, "rule");
  assign_.bind(2, context.run.value)
      .bind(8, context.policy)
      .bind(9, std::int64_t{context.policy_version});
}

void SqliteJournal::commit(std::span<const JournalEntry> entries) {
  Transaction transaction(database_);
  wall_us_ = wall_clock_us();
  for (const JournalEntry& entry : entries) write_entry(entry);
  state_.bind(1, context_.run.value).bind(2, entries.back().now.us).bind(3, wall_us_).run();
  transaction.commit();
}

// Sessions of all ranges hour by hour, so that rows arrive in the order of their ids: appended to
// their tables, and the same whatever the number of ranges.
void SqliteJournal::write_entry(const JournalEntry& entry) {
  for (const OfferCycleOpening& opening : entry.openings) write_opening(opening);
  for (const retail::RecordBatch& batch : entry.ranges) write_ended(batch);
  for (const retail::RecordBatch& batch : entry.ranges) write_assigned(batch);
  for (const retail::RecordBatch& batch : entry.ranges) write_refreshes(batch);
  std::vector<std::size_t> next(entry.ranges.size());
  for (bool more = true; more;) {
    more = false;
    std::int64_t hour = INT64_MAX;
    for (std::size_t r = 0; r < next.size(); ++r) {
      const auto& sessions = entry.ranges[r].sessions;
      if (next[r] < sessions.size()) hour = std::min(hour, hour_number(sessions[next[r]].started));
    }
    for (std::size_t r = 0; r < next.size(); ++r) {
      const retail::RecordBatch& batch = entry.ranges[r];
      for (;
           next[r] < batch.sessions.size() && hour_number(batch.sessions[next[r]].started) == hour;
           ++next[r]) {
        write_session(batch, batch.sessions[next[r]]);
        more = true;
      }
    }
  }
}

void SqliteJournal::write_opening(const OfferCycleOpening& opening) {
  const auto id = retail::offer_cycle_id(context_.run, opening.offer_cycle);
  close_cycle_.bind(1, context_.run.value).run();
  open_cycle_.bind(1, id.value)
      .bind(2, context_.run.value)
      .bind(3, opening.offer_cycle)
      .bind(4, opening.starts.us)
      .bind(5, opening.ends.us)
      .bind(6, context_.policy)
      .bind(7, std::int64_t{context_.policy_version})
      .run();
  listing_.bind(3, context_.run.value).bind(4, id.value);
  for (const retail::Listing& listing : opening.shelf.listings) {
    listing_.bind(1, listing.id.value).bind(5, catalogue_.categories[listing.category]);
    std::int64_t position = 0;
    for (const retail::ListedProduct& listed : listing.products) {
      listing_.bind(2, ++position)
          .bind(6, catalogue_.products[listed.product].id.value)
          .bind(7, listed.price.minor)
          .run();
    }
  }
}

void SqliteJournal::write_assigned(const retail::RecordBatch& batch) {
  for (const retail::CouponAssignedRecord& row : batch.assigned) {
    const bool front = row.slot < context_.frontstore_slots;
    assign_.bind(1, row.id.value)
        .bind(3, agents_[row.shopper].user.value)
        .bind(4, catalogue_.coupons[row.definition].id.value)
        .bind(5, retail::offer_cycle_id(context_.run, row.offer_cycle).value)
        .bind_static(6, front ? "frontstore" : "category_brand")
        .bind(7, std::int64_t{row.slot} - (front ? 0 : context_.frontstore_slots))
        .bind(10, row.probability)
        .bind(11, row.at.us)
        .bind(12, (row.at + context_.coupon_life).us)
        .run();
  }
}

// Redemptions of a day are in the batch too, after the day's expiries: they end coupons that were
// assigned before, or this morning, so they are written once the assignments stand.
void SqliteJournal::write_ended(const retail::RecordBatch& batch) {
  for (const retail::CouponEndedRecord& row : batch.ended) {
    if (row.how == retail::CouponEnd::redeemed) continue;
    end_.bind(1, row.id.value)
        .bind_static(2, to_string(row.how))
        .bind(3, row.at.us)
        .bind_null(4)
        .run();
  }
}

void SqliteJournal::write_refreshes(const retail::RecordBatch& batch) {
  struct Sums {
    std::int64_t users = 0, assigned = 0, skipped = 0, expired = 0, superseded = 0;
  } sums;
  for (const retail::RefreshRecord& row : batch.refreshes) {
    refresh_.bind(1, retail::offer_cycle_id(context_.run, row.offer_cycle).value)
        .bind(2, agents_[row.shopper].user.value)
        .bind(3, std::int64_t{row.n_frontstore})
        .bind(4, std::int64_t{row.n_category_brand})
        .bind(5, std::int64_t{row.n_skipped})
        .bind(6, std::int64_t{row.n_expired})
        .bind(7, std::int64_t{row.n_superseded})
        .bind(8, row.at.us)
        .run();
    ++sums.users;
    sums.assigned += row.n_frontstore + row.n_category_brand;
    sums.skipped += row.n_skipped;
    sums.expired += row.n_expired;
    sums.superseded += row.n_superseded;
  }
  for (const retail::CouponEndedRecord& row : batch.ended) {
    if (row.how != retail::CouponEnd::redeemed) continue;
    end_.bind(1, row.id.value)
        .bind_static(2, "redeemed")
        .bind(3, row.at.us)
        .bind(4, row.order.value)
        .run();
  }
  if (batch.refreshes.empty()) return;
  // One day belongs to one offer cycle.
  count_cycle_.bind(1, retail::offer_cycle_id(context_.run, batch.refreshes[0].offer_cycle).value)
      .bind(2, sums.users)
      .bind(3, sums.assigned)
      .bind(4, sums.skipped)
      .bind(5, sums.expired)
      .bind(6, sums.superseded)
      .run();
}

std::unique_ptr<Journal> make_journal(Database& database, const JournalContext& context,
                                      const retail::Catalogue& catalogue,
                                      const std::vector<Agent>& agents) {
  return std::make_unique<SqliteJournal>(database, context, catalogue, agents);
}

}  // namespace footfall::store::sqlite
