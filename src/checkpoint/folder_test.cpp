// Goal: what a folder of checkpoints answers is whole, the run's own and the newest, with the
// reason for each that is not; three are kept; a full disk leaves what was there.
#include "checkpoint/folder.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/test_folder.hpp"
#include "checkpoint/checkpoint_fixture.hpp"
#include "checkpoint/whole_file.hpp"

namespace footfall::checkpoint {
namespace {

namespace fs = std::filesystem;

store::Run the_run() {
  const Checkpoint sample = sample_checkpoint();
  store::Run run;
  run.id = sample.run;
  run.mode = sample.mode;
  run.seed = sample.seed;
  run.begun_wall_us = sample.begun_us;
  run.config_hash = sample.config_hash;
  run.start = sample.start;
  run.now = sample.start + kDay * 30;
  return run;
}

class FolderTest : public testing::Test {
 protected:
  FolderTest()
      : folder_(test_folder() / testing::UnitTest::GetInstance()->current_test_info()->name()) {
    fs::remove_all(folder_.path());
  }

  std::string save(std::int64_t cycle, std::string_view shard = {}) const {
    Checkpoint checkpoint = sample_checkpoint(cycle);
    checkpoint.shard.reset();
    return folder_.save(checkpoint, shard).value();
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.path() / name) << text;
  }
  std::string text_of(const std::string& name) const {
    std::ifstream file(folder_.path() / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  Folder folder_;
};

TEST_F(FolderTest, TheLastThreeStay) {
  for (const std::int64_t cycle : {0, 10, 20, 30, 100}) save(cycle, "world");
  EXPECT_EQ(files(),
            (std::vector<std::string>{
                "run-7-1700000000-cycle-00000020.bin", "run-7-1700000000-cycle-00000020.json",
                "run-7-1700000000-cycle-00000030.bin", "run-7-1700000000-cycle-00000030.json",
                "run-7-1700000000-cycle-00000100.bin", "run-7-1700000000-cycle-00000100.json"}));
}

TEST_F(FolderTest, RunsDoNotTakeEachOthersAway) {
  Checkpoint other = sample_checkpoint();
  other.run = RunId{70};
  folder_.save(other).value();
  for (const std::int64_t cycle : {0, 10, 20, 30}) save(cycle);
  EXPECT_EQ(files().size(), 4u);
}

TEST_F(FolderTest, TheNewestGoodOneIsFoundAndWhyNotTheOthers) {
  save(10);
  const std::string edited = save(20), cut = save(30);
  std::string text = text_of(edited);
  text.replace(text.find("\"orders\":33"), 11, "\"orders\":34");
  write(edited, text);
  write(cut, text_of(cut).substr(0, 200));
  const Found found = folder_.newest(the_run());
  ASSERT_TRUE(found.checkpoint);
  EXPECT_EQ(found.checkpoint->cycle(), 10);
  ASSERT_EQ(found.rejected.size(), 2u);
  EXPECT_EQ(found.rejected[0].file, cut);
  EXPECT_NE(found.rejected[0].why.find("cut short"), std::string::npos);
  EXPECT_EQ(found.rejected[1].file, edited);
  EXPECT_NE(found.rejected[1].why.find("was changed"), std::string::npos);
}

TEST_F(FolderTest, OfAnotherRunOrAheadOfTheDatabaseIsNoGood) {
  const std::string file = save(10);
  store::Run other = the_run();
  other.seed = 43;
  EXPECT_EQ(folder_.newest(other).rejected.at(0).why, "it is of another run");
  other = the_run();
  other.config_hash = "another";
  EXPECT_NE(folder_.newest(other).rejected.at(0).why.find("other settings"), std::string::npos);
  other = the_run();
  other.now = other.start + kHour * 9;
  EXPECT_NE(folder_.newest(other).rejected.at(0).why.find("ahead of the database"),
            std::string::npos);
  other = the_run();
  other.begun_wall_us += 5'000'000;  // another database's run 7
  EXPECT_FALSE(folder_.newest(other).checkpoint);
  EXPECT_TRUE(folder_.newest(other).rejected.empty());
  EXPECT_EQ(folder_.newest(the_run()).file, file);
}

TEST_F(FolderTest, AShardThatIsNotWhatItWasIsNoGood) {
  save(10, "world at ten");
  const std::string newer = save(20, "world at twenty");
  const std::string shard = folder_.read(newer).value().shard->file;
  EXPECT_EQ(folder_.read_shard(*folder_.read(newer).value().shard).value(), "world at twenty");
  write(shard, "world at twent!");
  EXPECT_EQ(folder_.newest(the_run()).checkpoint->cycle(), 10);
  EXPECT_NE(folder_.newest(the_run()).rejected.at(0).why.find("cut short or changed"),
            std::string::npos);
  fs::remove(folder_.path() / shard);
  EXPECT_EQ(folder_.newest(the_run()).checkpoint->cycle(), 10);
}

TEST_F(FolderTest, WhatIsLeftOfACrashIsNoCheckpoint) {
  const std::string file = save(10);
  write("run-7-1700000000-cycle-00000020.json.tmp", text_of(file));
  EXPECT_EQ(folder_.list().value().size(), 1u);
  EXPECT_EQ(folder_.newest(the_run()).checkpoint->cycle(), 10);
}

TEST_F(FolderTest, AListTellsWhatIsNoGood) {
  const std::string good = save(10), bad = save(20);
  write(bad, "{");
  const std::vector<Listed> all = folder_.list().value();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].file, bad);
  EXPECT_NE(all[0].problem, "");
  EXPECT_EQ(all[1].problem, "");
  EXPECT_EQ(Folder("/nowhere/at/all").list().value().size(), 0u);
}

TEST_F(FolderTest, AFullDiskLeavesWhatWasThere) {
  const std::string file = save(10);
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  // The temporary file of the next one is a way to a full disk.
  fs::create_symlink("/dev/full", folder_.path() / "run-7-1700000000-cycle-00000020.json.tmp");
  Checkpoint next = sample_checkpoint(20);
  const auto saved = folder_.save(next);
  ASSERT_FALSE(saved);
  EXPECT_NE(saved.error().message().find("No space left"), std::string::npos)
      << saved.error().message();
  EXPECT_EQ(files(), std::vector<std::string>{file});
  EXPECT_EQ(folder_.newest(the_run()).file, file);
}

TEST_F(FolderTest, AFolderThatCannotBeMadeIsAnError) {
  write_whole(test_folder() / "a_file", "x").value();
  Folder blocked(test_folder() / "a_file" / "checkpoints");
  const auto saved = blocked.save(sample_checkpoint());
  ASSERT_FALSE(saved);
  EXPECT_NE(saved.error().message().find("cannot be made"), std::string::npos);
}

}  // namespace
}  // namespace footfall::checkpoint
