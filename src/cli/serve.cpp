// footfall serve: the shop's API. footfall api: what it serves, without serving.
#include <fmt/format.h>

#include "api/errors.hpp"
#include "api/openapi.hpp"
#include "api/service.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/serve_setup.hpp"
#include "cli/version.hpp"
#include "store/any/url.hpp"

namespace footfall::cli {
namespace {

using telemetry::Level;
using telemetry::Log;

std::string at(const api::ServiceSettings& service, std::uint16_t port) {
  const bool v6 = service.http.address.find(':') != std::string::npos;
  return fmt::format("http://{}{}{}:{}", v6 ? "[" : "", service.http.address, v6 ? "]" : "", port);
}

// What an operator wants to know, in the order of its weight.
void tell_start(Log& log, const Settings& settings, const api::ServiceSettings& service,
                const World& world, std::uint16_t port) {
  log.tell(
      Level::info,
      fmt::format("listening on {} ({} threads), database {}: {} products, {} stores, {} "
                  "agents; docs at {}/docs",
                  at(service, port), service.http.threads, store::shown_url(settings.text("db")),
                  world.catalogue.products.size(), world.catalogue.stores.size(),
                  with_commas(static_cast<std::int64_t>(world.agents.size())), at(service, port)));
  if (service.auth.dev_tokens) {
    log.tell(Level::warning,
             "SIMULATION_MODE=true: whoever reaches this port may shop as any agent");
    if (service.auth.admin_token.empty()) {
      log.tell(Level::warning,
               "FOOTFALL_ADMIN_TOKEN is not set: nobody can start a run or move its time");
    }
  }
  if (!service.auth.hs256_secret.empty() && !service.auth.allow_hs256) {
    log.tell(Level::warning,
             "SUPABASE_JWT_SECRET is set but not used: SUPABASE_ALLOW_HS256=true would accept "
             "tokens signed with it");
  }
}

}  // namespace

Result<void> serve(const Settings& settings) {
  const auto service = service_settings(settings);
  if (!service) return service.error();
  const auto world = load_served(settings);
  if (!world) return world.error();
  const auto shop = shop_run(settings, **world);
  if (!shop) return shop.error();
  auto log = Log::open("stderr");
  if (!log) return log.error();
  auto access = Log::open(settings.text("access-log"));
  if (!access) return access.error();
  api::ServedShop served{(*world)->catalogue, (*world)->agents, (*world)->population};
  auto server = api::Service::create(*service, std::move(served), run_factory(settings, *world),
                                     *shop, **log, (*access)->is_off() ? nullptr : access->get());
  if (!server) return server.error();
  if (const auto listening = (*server)->listen(); !listening) return listening.error();
  tell_start(**log, settings, *service, **world, (*server)->port());
  (*server)->run();
  (*log)->tell(Level::info,
               fmt::format("stopped after {} requests", with_commas((*server)->counts().requests)));
  return {};
}

void print_openapi() { fmt::print("{}\n", api::openapi_json(std::string(kVersion))); }
void print_errors() { fmt::print("{}", api::errors_markdown()); }

}  // namespace footfall::cli
