#include "tests/run_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>
#include <span>
#include <vector>

#include "retail/events.hpp"
#include "shopper/graph.hpp"
#include "tests/store/invariant_checks.hpp"

namespace footfall {
namespace {

using retail::DecisionKind;
using retail::EventType;
using shopper::Node;

// Each lists what breaks an invariant: it must find nothing. SQLite and PostgreSQL.
constexpr store::InvariantCheck kSessionChecks[] = {
    {"33 events are numbered from 0 without a gap", R"(
SELECT s.id, s.n_events, e.n, e.low, e.high FROM shopping_sessions s
JOIN (SELECT session_id, count(*) AS n, min(seq) AS low, max(seq) AS high
      FROM shopping_session_events GROUP BY session_id) e ON e.session_id = s.id
WHERE e.low <> 0 OR e.high <> s.n_events - 1 OR e.n <> s.n_events)"},
    {"33 sessions that ended have events", R"(
SELECT id FROM shopping_sessions WHERE outcome NOT IN ('open', 'error') AND n_events < 3
AND NOT (outcome = 'abandoned' AND n_events = 0))"},
    {"R35 a session that was set aside left nothing", R"(
SELECT s.id FROM shopping_sessions s WHERE s.outcome = 'abandoned' AND s.n_events = 0
AND (s.kind = 'idle' AND EXISTS (SELECT 1 FROM carts c WHERE c.session_id = s.id)
  OR EXISTS (SELECT 1 FROM simulation_decisions d WHERE d.visit_id = s.id)
  OR EXISTS (SELECT 1 FROM orders o WHERE o.session_id = s.id)))"},
    {"R34 a replay tells of one session that was told", R"(
SELECT r.id FROM shopping_sessions r LEFT JOIN shopping_sessions s
  ON s.id = r.replays_session_id AND s.is_replay = 0 AND s.agent_id = r.agent_id
  AND s.sim_hour = r.sim_hour AND s.outcome = r.outcome AND s.n_events = r.n_events
WHERE r.is_replay = 1 AND s.id IS NULL)"},
    {"R34 nobody shops twice in an hour but in replays", R"(
SELECT run_id, agent_id, sim_hour FROM shopping_sessions
WHERE is_replay = 0 AND NOT (outcome = 'abandoned' AND n_events = 0) AND is_simulated = 1
GROUP BY run_id, agent_id, sim_hour HAVING count(*) > 1)"},
    {"32 events happen within their session, in order", R"(
SELECT e.session_id, e.seq FROM shopping_session_events e
JOIN shopping_sessions s ON s.id = e.session_id
LEFT JOIN shopping_session_events b ON b.session_id = e.session_id AND b.seq = e.seq - 1
WHERE e.occurred_sim_us < s.started_sim_us OR e.occurred_sim_us > s.ended_sim_us
   OR b.occurred_sim_us > e.occurred_sim_us)"},
    {"34 purchased: exactly one order, otherwise none", R"(
SELECT s.id, s.outcome, o.n FROM shopping_sessions s
LEFT JOIN (SELECT session_id, count(*) AS n FROM orders GROUP BY session_id) o
  ON o.session_id = s.id
WHERE coalesce(o.n, 0)
  <> CASE WHEN s.outcome = 'purchased' AND s.is_replay = 0 THEN 1 ELSE 0 END)"},
    {"34 a session's cart closed with it, as its outcome says", R"(
SELECT s.id, s.outcome, c.status FROM shopping_sessions s JOIN carts c ON c.session_id = s.id
WHERE c.status <> CASE s.outcome WHEN 'purchased' THEN 'converted' WHEN 'open' THEN 'open'
                                 ELSE 'abandoned' END
   OR (c.closed_sim_us IS NULL) <> (c.status = 'open')
   OR c.closed_sim_us < s.started_sim_us OR c.closed_sim_us > s.ended_sim_us)"},
    {"34 who bought or gave up had one cart, who looked had none", R"(
SELECT s.id, s.outcome, s.kind, c.n FROM shopping_sessions s
LEFT JOIN (SELECT session_id, count(*) AS n FROM carts GROUP BY session_id) c
  ON c.session_id = s.id
WHERE s.is_replay = 0 AND NOT (s.outcome = 'abandoned' AND s.n_events = 0)
  AND s.outcome <> 'open' AND ((s.outcome IN ('purchased', 'abandoned') AND coalesce(c.n, 0) <> 1)
   OR (s.outcome = 'browsed' AND c.n > 0) OR (s.kind = 'idle') <> (s.outcome = 'browsed')))"},
    {"33 coupons were applied that the order or nobody used", R"(
SELECT e.session_id, e.user_coupon_id FROM shopping_session_events e
LEFT JOIN user_coupons w ON w.id = e.user_coupon_id
WHERE e.type = 'apply_coupon'
  AND (w.id IS NULL OR e.occurred_sim_us < w.assigned_sim_us
       OR e.occurred_sim_us >= w.expires_sim_us))"},
    {"R17 what was added was shown at that price", R"(
SELECT e.session_id, e.seq FROM shopping_session_events e
LEFT JOIN listings l ON l.listing_id = e.listing_id AND l.product_id = e.product_id
  AND l.price_minor = e.amount_minor
WHERE e.type = 'cart_add_item' AND l.listing_id IS NULL)"},
    {"R17 what was ordered was added in that session, at that price", R"(
SELECT i.order_id, i.product_id FROM order_items i JOIN orders o ON o.id = i.order_id
LEFT JOIN shopping_session_events e ON e.session_id = o.session_id AND e.type = 'cart_add_item'
  AND e.product_id = i.product_id AND e.qty = i.qty AND e.amount_minor = i.unit_price_minor
WHERE e.session_id IS NULL)"},
    {"10, R11 nobody was given the same place twice at a refresh", R"(
SELECT user_id, cycle_id, lane, slot FROM user_coupons
GROUP BY user_id, cycle_id, lane, slot HAVING count(*) > 1)"},
    {"10, R11 nobody was given the same coupon twice at a refresh", R"(
SELECT user_id, cycle_id, coupon_id FROM user_coupons
GROUP BY user_id, cycle_id, coupon_id HAVING count(*) > 1)"},
    {"R11 a place and a coupon are held by one at a time", R"(
SELECT a.id, b.id AS other FROM user_coupons a
JOIN user_coupons b ON b.user_id = a.user_id AND b.run_id = a.run_id AND b.id > a.id
  AND ((b.lane = a.lane AND b.slot = a.slot) OR b.coupon_id = a.coupon_id)
WHERE b.assigned_sim_us < coalesce(a.ended_sim_us, a.expires_sim_us)
  AND a.assigned_sim_us < coalesce(b.ended_sim_us, b.expires_sim_us))"},
    {"11, R11 nothing was redeemed twice", R"(
SELECT user_coupon_id FROM coupon_events WHERE event = 'redeemed'
GROUP BY user_coupon_id HAVING count(*) > 1)"},
    {"13 no cap was passed", R"(
SELECT w.run_id, w.coupon_id, count(*) AS issued FROM user_coupons w
JOIN coupons c ON c.id = w.coupon_id GROUP BY w.run_id, w.coupon_id, c.max_issuance
HAVING count(*) > c.max_issuance)"},
    {"13 no more were redeemed than allowed", R"(
SELECT w.run_id, w.coupon_id, count(*) AS redeemed FROM user_coupons w
JOIN coupons c ON c.id = w.coupon_id WHERE w.status = 'redeemed'
GROUP BY w.run_id, w.coupon_id, c.max_redemptions HAVING count(*) > c.max_redemptions)"},
};

struct Reference {
  const char* table;
  const char* column;
  const char* target;
  const char* target_column = "id";
};

constexpr Reference kReferences[] = {
    {"agents", "user_id", "users"},
    {"offer_cycles", "run_id", "simulation_state", "run_id"},
    {"user_offer_cycles", "cycle_id", "offer_cycles"},
    {"user_offer_cycles", "user_id", "users"},
    {"allotments", "cycle_id", "offer_cycles"},
    {"allotments", "coupon_id", "coupons"},
    {"listings", "cycle_id", "offer_cycles"},
    {"listings", "product_id", "products"},
    {"run_coupons", "run_id", "simulation_state", "run_id"},
    {"run_coupons", "coupon_id", "coupons"},
    {"user_coupons", "run_id", "simulation_state", "run_id"},
    {"user_coupons", "user_id", "users"},
    {"user_coupons", "coupon_id", "coupons"},
    {"user_coupons", "cycle_id", "offer_cycles"},
    {"user_coupons", "order_id", "orders"},
    {"coupon_events", "user_coupon_id", "user_coupons"},
    {"coupon_events", "order_id", "orders"},
    {"shopping_sessions", "run_id", "simulation_state", "run_id"},
    {"shopping_sessions", "agent_id", "agents"},
    {"shopping_sessions", "user_id", "users"},
    {"shopping_sessions", "store_id", "stores"},
    {"shopping_sessions", "order_id", "orders"},
    {"shopping_session_events", "session_id", "shopping_sessions"},
    {"shopping_session_events", "product_id", "products"},
    {"shopping_session_events", "user_coupon_id", "user_coupons"},
    {"shopping_session_events", "listing_id", "listings", "listing_id"},
    {"simulation_decisions", "agent_id", "agents"},
    {"simulation_decisions", "user_coupon_id", "user_coupons"},
    {"carts", "user_id", "users"},
    {"carts", "store_id", "stores"},
    {"carts", "session_id", "shopping_sessions"},
    {"cart_items", "cart_id", "carts"},
    {"cart_items", "product_id", "products"},
    {"cart_coupons", "cart_id", "carts"},
    {"cart_coupons", "user_coupon_id", "user_coupons"},
    {"orders", "cart_id", "carts"},
    {"orders", "user_id", "users"},
    {"orders", "store_id", "stores"},
    {"orders", "session_id", "shopping_sessions"},
    {"order_items", "order_id", "orders"},
    {"order_items", "product_id", "products"},
    {"order_discounts", "order_id", "orders"},
    {"order_discounts", "user_coupon_id", "user_coupons"},
    {"order_discounts", "coupon_id", "coupons"},
    {"idempotency_keys", "run_id", "simulation_state", "run_id"},
    {"idempotency_keys", "user_id", "users"},
};

std::string failures(store::Reader& reader, std::span<const store::InvariantCheck> checks) {
  std::string out;
  for (const auto& [name, sql] : checks) {
    const store::Rows rows = reader.query(sql, {});
    if (rows.rows.empty()) continue;
    out += fmt::format("{}: {} rows\n", name, rows.rows.size());
    for (std::size_t r = 0; r < rows.rows.size() && r < 3; ++r) {
      for (std::size_t c = 0; c < rows.columns.size(); ++c) {
        out += fmt::format("  {} ", rows.columns[c]);
        std::visit(
            [&](const auto& held) {
              if constexpr (!std::is_same_v<std::decay_t<decltype(held)>, std::monostate>) {
                out += fmt::format("{}", held);
              }
            },
            rows.rows[r][c]);
      }
      out += '\n';
    }
  }
  return out;
}

// A letter each, in the order of the enumerators.
constexpr std::string_view kEventLetters = "SBVA-WCPRKOFXE";
constexpr std::string_view kDecisionLetters = "DNCPVQWUIKLY";

template <typename Kind>
char letter_of(const std::string& name, int kinds, std::string_view letters) {
  for (int i = 0; i < kinds; ++i) {
    if (name == to_string(static_cast<Kind>(i))) return letters[static_cast<std::size_t>(i)];
  }
  return '?';
}

struct Visit {
  std::string events, decisions;
  std::string outcome;       // empty: there was no session
  std::vector<bool> chosen;  // of each decision: whether it is not 0
};

// The nodes that the decisions and events of a visit tell of.
std::vector<Node> nodes_of(const Visit& visit) {
  std::vector<Node> path{Node::start, Node::decide_shop};
  const auto reach = [&](Node node) {
    if (path.back() != node) path.push_back(node);
  };
  for (std::size_t i = 0; i < visit.decisions.size(); ++i) {
    const bool filled = path.back() >= Node::view_coupons;
    switch (visit.decisions[i]) {
      case 'N':
      case 'C':
      case 'P':
      case 'V':
      case 'Q':
        reach(filled ? path.back() : Node::browse_products);
        break;
      case 'W':
        if (visit.events.find('A') != std::string::npos) reach(Node::add_to_cart);
        reach(Node::view_coupons);
        break;
      case 'K':
        reach(Node::decide_checkout);
        reach(visit.chosen[i] ? Node::complete_checkout : Node::abandon);
        break;
      default:
        break;
    }
  }
  path.push_back(Node::end);
  return path;
}

std::string wrong_with(const Visit& visit) {
  static const std::regex shopping("S(BV+){1,4}A+(WC*[PR]*)?(VA)?(KO|KF|X)E");
  static const std::regex looking("S(BV*){1,2}E");
  static const std::regex chose("DNC{1,4}(PQ|V)+WU*I(PQ)?KL?"), looked("YC{1,2}V*");
  const std::vector<Node> path = nodes_of(visit);
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (!shopper::kShoppingGraph.allows(path[i - 1], path[i])) return "leaves the graph";
  }
  const auto count = [](const std::string& text, char letter) {
    return std::count(text.begin(), text.end(), letter);
  };
  if (visit.outcome.empty()) {
    const bool thought = visit.decisions == "D" || visit.decisions == "Y";
    return thought && !visit.chosen[0] && visit.events.empty() ? "" : "is no session";
  }
  const bool idle = visit.outcome == "browsed";
  if (!std::regex_match(visit.events, idle ? looking : shopping)) return "has odd events";
  if (!std::regex_match(visit.decisions, idle ? looked : chose)) return "has odd decisions";
  if (!visit.chosen[0]) return "came although it decided not to";
  const auto yes = [&](char letter) {
    const std::size_t at = visit.decisions.find(letter);
    return at != std::string::npos && visit.chosen[at];
  };
  if (yes('W') != (count(visit.events, 'W') == 1))
    return "did not do with the wallet what it chose";
  if (count(visit.events, 'C') != count(visit.decisions, 'U')) return "looked at other coupons";
  if (count(visit.events, 'V') != count(visit.decisions, 'P') + count(visit.decisions, 'V')) {
    return "looked at other products";
  }
  if (count(visit.events, 'A') != count(visit.decisions, 'P')) return "added other products";
  const bool paid = visit.events.find('O') != std::string::npos;
  if (yes('K') != (count(visit.events, 'K') == 1)) return "did not pay as it chose";
  if (paid != (visit.outcome == "purchased")) return "ended otherwise than its events";
  return paid == (count(visit.decisions, 'L') == 1) ? "" : "dropped out without a purchase";
}

}  // namespace

Number number_from(store::Reader& reader) {
  return [&reader](const std::string& sql) {
    return std::get<std::int64_t>(reader.query(sql, {}).rows.at(0).at(0));
  };
}

std::string run_violations(store::Reader& reader) {
  return failures(reader, store::kInvariantChecks) + failures(reader, kSessionChecks) +
         orphans(number_from(reader));
}

std::string orphans(const Number& number) {
  std::string out;
  for (const Reference& row : kReferences) {
    const std::int64_t lost = number(fmt::format(
        "SELECT count(*) AS n FROM {0} c WHERE c.{1} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {2} "
        "p WHERE p.{3} = c.{1})",
        row.table, row.column, row.target, row.target_column));
    if (lost > 0) out += fmt::format("{}.{}: {} point nowhere\n", row.table, row.column, lost);
  }
  // A decision after the first was made in a session; a discount is on a line of its order.
  const std::pair<const char*, const char*> others[] = {
      {"simulation_decisions.visit_id",
       "SELECT count(*) AS n FROM simulation_decisions d WHERE (d.step > 0 OR d.chosen = 1) AND "
       "NOT "
       "EXISTS (SELECT 1 FROM shopping_sessions s WHERE s.id = d.visit_id)"},
      {"order_discounts.line_no",
       "SELECT count(*) AS n FROM order_discounts d WHERE NOT EXISTS (SELECT 1 FROM order_items i "
       "WHERE i.order_id = d.order_id AND i.line_no = d.line_no)"}};
  for (const auto& [name, sql] : others) {
    if (const std::int64_t lost = number(sql)) {
      out += fmt::format("{}: {} point nowhere\n", name, lost);
    }
  }
  return out;
}

std::string path_violations(store::Reader& reader, RunId run) {
  const std::int64_t parameters[] = {run.value};
  const auto id = [](const store::Value& value) { return std::get<std::int64_t>(value); };
  std::map<std::int64_t, Visit> visits;
  for (const auto& row : reader
                             .query("SELECT visit_id, kind, chosen FROM simulation_decisions "
                                    "WHERE run_id = $1 ORDER BY visit_id, step",
                                    parameters)
                             .rows) {
    Visit& visit = visits[id(row[0])];
    visit.decisions += letter_of<DecisionKind>(std::get<std::string>(row[1]),
                                               retail::kDecisionKindCount, kDecisionLetters);
    visit.chosen.push_back(id(row[2]) != 0);
  }
  for (const auto& row :
       reader
           .query("SELECT id, outcome FROM shopping_sessions WHERE run_id = $1 AND NOT (outcome = "
                  "'abandoned' AND n_events = 0)",
                  parameters)
           .rows) {
    visits[id(row[0])].outcome = std::get<std::string>(row[1]);
  }
  for (const auto& row : reader
                             .query("SELECT session_id, type FROM shopping_session_events "
                                    "WHERE run_id = $1 ORDER BY session_id, seq",
                                    parameters)
                             .rows) {
    visits[id(row[0])].events +=
        letter_of<EventType>(std::get<std::string>(row[1]), retail::kEventTypeCount, kEventLetters);
  }
  std::string out;
  int found = 0;
  for (const auto& [key, visit] : visits) {
    const std::string wrong = wrong_with(visit);
    if (wrong.empty() || ++found > 5) continue;
    out += fmt::format("visit {} {}: {} {} {}\n", key, wrong, visit.outcome, visit.events,
                       visit.decisions);
  }
  return out;
}

std::string table_counts(const Number& number) {
  std::string out;
  std::string last;
  for (const Reference& row : kReferences) {
    if (row.table == last) continue;
    last = row.table;
    out += fmt::format("{} {}\n", last, number("SELECT count(*) AS n FROM " + last));
  }
  return out;
}

}  // namespace footfall
