#include "retail/events.hpp"
#include "store/sqlite/sqlite_journal.hpp"

namespace footfall::store::sqlite {
namespace {

template <typename Row>
std::span<const Row> part(const std::vector<Row>& rows, retail::Range range) {
  return std::span(rows).subspan(range.first, range.count);
}

}  // namespace

StoreId SqliteJournal::store_of(const retail::SessionRecord& session) const {
  return home_stores_[session.shopper];
}

void SqliteJournal::write_session(const retail::RecordBatch& batch,
                                  const retail::SessionRecord& session) {
  write_decisions(batch, session);
  if (!session.has_session) return;
  const Agent& agent = agents_[session.shopper];
  const bool purchased = session.outcome == retail::SessionOutcome::purchased;
  const StoreId store = store_of(session);
  session_.bind(1, session.id.value)
      .bind(2, context_.run.value)
      .bind(3, agent.id.value)
      .bind(4, agent.user.value)
      .bind(6, hour_number(session.started) - hour_number(context_.start))
      .bind_static(7, session.idle ? "idle" : "shopping")
      .bind_static(8, to_string(session.outcome))
      .bind(10, session.started.us)
      .bind(11, session.ended.us)
      .bind(12, wall_us_)
      .bind(13, std::int64_t{session.events.count});
  store ? session_.bind(5, store.value) : session_.bind_null(5);
  purchased ? session_.bind(9, session.id.value) : session_.bind_null(9);
  session_.run();
  write_events(batch, session);
  if (session.lines.count > 0) write_cart(batch, session);
  if (purchased) write_order(batch, session);
}

void SqliteJournal::write_decisions(const retail::RecordBatch& batch,
                                    const retail::SessionRecord& session) {
  decision_.bind(1, session.id.value)
      .bind(4, agents_[session.shopper].id.value)
      .bind(12, session.started.us);
  std::int64_t step = 0;
  for (const retail::Decision& row : part(batch.decisions, session.decisions)) {
    std::int64_t chosen = row.chosen;
    if (row.kind == retail::DecisionKind::choose_product ||
        row.kind == retail::DecisionKind::view_product) {
      chosen = catalogue_.products[static_cast<std::size_t>(row.chosen)].id.value;
    }
    decision_.bind(2, step++)
        .bind_static(5, to_string(row.kind))
        .bind(6, chosen)
        .bind(8, row.probability)
        .bind(9, row.draw);
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

void SqliteJournal::write_events(const retail::RecordBatch& batch,
                                 const retail::SessionRecord& session) {
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
    const bool has_amount =
        row.type != EventType::session_start && row.type != EventType::session_end &&
        row.type != EventType::browse_products && row.type != EventType::view_coupons &&
        row.type != EventType::apply_coupon && row.type != EventType::coupon_refused &&
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

void SqliteJournal::write_cart(const retail::RecordBatch& batch,
                               const retail::SessionRecord& session) {
  const bool purchased = session.outcome == retail::SessionOutcome::purchased;
  const StoreId store = store_of(session);
  cart_.bind(1, session.id.value)
      .bind(2, context_.run.value)
      .bind(3, agents_[session.shopper].user.value)
      .bind(5, session.id.value)
      .bind_static(6, catalogue_.currency)
      .bind_static(7, purchased ? "converted" : "abandoned")
      .bind(8, session.started.us)
      .bind(9, session.ended.us);
  store ? cart_.bind(4, store.value) : cart_.bind_null(4);
  cart_.run();
  cart_item_.bind(1, session.id.value);
  for (const retail::CartLine& line : part(batch.lines, session.lines)) {
    cart_item_.bind(2, catalogue_.products[line.product].id.value)
        .bind(3, std::int64_t{line.qty})
        .bind(4, line.unit_price.minor)
        .run();
  }
}

void SqliteJournal::write_order(const retail::RecordBatch& batch,
                                const retail::SessionRecord& session) {
  const StoreId store = store_of(session);
  order_.bind(1, session.id.value)
      .bind(2, context_.run.value)
      .bind(3, agents_[session.shopper].user.value)
      .bind_static(5, catalogue_.currency)
      .bind(6, session.subtotal.minor)
      .bind(7, session.discount.minor)
      .bind(8, session.total.minor)
      .bind(9, session.ended.us)
      .bind(10, wall_us_);
  store ? order_.bind(4, store.value) : order_.bind_null(4);
  order_.run();
  const auto lines = part(batch.lines, session.lines);
  const auto discounts = part(batch.line_discounts, session.lines);
  order_item_.bind(1, session.id.value);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const retail::CartLine& line = lines[i];
    order_item_.bind(2, static_cast<std::int64_t>(i) + 1)
        .bind(3, catalogue_.products[line.product].id.value)
        .bind(4, std::int64_t{line.qty})
        .bind(5, line.unit_price.minor)
        .bind(6, discounts[i].minor)
        .bind(7, (line.subtotal() - discounts[i]).minor)
        .run();
  }
  discount_.bind(1, session.id.value);
  for (const retail::OrderDiscountRecord& row : part(batch.discounts, session.discounts)) {
    discount_.bind(2, std::int64_t{row.line} + 1)
        .bind(3, row.coupon.value)
        .bind(4, catalogue_.coupons[row.definition].id.value)
        .bind(5, row.amount.minor)
        .run();
  }
}

}  // namespace footfall::store::sqlite
