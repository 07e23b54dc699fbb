// Goal: a disk that refuses in the middle of a group harms none that is acknowledged and leaves
// nothing of those that are refused; what failed once fails nobody who runs again alone.
// Method: the file system fails call 1, 2, … n of one group in turn, once or from then on.
#include <gtest/gtest.h>

#include <array>
#include <optional>

#include "store/sqlite/faulty_vfs.hpp"
#include "store/sqlite/group_writer_fixture.hpp"
#include "store/sqlite/test_database.hpp"

namespace footfall::store::sqlite {
namespace {

namespace fs = std::filesystem;

// One group of six large jobs and one that fails by itself, under a fault.
struct Trial {
  std::array<Outcome, 7> outcomes;
  std::array<int, 7> runs{};  // how often each job began
  std::int64_t failed_calls = 0;
  std::int64_t alone = 0;
};

constexpr std::size_t kSelfMade = 3;  // the one that fails by itself

// A small cache, so that the group writes to the file (and reads back) before its COMMIT.
Trial try_fault(const fs::path& path, const Fault& fault) {
  Trial trial;
  FaultyVfs vfs;
  Database database = Database::open(path, Access::read_write, vfs.name()).value();
  database.execute("PRAGMA cache_size = 6");
  GroupWriter writer(std::move(database));
  asio::io_context io(1);
  Gate gate(writer);
  for (std::size_t i = 0; i < trial.outcomes.size(); ++i) {
    const auto id = static_cast<std::int64_t>(i);
    const Job work = i == kSelfMade ? failing_job(id) : pair_job(id, 20'000);
    const Job job = [&trial, i, work](Database& given) {
      ++trial.runs[i];
      work(given);
      given.integer("SELECT count(*) FROM halves WHERE substr(filling, -1) = 'y'");
    };
    start(io, writer, job, trial.outcomes[i]);
  }
  vfs.fail(fault);
  gate.open();
  io.run();
  trial.failed_calls = vfs.failed();
  trial.alone = writer.counts().alone;
  vfs.heal();
  EXPECT_NO_THROW(writer.write_now(pair_job(100))) << "the writer does not recover";
  return trial;
}

void check_trial(const fs::path& path, const Trial& trial, bool lasting) {
  Database database = Database::open(path, Access::read_write).value();
  database.execute("PRAGMA synchronous = OFF");  // only to be quick
  Statement integrity = database.prepare("PRAGMA integrity_check");
  ASSERT_TRUE(integrity.step());
  EXPECT_EQ(integrity.text(0), "ok");
  EXPECT_EQ(rows_of(database, 100), 2);
  for (std::size_t i = 0; i < trial.outcomes.size(); ++i) {
    const Outcome& outcome = trial.outcomes[i];
    EXPECT_TRUE(outcome.answered);
    EXPECT_EQ(rows_of(database, static_cast<std::int64_t>(i)), outcome.well() ? 2 : 0)
        << "job " << i << ": " << outcome.failure;
    EXPECT_LE(trial.runs[i], 2);
    // What failed once fails nobody who runs again alone.
    if (!lasting && trial.alone > 0) {
      EXPECT_EQ(outcome.well(), i != kSelfMade) << outcome.failure;
    }
  }
  EXPECT_FALSE(trial.outcomes[kSelfMade].well());
}

TEST(DiskFault, EveryCallOfAGroupCanFail) {
  const fs::path path = fresh_path();
  make_database(path, kHalvesSchema);
  const fs::path seeded = path.string() + ".seeded";
  fs::copy_file(path, seeded, fs::copy_options::overwrite_existing);
  for (const Trouble trouble : {Trouble::io_error, Trouble::disk_full}) {
    for (const std::optional<FileCall> among : {std::optional<FileCall>(), {FileCall::read}}) {
      for (const bool lasting : {false, true}) {
        int number = 0, in_the_middle = 0, alone = 0, refused = 0;
        for (bool hit = true; hit && !HasFailure();) {
          SCOPED_TRACE(testing::Message()
                       << "call " << ++number << ", reads " << among.has_value() << ", lasting "
                       << lasting << ", disk full " << (trouble == Trouble::disk_full));
          fs::copy_file(seeded, fresh_path());
          const Trial trial = try_fault(path, {number, among, trouble, lasting});
          check_trial(path, trial, lasting);
          hit = trial.failed_calls > 0;
          in_the_middle += trial.alone > 0 && trial.runs[0] == 2 && trial.runs[6] == 1;
          alone += trial.alone > 0;
          refused += !trial.outcomes[5].well();
        }
        EXPECT_GT(number, 5);
        EXPECT_GT(in_the_middle, 0) << "no group was lost before its COMMIT";
        if (!among) {
          EXPECT_GT(alone, in_the_middle) << "no COMMIT failed";
        }
        EXPECT_EQ(refused > 0, lasting);
      }
    }
  }
}

}  // namespace
}  // namespace footfall::store::sqlite
