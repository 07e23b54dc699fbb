// Goal: runs are found with few questions to the database, begin whole or not at all, and are
// forgotten when nobody needs them. Method: the hub alone over each database, its questions
// counted.
#include "api/run_hub.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <latch>

#include "api/idle.hpp"
#include "base/failure.hpp"
#include "retail/records.hpp"
#include "store/any/open.hpp"
#include "tests/store/contract_world.hpp"

namespace footfall::tests {
namespace {

using api::RunHub;
using StatePointer = std::shared_ptr<api::RunState>;

class RunHubTest : public testing::TestWithParam<store::Backend> {
 protected:
  void SetUp() override {
    static int count = 0;
    if (GetParam() == store::Backend::sqlite) {
      file_ = store::temporary_file();
      store::copy_sqlite_template(file_);
      url_ = "sqlite:" + file_.string();
    } else {
      database_ = fmt::format("hub_{}_{}", getpid(), ++count);
      store::postgres_server().create_database(database_, store::kPostgresTemplate);
      url_ = GetParam() == store::Backend::bouncer ? store::pgbouncer().url(database_)
                                                   : store::postgres_server().url(database_);
    }
    shop_.catalogue = open()->load_catalogue();
    hub_ = std::make_unique<RunHub>(url_, shop_, factory());
  }
  void TearDown() override {
    hub_.reset();
    if (database_.empty()) {
      for (const char* more : {"", "-wal", "-shm"}) std::filesystem::remove(file_.string() + more);
    } else {
      store::postgres_server().psql("postgres", "DROP DATABASE " + database_ + " WITH (FORCE)");
    }
  }

  api::RunFactory factory() {
    api::RunFactory factory;
    factory.plan_of = [](const store::Run& row) { return plan_of(row); };
    factory.make = [this](const std::map<std::string, std::string>&) {
      let_go_.wait();
      return api::Planned{std::nullopt, "weeks", "must be fewer"};
    };
    return factory;
  }
  static Result<simulation::Plan> plan_of(const store::Run& row) {
    simulation::Plan plan;
    plan.run = row.id;
    plan.start = row.start;
    plan.until = row.until;
    return plan;
  }
  static api::NewRun new_run() {
    api::NewRun run;
    run.row.mode = "live";
    run.row.start = run.row.now = parse_sim_time("2026-01-05").value();
    run.row.until = run.row.start + kWeek;
    run.row.settings = "{}";
    run.row.config_hash = run.row.engine_version = "test";
    run.plan = plan_of(run.row).value();
    return run;
  }
  std::unique_ptr<store::Store> open() const {
    return std::move(store::open_store(url_, false).value());
  }

  // What a task answers; what it throws is thrown.
  template <typename T>
  T answer_of(Task<T> task) {
    std::optional<T> answer;
    std::exception_ptr failed;
    boost::asio::co_spawn(io_, std::move(task), [&](std::exception_ptr error, T got) {
      failed = error;
      answer = std::move(got);
    });
    io_.restart();
    io_.run();
    if (failed) std::rethrow_exception(failed);
    return std::move(*answer);
  }
  void wait_for(Task<void> task) {
    std::exception_ptr failed;
    boost::asio::co_spawn(io_, std::move(task), [&](std::exception_ptr error) { failed = error; });
    io_.restart();
    io_.run();
    if (failed) std::rethrow_exception(failed);
  }
  StatePointer find(RunId run) { return answer_of(hub_->find(run)); }
  StatePointer current() { return answer_of(hub_->current()); }
  RunId begin_one() {
    const StatePointer run = answer_of(hub_->create(new_run()));
    wait_for(hub_->begin(run));
    return run->id();
  }

  boost::asio::io_context io_;
  std::filesystem::path file_;
  std::string database_, url_;
  api::ServedShop shop_;
  std::latch let_go_{1};  // whoever makes a plan waits for it
  std::unique_ptr<RunHub> hub_;
};
INSTANTIATE_TEST_SUITE_P(On, RunHubTest, testing::ValuesIn(store::kBackends),
                         [](const auto& tested) { return store::name_of(tested.param); });

TEST_P(RunHubTest, WhatIsNotThereIsAskedForOnceASecond) {
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(find(RunId{500}), nullptr);
    EXPECT_EQ(current(), nullptr);
  }
  const auto taken = std::chrono::steady_clock::now() - begun;
  EXPECT_LE(hub_->questions(), 2 * (1 + taken / std::chrono::seconds(1)));
  const std::int64_t before = hub_->questions();
  EXPECT_EQ(find(RunId{retail::kRunsMax + 1}), nullptr);
  EXPECT_EQ(find(RunId{0}), nullptr) << "the real shop is no run";
  EXPECT_EQ(hub_->questions(), before);
}

TEST_P(RunHubTest, ARunIsNobodysUntilItHasBegun) {
  EXPECT_EQ(current(), nullptr);
  const StatePointer run = answer_of(hub_->create(new_run()));
  EXPECT_EQ(open()->run(run->id())->status, "failed");
  EXPECT_FALSE(open()->newest_running().has_value());
  EXPECT_EQ(find(run->id()), nullptr);
  wait_for(hub_->begin(run));
  EXPECT_EQ(current(), run) << "that there was none was remembered too long";
  EXPECT_EQ(find(run->id()), run);
  EXPECT_EQ(open()->newest_running()->id, run->id());
  const std::int64_t before = hub_->questions();
  EXPECT_EQ(current(), run);
  EXPECT_EQ(hub_->questions(), before);
}

TEST_P(RunHubTest, ARunThatIsGivenUpHasFailed) {
  const RunId first = begin_one();
  const StatePointer run = answer_of(hub_->create(new_run()));
  wait_for(hub_->give_up(run));
  EXPECT_EQ(current()->id(), first);
  EXPECT_EQ(open()->run(run->id())->status, "failed");
  EXPECT_FALSE(find(run->id())->is_running());
}

TEST_P(RunHubTest, RunsThatNobodyUsesAreForgotten) {
  const RunId first = begin_one();
  const StatePointer used = find(first);
  std::vector<RunId> others;
  for (int i = 0; i < 20; ++i) {
    others.push_back(begin_one());
    if (i % 2 == 1) wait_for(hub_->end(find(others.back()), "stopped"));
  }
  // Beside those that idle: the one in use, the current one, and the one that is being kept.
  EXPECT_LE(hub_->known_runs(), api::kIdleRunsMax + 3);
  EXPECT_EQ(find(first), used);
  const std::int64_t before = hub_->questions();
  EXPECT_TRUE(find(others[0])->is_running());
  EXPECT_FALSE(find(others[1])->is_running());
  EXPECT_EQ(hub_->questions(), before + 2) << "they were not forgotten";
  EXPECT_FALSE(find(others[19])->is_running());
  EXPECT_EQ(hub_->questions(), before + 2) << "the last one was forgotten";
  EXPECT_EQ(current()->id(), others[18]);
}

TEST_P(RunHubTest, TooManyQuestionsAreRefused) {
  constexpr int kMore = 6;
  int refused = 0, answered = 0;
  for (int i = 0; i < RunHub::kQuestionsMax + kMore; ++i) {
    boost::asio::co_spawn(io_, hub_->plan({}),
                          [&](const std::exception_ptr& error, const api::Planned& planned) {
                            try {
                              if (error) std::rethrow_exception(error);
                              answered += planned.setting == "weeks";
                            } catch (const Failure& failure) {
                              refused += failure.kind() == Failure::Kind::busy;
                            }
                          });
  }
  while (refused < kMore) io_.run_one();
  EXPECT_EQ(answered, 0);
  let_go_.count_down();
  io_.run();
  EXPECT_EQ(answered, RunHub::kQuestionsMax);
  EXPECT_EQ(refused, kMore);
}

TEST_P(RunHubTest, AConnectionThatWasLostIsMadeAgain) {
  if (GetParam() == store::Backend::sqlite) GTEST_SKIP() << "has no connections";
  EXPECT_EQ(find(RunId{500}), nullptr);
  store::postgres_server().psql(
      "postgres",
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + database_ + "'");
  EXPECT_EQ(find(RunId{501}), nullptr);
}

}  // namespace
}  // namespace footfall::tests
