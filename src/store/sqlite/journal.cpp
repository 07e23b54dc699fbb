#include "store/sqlite/journal.hpp"

#include <chrono>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "retail/events.hpp"

namespace footfall::store::sqlite {
namespace {

using retail::RecordBatch;
using retail::SessionRecord;

std::int64_t wall_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string insert(const char* table, int parameters) {
  std::string sql = fmt::format("INSERT INTO {} VALUES (?1", table);
  for (int i = 2; i <= parameters; ++i) sql += fmt::format(", ?{}", i);
  return sql + ")";
}

template <typename Row>
std::span<const Row> part(const std::vector<Row>& rows, retail::Range range) {
  return std::span(rows).subspan(range.first, range.count);
}

class SqliteJournal final : public Journal {
 public:
  SqliteJournal(Database& database, const JournalContext& context,
                const retail::Catalogue& catalogue, const std::vector<Agent>& agents);

  void commit(std::span<const JournalEntry> entries) override;

 private:
  void write_entry(const JournalEntry& entry);
  void write_opening(const OfferCycleOpening& opening);
  void write_assigned(const RecordBatch& batch);
  void write_ended(const RecordBatch& batch);
  void write_refreshes(const RecordBatch& batch);
  void write_session(const RecordBatch& batch, const SessionRecord& session);
  void write_decisions(const RecordBatch& batch, const SessionRecord& session);
  void write_events(const RecordBatch& batch, const SessionRecord& session);
  void write_cart(const RecordBatch& batch, const SessionRecord& session);
  void write_order(const RecordBatch& batch, const SessionRecord& session);
  StoreId store_of(const SessionRecord& session) const;

  Database& database_;
  JournalContext context_;
  const retail::Catalogue& catalogue_;
  const std::vector<Agent>& agents_;
  std::vector<StoreId> home_stores_;  // per shopper; 0: none
  std::vector<std::string> category_json_;  // per category: {"category":"Dairy"
  std::int64_t wall_us_ = 0;
  fmt::memory_buffer text_;
  Statement open_cycle_, close_cycle_, count_cycle_, listing_, assign_, end_, refresh_, session_,
      event_, decision_, cart_, cart_item_, order_, order_item_, discount_, state_;
};

SqliteJournal::SqliteJournal(Database& database, const JournalContext& context,
                             const retail::Catalogue& catalogue, const std::vector<Agent>& agents)
    : database_(database), context_(context), catalogue_(catalogue), agents_(agents) {
  for (std::size_t who = 0; who < agents.size(); ++who) {
    StoreId home = catalogue.stores.empty()
                       ? StoreId{}
                       : catalogue.stores[who % catalogue.stores.size()].id;
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
  assign_.bind(2, context.run.value).bind(8, context.policy)
      .bind(9, std::int64_t{context.policy_version});
}

void SqliteJournal::commit(std::span<const JournalEntry> entries) {
  Transaction transaction(database_);
  wall_us_ = wall_us();
  for (const JournalEntry& entry : entries) write_entry(entry);
  state_.bind(1, context_.run.value).bind(2, entries.back().now.us).bind(3, wall_us_).run();
  transaction.commit();
}

// Sessions of all ranges hour by hour, so that rows arrive in the order of their ids: appended to
// their tables, and the same whatever the number of ranges.
void SqliteJournal::write_entry(const JournalEntry& entry) {
  for (const OfferCycleOpening& opening : entry.openings) write_opening(opening);
  for (const RecordBatch& batch : entry.ranges) write_ended(batch);
  for (const RecordBatch& batch : entry.ranges) write_assigned(batch);
  for (const RecordBatch& batch : entry.ranges) write_refreshes(batch);
  std::vector<std::size_t> next(entry.ranges.size());
  for (bool more = true; more;) {
    more = false;
    std::int64_t hour = INT64_MAX;
    for (std::size_t r = 0; r < next.size(); ++r) {
      const auto& sessions = entry.ranges[r].sessions;
      if (next[r] < sessions.size()) hour = std::min(hour, hour_number(sessions[next[r]].started));
    }
    for (std::size_t r = 0; r < next.size(); ++r) {
      const RecordBatch& batch = entry.ranges[r];
      for (; next[r] < batch.sessions.size() &&
             hour_number(batch.sessions[next[r]].started) == hour;
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
  open_cycle_.bind(1, id.value).bind(2, context_.run.value).bind(3, opening.offer_cycle)
      .bind(4, opening.starts.us).bind(5, opening.ends.us).bind(6, context_.policy)
      .bind(7, std::int64_t{context_.policy_version}).run();
  listing_.bind(3, context_.run.value).bind(4, id.value);
  for (const retail::Listing& listing : opening.shelf.listings) {
    listing_.bind(1, listing.id.value).bind(5, catalogue_.categories[listing.category]);
    std::int64_t position = 0;
    for (const retail::ListedProduct& listed : listing.products) {
      listing_.bind(2, ++position).bind(6, catalogue_.products[listed.product].id.value)
          .bind(7, listed.price.minor).run();
    }
  }
}

void SqliteJournal::write_assigned(const RecordBatch& batch) {
  for (const retail::CouponAssignedRecord& row : batch.assigned) {
    const bool front = row.slot < context_.frontstore_slots;
    assign_.bind(1, row.id.value).bind(3, agents_[row.shopper].user.value)
        .bind(4, catalogue_.coupons[row.definition].id.value)
        .bind(5, retail::offer_cycle_id(context_.run, row.offer_cycle).value)
        .bind_static(6, front ? "frontstore" : "category_brand")
        .bind(7, std::int64_t{row.slot} - (front ? 0 : context_.frontstore_slots))
        .bind(10, row.probability).bind(11, row.at.us)
        .bind(12, (row.at + context_.coupon_life).us).run();
  }
}

// Redemptions of a day are in the batch too, after the day's expiries: they end coupons that were
// assigned before, or this morning, so they are written once the assignments stand.
void SqliteJournal::write_ended(const RecordBatch& batch) {
  for (const retail::CouponEndedRecord& row : batch.ended) {
    if (row.how == retail::CouponEnd::redeemed) continue;
    end_.bind(1, row.id.value).bind_static(2, to_string(row.how)).bind(3, row.at.us).bind_null(4)
        .run();
  }
}

void SqliteJournal::write_refreshes(const RecordBatch& batch) {
  struct Sums {
    std::int64_t users = 0, assigned = 0, skipped = 0, expired = 0, superseded = 0;
  } sums;
  for (const retail::RefreshRecord& row : batch.refreshes) {
    refresh_.bind(1, retail::offer_cycle_id(context_.run, row.offer_cycle).value)
        .bind(2, agents_[row.shopper].user.value).bind(3, std::int64_t{row.n_frontstore})
        .bind(4, std::int64_t{row.n_category_brand}).bind(5, std::int64_t{row.n_skipped})
        .bind(6, std::int64_t{row.n_expired}).bind(7, std::int64_t{row.n_superseded})
        .bind(8, row.at.us).run();
    ++sums.users;
    sums.assigned += row.n_frontstore + row.n_category_brand;
    sums.skipped += row.n_skipped;
    sums.expired += row.n_expired;
    sums.superseded += row.n_superseded;
  }
  for (const retail::CouponEndedRecord& row : batch.ended) {
    if (row.how != retail::CouponEnd::redeemed) continue;
    end_.bind(1, row.id.value).bind_static(2, "redeemed").bind(3, row.at.us)
        .bind(4, row.order.value).run();
  }
  if (batch.refreshes.empty()) return;
  // One day belongs to one offer cycle.
  count_cycle_
      .bind(1, retail::offer_cycle_id(context_.run, batch.refreshes[0].offer_cycle).value)
      .bind(2, sums.users).bind(3, sums.assigned).bind(4, sums.skipped).bind(5, sums.expired)
      .bind(6, sums.superseded).run();
}

StoreId SqliteJournal::store_of(const SessionRecord& session) const {
  return home_stores_[session.shopper];
}

void SqliteJournal::write_session(const RecordBatch& batch, const SessionRecord& session) {
  write_decisions(batch, session);
  if (!session.has_session) return;
  const Agent& agent = agents_[session.shopper];
  const bool purchased = session.outcome == retail::SessionOutcome::purchased;
  const StoreId store = store_of(session);
  session_.bind(1, session.id.value).bind(2, context_.run.value).bind(3, agent.id.value)
      .bind(4, agent.user.value).bind(6, hour_number(session.started) - hour_number(context_.start))
      .bind_static(7, session.idle ? "idle" : "shopping")
      .bind_static(8, to_string(session.outcome)).bind(10, session.started.us)
      .bind(11, session.ended.us).bind(12, wall_us_).bind(13, std::int64_t{session.events.count});
  store ? session_.bind(5, store.value) : session_.bind_null(5);
  purchased ? session_.bind(9, session.id.value) : session_.bind_null(9);
  session_.run();
  write_events(batch, session);
  if (session.lines.count > 0) write_cart(batch, session);
  if (purchased) write_order(batch, session);
}

void SqliteJournal::write_decisions(const RecordBatch& batch, const SessionRecord& session) {
  decision_.bind(1, session.id.value).bind(4, agents_[session.shopper].id.value)
      .bind(12, session.started.us);
  std::int64_t step = 0;
  for (const retail::Decision& row : part(batch.decisions, session.decisions)) {
    std::int64_t chosen = row.chosen;
    if (row.kind == retail::DecisionKind::choose_product ||
        row.kind == retail::DecisionKind::view_product) {
      chosen = catalogue_.products[static_cast<std::size_t>(row.chosen)].id.value;
    }
    decision_.bind(2, step++).bind_static(5, to_string(row.kind)).bind(6, chosen)
        .bind(8, row.probability).bind(9, row.draw);
    row.coupon ? decision_.bind(7, row.coupon.value) : decision_.bind_null(7);
    const auto names = retail::feature_names(row.kind);
    text_.clear();
    if (row.kind == retail::DecisionKind::choose_category) {
      // A category has no id of its own: its name stands with the features.
      text_.append(category_json_[static_cast<std::size_t>(row.chosen)]);
    }
    for (std::size_t f = 0; f < names.size() && !names[f].empty(); ++f) {
      fmt::format_to(std::back_inserter(text_), "{}\"{}\":{}", text_.size() ? "," : "{", names[f],
                     row.features[f]);
    }
    if (text_.size() == 0) {
      decision_.bind_null(10);
    } else {
      text_.push_back('}');
      decision_.bind_static(10, {text_.data(), text_.size()});
    }
    decision_.run();
  }
}

void SqliteJournal::write_events(const RecordBatch& batch, const SessionRecord& session) {
  const auto optional = [this](int parameter, bool there, std::int64_t value) {
    there ? event_.bind(parameter, value) : event_.bind_null(parameter);
  };
  const auto shown = part(batch.shown, session.shown);
  event_.bind(1, session.id.value);
  std::int64_t seq = 0;
  for (const retail::Event& row : part(batch.events, session.events)) {
    event_.bind(2, seq++).bind_static(4, to_string(row.type)).bind(5, row.at.us);
    const bool has_product = row.product != 0xffff;
    optional(6, has_product, has_product ? catalogue_.products[row.product].id.value : 0);
    optional(7, row.qty != 0, row.qty);
    optional(8, static_cast<bool>(row.coupon), row.coupon.value);
    optional(9, static_cast<bool>(row.listing), row.listing.value);
    using retail::EventType;
    const bool has_amount = row.type != EventType::session_start &&
                            row.type != EventType::session_end &&
                            row.type != EventType::browse_products &&
                            row.type != EventType::view_coupons && row.type != EventType::apply_coupon &&
                            row.type != EventType::coupon_refused &&
                            row.type != EventType::checkout_failed;
    optional(10, has_amount, row.amount.minor);
    text_.clear();
    if (row.type == EventType::view_coupons) {
      text_.append(std::string_view("{\"shown\":["));
      for (int i = 0; i < row.shown_count; ++i) {
        const retail::ShownCoupon& coupon = shown[static_cast<std::size_t>(row.shown_from + i)];
        fmt::format_to(std::back_inserter(text_), "{}[{},{}]", i ? "," : "", coupon.coupon.value,
                       coupon.saving.minor);
      }
      text_.append(std::string_view("]}"));
    } else if (row.refusal != retail::Refusal::none) {
      fmt::format_to(std::back_inserter(text_), "{{\"reason\":\"{}\"}}", to_string(row.refusal));
    }
    text_.size() ? event_.bind_static(11, {text_.data(), text_.size()}) : event_.bind_null(11);
    event_.run();
  }
}

void SqliteJournal::write_cart(const RecordBatch& batch, const SessionRecord& session) {
  const bool purchased = session.outcome == retail::SessionOutcome::purchased;
  const StoreId store = store_of(session);
  cart_.bind(1, session.id.value).bind(2, context_.run.value)
      .bind(3, agents_[session.shopper].user.value).bind(5, session.id.value)
      .bind_static(6, catalogue_.currency).bind_static(7, purchased ? "converted" : "abandoned")
      .bind(8, session.started.us).bind(9, session.ended.us);
  store ? cart_.bind(4, store.value) : cart_.bind_null(4);
  cart_.run();
  cart_item_.bind(1, session.id.value);
  for (const retail::CartLine& line : part(batch.lines, session.lines)) {
    cart_item_.bind(2, catalogue_.products[line.product].id.value).bind(3, std::int64_t{line.qty})
        .bind(4, line.unit_price.minor).run();
  }
}

void SqliteJournal::write_order(const RecordBatch& batch, const SessionRecord& session) {
  const StoreId store = store_of(session);
  order_.bind(1, session.id.value).bind(2, context_.run.value)
      .bind(3, agents_[session.shopper].user.value).bind_static(5, catalogue_.currency)
      .bind(6, session.subtotal.minor).bind(7, session.discount.minor)
      .bind(8, session.total.minor).bind(9, session.ended.us).bind(10, wall_us_);
  store ? order_.bind(4, store.value) : order_.bind_null(4);
  order_.run();
  const auto lines = part(batch.lines, session.lines);
  const auto discounts = part(batch.line_discounts, session.lines);
  order_item_.bind(1, session.id.value);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const retail::CartLine& line = lines[i];
    order_item_.bind(2, static_cast<std::int64_t>(i) + 1)
        .bind(3, catalogue_.products[line.product].id.value).bind(4, std::int64_t{line.qty})
        .bind(5, line.unit_price.minor).bind(6, discounts[i].minor)
        .bind(7, (line.subtotal() - discounts[i]).minor).run();
  }
  discount_.bind(1, session.id.value);
  for (const retail::OrderDiscountRecord& row : part(batch.discounts, session.discounts)) {
    discount_.bind(2, std::int64_t{row.line} + 1).bind(3, row.coupon.value)
        .bind(4, catalogue_.coupons[row.definition].id.value).bind(5, row.amount.minor).run();
  }
}

}  // namespace

std::unique_ptr<Journal> make_journal(Database& database, const JournalContext& context,
                                      const retail::Catalogue& catalogue,
                                      const std::vector<Agent>& agents) {
  return std::make_unique<SqliteJournal>(database, context, catalogue, agents);
}

}  // namespace footfall::store::sqlite
