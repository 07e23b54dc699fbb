// Goal: when the shop, its server or the database is gone for a while, a live run freezes once,
// says what is gone, sends nothing but probes, and carries on or ends as it was told, with nothing
// lost and nothing ordered twice (R30, R36, R55). Method: a proxy that goes down in the middle of
// an hour, a PostgreSQL server that is restarted, a server that is killed and started again.
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <future>
#include <optional>

#include "store/any/open.hpp"
#include "tests/api/server_process.hpp"
#include "tests/live/live_api.hpp"
#include "tests/run_checks.hpp"
#include "tests/servers/http_fault_proxy.hpp"

namespace footfall {
namespace {

using simulation::LiveEvent;
using simulation::LiveProgress;
using tests::HttpFaultPlan;
using tests::HttpFaultProxy;
using tests::SeenRequest;
using Kind = LiveEvent::Kind;

constexpr std::int64_t kBusyHour = 17;

RunSpec a_day(std::uint64_t seed) {
  return {seed, {{"activity", "crowd"}, {"until", "2026-01-06"}}};
}

std::int64_t number(const std::string& url, RunId run, const std::string& sql) {
  const std::int64_t of[] = {run.value};
  const auto rows = store::open_reader(url).value()->query(sql, of).rows;
  return std::get<std::int64_t>(rows.at(0).at(0));
}

void expect_sound(const std::string& url, const LiveEnd& end) {
  EXPECT_EQ(run_violations(*store::open_reader(url).value()), "");
  expect_counts_add_up(end.calls);
  const std::int64_t orders =
      number(url, end.run, "SELECT count(*) AS n FROM orders WHERE run_id = $1");
  EXPECT_EQ(number(url, end.run,
                   "SELECT count(*) AS n FROM (SELECT s.agent_id, s.sim_hour FROM orders o "
                   "JOIN shopping_sessions s ON s.id = o.session_id WHERE o.run_id = $1 "
                   "GROUP BY s.agent_id, s.sim_hour) AS hours"),
            orders)
      << "no agent orders twice in an hour";
  EXPECT_EQ(number(url, end.run,
                   "SELECT count(*) AS n FROM shopping_sessions "
                   "WHERE run_id = $1 AND outcome = 'purchased'"),
            orders);
  EXPECT_EQ(end.progress.tally.orders, orders);
  EXPECT_EQ(number(url, end.run,
                   "SELECT count(*) AS n FROM shopping_sessions "
                   "WHERE run_id = $1 AND outcome = 'open'"),
            end.progress.unsettled);
}

// Calls `then` once, when the `count`-th request of the busiest hour's arrives.
HttpFaultPlan in_the_middle(int count, std::function<void()> then) {
  HttpFaultPlan plan;
  const std::string hour = to_string(parse_sim_time("2026-01-05").value() + kHour * kBusyHour);
  const auto seen = std::make_shared<int>(0);
  plan.rules = {{[=](const SeenRequest& request) {
                   const auto at = request.header("x-footfall-sim-time").substr(0, 13);
                   if (at == std::string_view(hour).substr(0, 13) && ++*seen == count) then();
                   return false;
                 },
                 {},
                 {}}};
  return plan;
}

class LiveOutage : public testing::TestWithParam<HttpFaultProxy::Down> {
 protected:
  // The proxy goes down from a thread of its own: it cannot be told to by its own.
  void arrange(const std::string& on_freeze, const std::string& journal) {
    proxy_.follow(in_the_middle(40, [this] {
      going_ = std::async(std::launch::async, [this] { proxy_.down(GetParam()); });
    }));
    run_.emplace(world_, a_day(71),
                 SettingList{{"api", proxy_.url()},
                             {"journal", journal},
                             {"on-freeze", on_freeze},
                             {"breaker", "100"},  // its trips try so fast that they could be first
                             {"http-connect-timeout", "0.5"},
                             {"http-first-byte-timeout", "0.5"},
                             {"http-timeout", "1"}});
    run_->hurry();
    run_->on_event = [this](const LiveEvent& event, const LiveProgress& now) { note(event, now); };
  }

  RunWorld& world_ = run_world(Way::sqlite, ShopSize::small);
  HttpFaultProxy proxy_{api_of(Way::sqlite, ShopSize::small).port()};
  std::optional<LiveApiRun> run_;
  std::future<void> going_;
  std::function<void(const LiveEvent&)> then_;
  std::int64_t probes_ = 0, sent_at_freeze_ = 0, sent_at_resume_ = 0;
  SimTime frozen_at_, resumed_at_;
  std::string why_;

 private:
  void note(const LiveEvent& event, const LiveProgress& now) {
    const std::int64_t sent = run_->session().sessions()->counts().sent;
    if (event.kind == Kind::frozen) {
      why_ = event.message;
      sent_at_freeze_ = sent;
      frozen_at_ = now.now;
    }
    probes_ += event.kind == Kind::probe_failed;
    if (event.kind == Kind::resumed) {
      sent_at_resume_ = sent;
      resumed_at_ = now.now;
    }
    if (then_) then_(event);
  }
};
INSTANTIATE_TEST_SUITE_P(When, LiveOutage,
                         testing::Values(HttpFaultProxy::Down::refused,
                                         HttpFaultProxy::Down::silent),
                         [](const auto& tested) {
                           return tested.param == HttpFaultProxy::Down::refused ? "Refused"
                                                                                : "Silent";
                         });

TEST_P(LiveOutage, ItAsksUntilTheShopIsBackAndGoesOn) {
  for (const char* journal : {"database", "api"}) {
    SCOPED_TRACE(journal);
    probes_ = 0;
    then_ = [this](const LiveEvent& event) {
      if (event.kind == Kind::probe_failed && probes_ == 3) proxy_.up();
    };
    arrange("retry:0.1", journal);
    const LiveEnd end = run_->live();
    EXPECT_EQ(end.failure, "");
    EXPECT_EQ(end.progress.now, parse_sim_time("2026-01-06").value());
    EXPECT_EQ(end.progress.freezes, 1);
    EXPECT_NE(why_.find(proxy_.url() + " is down"), std::string::npos) << why_;
    EXPECT_GE(probes_, 3);
    EXPECT_EQ(sent_at_resume_ - sent_at_freeze_, probes_ + 1) << "probes alone are sent";
    EXPECT_EQ(resumed_at_, frozen_at_);
    expect_sound(world_.url(), end);
  }
}

TEST_P(LiveOutage, ItWaitsForItsOperator) {
  then_ = [this](const LiveEvent& event) {
    if (event.kind != Kind::frozen) return;
    proxy_.up();
    boost::asio::post(run_->session().io(), [this] { run_->session().control().resume(); });
  };
  arrange("wait", "database");
  const LiveEnd end = run_->live();
  EXPECT_EQ(end.failure, "");
  EXPECT_EQ(end.progress.freezes, 1);
  EXPECT_EQ(probes_, 0);
  expect_sound(world_.url(), end);
}

TEST_P(LiveOutage, ItEndsIfItWasToldTo) {
  arrange("exit", "database");
  const LiveEnd end = run_->live();
  EXPECT_NE(end.failure.find(proxy_.url() + " is down"), std::string::npos) << end.failure;
  EXPECT_EQ(end.progress.freezes, 1);
  EXPECT_EQ(hour_number(end.progress.now) - hour_number(parse_sim_time("2026-01-05").value()),
            kBusyHour);
}

// The database of server and simulator goes away under a hybrid run and comes back.
TEST(LiveDatabaseOutage, ARestartLosesNothing) {
  tests::PostgresServer postgres;
  RunWorld world(postgres, ShopSize::small);
  ApiServer server(world.live_url());
  std::future<void> restarting;
  HttpFaultProxy proxy(server.port());
  proxy.follow(in_the_middle(
      40, [&] { restarting = std::async(std::launch::async, [&] { postgres.restart(); }); }));
  LiveApiRun run(world, a_day(72), {{"api", proxy.url()}, {"on-freeze", "retry:0.2"}});
  run.hurry();
  const LiveEnd end = run.live();
  EXPECT_EQ(end.failure, "");
  ASSERT_TRUE(restarting.valid());
  EXPECT_EQ(end.progress.now, parse_sim_time("2026-01-06").value());
  expect_sound(world.url(), end);
}

// R36: the server is killed in the middle of an hour, and started again when the run has frozen.
TEST(LiveServerKilled, TheRunGoesOnWithTheNextServer) {
  RunWorld& world = run_world(Way::sqlite, ShopSize::small);
  const RunSpec spec = a_day(73);
  const RunRows undisturbed = world.rows(world.fast(spec));
  for (const char* journal : {"database", "api"}) {
    SCOPED_TRACE(journal);
    tests::ServerProcess server(
        FOOTFALL_PROGRAM, world.live_url(),
        {"SIMULATION_MODE=true", std::string("FOOTFALL_ADMIN_TOKEN=") + kAdminToken,
         "FOOTFALL_ACCESS_LOG=off"});
    server.start();
    HttpFaultProxy proxy(server.port());
    std::future<void> killing;
    proxy.follow(in_the_middle(
        40, [&] { killing = std::async(std::launch::async, [&] { server.kill_now(); }); }));
    LiveApiRun run(world, spec,
                   {{"api", proxy.url()}, {"journal", journal}, {"on-freeze", "retry:0.1"}});
    run.hurry();
    run.on_event = [&](const LiveEvent& event, const LiveProgress&) {
      if (event.kind != Kind::frozen) return;
      if (killing.valid()) killing.get();
      server.start();
    };
    const LiveEnd end = run.live();
    EXPECT_EQ(end.failure, "");
    EXPECT_GE(end.progress.freezes, 1);
    expect_sound(world.url(), end);
    // Trips that failed are other trips, and what they would have bought changes what follows.
    if (end.progress.failures > 0) continue;
    EXPECT_EQ(difference(undisturbed, world.rows(end.run)), "");
  }
}

}  // namespace
}  // namespace footfall
