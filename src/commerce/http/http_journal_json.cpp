#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/failure.hpp"
#include "commerce/http/http_journal.hpp"
#include "telemetry/json_writer.hpp"

namespace footfall::commerce {
namespace {

using telemetry::JsonWriter;

constexpr std::size_t kThoughtsACall = 200;

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

// The status of the one session that was sent.
std::string status_in(const std::string& body) {
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse(body, error);
  const boost::json::value* const status =
      error ? nullptr : parsed.find_pointer("/sessions/0/status", error);
  if (!status || !status->is_string()) throw Failure("the journal's answer has no status");
  return std::string(status->as_string());
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
  co_return status_in(answer) == "other_open" ? store::OpenStatus::other_open
                                              : store::OpenStatus::opened;
}

Task<store::CloseStatus> HttpJournal::close(const store::TripEnd& end) {
  const retail::RecordBatch& batch = *end.batch;
  const retail::SessionRecord& session = batch.sessions.front();
  const AgentId agent = population_[session.shopper].agent;
  std::string body;
  JsonWriter json(body);
  TripText text(json, batch, catalogue_);
  json.begin_object().key("sessions").begin_array();
  json.begin_object()
      .member("session_id", session.id)
      .member("agent_id", agent)
      .member("kind", std::string_view(session.idle ? "idle" : "shopping"))
      .member("outcome", to_string(session.outcome))
      .member("started_at", session.started)
      .member("ended_at", session.ended);
  if (end.order) json.member("order_id", end.order);
  if (end.abandon) json.member("abandon_cart", true);
  text.events(session);
  text.decisions(session);
  json.end_object().end_array().end_object();
  const std::string answer =
      co_await api_.ask("ending a session", http::Method::post, "/api/events", run_, body, agent);
  const std::string status = status_in(answer);
  if (status == "closed") co_return store::CloseStatus::closed;
  if (status == "not_open") co_return store::CloseStatus::not_open;
  if (status == "has_order") co_return store::CloseStatus::has_order;
  if (status == "no_such_order") co_return store::CloseStatus::no_such_order;
  throw Failure(fmt::format("session {} cannot be ended as {}: the server says {}",
                            session.id.value, to_string(session.outcome), status));
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
