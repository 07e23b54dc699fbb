#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/text.hpp"
#include "commerce/http/footfall_api.hpp"
#include "commerce/live_commerce.hpp"
#include "telemetry/json_writer.hpp"

namespace footfall::commerce {
namespace {

namespace json = boost::json;

std::string text_at(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  if (!value) return {};
  if (value->is_string()) return std::string(value->as_string());
  return value->is_int64() ? fmt::format("{}", value->as_int64()) : std::string();
}

std::int64_t whole_at(const json::object& object, std::string_view name) {
  return parse_integer(text_at(object, name)).value_or(0);
}

SimTime moment_at(const json::object& object, std::string_view name) {
  const auto moment = parse_sim_time(text_at(object, name));
  if (!moment) throw Failure(fmt::format("the service's run has no moment `{}`", name));
  return *moment;
}

json::object parse_object(const std::string& body) {
  boost::system::error_code error;
  json::value parsed = json::parse(body, error);
  if (error || !parsed.is_object()) throw Failure("the service's answer is no JSON object");
  return std::move(parsed.as_object());
}

ApiRun parse_run(const std::string& body) {
  const json::object object = parse_object(body);
  ApiRun run;
  run.id = RunId{whole_at(object, "run_id")};
  run.seed = static_cast<std::uint64_t>(whole_at(object, "seed"));
  run.start = moment_at(object, "start");
  run.until = moment_at(object, "until");
  run.now = moment_at(object, "now");
  run.agents = whole_at(object, "agents");
  run.status = text_at(object, "status");
  if (!run.id) throw Failure("the service's answer names no run");
  return run;
}

// "409 cycle_not_begun: …" of a problem document, or the beginning of whatever came.
std::string problem_of(const http::ClientAnswer& answer) {
  boost::system::error_code error;
  const json::value parsed = json::parse(answer.body, error);
  if (!error && parsed.is_object()) {
    const json::object& object = parsed.as_object();
    const std::string code = text_at(object, "code");
    if (!code.empty()) {
      return fmt::format("{} {}: {}", answer.status, code, text_at(object, "detail"));
    }
  }
  return fmt::format("status {}: {}", answer.status, answer.body.substr(0, 200));
}

}  // namespace

Task<std::string> FootfallApi::ask(std::string_view name, http::Method method, std::string target,
                                   RunId run, std::string body, AgentId agent) {
  ApiRequest request;
  request.method = method;
  request.target = std::move(target);
  request.headers.emplace_back("Authorization", "Bearer " + admin_token_);
  if (run) request.headers.emplace_back("X-Footfall-Run", fmt::format("{}", run.value));
  request.body = std::move(body);
  // A run is started once; everything else may be sent again.
  const Retry retry = name == "start" ? Retry::unseen : Retry::always;
  ApiAnswer called = co_await sessions_.call(agent, request, retry);
  http::ClientAnswer& answer = called.answer;
  if (answer.answered() && answer.status >= 200 && answer.status < 300) {
    co_return std::move(answer.body);
  }
  throw TripFailure(fmt::format("{}: {} failed: {}", sessions_.url().origin, name,
                                answer.answered() ? problem_of(answer) : answer.why),
                    failure_kind(answer), called.request_id);
}

Task<ApiRun> FootfallApi::start(const std::string& settings) {
  const std::string body =
      co_await ask("start", http::Method::post, "/simulation/start", RunId{}, settings);
  co_return parse_run(body);
}

Task<ApiRun> FootfallApi::status(RunId run) {
  const std::string body =
      co_await ask("status", http::Method::get, "/simulation/status", run, std::string());
  co_return parse_run(body);
}

Task<void> FootfallApi::advance(RunId run, SimTime to) {
  std::string body;
  telemetry::JsonWriter(body).begin_object().member("to", to).member("refresh", false).end_object();
  co_await ask("advance", http::Method::post, "/time/advance", run, body);
}

Task<WalletsFilled> FootfallApi::fill_due_wallets(RunId run) {
  const std::string body =
      co_await ask("assign", http::Method::post, "/api/offers/assign", run, R"({"all_due":true})");
  const json::object object = parse_object(body);
  WalletsFilled filled;
  filled.users = whole_at(object, "users_refreshed");
  filled.assigned = whole_at(object, "frontstore") + whole_at(object, "category_brand");
  filled.expired = whole_at(object, "expired");
  filled.superseded = whole_at(object, "superseded");
  co_return filled;
}

Task<ApiRun> FootfallApi::stop(RunId run) {
  const std::string body =
      co_await ask("stop", http::Method::post, "/simulation/stop", run, std::string());
  co_return parse_run(body);
}

Task<ApiRun> FootfallApi::resume(RunId run) {
  const std::string body =
      co_await ask("resume", http::Method::post, "/simulation/resume", run, std::string());
  co_return parse_run(body);
}

}  // namespace footfall::commerce
