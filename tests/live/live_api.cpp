#include "tests/live/live_api.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <stdexcept>

#include "cli/serve_setup.hpp"
#include "commerce/http/footfall_api.hpp"

namespace footfall {
namespace {

template <typename T>
T need(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message());
  return std::move(*result);
}

cli::Settings settings_from(const SettingList& list) {
  cli::Settings settings;
  for (const auto& [name, value] : list) settings.set(name, value, "test").value();
  return settings;
}

void give_token() { ::setenv("FOOTFALL_ADMIN_TOKEN", kAdminToken, /*overwrite=*/1); }

}  // namespace

ApiServer::ApiServer(const std::string& database_url) {
  give_token();
  const cli::Settings settings = settings_from({{"db", database_url},
                                                {"simulation-mode", "true"},
                                                {"listen", "127.0.0.1:0"},
                                                {"threads", "2"},
                                                {"db-pool", "16"},
                                                {"db-pool-extra", "8"}});
  const auto service = need(cli::service_settings(settings));
  const auto world = need(cli::load_served(settings));
  const auto shop = need(cli::shop_run(settings, *world));
  log_ = need(telemetry::Log::open("stderr"));
  api::ServedShop served{world->catalogue, world->agents, world->population};
  service_ = need(api::Service::create(service, std::move(served),
                                       cli::run_factory(settings, world), shop, *log_, nullptr));
  if (const auto listening = service_->listen(); !listening) {
    throw std::runtime_error(listening.error().message());
  }
  thread_ = std::thread([this] { service_->run(); });
}

ApiServer::~ApiServer() {
  service_->stop();
  thread_.join();
}

std::string ApiServer::url() const { return fmt::format("http://127.0.0.1:{}", port()); }

ApiServer& api_of(Way way, ShopSize shop) {
  static std::map<std::pair<Way, ShopSize>, std::unique_ptr<ApiServer>> servers;
  RunWorld& world = run_world(way, shop);  // outlives the server
  auto& server = servers[{way, shop}];
  if (!server) server = std::make_unique<ApiServer>(world.live_url());
  return *server;
}

LiveApiRun::LiveApiRun(const RunWorld& world, const RunSpec& spec, const SettingList& how,
                       cli::SimulateOptions options) {
  give_token();
  settings_ = settings_from({{"db", world.live_url()},
                             {"seed", fmt::format("{}", spec.seed)},
                             {"activity", "persona"},
                             {"ramp", "off"},
                             {"checkpoints", "off"},
                             {"rate-policy", "off"},
                             {"db-pool", "16"},
                             {"db-pool-extra", "8"}});
  for (const SettingList& list : {spec.settings, how}) {
    for (const auto& [name, value] : list) settings_.set(name, value, "test").value();
  }
  options.unpaced = settings_.is_default("time-scale");
  target_ = need(cli::live_target(settings_, options));
}

void LiveApiRun::hurry() {
  target_.limits.backoff_first = std::chrono::milliseconds(1);
  target_.limits.backoff_most = std::chrono::milliseconds(5);
}

cli::LiveSession& LiveApiRun::session() {
  if (!session_) session_ = need(cli::LiveSession::create(settings_, target_));
  return *session_;
}

LiveEnd LiveApiRun::live() {
  session().tell_mocked([](const commerce::MockedStep&) {});
  LiveEnd end;
  try {
    session().live(*this);
  } catch (const Failure& failure) {
    end.failure = failure.what();
  }
  end.run = session().run().id;
  end.progress = session().live_run().progress();
  if (session().sessions()) end.calls = session().sessions()->counts();
  end.events = events_;
  return end;
}

void LiveApiRun::note(const simulation::LiveEvent& event, const simulation::LiveProgress& now) {
  using Kind = simulation::LiveEvent::Kind;
  if (event.kind != Kind::cycle_began && event.kind != Kind::cycle_ended) {
    events_.push_back(fmt::format("{}: {}", to_string(event.kind), event.message));
  }
  if (on_event) on_event(event, now);
}

void expect_counts_add_up(const commerce::ApiCounts& counts) {
  EXPECT_EQ(counts.sent, counts.ok + counts.refused + counts.throttled + counts.server_errors +
                             counts.timeouts + counts.connection_errors + counts.stopped);
  EXPECT_GE(counts.sent + counts.unsent, counts.calls + counts.retries);
}

std::string identity_of(const tests::SeenRequest& request) {
  return fmt::format("{} {} {} {} {}", request.method, request.target,
                     request.header("authorization"), request.header("x-footfall-sim-time"),
                     request.body);
}

}  // namespace footfall
