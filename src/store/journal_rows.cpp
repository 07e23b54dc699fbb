#include "store/journal_rows.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include "retail/events.hpp"

namespace footfall::store {
namespace {

constexpr TableInfo kTables[kTableCount] = {
    {"offer_cycles", "id, run_id, seq, starts_sim_us, ends_sim_us, status, policy, policy_version",
     8},
    {"listings", "listing_id, position, run_id, cycle_id, category, product_id, price_minor", 7},
    {"user_coupons",
     "id, run_id, user_id, coupon_id, cycle_id, lane, slot, status, policy, policy_version, "
     "probability, assigned_sim_us, expires_sim_us",
     13},
    {"user_offer_cycles",
     "cycle_id, user_id, status, n_frontstore, n_category_brand, n_skipped_capacity, n_expired, "
     "n_superseded, assigned_sim_us, due_sim_us, allotted",
     11},
    {"shopping_sessions",
     "id, run_id, agent_id, user_id, store_id, sim_hour, kind, outcome, order_id, started_sim_us, "
     "ended_sim_us, recorded_wall_us, n_events",
     13},
    {"shopping_session_events",
     "session_id, seq, run_id, type, occurred_sim_us, product_id, qty, user_coupon_id, "
     "listing_id, amount_minor, payload, schema_version",
     12},
    {"simulation_decisions",
     "visit_id, step, run_id, agent_id, kind, chosen, user_coupon_id, probability, draw, "
     "features, source, decided_sim_us",
     12},
    {"carts",
     "id, run_id, user_id, store_id, session_id, currency, status, created_sim_us, closed_sim_us",
     9},
    {"cart_items", "cart_id, product_id, qty, price_seen_minor", 4},
    {"orders",
     "id, run_id, cart_id, user_id, store_id, session_id, status, currency, subtotal_minor, "
     "discount_minor, total_minor, placed_sim_us, placed_wall_us, simulated_at",
     14},
    {"order_items",
     "order_id, line_no, product_id, qty, unit_price_minor, line_discount_minor, line_total_minor",
     7},
    {"order_discounts", "order_id, line_no, user_coupon_id, coupon_id, amount_minor", 5},
    {"coupon_events",
     "user_coupon_id, order_id, event, run_id, user_id, amount_minor, occurred_sim_us, "
     "recorded_wall_us",
     8},
};

template <typename Row>
std::span<const Row> part(const std::vector<Row>& rows, retail::Range range) {
  return std::span(rows).subspan(range.first, range.count);
}

bool has_amount(retail::EventType type) {
  using retail::EventType;
  return type != EventType::session_start && type != EventType::session_end &&
         type != EventType::browse_products && type != EventType::view_coupons &&
         type != EventType::apply_coupon && type != EventType::coupon_refused &&
         type != EventType::checkout_failed;
}

}  // namespace

const TableInfo& info(Table table) { return kTables[static_cast<int>(table)]; }

JournalRows::JournalRows(const JournalContext& context, const retail::Catalogue& catalogue,
                         const std::vector<Agent>& agents)
    : context_(context), catalogue_(catalogue), agents_(agents) {
  for (std::size_t who = 0; who < agents.size(); ++who) {
    StoreId home =
        catalogue.stores.empty() ? StoreId{} : catalogue.stores[who % catalogue.stores.size()].id;
    for (const retail::Store& store : catalogue.stores) {
      if (store.code == agents[who].persona.home_store) home = store.id;
    }
    home_stores_.push_back(home);
  }
  for (const retail::StockLimit& limit : catalogue.stock) {
    std::vector<bool>& products = limited_[catalogue.stores[limit.store].id];
    products.resize(catalogue.products.size());
    products[limit.product] = true;
  }
  for (const retail::Coupon& coupon : catalogue.coupons) {
    counted_.push_back(coupon.max_redemptions != retail::kUnlimited ||
                       coupon.max_discount_total > Money{});
    has_counted_ = has_counted_ || counted_.back();
  }
  for (const std::string& name : catalogue.categories) {
    category_json_.push_back("{\"category\":" + boost::json::serialize(boost::json::string(name)));
  }
}

void JournalRows::opening(const OfferCycleOpening& opening, RowSink& sink) {
  const auto id = retail::offer_cycle_id(context_.run, opening.offer_cycle);
  put(sink, Table::offer_cycles,
      {id, context_.run, opening.offer_cycle, opening.starts, opening.ends,
       std::string_view("active"), std::string_view(context_.policy), context_.policy_version});
  for (const retail::Listing& listing : opening.shelf.listings) {
    int position = 0;
    for (const retail::ListedProduct& listed : listing.products) {
      put(sink, Table::listings,
          {listing.id, ++position, context_.run, id,
           std::string_view(catalogue_.categories[listing.category]),
           catalogue_.products[listed.product].id, listed.price});
    }
  }
}

void JournalRows::assigned(const retail::RecordBatch& batch, RowSink& sink) {
  for (const retail::CouponAssignedRecord& row : batch.assigned) {
    const bool front = row.slot < context_.slots.frontstore;
    put(sink, Table::user_coupons,
        {row.id, context_.run, agents_[row.shopper].user, catalogue_.coupons[row.definition].id,
         retail::offer_cycle_id(context_.run, row.offer_cycle),
         std::string_view(front ? "frontstore" : "category_brand"),
         row.slot - (front ? 0 : context_.slots.frontstore), std::string_view("active"),
         std::string_view(context_.policy), context_.policy_version, row.probability, row.at,
         row.at + context_.coupon_life});
  }
}

void JournalRows::held(const TripEnd& end, const retail::SessionRecord& session, RowSink& sink) {
  for (const retail::HeldElsewhereRecord& row : end.batch->held) {
    const retail::Coupon& coupon = catalogue_.coupons[row.definition];
    const bool front = coupon.kind == retail::CouponKind::frontstore;
    put(sink, Table::user_coupons,
        {row.id, context_.run, agents_[session.shopper].user, coupon.id,
         retail::offer_cycle_id(context_.run, end.offer_cycle),
         std::string_view(front ? "frontstore" : "category_brand"), int{row.definition},
         std::string_view("active"), std::string_view("elsewhere"), 1, 1.0, session.started,
         row.expires});
  }
}

void JournalRows::refreshes(const retail::RecordBatch& batch, RowSink& sink) {
  for (const retail::RefreshRecord& row : batch.refreshes) {
    put(sink, Table::user_offer_cycles,
        {retail::offer_cycle_id(context_.run, row.offer_cycle), agents_[row.shopper].user,
         std::string_view("done"), int{row.n_frontstore}, int{row.n_category_brand},
         int{row.n_skipped}, int{row.n_expired}, int{row.n_superseded}, row.at, row.at, 1});
  }
}

void JournalRows::session(const retail::RecordBatch& batch, const retail::SessionRecord& session,
                          RowSink& sink) {
  decisions(batch, session, sink);
  if (!session.has_session) return;
  const Agent& agent = agents_[session.shopper];
  const bool purchased = session.outcome == retail::SessionOutcome::purchased;
  const StoreId store = store_of(session.shopper);
  put(sink, Table::shopping_sessions,
      {session.id, context_.run, agent.id, agent.user, cell_if(static_cast<bool>(store), store),
       hour_number(session.started) - hour_number(context_.start),
       std::string_view(session.idle ? "idle" : "shopping"), to_string(session.outcome),
       cell_if(purchased, session.id), session.started, session.ended, wall_us_,
       std::int64_t{session.events.count}});
  events(batch, session, sink);
  cart_and_order(batch, session, sink);
}

void JournalRows::cart_and_order(const retail::RecordBatch& batch,
                                 const retail::SessionRecord& session, RowSink& sink) {
  if (session.lines.count > 0) cart(batch, session, sink);
  if (session.outcome == retail::SessionOutcome::purchased) order(batch, session, sink);
}

void JournalRows::trail(const retail::RecordBatch& batch, const retail::SessionRecord& session,
                        RowSink& sink) {
  decisions(batch, session, sink);
  events(batch, session, sink);
}

void JournalRows::decisions(const retail::RecordBatch& batch, const retail::SessionRecord& session,
                            RowSink& sink) {
  int step = 0;
  for (const retail::Decision& row : part(batch.decisions, session.decisions)) {
    std::int64_t chosen = row.chosen;
    if (row.kind == retail::DecisionKind::choose_product ||
        row.kind == retail::DecisionKind::view_product) {
      chosen = catalogue_.products[static_cast<std::size_t>(row.chosen)].id.value;
    }
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
    if (text_.size() > 0) text_.push_back('}');
    put(sink, Table::simulation_decisions,
        {session.id, step++, context_.run, agents_[session.shopper].id, to_string(row.kind), chosen,
         cell_if(static_cast<bool>(row.coupon), row.coupon), row.probability, row.draw,
         cell_if(text_.size() > 0, std::string_view(text_.data(), text_.size())),
         std::string_view("rule"), session.started});
  }
}

void JournalRows::events(const retail::RecordBatch& batch, const retail::SessionRecord& session,
                         RowSink& sink) {
  using retail::EventType;
  const auto shown = part(batch.shown, session.shown);
  int seq = 0;
  for (const retail::Event& row : part(batch.events, session.events)) {
    const bool has_product = row.product != 0xffff;
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
    put(sink, Table::shopping_session_events,
        {session.id, seq++, context_.run, to_string(row.type), row.at,
         has_product ? Cell(catalogue_.products[row.product].id) : Cell(),
         cell_if(row.qty != 0, int{row.qty}), cell_if(static_cast<bool>(row.coupon), row.coupon),
         cell_if(static_cast<bool>(row.listing), row.listing),
         cell_if(has_amount(row.type), row.amount),
         cell_if(text_.size() > 0, std::string_view(text_.data(), text_.size())),
         retail::kEventSchemaVersion});
  }
}

void JournalRows::cart(const retail::RecordBatch& batch, const retail::SessionRecord& session,
                       RowSink& sink) {
  const bool purchased = session.outcome == retail::SessionOutcome::purchased;
  const StoreId store = store_of(session.shopper);
  put(sink, Table::carts,
      {session.id, context_.run, agents_[session.shopper].user,
       cell_if(static_cast<bool>(store), store), session.id, std::string_view(catalogue_.currency),
       std::string_view(purchased ? "converted" : "abandoned"), session.started,
       purchased ? session.placed : session.ended});
  for (const retail::CartLine& line : part(batch.lines, session.lines)) {
    put(sink, Table::cart_items,
        {session.id, catalogue_.products[line.product].id, int{line.qty}, line.unit_price});
  }
}

void JournalRows::order(const retail::RecordBatch& batch, const retail::SessionRecord& session,
                        RowSink& sink) {
  const StoreId store = store_of(session.shopper);
  const UserId user = agents_[session.shopper].user;
  put(sink, Table::orders,
      {session.id, context_.run, session.id, user, cell_if(static_cast<bool>(store), store),
       session.id, std::string_view("placed"), std::string_view(catalogue_.currency),
       session.subtotal, session.discount, session.total, session.placed, wall_us_,
       session.placed});
  const auto lines = part(batch.lines, session.lines);
  const auto discounts = part(batch.line_discounts, session.lines);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const retail::CartLine& line = lines[i];
    put(sink, Table::order_items,
        {session.id, static_cast<int>(i) + 1, catalogue_.products[line.product].id, int{line.qty},
         line.unit_price, discounts[i], line.subtotal() - discounts[i]});
  }
  const auto off = part(batch.discounts, session.discounts);
  for (std::size_t i = 0; i < off.size(); ++i) {
    const retail::OrderDiscountRecord& row = off[i];
    put(sink, Table::order_discounts,
        {session.id, row.line + 1, row.coupon, catalogue_.coupons[row.definition].id, row.amount});
    const auto same = [&](const auto& other) { return other.coupon == row.coupon; };
    if (std::any_of(off.begin(), off.begin() + static_cast<std::ptrdiff_t>(i), same)) continue;
    Money sum;
    for (const retail::OrderDiscountRecord& other : off)
      sum += same(other) ? other.amount : Money{};
    put(sink, Table::coupon_events,
        {row.coupon, session.id, std::string_view("redeemed"), context_.run, user, sum,
         session.placed, wall_us_});
  }
}

void JournalRows::add_use(const retail::RecordBatch& batch, SharedUse& use) const {
  if (limited_.empty() && !has_counted_) return;
  for (const retail::SessionRecord& session : batch.sessions) {
    if (session.outcome != retail::SessionOutcome::purchased) continue;
    const StoreId store = store_of(session.shopper);
    if (const auto limits = limited_.find(store); limits != limited_.end()) {
      for (const retail::CartLine& line : part(batch.lines, session.lines)) {
        if (!limits->second[line.product]) continue;
        use.sold[{store, catalogue_.products[line.product].id}] += line.qty;
      }
    }
    const auto off = part(batch.discounts, session.discounts);
    for (auto row = off.begin(); row != off.end(); ++row) {
      if (!counted_[row->definition]) continue;
      SharedUse::Redeemed& redeemed = use.redeemed[catalogue_.coupons[row->definition].id];
      redeemed.discount += row->amount;
      redeemed.count += std::none_of(
          off.begin(), row, [&](const auto& other) { return other.coupon == row->coupon; });
    }
  }
}

std::string missing_limit(RunId run) {
  return fmt::format(
      "stock or coupons were limited after run {} was begun: the database counts nothing for it. "
      "Start a new run",
      run.value);
}

std::string ended_before(UserCouponId first) {
  return fmt::format(
      "coupons of this run (user_coupons id {} or others) have ended in the database, but not in "
      "the run: another program has changed its rows. Start a new run",
      first.value);
}

std::string past_limit(RunId run, SessionId session) {
  return fmt::format(
      "the order of session {} was placed elsewhere and takes more of a limited product or coupon "
      "than run {} has left: such runs need the limits of the shop they use, or none",
      session.value, run.value);
}

CycleSums cycle_sums(const retail::RecordBatch& batch) {
  CycleSums sums;
  for (const retail::RefreshRecord& row : batch.refreshes) {
    ++sums.users;
    sums.assigned += row.n_frontstore + row.n_category_brand;
    sums.skipped += row.n_skipped;
    sums.expired += row.n_expired;
    sums.superseded += row.n_superseded;
  }
  return sums;
}

std::map<CouponId, std::int64_t> capped_issues(const retail::RecordBatch& batch,
                                               const retail::Catalogue& catalogue) {
  std::map<CouponId, std::int64_t> issues;
  for (const retail::CouponAssignedRecord& row : batch.assigned) {
    const retail::Coupon& coupon = catalogue.coupons[row.definition];
    if (coupon.is_capped()) ++issues[coupon.id];
  }
  return issues;
}

}  // namespace footfall::store
