// Goal: a checkpoint says what was put into it, for programs and people, and nothing that is not
// whole and as it was written is taken for one. Method: there and back; each cut, each changed
// byte.
#include "checkpoint/checkpoint.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/sha256.hpp"
#include "checkpoint/checkpoint_fixture.hpp"

namespace footfall::checkpoint {
namespace {

// The text with another checksum, as if it had been written so.
std::string signed_again(const std::string& text) {
  const std::string before = text.substr(0, text.rfind(",\n\"sha256\""));
  return fmt::format("{},\n\"sha256\": \"{}\"\n}}\n", before, sha256_hex(before));
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return signed_again(text.replace(at, from.size(), to));
}

TEST(Checkpoint, ThereAndBack) {
  const Checkpoint wrote = sample_checkpoint();
  const std::string text = to_text(wrote);
  const Checkpoint read = from_text(text).value();
  EXPECT_EQ(to_text(read), text);
  EXPECT_EQ(read.run, wrote.run);
  EXPECT_EQ(read.seed, wrote.seed);
  EXPECT_EQ(read.cycle(), 10);
  EXPECT_EQ(read.state.progress.now, wrote.state.progress.now);
  EXPECT_EQ(read.state.progress.tally.orders, 33);
  EXPECT_EQ(read.state.progress.tally.revenue, Money{123'456});
  EXPECT_EQ(read.state.left, wrote.state.left);
  ASSERT_EQ(read.state.kept.size(), 1u);
  EXPECT_EQ(read.state.kept[0].agent, AgentId{5});
  EXPECT_EQ(read.state.kept[0].lines[0].unit_price, Money{399});
  ASSERT_TRUE(read.shard);
  EXPECT_EQ(read.shard->file, "world.bin");
}

TEST(Checkpoint, PeopleCanReadIt) {
  const std::string text = to_text(sample_checkpoint());
  EXPECT_NE(text.find("\n\"simulated\": \"2026-01-05T10:00:00Z\",\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\n\"left\": [3,8],\n"), std::string::npos) << text;
}

TEST(Checkpoint, NoCutIsTakenForAWhole) {
  const std::string text = to_text(sample_checkpoint());
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(from_text(text.substr(0, length))) << length;
  }
}

TEST(Checkpoint, NoChangedByteIsOverlooked) {
  const std::string text = to_text(sample_checkpoint());
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(from_text(changed)) << at << ": " << changed.substr(at, 20);
  }
}

TEST(Checkpoint, TheReasonIsNamed) {
  const std::string text = to_text(sample_checkpoint());
  const auto reason = [](const std::string& of) { return from_text(of).error().message(); };
  EXPECT_EQ(reason(text.substr(0, 400)), "it is cut short: its checksum is missing");
  std::string edited = text;
  edited.replace(edited.find("\"run\": 7"), 8, "\"run\": 8");
  EXPECT_EQ(reason(edited), "it was changed after it was written: its checksum is another");
  const std::string newer = with(text, "\"footfall_checkpoint\": 1", "\"footfall_checkpoint\": 2");
  EXPECT_EQ(reason(newer), "a newer footfall wrote it (version 2; this one reads up to 1)");
  EXPECT_EQ(reason("{}"), "it is no checkpoint of footfall's");
  EXPECT_EQ(reason(with(text, "\"orders\":33", "\"orders\":\"33\"")),
            "its \"orders\" is missing, or not what it should be");
  EXPECT_EQ(reason(with(text, "\"left\": [3,8]", "\"left\": [3,\"x\"]")),
            "its \"left\" is missing, or not what it should be");
  EXPECT_EQ(reason(with(text, "\"seed\": \"42\"", "\"seed\": \"4e\"")),
            "its \"seed\" is missing, or not what it should be");
}

}  // namespace
}  // namespace footfall::checkpoint
