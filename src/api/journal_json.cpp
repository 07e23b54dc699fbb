#include "api/journal_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <limits>
#include <optional>

#include "api/body.hpp"
#include "base/enum_names.hpp"
#include "store/checkout.hpp"

namespace footfall::api {
namespace {

namespace json = boost::json;

std::optional<double> decimal_of(const json::value& value) {
  if (value.is_string()) return parse_double(text_of(value));
  return value.is_number() ? std::optional(value.to_number<double>()) : std::nullopt;
}

class Reader {
 public:
  Reader(const RunState& run, std::string pointer, std::vector<http::FieldError>& errors)
      : run_(run), pointer_(std::move(pointer)), errors_(errors) {}

  void wrong(std::string_view place, std::string detail) {
    if (errors_.size() < 20) errors_.push_back({pointer_ + std::string(place), std::move(detail)});
  }

  // 0xffff where there is none.
  std::uint16_t product(const json::value& row, std::string_view name, const std::string& place) {
    const json::value* id = member(row, name);
    if (!id) return 0xffff;
    const auto found = store::find_product(run_.catalogue(), ProductId{id_of(*id)});
    if (!found) wrong(place, fmt::format("no product has the id {}", id_of(*id)));
    return found.value_or(0xffff);
  }

  void event(const json::value& row, const std::string& place, retail::RecordBatch& batch);
  void decision(const json::value& row, const std::string& place, retail::RecordBatch& batch);

 private:
  void shown(const json::value& row, retail::Event& event, retail::RecordBatch& batch);
  void features(const json::value& row, const std::string& place, retail::Decision& decision);

  const RunState& run_;
  std::string pointer_;
  std::vector<http::FieldError>& errors_;
};

void Reader::event(const json::value& row, const std::string& place, retail::RecordBatch& batch) {
  retail::Event event;
  event.type =
      enum_named<retail::EventType>(text_of(row.at("type")), retail::kEventTypeCount).value();
  event.at = moment_of(row.at("at"));
  event.product = product(row, "product_id", place + "/product_id");
  event.qty = static_cast<std::int16_t>(whole_member(row, "quantity").value_or(0));
  event.amount = Money{whole_member(row, "amount_minor").value_or(0)};
  if (const json::value* id = member(row, "user_coupon_id")) event.coupon = {id_of(*id)};
  if (const json::value* id = member(row, "listing_id")) event.listing = {id_of(*id)};
  if (const json::value* why = member(row, "refusal")) {
    event.refusal = enum_named<retail::Refusal>(text_of(*why), retail::kRefusalCount).value();
  }
  shown(row, event, batch);
  if (!batch.events.empty() && event.at < batch.events.back().at) {
    wrong(place + "/at", "is earlier than the event before");
  }
  batch.events.push_back(event);
}

void Reader::shown(const json::value& row, retail::Event& event, retail::RecordBatch& batch) {
  const json::value* list = member(row, "shown");
  if (!list) return;
  event.shown_from = static_cast<std::uint16_t>(batch.shown.size());
  for (const json::value& coupon : list->as_array()) {
    batch.shown.push_back({UserCouponId{id_of(coupon.at("user_coupon_id"))},
                           Money{coupon.at("saving_minor").as_int64()}});
  }
  event.shown_count = static_cast<std::uint16_t>(list->as_array().size());
}

void Reader::features(const json::value& row, const std::string& place,
                      retail::Decision& decision) {
  const auto names = retail::feature_names(decision.kind);
  const json::value* given = member(row, "features");
  std::size_t known = 0;
  for (std::size_t i = 0; i < names.size() && !names[i].empty(); ++i, ++known) {
    const json::value* value = given ? given->as_object().if_contains(names[i]) : nullptr;
    const std::optional<double> number = value ? decimal_of(*value) : std::nullopt;
    // What a float cannot hold would be written as infinity, for which JSON has no word.
    if (!number || std::abs(*number) > std::numeric_limits<float>::max()) {
      wrong(fmt::format("{}/features/{}", place, names[i]), "is missing, or no number of 32 bits");
      continue;
    }
    decision.features[i] = static_cast<float>(*number);
  }
  if (given && given->as_object().size() > known) {
    wrong(place + "/features", fmt::format("{} has other features", to_string(decision.kind)));
  }
}

void Reader::decision(const json::value& row, const std::string& place,
                      retail::RecordBatch& batch) {
  using retail::DecisionKind;
  retail::Decision decision;
  decision.kind =
      enum_named<DecisionKind>(text_of(row.at("kind")), retail::kDecisionKindCount).value();
  decision.probability = decimal_of(row.at("probability")).value_or(-1);
  decision.draw = decimal_of(row.at("draw")).value_or(-1);
  if (!(decision.probability >= 0 && decision.probability <= 1)) {
    wrong(place + "/probability", "must be from 0 to 1");
  }
  if (!(decision.draw >= 0 && decision.draw < 1)) wrong(place + "/draw", "must be in [0, 1)");
  if (const json::value* id = member(row, "user_coupon_id")) decision.coupon = {id_of(*id)};
  if (decision.kind == DecisionKind::choose_product ||
      decision.kind == DecisionKind::view_product) {
    const std::uint16_t index = product(row, "product_id", place + "/product_id");
    if (index == 0xffff) wrong(place + "/product_id", "is needed");
    decision.chosen = index;
  } else if (decision.kind == DecisionKind::choose_category) {
    const auto& names = run_.catalogue().categories;
    const json::value* name = member(row, "category");
    const auto at = name ? std::find(names.begin(), names.end(), text_of(*name)) : names.end();
    if (at == names.end()) wrong(place + "/category", "is missing, or no category of the shop");
    decision.chosen = static_cast<std::int32_t>(at - names.begin());
  } else {
    decision.chosen = static_cast<std::int32_t>(whole_member(row, "chosen").value_or(0));
  }
  features(row, place, decision);
  batch.decisions.push_back(decision);
}

}  // namespace

bool is_session_of(const RunState& run, AgentId agent, SimTime at, std::int64_t session) {
  const std::int64_t hour = hour_number(at) - hour_number(run.plan().start);
  if (hour < 0 || hour > retail::kRunHoursMax) return false;
  return session / 10 * 10 == retail::session_id(run.id(), hour, agent).value;
}

ToldTrip read_trip(const json::value& told, bool has_session, const RunState& run, AgentId agent,
                   const std::string& pointer, std::vector<http::FieldError>& errors) {
  ToldTrip trip;
  Reader reader(run, pointer, errors);
  const AgentId who{id_of(told.at("agent_id"))};
  const store::Agent* known = run.find_agent(who);
  retail::SessionRecord record;
  record.id = SessionId{id_of(told.at("session_id"))};
  record.started = moment_of(told.at("started_at"));
  record.ended = has_session ? moment_of(told.at("ended_at")) : record.started;
  record.has_session = has_session;
  if (!known || (agent && agent != who)) {
    reader.wrong("/agent_id", known ? "is another agent's" : "takes no part in this run");
  } else {
    record.shopper = static_cast<std::uint32_t>(known - run.agents().data());
    if (!is_session_of(run, who, record.started, record.id.value)) {
      reader.wrong("/session_id", "is no session of this agent in the hour of started_at");
    }
  }
  if (record.ended < record.started) reader.wrong("/ended_at", "is before started_at");
  if (record.started >= run.now() + kHour || record.ended >= run.now() + kHour) {
    reader.wrong("/ended_at", "has not come yet in this run");
  }
  if (has_session) {
    record.outcome = enum_named<retail::SessionOutcome>(text_of(told.at("outcome")), 4).value();
    record.idle = text_of(told.at("kind")) == "idle";
    if (const json::value* id = member(told, "order_id")) trip.order = OrderId{id_of(*id)};
    if ((record.outcome == retail::SessionOutcome::purchased) != bool(trip.order)) {
      reader.wrong("/order_id", "is there if and only if the outcome is purchased");
    }
    trip.abandon_cart = flag_member(told, "abandon_cart", false);
    const json::array& rows = told.at("events").as_array();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      reader.event(rows[i], fmt::format("/events/{}", i), trip.batch);
    }
    const auto& events = trip.batch.events;
    if (!events.empty() &&
        (events.front().at < record.started || events.back().at > record.ended)) {
      reader.wrong("/events", "are not all within started_at and ended_at");
    }
  }
  const json::array& rows = told.at("decisions").as_array();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    reader.decision(rows[i], fmt::format("/decisions/{}", i), trip.batch);
  }
  const auto all = [](const auto& list) {
    return retail::Range{0, static_cast<std::uint32_t>(list.size())};
  };
  record.events = all(trip.batch.events);
  record.decisions = all(trip.batch.decisions);
  record.shown = all(trip.batch.shown);
  trip.batch.sessions.push_back(record);
  return trip;
}

}  // namespace footfall::api
