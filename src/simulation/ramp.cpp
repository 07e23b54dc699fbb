#include "simulation/ramp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "base/assert.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

namespace footfall::simulation {
namespace {

constexpr std::int64_t kCyclesMax = 100'000;
constexpr std::size_t kStagesMax = 1000;

struct Written {
  double percent;
  std::int64_t cycles;
};

// `number` from 1; `before`: the percent of the stage before.
Result<Written> parse_stage(std::string_view text, std::size_t number, double before) {
  const auto wrong = [&](std::string_view what) {
    return Error(Errc::invalid_input,
                 fmt::format("stage {} of the ramp, \"{}\", {}", number, trimmed(text), what));
  };
  const std::size_t colon = text.find(':');
  if (colon == text.npos) {
    return wrong("must be a percent and a number of cycles, as in 10:2; or write \"off\" alone");
  }
  const std::optional<double> percent = parse_double(trimmed(text.substr(0, colon)));
  if (!percent || !(*percent > 0 && *percent <= 100)) {
    return wrong("begins with what is no percent: it must be above 0 and at most 100");
  }
  const std::optional<std::int64_t> cycles = parse_integer(trimmed(text.substr(colon + 1)));
  if (!cycles || *cycles < 1 || *cycles > kCyclesMax) {
    return wrong(
        fmt::format("ends with what is no number of cycles: it must be a whole number from "
                    "1 to {}",
                    with_commas(kCyclesMax)));
  }
  if (*percent < before) {
    return wrong(
        fmt::format("admits fewer agents than the one before, which has {} %: who takes "
                    "part stays",
                    before));
  }
  return Written{*percent, *cycles};
}

}  // namespace

Result<Ramp> Ramp::parse(std::string_view text) {
  Ramp ramp;
  if (trimmed(text) == "off") return ramp;
  double before = 0;
  std::int64_t until = 0;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find(',', from), text.size());
    const std::size_t number = ramp.stages_.size() + 1;
    if (number > kStagesMax) {
      return Error(Errc::invalid_input,
                   fmt::format("the ramp has more than {} stages", with_commas(kStagesMax)));
    }
    const Result<Written> stage = parse_stage(text.substr(from, end - from), number, before);
    if (!stage) return stage.error();
    before = stage->percent;
    until += stage->cycles;
    ramp.stages_.push_back({until, stage->percent});
    from = end + 1;
  }
  return ramp;
}

double Ramp::percent(std::int64_t cycle) const {
  for (const Stage& stage : stages_) {
    if (cycle < stage.until) return stage.percent;
  }
  return 100;
}

double Ramp::share(std::int64_t cycle) const { return percent(cycle) / 100; }

// From percents, which are exact where their hundredths are not: 29 % of 50 are 14.5.
std::size_t Ramp::admitted(std::int64_t cycle, std::size_t agents) const {
  const double exact = percent(cycle) * static_cast<double>(agents) / 100;
  const auto nearest = static_cast<std::size_t>(std::llround(exact));
  return std::min(agents, std::max<std::size_t>(1, nearest));
}

std::int64_t Ramp::full_from() const {
  std::int64_t from = 0;
  for (const Stage& stage : stages_) {
    if (stage.percent >= 100) break;
    from = stage.until;
  }
  return from;
}

std::vector<std::uint32_t> ramp_ranks(std::uint64_t seed, std::span<const AgentId> agents) {
  std::vector<std::uint64_t> keys;
  keys.reserve(agents.size());
  for (const AgentId agent : agents) {
    FF_ASSERT(agent.value > 0 && agent.value <= 0xffff'ffff, "agents have numbers below 2^32");
    RandomStream random(seed, static_cast<std::uint32_t>(agent.value), 0, Purpose::ramp);
    const std::uint64_t high = random.bits();
    keys.push_back(high << 32 | random.bits());
  }
  std::vector<std::uint32_t> order(agents.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return keys[a] != keys[b] ? keys[a] < keys[b] : agents[a] < agents[b];
  });
  std::vector<std::uint32_t> ranks(agents.size());
  for (std::uint32_t rank = 0; rank < order.size(); ++rank) ranks[order[rank]] = rank;
  return ranks;
}

}  // namespace footfall::simulation
