// Is it alive, is it ready, and what does it serve?
#include <fmt/format.h>

#include "api/api.hpp"
#include "api/handlers.hpp"
#include "base/failure.hpp"
#include "telemetry/json_writer.hpp"

namespace footfall::api {

Task<http::Response> show_health(Api& api, Call&) {
  std::string out;
  telemetry::JsonWriter(out)
      .begin_object()
      .member("status", std::string_view("ok"))
      .member("version", api.shared().settings.version)
      .end_object();
  co_return answer(std::move(out));
}

Task<http::Response> show_readiness(Api& api, Call& call) {
  std::string why;
  bool is_busy = false;
  try {
    co_await api.ready_check().ask();
  } catch (const Failure& failure) {
    why = failure.what();
    is_busy = failure.kind() == Failure::Kind::busy;
  }
  if (!why.empty()) {
    api.shared().log.tell(telemetry::Level::warning, fmt::format("not ready: {}", why));
    const ProblemKind& kind = is_busy ? kBusy : kDatabaseUnavailable;
    co_return refuse(call, kind, kind.about);
  }
  const store::LiveCounts counts = api.database().counts();
  std::string out;
  telemetry::JsonWriter(out)
      .begin_object()
      .member("status", std::string_view("ready"))
      .member("database_connections", counts.connections)
      .member("waiting_for_database", counts.waiting)
      .end_object();
  co_return answer(std::move(out));
}

Task<http::Response> show_openapi(Api& api, Call&) {
  http::Response response;
  response.shared_body = api.shared().openapi;
  response.headers.emplace_back("Cache-Control", "no-cache");
  co_return response;
}

// No script and nothing from elsewhere: the page is made here, and its policy says so.
Task<http::Response> show_docs(Api& api, Call&) {
  http::Response response;
  response.content_type = "text/html; charset=utf-8";
  response.shared_body = api.shared().docs_page;
  response.headers.emplace_back("Cache-Control", "no-cache");
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
                                "frame-ancestors 'none'");
  co_return response;
}

}  // namespace footfall::api
