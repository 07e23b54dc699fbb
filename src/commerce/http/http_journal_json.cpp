#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <vector>

#include "base/failure.hpp"
#include "commerce/http/http_journal.hpp"
#include "telemetry/json_writer.hpp"

namespace footfall::commerce {
namespace {

using telemetry::JsonWriter;

constexpr std::size_t kThoughtsACall = 200, kEndsACall = 50;

// What the server needs to write a session as we would have written it.
class TripText {
 public:
  TripText(JsonWriter& json, const retail::RecordBatch& batch, const retail::Catalogue& catalogue)
      : json_(json), batch_(batch), catalogue_(catalogue) {}

  void events(const retail::SessionRecord& session) {
    json_.key("events").begin_array();
    for (std::uint32_t i = 0; i < session.events.count; ++i) {
      event(batch_.events[session.events.first + i], session);
    }
    json_.end_array();
  }

  void decisions(const retail::SessionRecord& session) {
    json_.key("decisions").begin_array();
    for (std::uint32_t i = 0; i < session.decisions.count; ++i) {
      decision(batch_.decisions[session.decisions.first + i]);
    }
    json_.end_array();
  }

 private:
  ProductId product(std::int32_t index) const {
    return catalogue_.products[static_cast<std::size_t>(index)].id;
  }

  void event(const retail::Event& event, const retail::SessionRecord& session) {
    json_.begin_object().member("type", to_string(event.type)).member("at", event.at);
    if (event.product != 0xffff) json_.member("product_id", product(event.product));
    if (event.qty != 0) json_.member("quantity", std::int64_t{event.qty});
    if (event.coupon) json_.member("user_coupon_id", event.coupon);
    if (event.listing) json_.member("listing_id", event.listing);
    json_.member("amount_minor", event.amount);
    if (event.refusal != retail::Refusal::none) json_.member("refusal", to_string(event.refusal));
    if (event.type == retail::EventType::view_coupons) {
      json_.key("shown").begin_array();
      for (std::uint32_t i = 0; i < event.shown_count; ++i) {
        const retail::ShownCoupon& coupon =
            batch_.shown[session.shown.first + event.shown_from + i];
        json_.begin_object()
            .member("user_coupon_id", coupon.coupon)
            .member("saving_minor", coupon.saving)
            .end_object();
      }
      json_.end_array();
    }
    json_.end_object();
  }

  // Fractions as texts: to the last bit.
  void decision(const retail::Decision& decision) {
    using retail::DecisionKind;
    json_.begin_object()
        .member("kind", to_string(decision.kind))
        .member("probability", std::string_view(fmt::format("{}", decision.probability)))
        .member("draw", std::string_view(fmt::format("{}", decision.draw)));
    if (decision.kind == DecisionKind::choose_product ||
        decision.kind == DecisionKind::view_product) {
      json_.member("product_id", product(decision.chosen));
    } else if (decision.kind == DecisionKind::choose_category) {
      json_.member(
          "category",
          std::string_view(catalogue_.categories[static_cast<std::size_t>(decision.chosen)]));
    } else {
      json_.member("chosen", std::int64_t{decision.chosen});
    }
    if (decision.coupon) json_.member("user_coupon_id", decision.coupon);
    const auto names = retail::feature_names(decision.kind);
    if (!names[0].empty()) {
      json_.key("features").begin_object();
      for (std::size_t i = 0; i < names.size() && !names[i].empty(); ++i) {
        json_.member(names[i], std::string_view(fmt::format("{}", decision.features[i])));
      }
      json_.end_object();
    }
    json_.end_object();
  }

  JsonWriter& json_;
  const retail::RecordBatch& batch_;
  const retail::Catalogue& catalogue_;
};

// The statuses of the `count` sessions that were sent, in their order.
std::vector<std::string> statuses_in(const std::string& body, std::size_t count) {
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse(body, error);
  const boost::json::value* const rows = error ? nullptr : parsed.find_pointer("/sessions", error);
  std::vector<std::string> statuses;
  if (rows && rows->is_array()) {
    for (const boost::json::value& row : rows->as_array()) {
      const boost::json::value* const status = row.find_pointer("/status", error);
      if (status && status->is_string()) statuses.emplace_back(status->as_string());
    }
  }
  if (statuses.size() != count) {
    throw Failure(fmt::format("the journal's answer has {} statuses of sessions, not {}",
                              statuses.size(), count));
  }
  return statuses;
}

}  // namespace

Task<store::OpenStatus> HttpJournal::open(const store::SessionOpening& opening) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("sessions").begin_array();
  json.begin_object()
      .member("session_id", opening.session)
      .member("agent_id", opening.agent)
      .member("kind", std::string_view(opening.idle ? "idle" : "shopping"))
      .member("started_at", opening.started);
  if (opening.store) json.member("store_id", opening.store);
  json.end_object().end_array().end_object();
  const std::string answer = co_await api_.ask("opening a session", http::Method::post,
                                               "/api/sessions", run_, body, opening.agent);
  const std::string status = statuses_in(answer, 1).front();
  co_return status == "other_open" ? store::OpenStatus::other_open : store::OpenStatus::opened;
}

// Answers the answer's body.
Task<std::string> HttpJournal::tell_ends(std::span<const store::TripEnd> ends, AgentId agent) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("sessions").begin_array();
  for (const store::TripEnd& end : ends) {
    TripText text(json, *end.batch, catalogue_);
    const retail::SessionRecord& session = end.batch->sessions.front();
    json.begin_object()
        .member("session_id", session.id)
        .member("agent_id", population_[session.shopper].agent)
        .member("kind", std::string_view(session.idle ? "idle" : "shopping"))
        .member("outcome", to_string(session.outcome))
        .member("started_at", session.started)
        .member("ended_at", session.ended);
    if (end.order) json.member("order_id", end.order);
    if (end.abandon) json.member("abandon_cart", true);
    text.events(session);
    text.decisions(session);
    json.end_object();
  }
  json.end_array().end_object();
  return api_.ask("ending sessions", http::Method::post, "/api/events", run_, std::move(body),
                  agent);
}

namespace {

store::CloseStatus close_status(const std::string& told, const retail::SessionRecord& session) {
  using store::CloseStatus;
  if (told == "closed") return CloseStatus::closed;
  if (told == "not_open") return CloseStatus::not_open;
  if (told == "has_order") return CloseStatus::has_order;
  if (told == "no_such_order") return CloseStatus::no_such_order;
  throw Failure(fmt::format("session {} cannot be ended as {}: the server says {}",
                            session.id.value, to_string(session.outcome), told));
}

}  // namespace

Task<store::CloseStatus> HttpJournal::close(const store::TripEnd& end) {
  const retail::SessionRecord& session = end.batch->sessions.front();
  const std::string answer = co_await tell_ends({&end, 1}, population_[session.shopper].agent);
  co_return close_status(statuses_in(answer, 1).front(), session);
}

Task<std::vector<store::CloseStatus>> HttpJournal::close_all(std::span<const store::TripEnd> ends) {
  std::vector<store::CloseStatus> statuses;
  for (std::size_t first = 0; first < ends.size(); first += kEndsACall) {
    const auto part = ends.subspan(first, std::min(kEndsACall, ends.size() - first));
    const std::string answer = co_await tell_ends(part, AgentId{});
    const std::vector<std::string> told = statuses_in(answer, part.size());
    for (std::size_t i = 0; i < part.size(); ++i) {
      statuses.push_back(close_status(told[i], part[i].batch->sessions.front()));
    }
  }
  co_return statuses;
}

Task<void> HttpJournal::note(const retail::RecordBatch& batch) {
  for (std::size_t first = 0; first < batch.sessions.size(); first += kThoughtsACall) {
    std::string body;
    JsonWriter json(body);
    TripText text(json, batch, catalogue_);
    json.begin_object().key("thoughts").begin_array();
    const std::size_t end = std::min(batch.sessions.size(), first + kThoughtsACall);
    for (std::size_t i = first; i < end; ++i) {
      const retail::SessionRecord& thought = batch.sessions[i];
      json.begin_object()
          .member("session_id", thought.id)
          .member("agent_id", population_[thought.shopper].agent)
          .member("started_at", thought.started);
      text.decisions(thought);
      json.end_object();
    }
    json.end_array().end_object();
    co_await api_.ask("noting thoughts", http::Method::post, "/api/events", run_, body);
  }
}

}  // namespace footfall::commerce
