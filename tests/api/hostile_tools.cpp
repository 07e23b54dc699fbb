#include "tests/api/hostile_tools.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/json.hpp>

#include "api/errors.hpp"
#include "retail/events.hpp"

namespace footfall::tests {
namespace {

namespace json = boost::json;

// {"name":0.5,…} with all features of the kind.
std::string features_of(retail::DecisionKind kind) {
  std::string out;
  for (const std::string_view name : retail::feature_names(kind)) {
    if (!name.empty()) out += fmt::format("{}\"{}\":0.5", out.empty() ? "" : ",", name);
  }
  return "{" + out + "}";
}

std::string decision(retail::DecisionKind kind, const Facts& facts) {
  return fmt::format(
      R"({{"kind":"{}","probability":"0.25","draw":0.125,"chosen":1,"product_id":"{}",)"
      R"("category":"category 1","user_coupon_id":"{}","features":{}}})",
      to_string(kind), facts.product, facts.coupon, features_of(kind));
}

std::string events_body(const Facts& facts) {
  const std::string event =
      fmt::format(R"({{"type":"view_coupons","at":"{0}","product_id":"{1}","quantity":1,)"
                  R"("user_coupon_id":"{2}","listing_id":"{3}","amount_minor":5,"refusal":"none",)"
                  R"("shown":[{{"user_coupon_id":"{2}","saving_minor":7}}]}})",
                  facts.now, facts.product, facts.coupon, facts.listing);
  return fmt::format(
      R"({{"sessions":[{{"session_id":"{0}","agent_id":"{1}","kind":"shopping",)"
      R"("outcome":"purchased","started_at":"{2}","ended_at":"{2}","order_id":"{3}",)"
      R"("abandon_cart":false,"events":[{4}],"decisions":[{5}]}}],)"
      R"("thoughts":[{{"session_id":"{6}","agent_id":"{1}","started_at":"{2}",)"
      R"("decisions":[{7}]}}]}})",
      facts.order_session, kHostileAgent, facts.now, facts.order, event,
      decision(retail::DecisionKind::choose_product, facts), std::stoll(facts.session) + 1,
      decision(retail::DecisionKind::decide_shop, facts));
}

// Of every route that takes one, by its name, with all its members.
std::map<std::string_view, std::string> bodies(const Facts& facts) {
  const std::string where =
      fmt::format(R"("store_id":"{}","session_id":"{}","step":1)", facts.store, facts.session);
  const std::string lines =
      fmt::format(R"({{"lines":[{{"product_id":"{}","quantity":2}}],{}}})", facts.product, where);
  const std::string coupons = fmt::format(R"({{"coupons":["{}"],{}}})", facts.coupon, where);
  return {
      {"addToCart", lines},
      {"changeCart", lines},
      {"applyCoupons", coupons},
      {"setCoupons", coupons},
      {"checkOut", fmt::format(R"({{"store_id":"{}","session_id":"{}","coupons":["{}"],)"
                               R"("coupon_policy":"partial"}})",
                               facts.store, facts.session, facts.coupon)},
      {"cancelOrder", R"({"coupons_back":true})"},
      {"refundOrder", R"({"lines":[{"line_no":1,"quantity":1}]})"},
      {"assignOffers",
       fmt::format(R"({{"user_id":"{}","all_due":false,"dry_run":false}})", facts.user)},
      {"refreshWallet", R"({"dry_run":false})"},
      {"beginCycle", R"({"number":1,"dry_run":false})"},
      {"advanceTime", R"({"hours":1,"refresh":true,"dry_run":false})"},
      {"startSimulation",
       R"({"seed":7,"start":"2026-01-05","weeks":8,"agents":40,)"
       R"("policy":"uniform","wallet":"top_up","stagger":true,"refresh":true,"deals":0.1,"activity":"crowd","profile":"online","on_failed_checkout":"keep","behavior":"","offer_cycle_days":7,)"
       R"("offer_expiration_days":14,"max_wallet_capacity":32,"frontstore_per_cycle":2,)"
       R"("category_brand_per_cycle":30,"dry_run":false})"},
      {"openSessions",
       fmt::format(R"({{"sessions":[{{"session_id":"{}","agent_id":"{}","kind":"shopping",)"
                   R"("started_at":"{}","store_id":"{}"}}]}})",
                   facts.session, kHostileAgent, facts.now, facts.store)},
      {"addEvents", events_body(facts)},
  };
}

std::string target_of(const api::Route& route, const Facts& facts) {
  const std::map<std::string_view, std::string> values = {
      {"product_id", facts.product}, {"user_coupon_id", facts.coupon},
      {"order_id", facts.order},     {"cycle_id", facts.cycle},
      {"user_id", facts.user},       {"store_id", facts.store},
      {"session_id", facts.session}, {"category", "category%201"},
      {"search", "product"},         {"limit", "20"}};
  std::string out;
  for (std::string_view rest = route.path; !rest.empty();) {
    const std::size_t open = std::min(rest.find('{'), rest.size());
    out += rest.substr(0, open);
    rest.remove_prefix(open);
    if (rest.empty()) break;
    const std::size_t end = rest.find('}');
    out += values.at(rest.substr(1, end - 1));
    rest.remove_prefix(end + 1);
  }
  for (const api::Parameter& one : route.parameters) {
    if (one.in != api::Parameter::In::query || one.name == "cursor") continue;
    out += fmt::format("{}{}={}", out.find('?') == out.npos ? '?' : '&', one.name,
                       values.at(one.name));
  }
  return out;
}

}  // namespace

Facts prepare(ApiWorld& world) {
  Facts facts;
  facts.run = world.start_run();
  facts.now = "2026-01-05T00:00:00Z";
  HttpClient agent = world.agent(kHostileAgent);
  facts.store = "1";
  facts.product = world.product(0);
  // Run, hour 0, agent and the attempt's digit (retail/records.hpp).
  facts.session = fmt::format("{}00000{:08}0", facts.run, kHostileAgent);
  facts.order_session = fmt::format("{}00000{:08}5", facts.run, kHostileAgent);
  facts.order = expect_purchase(world, kHostileAgent, "prepared", facts.order_session);
  facts.coupon = text_at(json_of(agent.get("/api/wallet")), "/coupons/0/id");
  HttpClient admin = world.admin();
  facts.cycle = text_at(json_of(admin.get("/cycles")), "/cycles/0/id");
  facts.user = text_at(json_of(admin.get("/simulation/agents")),
                       fmt::format("/agents/{}/user_id", kHostileAgent - 1));
  facts.listing = text_at(json_of(agent.get("/api/products?category=category%201")), "/listing_id");
  return facts;
}

ApiRequest valid_request(const api::Route& route, const Facts& facts) {
  ApiRequest request;
  request.route = &route;
  request.method = to_string(route.method);
  request.target = target_of(route, facts);
  if (route.body) request.body = bodies(facts).at(route.name);
  if (const std::string bearer = bearer_for(route); !bearer.empty()) {
    request.headers.emplace_back("Authorization", bearer);
  }
  if (route.with_key) {
    request.headers.emplace_back("Idempotency-Key", fmt::format("key-of-{}", route.name));
  }
  for (const api::Parameter& one : route.parameters) {
    if (one.in == api::Parameter::In::header && one.name == "If-None-Match") {
      request.headers.emplace_back("If-None-Match", "\"0123456789abcdef\"");
    }
  }
  if (route.body) request.headers.emplace_back("Content-Type", "application/json");
  return request;
}

std::vector<ApiRequest> valid_requests(const Facts& facts) {
  std::vector<ApiRequest> out;
  for (const api::Route& route : api::routes()) out.push_back(valid_request(route, facts));
  return out;
}

std::string bearer_for(const api::Route& route) {
  switch (route.access) {
    case api::Access::open:
      return {};
    case api::Access::admin:
      return "Bearer " + kAdminToken;
    default:
      return fmt::format("Bearer dev:{}", kHostileAgent);
  }
}

HttpAnswer send(HttpClient& client, const ApiRequest& request) {
  return client.send(request.method, request.target, request.body, request.headers);
}

std::string problem_fault(const HttpAnswer& answer) {
  if (answer.header("content-type") != "application/problem+json") return "is no problem document";
  boost::system::error_code error;
  const json::value document = json::parse(answer.body, error);
  if (error || !document.is_object()) return "is no JSON object";
  const json::object& members = document.as_object();
  for (const char* name : {"type", "title", "detail", "instance", "code", "trace_id"}) {
    const json::value* value = members.if_contains(name);
    if (!value || !value->is_string()) return fmt::format("has no text '{}'", name);
  }
  const json::value* status = members.if_contains("status");
  if (!status || *status != answer.status) return "has another status than the answer";
  if (text_at(document, "/trace_id") != answer.header("x-request-id")) {
    return "has another trace_id than X-Request-Id";
  }
  const std::string code = text_at(document, "/code");
  if (text_at(document, "/type") != "/docs#" + code) return "has a type of another code";
  for (const auto& table : {api::api_problems(), http::server_problems()}) {
    for (const api::ProblemKind* kind : table) {
      if (kind->code != code) continue;
      if (kind->status != answer.status) return "has a status that is not its code's";
      return kind->title == text_at(document, "/title") ? "" : "has another title";
    }
  }
  return fmt::format("has the unknown code '{}'", code);
}

std::string code_of(const HttpAnswer& answer) {
  return problem_fault(answer).empty() ? text_at(json_of(answer), "/code") : "";
}

std::map<std::string, std::int64_t> row_counts(const ApiWorld& world, store::Backend backend) {
  const store::Rows tables =
      world.query(backend == store::Backend::sqlite
                      ? "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
                      : "SELECT tablename::text AS name FROM pg_tables "
                        "WHERE schemaname = 'footfall' ORDER BY tablename");
  std::map<std::string, std::int64_t> out;
  for (const auto& row : tables.rows) {
    const std::string& name = std::get<std::string>(row[0]);
    out[name] = world.number("SELECT count(*) AS n FROM " + name);
  }
  out["versions of carts"] =
      world.number("SELECT CAST(coalesce(sum(version), 0) AS BIGINT) AS n FROM carts");
  return out;
}

std::string expect_purchase(const ApiWorld& world, int who, const std::string& key,
                            const std::string& session) {
  HttpClient agent = world.agent(who);
  const std::string more = session.empty() ? "" : fmt::format(R"(,"session_id":"{}")", session);
  const HttpAnswer added =
      agent.post("/api/cart/add", fmt::format(R"({{"store_id":"1","lines":[{{"product_id":"{}",)"
                                              R"("quantity":2}}]{}}})",
                                              world.product(0), more));
  EXPECT_EQ(added.status, 200) << added.body;
  const HttpAnswer bought = agent.post("/api/orders/checkout", R"({"store_id":"1")" + more + "}",
                                       {{"Idempotency-Key", key}});
  EXPECT_EQ(bought.status, 201) << bought.body;
  return bought.status == 201 ? text_at(json_of(bought), "/order_id") : "0";
}

void next_hour(ApiWorld& world) {
  HttpClient admin = world.admin();
  if (admin.post("/time/advance", R"({"hours":1})").status != 200) world.start_run();
}

HostileTest::HostileTest(const ApiOptions& options)
    : world_(GetParam(), options),
      facts_(prepare(world_)),
      agent_(world_.agent(kHostileAgent)),
      nobody_(world_.client()) {
  note_rows();
  EXPECT_GT(before_.size(), 20U);
}

HostileTest::~HostileTest() {
  if (!before_.empty()) {
    EXPECT_EQ(counts(), before_);
  }
}

ApiRequest HostileTest::request(std::string_view name) const {
  for (const api::Route& route : api::routes()) {
    if (route.name == name) return valid_request(route, facts_);
  }
  throw std::out_of_range(std::string(name));
}

void HostileTest::expect_refused(const HttpAnswer& answer, const std::string& what) const {
  EXPECT_TRUE(answer.status >= 400 && answer.status < 500) << what << ": " << answer.status;
  EXPECT_EQ(problem_fault(answer), "") << what << " " << answer.body.substr(0, 300);
}

void HostileTest::expect_code(const HttpAnswer& answer, const std::string& code,
                              const std::string& what) const {
  EXPECT_EQ(code_of(answer), code)
      << what << ": " << answer.status << " " << answer.body.substr(0, 300);
}

std::string HostileTest::lines(const std::string& quantity) const {
  return fmt::format(R"({{"store_id":"1","lines":[{{"product_id":"{}","quantity":{}}}]}})",
                     facts_.product, quantity);
}

RawSocket::RawSocket(std::uint16_t port)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int one = 1;
  ::setsockopt(socket_.number(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  const timeval patience{60, 0};
  ::setsockopt(socket_.number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(socket_.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    socket_.close();
  }
}

bool RawSocket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawSocket::end_sending() { ::shutdown(socket_.number(), SHUT_WR); }

std::string RawSocket::some() {
  std::string chunk(16384, '\0');
  const ssize_t got = ::recv(socket_.number(), chunk.data(), chunk.size(), 0);
  chunk.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return chunk;
}

std::string RawSocket::rest() {
  std::string out;
  for (std::string more = some(); !more.empty(); more = some()) out += more;
  return out;
}

void RawSocket::reset() {
  const linger now{1, 0};
  ::setsockopt(socket_.number(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  socket_.close();
}

}  // namespace footfall::tests
