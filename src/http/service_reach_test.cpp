// Goal: what is known about a service is used for some minutes, found again when it is in doubt,
// and searched for once however many wait. Method: a search that the test answers, and times by
// hand.
#include "http/service_reach.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

namespace footfall::http {
namespace {

using Moment = ServiceReach::Moment;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

ServiceReach::Endpoint endpoint(std::uint16_t port) {
  return {boost::asio::ip::address_v4::loopback(), port};
}

Task<void> wait_for(std::shared_ptr<ServiceReach> reach, Moment now, Moment deadline,
                    Woken& woken) {
  co_await reach->prepare(now, deadline, woken);
}

class ServiceReachTest : public testing::Test {
 protected:
  // What all searches share with the test; they may outlive it.
  struct Answers {
    std::atomic<int> searches{0};
    std::atomic<bool> is_open{true}, is_known{true};
  };

  std::shared_ptr<ServiceReach> make() {
    return std::make_shared<ServiceReach>(
        io_.get_executor(), false, [answers = answers_](ServiceReach::Found& found, bool) {
          const int number = ++answers->searches;
          while (!answers->is_open) std::this_thread::yield();
          if (answers->is_known) {
            found.endpoints = {endpoint(static_cast<std::uint16_t>(number)), endpoint(99)};
          } else {
            found.problem = {CallEnd::no_connection, "is gone"};
          }
        });
  }

  Woken prepare(const std::shared_ptr<ServiceReach>& reach, Moment now) {
    Woken woken = Woken::not_yet;
    begin(reach, now, woken);
    io_.restart();
    io_.run();
    return woken;
  }

  void begin(const std::shared_ptr<ServiceReach>& reach, Moment now, Woken& woken) {
    boost::asio::co_spawn(io_, wait_for(reach, now, now + seconds(5), woken),
                          [](const std::exception_ptr& error) {
                            if (error) std::rethrow_exception(error);
                          });
    io_.restart();
    io_.poll();
  }

  boost::asio::io_context io_;
  std::shared_ptr<Answers> answers_ = std::make_shared<Answers>();
  const Moment start_ = Moment(std::chrono::hours(1));
};

TEST_F(ServiceReachTest, KeepsAddressesForSomeMinutes) {
  const auto reach = make();
  EXPECT_FALSE(reach->is_ready(start_));
  EXPECT_EQ(prepare(reach, start_), Woken::go);
  EXPECT_FALSE(reach->problem());
  EXPECT_EQ(reach->endpoints().front(), endpoint(1));
  EXPECT_TRUE(reach->is_ready(start_ + minutes(5) - milliseconds(1)));
  EXPECT_FALSE(reach->is_ready(start_ + minutes(5)));
  prepare(reach, start_ + minutes(5));
  EXPECT_EQ(reach->endpoints().front(), endpoint(2));
  EXPECT_TRUE(reach->is_ready(start_ + minutes(6)));
}

TEST_F(ServiceReachTest, SearchesAgainWhereNobodyAnsweredButNotAtEachCall) {
  const auto reach = make();
  prepare(reach, start_);
  reach->note_unreachable();
  EXPECT_TRUE(reach->is_ready(start_ + milliseconds(999)));
  EXPECT_FALSE(reach->is_ready(start_ + seconds(1)));
  prepare(reach, start_ + seconds(1));
  EXPECT_TRUE(reach->is_ready(start_ + seconds(10)));
}

TEST_F(ServiceReachTest, GoesOnWithTheAddressesOfThePastIfThereAreNoOthers) {
  const auto reach = make();
  prepare(reach, start_);
  answers_->is_known = false;
  EXPECT_EQ(prepare(reach, start_ + minutes(10)), Woken::go);
  EXPECT_FALSE(reach->problem());
  EXPECT_EQ(reach->endpoints().front(), endpoint(1));
  EXPECT_FALSE(reach->is_ready(start_ + minutes(10) + seconds(1)));
}

TEST_F(ServiceReachTest, SaysWhatIsWrongAndRecovers) {
  answers_->is_known = false;
  const auto reach = make();
  EXPECT_EQ(prepare(reach, start_), Woken::go);
  ASSERT_TRUE(reach->problem());
  EXPECT_EQ(reach->problem()->why, "is gone");
  EXPECT_FALSE(reach->is_ready(start_));
  answers_->is_known = true;
  prepare(reach, start_);
  EXPECT_FALSE(reach->problem());
  EXPECT_TRUE(reach->is_ready(start_));
}

TEST_F(ServiceReachTest, TriesFirstWhatWorkedLast) {
  const auto reach = make();
  prepare(reach, start_);
  reach->note_connected(endpoint(99));
  EXPECT_EQ(reach->endpoints(), (std::vector{endpoint(99), endpoint(1)}));
  reach->note_connected(endpoint(77));  // of an older search
  EXPECT_EQ(reach->endpoints().front(), endpoint(99));
}

TEST_F(ServiceReachTest, SearchesOnceForAllWhoWait) {
  answers_->is_open = false;
  const auto reach = make();
  Woken first = Woken::not_yet, second = Woken::not_yet;
  begin(reach, start_, first);
  begin(reach, start_ + seconds(1), second);
  reach->check(start_ + seconds(5));
  io_.restart();
  io_.poll();
  EXPECT_EQ(first, Woken::overdue);
  EXPECT_EQ(second, Woken::not_yet);
  answers_->is_open = true;
  io_.restart();
  io_.run();
  EXPECT_EQ(second, Woken::go);
  EXPECT_EQ(answers_->searches, 1);
}

TEST_F(ServiceReachTest, StopEndsTheWaitButNotTheNext) {
  answers_->is_open = false;
  const auto reach = make();
  Woken first = Woken::not_yet, second = Woken::not_yet;
  begin(reach, start_, first);
  reach->stop();
  EXPECT_EQ(first, Woken::stopped);
  begin(reach, start_, second);
  answers_->is_open = true;
  io_.restart();
  io_.run();
  EXPECT_EQ(second, Woken::go);
  EXPECT_TRUE(reach->is_ready(start_));
}

}  // namespace
}  // namespace footfall::http
