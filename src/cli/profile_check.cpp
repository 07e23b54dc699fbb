// footfall profile check, show.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <optional>

#include "base/failure.hpp"
#include "cli/commands.hpp"
#include "cli/files.hpp"
#include "cli/live_target.hpp"
#include "cli/profile_trial.hpp"
#include "commerce/http/footfall_api.hpp"
#include "retail/records.hpp"
#include "store/any/open.hpp"
#include "store/any/url.hpp"
#include "store/wall_clock.hpp"

namespace footfall::cli {
namespace {

// What the check knows of the shop: its catalogue, and in whose name it asks.
struct Known {
  retail::Catalogue catalogue;
  std::string goods;  // where the catalogue is from
  store::Agent agent;
};

Result<void> choose_agent(const std::vector<store::Agent>& agents, std::int64_t wanted,
                          Known& known) {
  const auto found = std::find_if(agents.begin(), agents.end(), [&](const store::Agent& agent) {
    return wanted == 0 || agent.id.value == wanted;
  });
  if (found == agents.end()) {
    return Error(Errc::not_found, fmt::format("--agent {}: {} has no such agent; it has {}", wanted,
                                              known.goods, agents.size()));
  }
  known.agent = *found;
  return {};
}

Result<Known> from_files(const Settings& settings, std::int64_t wanted) {
  Known known;
  auto catalogue = catalogue_of(settings);
  if (!catalogue) return catalogue.error();
  const auto personas = personas_of(settings);
  if (!personas) return personas.error();
  known.catalogue = std::move(*catalogue);
  known.goods = settings.is_empty("catalogue") ? "the bundled catalogue"
                                               : "the catalogue " + settings.text("catalogue");
  std::vector<store::Agent> agents;
  for (const personas::Persona& persona : *personas) {
    const auto number = static_cast<std::int64_t>(agents.size()) + 1;
    agents.push_back({AgentId{number}, UserId{number}, persona});
  }
  if (const auto chosen = choose_agent(agents, wanted, known); !chosen) return chosen.error();
  return known;
}

// Of the database, unless files are named or there is none.
Result<Known> known_shop(const Settings& settings, std::int64_t wanted) {
  const bool files = !settings.is_empty("catalogue") || !settings.is_empty("personas");
  if (files) return from_files(settings, wanted);
  const auto store = store::open_store(settings.text("db"), /*make=*/false);
  if (!store && settings.is_default("db")) return from_files(settings, wanted);
  if (!store) return store.error();
  Known known;
  known.catalogue = (*store)->load_catalogue();
  known.goods = store::shown_url(settings.text("db"));
  if (known.catalogue.products.empty()) {
    return Error(Errc::not_found,
                 fmt::format("{} holds no products; `footfall seed` puts them there", known.goods));
  }
  const std::vector<store::Agent> agents = (*store)->load_agents(retail::kAgentsMax);
  if (const auto chosen = choose_agent(agents, wanted, known); !chosen) return chosen.error();
  return known;
}

StoreId home_of(const Known& known) {
  for (const retail::Store& store : known.catalogue.stores) {
    if (store.code == known.agent.persona.home_store) return store.id;
  }
  return known.catalogue.stores.empty() ? StoreId{} : known.catalogue.stores.front().id;
}

// No run has these: they are the numbers behind the last run's.
std::int64_t unused_session() {
  return retail::kRunsMax * retail::kRunSpan + store::wall_clock_us() / 1000 % retail::kRunSpan;
}

// Each call once, as it comes.
commerce::ApiLimits gentle(const Settings& settings) {
  commerce::ApiLimits limits;
  read_limits(settings, limits);
  limits.sessions = 1;
  limits.tries_max = 1;
  limits.client.connections_max = 1;
  limits.rate.policy = http::RatePolicy::off;
  return limits;
}

// footfall's own server sells to simulated shoppers in runs alone: one is begun for this, and
// ended.
Task<void> try_in_a_run(ProfileTrial& trial, commerce::FootfallApi& api, ProfileCheck& check) {
  bool begun = false;
  try {
    const commerce::ApiRun run = co_await api.start(R"({"weeks":1,"stagger":false})");
    trial.run = run.id;
    trial.at = run.start;
    trial.session = retail::session_id(run.id, 0, trial.agent).value;
    check.run = fmt::format("in run {}, which was begun for this and is ended again", run.id.value);
    begun = true;
  } catch (const Failure& failure) {
    check.run = fmt::format("without a run, since none can be begun: {}", failure.what());
  }
  co_await try_profile(trial, check);
  if (!begun) co_return;
  try {
    co_await api.stop(trial.run);
  } catch (const Failure& failure) {
    check.run =
        fmt::format("in run {}, which cannot be ended: {}", trial.run.value, failure.what());
  }
}

void try_now(const Settings& settings, const commerce::Profile& profile,
             const http::ServiceUrl& url, const Known& known, bool buy, ProfileCheck& check) {
  boost::asio::io_context io(1);
  SteadyTime time(io.get_executor());
  commerce::ApiSessions sessions(io.get_executor(), time, url, gentle(settings));
  ProfileTrial trial{profile,
                     known.catalogue,
                     sessions,
                     known.agent.id,
                     known.agent.user,
                     home_of(known),
                     known.agent.persona.persona_id,
                     check.token,
                     unused_session(),
                     SimTime{store::wall_clock_us()},
                     buy,
                     RunId{}};
  const char* const admin = std::getenv("FOOTFALL_ADMIN_TOKEN");
  commerce::FootfallApi api(sessions, admin ? admin : "");
  Task<void> trying =
      profile.is_footfall() ? try_in_a_run(trial, api, check) : try_profile(trial, check);
  std::exception_ptr error;
  // Stopped, since unused connections have a timer.
  boost::asio::co_spawn(io, std::move(trying), [&](const std::exception_ptr& escaped) {
    error = escaped;
    io.stop();
  });
  io.run();
  if (error) std::rethrow_exception(error);
}

void warn(const http::ServiceUrl& url) {
  if (url.is_https || url.is_loopback) return;
  fmt::print(stderr, "Warning: {} is not encrypted: tokens can be read on the way\n", url.origin);
}

Result<std::string> token_of(const Settings& settings, const commerce::Profile& profile,
                             const store::Agent& agent) {
  if (!profile.needs_token()) return std::string();
  if (settings.is_empty("api-tokens")) {
    return Error(Errc::invalid_input,
                 fmt::format("the profile '{}' sends {{token}}: name the file of the agents' "
                             "tokens with --api-tokens (docs/PROFILES.md)",
                             profile.name()));
  }
  const auto tokens = read_tokens(settings.text("api-tokens"));
  if (!tokens) return tokens.error();
  const std::string token(tokens->of(agent.id, agent.persona.persona_id));
  if (!token.empty()) return token;
  return Error(Errc::not_found,
               fmt::format("{} has no token for agent {} (persona {}); --agent N asks in another's "
                           "name",
                           settings.text("api-tokens"), agent.id.value, agent.persona.persona_id));
}

}  // namespace

Result<void> check_profile(const Settings& settings, const CheckProfileOptions& options) {
  const auto profile = read_profile(options.file);
  if (!profile) return profile.error();
  if (settings.is_empty("api")) {
    fmt::print("{}: the profile '{}' is in order. --api URL tries each of its actions once.\n",
               options.file, profile->name());
    return {};
  }
  const auto url = http::parse_service_url(settings.text("api"));
  if (!url) {
    return Error(Errc::invalid_input,
                 fmt::format("{}: {}", settings.value("api").source, url.error().message()));
  }
  const auto known = known_shop(settings, options.agent);
  if (!known) return known.error();
  const auto token = token_of(settings, *profile, known->agent);
  if (!token) return token.error();
  warn(*url);
  ProfileCheck check;
  check.profile = profile->name();
  check.file = options.file;
  check.service = url->origin + url->base;
  check.who = fmt::format("agent {} ({})", known->agent.id.value, known->agent.persona.persona_id);
  check.goods = known->goods;
  check.token = *token;
  try_now(settings, *profile, *url, *known, options.buy, check);
  fmt::print("{}", profile_check_text(check, terminal_style(isatty(STDOUT_FILENO) == 1)));
  if (check.failures() == 0) return {};
  return Error(Errc::incompatible, fmt::format("'{}' and {} do not fit together: {} of the actions "
                                               "failed",
                                               check.profile, check.service, check.failures()));
}

void show_profile() { fmt::print("{}", commerce::Profile::footfall_text()); }

}  // namespace footfall::cli
