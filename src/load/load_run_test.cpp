// Goal: a load's counts are what its target saw, it ends by itself and when it is told to, and it
// says what is wrong with a target. Method: a real echo on loopback; loads that are told to stop
// once the echo has seen enough.
#include "load/load_run.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <numeric>
#include <thread>

#include "base/failure.hpp"
#include "load/echo_fixture.hpp"
#include "personas/maker.hpp"
#include "simulation/test_world.hpp"

namespace footfall::load {
namespace {

using commerce::ApiAction;

constexpr int kAgents = 30;

LoadWorld people(retail::Catalogue catalogue) {
  LoadWorld world;
  world.catalogue = std::move(catalogue);
  world.population = simulation::small_population(world.catalogue, kAgents);
  for (int i = 1; i <= kAgents; ++i) {
    store::Agent agent{AgentId{i}, UserId{i}, {}};
    agent.persona.persona_id = "P" + std::to_string(i);
    world.agents.push_back(agent);
  }
  return world;
}

LoadOptions at(const http::ServiceUrl& url) {
  LoadOptions options;
  options.url = url;
  options.admin_token = "0123456789012345678901234567890123456789";
  options.at_most = kLoadLongest;
  options.connections = options.sessions_at_once = 8;
  return options;
}

class LoadTest : public ::testing::Test {
 protected:
  // Runs until the echo has seen so many checkouts.
  LoadReport run(const LoadWorld& world, std::int64_t checkouts) {
    const auto load = LoadRun::create(world, at(echo_.url())).value();
    std::thread watcher([&] {
      while (echo_->answered(EchoRoute::checkout) < checkouts) std::this_thread::yield();
      boost::asio::post(load->io(), [&] { load->control().stop(); });
    });
    load->run();
    watcher.join();
    return load->report();
  }

  RunningEcho echo_{simulation::small_shop()};
};

std::int64_t sent(const LoadReport& report, ApiAction action) {
  return report.requests.sent_of[static_cast<std::size_t>(action)];
}

TEST_F(LoadTest, RequestsByActionAreWhatTheTargetCounted) {
  const LoadWorld world = people(simulation::small_shop());
  const LoadReport report = run(world, 40);
  EXPECT_EQ(sent(report, ApiAction::list_products) + sent(report, ApiAction::browse),
            echo_->answered(EchoRoute::products));
  EXPECT_EQ(sent(report, ApiAction::add_to_cart), echo_->answered(EchoRoute::add));
  EXPECT_EQ(sent(report, ApiAction::view_coupons), echo_->answered(EchoRoute::wallet));
  EXPECT_EQ(sent(report, ApiAction::apply_coupons), echo_->answered(EchoRoute::coupons));
  EXPECT_EQ(sent(report, ApiAction::checkout), echo_->answered(EchoRoute::checkout));
  EXPECT_EQ(sent(report, ApiAction::abandon), echo_->answered(EchoRoute::abandon));
  EXPECT_EQ(report.steering, echo_->answered(EchoRoute::steering));
  EXPECT_EQ(report.requests.sent + report.steering, echo_->answered());
  const auto& by_action = report.requests.sent_of;
  EXPECT_EQ(std::accumulate(by_action.begin(), by_action.end(), std::int64_t{0}),
            report.requests.sent);
}

TEST_F(LoadTest, SessionsAreWholeAndNothingGoesWrong) {
  const LoadWorld world = people(simulation::small_shop());
  const LoadReport report = run(world, 40);
  EXPECT_EQ(report.shopped.failures, 0) << report.shopped.last_failure;
  EXPECT_EQ(report.requests.ok, report.requests.sent);
  EXPECT_EQ(report.latency.from_sent.count(), report.requests.sent);
  EXPECT_EQ(report.latency.from_due.count(), report.requests.sent);
  const simulation::Tally& shopped = report.shopped.tally;
  EXPECT_EQ(shopped.orders, sent(report, ApiAction::checkout));
  EXPECT_EQ(shopped.orders + sent(report, ApiAction::abandon), shopped.sessions);
  EXPECT_EQ(shopped.idle_sessions, 0);
  EXPECT_GT(sent(report, ApiAction::apply_coupons), 0);
  EXPECT_TRUE(report.notes.empty());
}

TEST_F(LoadTest, EverybodyComesAtMostOnceASimulatedHour) {
  const LoadWorld world = people(simulation::small_shop());
  const LoadReport report = run(world, 100);
  EXPECT_GT(report.hours, 1);
  EXPECT_LE(report.shopped.tally.thoughts, report.hours * kAgents);
  // All hours but the last are whole.
  EXPECT_GE(report.shopped.tally.thoughts, (report.hours - 1) * kAgents);
}

TEST_F(LoadTest, EndsByItself) {
  const LoadWorld world = people(simulation::small_shop());
  LoadOptions options = at(echo_.url());
  options.at_most = std::chrono::milliseconds(30);
  const auto load = LoadRun::create(world, options).value();
  load->run();
  EXPECT_GT(load->report().seconds, 0);
}

TEST_F(LoadTest, SaysThatTheShopSellsNothingKnown) {
  retail::Catalogue other = simulation::small_shop();
  for (retail::Product& product : other.products) product.sku += "-other";
  const LoadWorld world = people(std::move(other));
  const auto load = LoadRun::create(world, at(echo_.url())).value();
  try {
    load->run();
    ADD_FAILURE() << "it shopped";
  } catch (const Failure& failure) {
    EXPECT_NE(std::string(failure.what()).find("none of the catalogue's products"),
              std::string::npos)
        << failure.what();
  }
  EXPECT_EQ(load->report().shopped.tally.sessions, 0);
}

TEST_F(LoadTest, SaysThatTheShopsCouponsAreUnknown) {
  retail::Catalogue other = simulation::small_shop();
  for (retail::Coupon& coupon : other.coupons) coupon.code += "-other";
  const LoadWorld world = people(std::move(other));
  const LoadReport report = run(world, 40);
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_NE(report.notes[0].find("none that the catalogue given has"), std::string::npos)
      << report.notes[0];
  EXPECT_EQ(sent(report, ApiAction::apply_coupons), 0);
}

TEST(Load, FailsWithASentenceWhereNobodyListens) {
  http::ServiceUrl gone;
  { gone = RunningEcho(simulation::small_shop()).url(); }
  const LoadWorld world = people(simulation::small_shop());
  LoadOptions options = at(gone);
  options.steering_tries = 1;
  const auto load = LoadRun::create(world, options).value();
  EXPECT_THROW(load->run(), Failure);
  EXPECT_EQ(load->report().requests.sent, 0);
}

TEST(Load, RefusesAHostThatIsNotThisMachineUnlessItIsOnesOwn) {
  const LoadWorld world = people(simulation::small_shop());
  LoadOptions options = at(http::parse_service_url("https://shop.example").value());
  const auto refused = LoadRun::create(world, options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::invalid_input);
  EXPECT_NE(refused.error().message().find("--i-own-this-host"), std::string::npos);
  options.own_host = true;
  EXPECT_TRUE(LoadRun::create(world, options));
}

TEST(Load, RefusesToLastLongerThanAnHour) {
  const LoadWorld world = people(simulation::small_shop());
  LoadOptions options = at(http::parse_service_url("http://127.0.0.1:9").value());
  options.at_most = kLoadLongest + std::chrono::milliseconds(1);
  EXPECT_FALSE(LoadRun::create(world, options));
}

}  // namespace
}  // namespace footfall::load
