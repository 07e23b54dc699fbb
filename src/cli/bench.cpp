#include "cli/bench.hpp"

#include <fmt/format.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "base/text.hpp"
#include "cli/files.hpp"
#include "cli/live_signals.hpp"
#include "cli/live_target.hpp"
#include "cli/run_setup.hpp"
#include "cli/serve_setup.hpp"
#include "load/echo.hpp"

namespace footfall::cli {
namespace {

using std::chrono::milliseconds;

Error wrong(std::string text) { return Error(Errc::invalid_input, std::move(text)); }

// Those of the personas that take part, numbered as a fresh database numbers them.
Result<void> choose_agents(const Settings& settings, std::int64_t wanted, load::LoadWorld& world) {
  auto personas = personas_of(settings);
  if (!personas) return personas.error();
  const auto found = static_cast<std::int64_t>(personas->size());
  if (found == 0) return wrong("there are no personas: nobody would shop");
  if (wanted > found) {
    return wrong(
        fmt::format("there are {} personas, --agents asks for {}. `footfall personas make "
                    "--count {} --out FILE.csv` makes more, for --personas FILE.csv",
                    with_commas(found), with_commas(wanted), wanted));
  }
  if (wanted > 0) personas->resize(static_cast<std::size_t>(wanted));
  World compiled;
  compiled.catalogue = world.catalogue;
  for (std::size_t i = 0; i < personas->size(); ++i) {
    const auto number = static_cast<std::int64_t>(i) + 1;
    compiled.agents.push_back({AgentId{number}, UserId{number}, std::move((*personas)[i])});
  }
  if (const auto fits = compile_agents(compiled); !fits) return fits.error();
  world.agents = std::move(compiled.agents);
  world.population = std::move(compiled.population);
  return {};
}

Result<std::optional<double>> parse_rate(const std::string& text) {
  if (text == "off") return std::optional<double>();
  const std::optional<double> rate = parse_double(text);
  if (rate && *rate >= 0.1 && *rate <= 1e6) return rate;
  return wrong(fmt::format("--rate {}: must be off, or 0.1 to 1000000 requests a second", text));
}

Result<load::LoadOptions> load_options(const Settings& settings, const LoadFlags& flags,
                                       const LiveTarget& target) {
  load::LoadOptions options;
  options.url = *target.url;
  options.own_host = flags.own_host;
  options.admin_token = target.admin_token;
  const auto at_most = parse_real_time(flags.at_most);
  if (!at_most) return wrong(fmt::format("--for {}: {}", flags.at_most, at_most.error().message()));
  options.at_most = *at_most;
  const auto rate = parse_rate(flags.rate);
  if (!rate) return rate.error();
  options.per_second = *rate;
  options.connections = flags.connections;
  options.sessions_at_once =
      flags.sessions_at_once > 0 ? flags.sessions_at_once : flags.connections;
  options.seed = seed_of(settings);
  options.client = target.limits.client;
  return options;
}

}  // namespace

Result<void> bench_echo(const Settings& settings, const EchoOptions& options) {
  const auto address = parse_listen(options.listen);
  if (!address) return address.error();
  const auto catalogue = catalogue_of(settings);
  if (!catalogue) return catalogue.error();
  auto log = telemetry::Log::open("stderr");
  if (!log) return log.error();
  http::ServerOptions server;
  server.address = address->host;
  server.port = address->port;
  server.threads = options.threads;
  auto echo = load::Echo::create(*catalogue, server, **log);
  if (!echo) return echo.error();
  if (const auto listening = (*echo)->listen(); !listening) return listening.error();
  const bool v6 = address->host.find(':') != std::string::npos;
  fmt::print("echo of canned answers on http://{}{}{}:{}, {} thread{}; Ctrl-C ends it\n",
             v6 ? "[" : "", address->host, v6 ? "]" : "", (*echo)->port(), options.threads,
             options.threads == 1 ? "" : "s");
  std::fflush(stdout);
  boost::asio::io_context beside{1};
  boost::asio::signal_set signals(beside, SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (!error) (*echo)->stop();
  });
  std::thread waiting([&] { beside.run(); });
  std::exception_ptr failure;
  try {
    (*echo)->run();
  } catch (...) {
    failure = std::current_exception();
  }
  beside.stop();
  waiting.join();
  if (failure) std::rethrow_exception(failure);
  fmt::print("answered {} requests\n", with_commas((*echo)->answered()));
  return {};
}

Result<void> bench_load(const Settings& settings, const LoadFlags& flags) {
  if (settings.is_empty("api")) {
    return wrong("a load needs --api URL: the shop that it is for (`footfall bench echo` is one)");
  }
  auto target = service_target(settings);
  if (!target) return target.error();
  const auto options = load_options(settings, flags, *target);
  if (!options) return options.error();
  load::LoadWorld world;
  auto catalogue = catalogue_of(settings);
  if (!catalogue) return catalogue.error();
  world.catalogue = std::move(*catalogue);
  if (const auto chosen = choose_agents(settings, flags.agents, world); !chosen) {
    return chosen.error();
  }
  world.profile = std::move(target->profile);
  world.tokens = std::move(target->tokens);
  auto load = load::LoadRun::create(world, *options);
  if (!load) return load.error();
  const std::string shop = options->url.origin + options->url.base;
  if (!flags.json) {
    fmt::print(stderr, "{} agents shop at {} for {}, {} at once; Ctrl-C ends it\n",
               with_commas(static_cast<std::int64_t>(world.agents.size())), shop, flags.at_most,
               options->sessions_at_once);
  }
  LiveSignals signals((*load)->io(), (*load)->control());
  const auto show = [&] {
    const load::LoadReport report = (*load)->report();
    fmt::print("{}", flags.json ? load_json(report, shop) : load_text(report, shop));
  };
  try {
    (*load)->run();
  } catch (const Failure&) {
    if ((*load)->report().requests.sent > 0) show();
    throw;
  }
  show();
  return {};
}

}  // namespace footfall::cli
