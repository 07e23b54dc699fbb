#include "api/service.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <csignal>
#include <thread>

#include "api/auth/auth_watch.hpp"
#include "api/catalogue_json.hpp"
#include "api/offers_flow.hpp"
#include "api/openapi.hpp"
#include "base/failure.hpp"
#include "http/fetch.hpp"
#include "store/any/open_live.hpp"
#include "store/wall_clock.hpp"
#include "telemetry/json_writer.hpp"

namespace footfall::api {
namespace {

namespace asio = boost::asio;

constexpr auto kTendEvery = std::chrono::seconds(10);

// A coupon's terms as members that follow others: without the braces.
std::vector<std::string> coupon_terms(const retail::Catalogue& catalogue) {
  std::vector<std::string> terms;
  for (const retail::Coupon& coupon : catalogue.coupons) {
    std::string text;
    telemetry::JsonWriter json(text);
    json.begin_object();
    write_terms(json, catalogue, coupon);
    terms.push_back(text.substr(1));
  }
  return terms;
}

Task<Result<std::string>> fetch_keys(std::string url) {
  const http::FetchLimits limits;
  co_return co_await http::fetch(std::move(url), limits);
}

std::int64_t wall_seconds() { return store::wall_clock_us() / 1'000'000; }

}  // namespace

struct Service::State {
  State(const ServiceSettings& given, ServedShop served, RunFactory factory, telemetry::Log& to,
        telemetry::Log* access_log)
      : settings(given),
        shop(std::move(served)),
        log(to),
        hub(settings.database_url, shop, std::move(factory)),
        verifier(make_verifier(
            settings.auth, [this] { return fetch_keys(settings.auth.jwks_url); }, wall_seconds,
            background.get_executor())),
        server(
            settings.http, [this](int index, const asio::any_io_executor&) { return make(index); },
            log, access_log),
        shared{settings.api, shop, hub, *verifier, log, {}, {}, {}, {}, {}} {
    shared.list_goods = std::make_shared<const Goods>(list_goods(shop.catalogue));
    shared.search_texts = search_texts(shop.catalogue);
    shared.coupon_terms = coupon_terms(shop.catalogue);
    shared.openapi = std::make_shared<const std::string>(openapi_json(settings.api.version));
    shared.docs_page = std::make_shared<const std::string>(docs_page(settings.api.version));
  }

  // The handler alone owns its thread's connections: a pool that outlived it would keep the thread
  // running until the last idle connection is closed.
  std::unique_ptr<http::Handler> make(int index) {
    return std::make_unique<Api>(shared, std::move(databases[static_cast<std::size_t>(index)]));
  }

  Result<void> open_databases();
  Task<void> prefetch();
  Task<void> tend();
  Task<void> watch();
  Task<void> listen_for_signals(asio::signal_set& signals);

  ServiceSettings settings;
  ServedShop shop;
  telemetry::Log& log;
  RunHub hub;
  asio::io_context background{1};
  std::unique_ptr<Verifier> verifier;
  http::Server server;
  Shared shared;
  // One for each of the server's threads, and the last for what goes on in the background.
  std::vector<std::shared_ptr<store::LiveDatabase>> databases;
};

Result<void> Service::State::open_databases() {
  std::vector<asio::any_io_executor> executors = server.executors();
  executors.push_back(background.get_executor());
  auto opened = store::open_live_databases(settings.database_url, settings.database, executors);
  if (!opened) return opened.error();
  databases = std::move(*opened);
  return {};
}

Task<void> Service::State::prefetch() {
  if (settings.auth.jwks_url.empty()) co_return;
  const bool fetched = co_await verifier->prefetch();
  if (!fetched) {
    log.tell(telemetry::Level::error,
             fmt::format(
                 "the keys at {} cannot be had yet; tokens signed by them are answered 503 until "
                 "they can",
                 settings.auth.jwks_url));
  }
}

// The real shop's offer cycles begin by the clock, also when nobody calls.
Task<void> Service::State::tend() {
  const std::shared_ptr<RunState> real = hub.shop();
  if (!real) co_return;
  asio::steady_timer timer(background);
  std::unique_ptr<store::LiveStore> live;
  for (;;) {
    std::string failure;
    try {
      if (!live) {
        const store::LiveSetup setup = real->setup();
        live = co_await databases.back()->open(setup);
      }
      const SimTime now{store::wall_clock_us()};
      co_await tend_shop(*real, *live, now);
    } catch (const Failure& error) {
      failure = error.what();
    }
    if (!failure.empty()) {
      log.tell(telemetry::Level::warning, fmt::format("offer cycles wait: {}", failure));
    }
    timer.expires_after(kTendEvery);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

// What operators should know about tokens, without a line for each of them.
Task<void> Service::State::watch() {
  asio::steady_timer timer(background);
  AuthWatch watch;
  for (;;) {
    timer.expires_after(settings.watch_every);
    co_await timer.async_wait(asio::use_awaitable);
    for (const std::string& sentence : watch.look(verifier->counts())) {
      log.tell(telemetry::Level::warning, sentence);
    }
  }
}

Task<void> Service::State::listen_for_signals(asio::signal_set& signals) {
  for (;;) {
    const int signal = co_await signals.async_wait(asio::use_awaitable);
    log.tell(telemetry::Level::info,
             fmt::format("{}: stopping", signal == SIGINT ? "SIGINT" : "SIGTERM"));
    server.stop();
  }
}

Service::Service(std::unique_ptr<State> state) : state_(std::move(state)) {}
Service::~Service() = default;

Result<std::unique_ptr<Service>> Service::create(const ServiceSettings& settings, ServedShop shop,
                                                 RunFactory factory, const NewRun& shop_run,
                                                 telemetry::Log& log, telemetry::Log* access_log) {
  auto state =
      std::make_unique<State>(settings, std::move(shop), std::move(factory), log, access_log);
  if (settings.real_shop) {
    if (const auto opened = state->hub.open_shop(shop_run); !opened) return opened.error();
  }
  if (const auto opened = state->open_databases(); !opened) return opened.error();
  return std::unique_ptr<Service>(new Service(std::move(state)));
}

Result<void> Service::listen() { return state_->server.listen(); }
std::uint16_t Service::port() const { return state_->server.port(); }
void Service::stop() { state_->server.stop(); }
http::ServerCounts Service::counts() const { return state_->server.counts(); }

void Service::run() {
  State& state = *state_;
  asio::signal_set signals(state.background, SIGINT, SIGTERM);
  const auto rethrow = [](const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  };
  asio::co_spawn(state.background, state.listen_for_signals(signals), rethrow);
  asio::co_spawn(state.background, state.prefetch(), rethrow);
  asio::co_spawn(state.background, state.tend(), rethrow);
  asio::co_spawn(state.background, state.watch(), rethrow);
  // Whatever escapes in the background ends the server, and is thrown below.
  std::exception_ptr behind, before;
  std::thread beside([&] {
    try {
      state.background.run();
    } catch (...) {
      behind = std::current_exception();
      state.server.stop();
    }
  });
  try {
    state.server.run();
  } catch (...) {
    before = std::current_exception();
  }
  state.background.stop();
  beside.join();
  for (const std::exception_ptr& failure : {behind, before}) {
    if (failure) std::rethrow_exception(failure);
  }
}

}  // namespace footfall::api
