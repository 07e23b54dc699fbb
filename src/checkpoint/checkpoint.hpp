// A run's state at a simulated moment, as a text for people and programs (docs/CHECKPOINTS.md):
// JSON, a member a line, the last one a checksum of all before it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/sim_time.hpp"
#include "simulation/live_state.hpp"

namespace footfall::checkpoint {

// Of the text's layout. A program reads the versions up to its own.
inline constexpr int kVersion = 1;
// Longer texts are not read.
inline constexpr std::size_t kBytesMax = 256 * 1024 * 1024;

// A file beside the text that holds what is too much for one.
struct Shard {
  std::string file;  // its name, in the same folder
  std::int64_t bytes = 0;
  std::string sha256;
};

struct Checkpoint {
  RunId run;
  std::string mode;  // live, fast
  std::uint64_t seed = 0;
  std::int64_t begun_us = 0;  // real time, of the run: tells databases apart
  std::string config_hash, engine;
  std::int64_t written_us = 0;  // real time
  SimTime start;
  simulation::LiveState state;  // of a fast run only its time and counts; the rest is in the shard
  std::optional<Shard> shard;

  std::int64_t cycle() const { return hour_number(state.progress.now) - hour_number(start); }
};

std::string to_text(const Checkpoint& checkpoint);
// Errors: invalid_input with why it is no good: cut short, changed, not a checkpoint; incompatible
// for a newer version's.
Result<Checkpoint> from_text(std::string_view text);

}  // namespace footfall::checkpoint
