// Goal: whether the database answers is told in time, however long it takes. Method: a database
// that answers when the test says so.
#include "api/ready_check.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <string>

#include "base/failure.hpp"
#include "base/task_group.hpp"

namespace footfall::api {
namespace {

class SlowDatabase final : public store::LiveDatabase {
 public:
  explicit SlowDatabase(boost::asio::io_context& io) : may_answer(io.get_executor()) {}

  Task<std::unique_ptr<store::LiveStore>> open(const store::LiveSetup&) override {
    co_return nullptr;
  }
  store::Accounts& accounts() override { throw Failure("there are none"); }
  Task<void> ping() override {
    ++pings;
    co_await may_answer.wait();
    if (!failure.empty()) throw Failure(failure, Failure::Kind::unavailable);
  }
  store::LiveCounts counts() const override { return {}; }

  Event may_answer;
  std::string failure;
  int pings = 0;
};

class ReadyCheckTest : public testing::Test {
 protected:
  static Task<void> ask(ReadyCheck& check, std::string& answer) {
    try {
      co_await check.ask();
      answer = "ready";
    } catch (const Failure& failure) {
      answer = failure.kind() == Failure::Kind::busy ? "busy" : failure.what();
    }
  }
  void start(std::string& answer) {
    boost::asio::co_spawn(io_, ask(check_, answer), [](const std::exception_ptr&) {});
  }
  std::string answer_of_one() {
    std::string answer;
    start(answer);
    io_.restart();
    while (answer.empty() && io_.run_one() > 0) {
    }
    return answer;
  }

  boost::asio::io_context io_;
  std::shared_ptr<SlowDatabase> database_ = std::make_shared<SlowDatabase>(io_);
  ReadyCheck check_{database_, std::chrono::milliseconds(20)};
};

TEST_F(ReadyCheckTest, AnswersWhatTheDatabaseDoes) {
  database_->may_answer.set();
  EXPECT_EQ(answer_of_one(), "ready");
  database_->failure = "gone";
  EXPECT_EQ(answer_of_one(), "gone");
  EXPECT_EQ(database_->pings, 2);
}

TEST_F(ReadyCheckTest, IsBusyWhereTheDatabaseTakesTooLongAndAsksItOnce) {
  EXPECT_EQ(answer_of_one(), "busy");
  EXPECT_EQ(answer_of_one(), "busy");
  EXPECT_EQ(database_->pings, 1);
  database_->may_answer.set();
  io_.restart();
  io_.run();
  EXPECT_EQ(answer_of_one(), "ready");
}

TEST_F(ReadyCheckTest, ManyShareOneQuestion) {
  std::string one, two;
  start(one);
  start(two);
  while (database_->pings == 0) io_.run_one();
  database_->may_answer.set();
  io_.run();
  EXPECT_EQ(one + " " + two, "ready ready");
  EXPECT_EQ(database_->pings, 1);
}

}  // namespace
}  // namespace footfall::api
