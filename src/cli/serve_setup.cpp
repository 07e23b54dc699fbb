#include "cli/serve_setup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "base/loopback.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "cli/behavior_file.hpp"
#include "cli/files.hpp"
#include "cli/live_limits.hpp"
#include "cli/run_plan.hpp"
#include "cli/version.hpp"
#include "http/fetch.hpp"
#include "retail/records.hpp"
#include "store/any/open.hpp"
#include "store/any/url.hpp"
#include "store/wall_clock.hpp"

namespace footfall::cli {
namespace {

std::string secret(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

Error wrong(std::string sentence) { return Error(Errc::invalid_input, std::move(sentence)); }

std::string joined(std::string base, std::string_view path) {
  while (base.ends_with('/')) base.pop_back();
  return base + std::string(path);
}

Result<api::AuthSettings> auth_settings(const Settings& settings) {
  api::AuthSettings auth;
  const std::string& project = settings.text("supabase-url");
  auth.jwks_url = settings.text("jwks-url");
  auth.issuer = settings.text("jwt-issuer");
  if (!project.empty()) {
    if (auth.jwks_url.empty()) auth.jwks_url = joined(project, "/auth/v1/.well-known/jwks.json");
    if (auth.issuer.empty()) auth.issuer = joined(project, "/auth/v1");
  }
  auth.anonymous = settings.on("anonymous");
  auth.hs256_secret = secret("SUPABASE_JWT_SECRET");
  auth.allow_hs256 = settings.on("allow-hs256");
  auth.admin_token = secret("FOOTFALL_ADMIN_TOKEN");
  auth.dev_tokens = settings.on("simulation-mode");
  if (const auto good = check(auth); !good) return good.error();
  if (!auth.jwks_url.empty()) {
    if (const auto good = http::check_fetch_url(auth.jwks_url); !good) {
      return wrong("SUPABASE_JWKS_URL: " + good.error().message());
    }
  }
  return auth;
}

Result<void> check_dangers(const Settings& settings, const api::AuthSettings& auth,
                           const Address& address) {
  const bool people = !auth.jwks_url.empty() || auth.allow_hs256;
  if (auth.dev_tokens && lower(settings.text("app-env")) == "production") {
    return wrong(
        "SIMULATION_MODE=true and APP_ENV=production do not go together: anybody could shop as any "
        "agent. Set SIMULATION_MODE=false");
  }
  if (auth.dev_tokens && !is_loopback_host(address.host) && !settings.on("remote-simulation")) {
    return wrong(fmt::format(
        "SIMULATION_MODE=true takes dev tokens, which are no secrets, and {} can be reached from "
        "elsewhere. Listen on 127.0.0.1, or say --remote-simulation on if that is what you want",
        address.host));
  }
  if (!auth.dev_tokens && !people) {
    return wrong(
        "nobody could sign in: set SUPABASE_URL (or SUPABASE_JWKS_URL and SUPABASE_JWT_ISSUER) for "
        "people, or SIMULATION_MODE=true for simulated shoppers");
  }
  return {};
}

using Given = std::map<std::string, std::string>;  // settings of a request, by their names

// Sentences made for the command line, for who writes a body: "--max-wallet-capacity" is
// `max_wallet_capacity` there. What they name first of what was given is at fault.
api::Planned refused(const Error& error, const Given& given) {
  api::Planned planned;
  std::string_view rest = error.message();
  for (std::size_t at = rest.find("--"); at != rest.npos; at = rest.find("--")) {
    planned.why += rest.substr(0, at);
    rest.remove_prefix(at + 2);
    std::string name(rest.substr(0, rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz-")));
    rest.remove_prefix(name.size());
    if (planned.setting.empty() && given.contains(name)) planned.setting = name;
    std::replace(name.begin(), name.end(), '-', '_');
    planned.why += "`" + name + "`";
  }
  planned.why += rest;
  if (!planned.setting.empty()) planned.why = "cannot be taken: " + planned.why;
  return planned;
}

// How many of the agents take part.
std::size_t agents_wanted(const World& all, const Settings& settings) {
  return settings.is_empty("agents") ? all.agents.size()
                                     : static_cast<std::size_t>(settings.whole("agents"));
}

// The settings of a request stand in place of the server's.
api::Planned make_run(Settings settings, const World& all, const Given& given) {
  std::string behavior;  // not the name of a file, as the setting is
  for (const auto& [name, text] : given) {
    if (name == "behavior") {
      behavior = text;
      continue;
    }
    const SettingInfo* info = find_setting(name);
    FF_ASSERT(info, "a request names a setting that does not exist");
    if (!settings.set(name, text, "the request")) {
      return {std::nullopt, name, "must be " + allowed(*info)};
    }
  }
  const std::size_t wanted = agents_wanted(all, settings);
  if (all.agents.empty()) {
    return {std::nullopt, "", "the shop has no agents; `footfall seed` puts them there"};
  }
  if (wanted > all.agents.size()) {
    return {std::nullopt, "agents",
            fmt::format("is {}, the shop has {}", wanted, all.agents.size())};
  }
  World world = all;
  world.agents.resize(wanted);
  world.population.resize(wanted);
  auto plan = plan_of(settings);
  if (!plan) return refused(plan.error(), given);
  if (!behavior.empty()) {
    const auto coefficients = parse_behavior(behavior, "behavior");
    if (!coefficients) return {std::nullopt, "behavior", coefficients.error().message()};
    plan->coefficients = *coefficients;
  }
  plan->seed = seed_of(settings);
  const auto fits = check_limits(*plan, world.population);
  if (!fits) return refused(fits.error(), given);
  api::NewRun run{new_run(settings, *plan, world), *plan};
  run.row.mode = "live";
  return {std::move(run), "", ""};
}

Result<simulation::Plan> stored_plan(const store::Run& row) {
  Settings settings;
  if (const auto taken = take_stored_settings(settings, row); !taken) return taken.error();
  auto plan = plan_of(settings);
  if (!plan) return plan.error();
  plan->run = row.id;
  plan->seed = row.seed;
  plan->start = row.start;
  plan->until = row.until;
  return plan;
}

}  // namespace

Result<Address> parse_listen(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const auto port = colon == text.npos ? std::nullopt : parse_integer(text.substr(colon + 1));
  if (!port || *port < 0 || *port > 65'535 || colon == 0) {
    return wrong(
        fmt::format("--listen {}: write ADDRESS:PORT, as 127.0.0.1:8080 or [::1]:8080 "
                    "(port 0: any free one)",
                    text));
  }
  std::string host = text.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  return Address{host, static_cast<std::uint16_t>(*port)};
}

Result<api::ServiceSettings> service_settings(const Settings& settings) {
  api::ServiceSettings service;
  const auto address = parse_listen(settings.text("listen"));
  if (!address) return address.error();
  auto auth = auth_settings(settings);
  if (!auth) return auth.error();
  if (const auto safe = check_dangers(settings, *auth, *address); !safe) return safe.error();
  service.database_url = settings.text("db");
  service.database = live_limits(settings);
  service.http.address = address->host;
  service.http.port = address->port;
  service.http.connections_max = static_cast<int>(settings.whole("connections"));
  service.http.threads = settings.is_empty("threads")
                             ? std::max(1, static_cast<int>(std::thread::hardware_concurrency()))
                             : static_cast<int>(settings.whole("threads"));
  service.real_shop = !auth->jwks_url.empty() || auth->allow_hs256;
  service.api.simulation_mode = auth->dev_tokens;
  service.api.version = std::string(kVersion);
  // All workers of a shop have the same, and nobody else can guess it where there is a secret.
  service.api.cursor_key =
      sha256_hex("cursor " + auth->admin_token + auth->hs256_secret + auth->issuer);
  service.auth = std::move(*auth);
  return service;
}

Result<std::shared_ptr<const World>> load_served(const Settings& settings) {
  const auto store = store::open_store(settings.text("db"), /*make=*/false);
  if (!store) return store.error();
  auto world = std::make_shared<World>();
  world->catalogue = (*store)->load_catalogue();
  world->agents = (*store)->load_agents(retail::kAgentsMax);
  if (world->catalogue.products.empty() || world->catalogue.stores.empty()) {
    return Error(Errc::not_found,
                 fmt::format("{} holds nothing to sell; `footfall seed` puts a shop there",
                             store::shown_url(settings.text("db"))));
  }
  if (const auto compiled = compile_agents(*world); !compiled) return compiled.error();
  return std::shared_ptr<const World>(std::move(world));
}

api::RunFactory run_factory(const Settings& settings, std::shared_ptr<const World> world) {
  api::RunFactory factory;
  factory.plan_of = stored_plan;
  factory.make = [settings,
                  world = std::move(world)](const std::map<std::string, std::string>& given) {
    return make_run(settings, *world, given);
  };
  return factory;
}

// The calendar of offer cycles begins on a Monday, one offer cycle back, so that the first that
// anybody sees has number 1. The real shop sells at list prices.
Result<api::NewRun> shop_run(const Settings& settings, const World& world) {
  auto plan = plan_of(settings);
  if (!plan) return plan.error();
  const SimTime now{store::wall_clock_us()};
  const SimTime today = now - SimDuration{now.us % kDay.us};
  plan->start = today - kDay * weekday(today) - plan->rules.cycle_length;
  plan->until = parse_sim_time("2199-01-01").value();
  plan->deals.share = 0;
  plan->seed = seed_of(settings);
  World people;
  people.catalogue = world.catalogue;
  api::NewRun run{new_run(settings, *plan, people), *plan};
  run.row.now = plan->start;
  return run;
}

}  // namespace footfall::cli
