// Goal: jobs share commits and nothing else. Each is answered by its own outcome, after the fsync;
// nobody waits for ever.
// Method: jobs of two rows each, queued behind a gate where a test needs them in one group.
#include "store/sqlite/group_writer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/failure.hpp"
#include "store/sqlite/faulty_vfs.hpp"
#include "store/sqlite/group_writer_fixture.hpp"
#include "store/sqlite/test_database.hpp"

namespace footfall::store::sqlite {
namespace {

namespace fs = std::filesystem;

class GroupWriterTest : public testing::Test {
 protected:
  const fs::path path = fresh_path();
  asio::io_context io{1};

  void SetUp() override { make_database(path, kHalvesSchema); }
  Database open(const char* vfs = nullptr) const {
    return Database::open(path, Access::read_write, vfs).value();
  }
};

struct Shop {
  GroupWriter& writer;
  std::atomic<int> well = 0, refused = 0, uneven = 0;
};

Task<void> shopper(Shop& shop, std::int64_t first_id, int jobs) {
  for (std::int64_t id = first_id; id < first_id + jobs; ++id) {
    Outcome outcome;
    Job job = id % 7 == 0 ? failing_job(id) : pair_job(id);
    co_await ask(shop.writer, false, std::move(job), outcome);
    ++(outcome.well() ? shop.well : shop.refused);
    std::int64_t total = 0, mine = 0;
    Job count = [&](Database& database) {
      total = database.integer("SELECT count(*) FROM halves");
      mine = rows_of(database, id);
    };
    co_await ask(shop.writer, true, std::move(count), outcome);
    if (total % 2 != 0 || mine != (id % 7 == 0 ? 0 : 2)) ++shop.uneven;
  }
}

TEST_F(GroupWriterTest, ManyCoroutinesOfTwoThreadsGetTheirOwnAnswers) {
  GroupWriter writer(open());
  Shop shop{writer};
  std::array<asio::io_context, 2> contexts;
  for (int i = 0; i < 60; ++i) {
    asio::co_spawn(contexts[static_cast<std::size_t>(i % 2)], shopper(shop, 1 + i * 14, 14),
                   rethrow);
  }
  std::thread second([&] { contexts[1].run(); });
  contexts[0].run();
  second.join();
  EXPECT_EQ(shop.refused, 120);
  EXPECT_EQ(shop.well, 720);
  EXPECT_EQ(shop.uneven, 0) << "reads that saw half a job, or not their own";
  const GroupWriterCounts counts = writer.counts();
  EXPECT_EQ(counts.jobs, 840);
  EXPECT_EQ(counts.reads, 840);
  EXPECT_LT(counts.groups, counts.jobs);
  EXPECT_EQ(counts.alone, 0);
}

TEST_F(GroupWriterTest, AFailingJobUndoesOnlyItself) {
  GroupWriter writer(open());
  Gate gate(writer);
  std::array<Outcome, 5> outcomes;
  start(io, writer, pair_job(1), outcomes[0]);
  start(io, writer, failing_job(2), outcomes[1]);
  start(io, writer, pair_job(3), outcomes[2]);
  start(io, writer, pair_job(1), outcomes[3]);  // breaks the primary key
  start(io, writer, pair_job(5), outcomes[4]);
  gate.open();
  io.run();
  EXPECT_EQ(outcomes[1].failure, "changed its mind");
  EXPECT_NE(outcomes[3].failure.find("UNIQUE"), std::string::npos) << outcomes[3].failure;
  for (const std::size_t i : {0U, 2U, 4U}) EXPECT_TRUE(outcomes[i].well()) << i;
  EXPECT_EQ(writer.counts().groups, 2);  // the gate's and theirs
  EXPECT_EQ(writer.counts().alone, 0);
  Database database = open();
  EXPECT_EQ(database.integer("SELECT count(*) FROM halves"), 6);
  EXPECT_EQ(rows_of(database, 2), 0);
}

TEST_F(GroupWriterTest, ACommitThatOneMemberSpoilsIsRepeatedByEachAlone) {
  GroupWriter writer(open());
  Gate gate(writer);
  std::array<Outcome, 4> outcomes;
  start(io, writer, pair_job(1), outcomes[0]);
  const Job orphan = [](Database& database) {
    database.execute("INSERT INTO children VALUES (77)");
  };
  start(io, writer, orphan, outcomes[1]);
  start(io, writer, failing_job(3), outcomes[2]);
  start(io, writer, pair_job(4), outcomes[3]);
  gate.open();
  io.run();
  EXPECT_TRUE(outcomes[0].well());
  EXPECT_NE(outcomes[1].failure.find("FOREIGN KEY"), std::string::npos) << outcomes[1].failure;
  EXPECT_EQ(outcomes[2].failure, "changed its mind");
  EXPECT_TRUE(outcomes[3].well());
  EXPECT_EQ(writer.counts().alone, 4);
  Database database = open();
  EXPECT_EQ(database.integer("SELECT count(*) FROM halves"), 4);
  EXPECT_EQ(database.integer("SELECT count(*) FROM children"), 0);
}

TEST_F(GroupWriterTest, ReadsOfARoundSeeNothingOfItsWrites) {
  GroupWriter writer(open());
  writer.write_now(pair_job(1));
  Gate gate(writer);
  std::array<Outcome, 3> outcomes;
  std::int64_t seen = -1;
  start(io, writer, pair_job(2), outcomes[0]);
  const Job count = [&](Database& database) {
    seen = database.integer("SELECT count(*) FROM halves");
  };
  start(io, writer, count, outcomes[1], /*reads=*/true);
  start(io, writer, pair_job(3), outcomes[2]);
  gate.open();
  io.run();
  EXPECT_EQ(seen, 2);
  Outcome late;
  start(io, writer, count, late, /*reads=*/true);
  io.run();
  EXPECT_EQ(seen, 6);
  const Job broken = [](Database& database) { database.execute("SELECT * FROM nowhere"); };
  start(io, writer, broken, late, /*reads=*/true);
  io.run();
  EXPECT_NE(late.failure.find("nowhere"), std::string::npos) << late.failure;
}

// The power goes at the very moment at which a caller hears "done".
TEST_F(GroupWriterTest, NobodyIsAnsweredBeforeTheSync) {
  for (int last = 1; last <= 6; ++last) {
    FaultyVfs vfs;
    const fs::path after = path.string() + ".after";
    {
      GroupWriter writer(open(vfs.name()));
      for (int id = 1; id <= last; ++id) {
        const std::int64_t syncs = vfs.calls(FileCall::sync);
        writer.write_now(pair_job(id * 100 + last));
        EXPECT_GT(vfs.calls(FileCall::sync), syncs);
      }
      vfs.lose_power();
    }
    vfs.files_after_power_loss(after, 0);
    Database database = Database::open(after / path.filename(), Access::read_write).value();
    for (int id = 1; id <= last; ++id) EXPECT_EQ(rows_of(database, id * 100 + last), 2);
  }
}

TEST_F(GroupWriterTest, AnotherProgramsLockRefusesTheGroupAndNoMore) {
  Database mine = open();
  mine.execute("PRAGMA busy_timeout = 1");
  GroupWriter writer(std::move(mine));
  Database other = open();
  other.execute("BEGIN IMMEDIATE");
  try {
    writer.write_now(pair_job(1));
    ADD_FAILURE() << "acknowledged without the lock";
  } catch (const Failure& failure) {
    EXPECT_NE(std::string(failure.what()).find("another program"), std::string::npos);
  }
  other.execute("ROLLBACK");
  writer.write_now(pair_job(2));
  EXPECT_EQ(rows_of(other, 1), 0);
  EXPECT_EQ(rows_of(other, 2), 2);
}

TEST_F(GroupWriterTest, TheQueueIsBounded) {
  GroupWriter writer(open());
  Gate gate(writer);
  const Job nothing = [](Database&) {};
  std::vector<Outcome> outcomes(GroupWriter::kWaitingMax + 3);
  for (Outcome& outcome : outcomes) {
    asio::co_spawn(io, ask(writer, &outcome - outcomes.data() < 1000, nothing, outcome), rethrow);
  }
  io.poll();
  EXPECT_EQ(writer.counts().refused, 3);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    ASSERT_EQ(outcomes[i].answered, i >= GroupWriter::kWaitingMax) << i;
  }
  EXPECT_NE(outcomes.back().failure.find("100,000 jobs waiting"), std::string::npos);
  std::thread blocking([&] { EXPECT_NO_THROW(writer.write_now(nothing)); });
  gate.open();
  io.run();
  blocking.join();
  for (std::size_t i = 0; i < GroupWriter::kWaitingMax; ++i) ASSERT_TRUE(outcomes[i].well()) << i;
}

TEST_F(GroupWriterTest, TheDestructorFinishesWhatWaits) {
  auto writer = std::make_unique<GroupWriter>(open());
  Gate gate(*writer);
  std::vector<Outcome> outcomes(2000);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    start(io, *writer, pair_job(static_cast<std::int64_t>(i)), outcomes[i]);
  }
  gate.open();
  writer.reset();
  EXPECT_EQ(open().integer("SELECT count(*) FROM halves"), 4000);
  io.run();
  for (const Outcome& outcome : outcomes) ASSERT_TRUE(outcome.well());
}

// A coroutine whose job refers to its frame.
Task<void> ask_with_frame(GroupWriter& writer, std::shared_ptr<int> alive) {
  std::int64_t in_the_frame = 0;
  Job job = [&](Database& database) {
    in_the_frame = database.integer("SELECT count(*) FROM halves");
  };
  co_await writer.write(std::move(job));
  *alive += static_cast<int>(in_the_frame);
}

// Rings when its io_context begins to end: of the services, the newest is shut down first.
class Bell final : public asio::execution_context::service {
 public:
  static inline asio::execution_context::id id;
  explicit Bell(asio::execution_context& context) : service(context) {}
  std::promise<void> rings;

 private:
  void shutdown() override { rings.set_value(); }
};

// The address sanitizer watches here: nothing may touch the frames of a context that is gone.
TEST_F(GroupWriterTest, AnIoContextMayEndBeforeItsAnswers) {
  const auto alive = std::make_shared<int>(0);
  auto writer = std::make_unique<GroupWriter>(open());
  for (int round = 0; round < 20; ++round) {
    auto brief = std::make_unique<asio::io_context>(1);
    Gate gate(*writer);
    for (int i = 0; i < 20; ++i) {
      asio::co_spawn(*brief, ask_with_frame(*writer, alive), rethrow);
    }
    brief->poll();
    const std::future<void> ending = asio::use_service<Bell>(*brief).rings.get_future();
    std::thread ends([&] { brief.reset(); });
    // Still queued, in hand, or answered and not yet resumed: each will be met.
    if (round % 2 == 0) ending.wait();
    gate.open();
    ends.join();
    EXPECT_EQ(alive.use_count(), 1) << "frames were left behind";
  }
  {
    asio::io_context idle(1);
    Gate gate(*writer);
    asio::co_spawn(idle, ask_with_frame(*writer, alive), rethrow);
    idle.poll();
    gate.open();
    writer.reset();  // answered, and never resumed
    EXPECT_EQ(alive.use_count(), 2);
  }
  EXPECT_EQ(alive.use_count(), 1);
}

TEST_F(GroupWriterTest, StatementsPreparedBeforeTheWriterMayOutliveIt) {
  {
    Database database = open();
    Statement insert = database.prepare("INSERT INTO halves VALUES (?, 1, '')");
    GroupWriter writer(std::move(database));
    for (std::int64_t id = 1; id <= 3; ++id) {
      writer.write_now([&](Database&) { insert.bind(1, id).run(); });
    }
  }
  EXPECT_FALSE(fs::exists(path.string() + "-wal")) << "the connection was not closed";
  EXPECT_EQ(open().integer("SELECT count(*) FROM halves"), 3);
}

}  // namespace
}  // namespace footfall::store::sqlite
