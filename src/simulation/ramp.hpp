// Warm-up (R27): a live run begins with few of its agents, the same ones in each of its cycles and
// whenever it is resumed: who is among them follows from the run's seed and the agent's number.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"

namespace footfall::simulation {

class Ramp {
 public:
  // Everybody from the first cycle on.
  Ramp() = default;

  // "off", or stages as "10:2,25:2,50:2,75:2": percents in (0, 100], none below the one before,
  // each with its number of cycles (1 to 100,000), at most 1,000 stages; then all. Error:
  // invalid_input, a sentence that names the stage.
  static Result<Ramp> parse(std::string_view text);
  static constexpr std::string_view kDefault = "10:2,25:2,50:2,75:2";

  bool is_off() const { return stages_.empty(); }
  // Of all agents, in (0, 1], in the run's `cycle`, from 0.
  double share(std::int64_t cycle) const;
  // How many of `agents`: the share rounded to the nearest, at least one if there are any.
  std::size_t admitted(std::int64_t cycle, std::size_t agents) const;
  // The first cycle in which all take part.
  std::int64_t full_from() const;

 private:
  struct Stage {
    std::int64_t until;  // the first cycle after it
    double percent;
  };
  double percent(std::int64_t cycle) const;

  std::vector<Stage> stages_;
};

// The place of each agent in the queue for admission, from 0: those below Ramp::admitted() take
// part. A permutation that follows from seed and numbers alone (base/random.hpp): other agents may
// come between two, but never change which of the two is first. Numbers are distinct, in [1, 2^32).
std::vector<std::uint32_t> ramp_ranks(std::uint64_t seed, std::span<const AgentId> agents);

}  // namespace footfall::simulation
