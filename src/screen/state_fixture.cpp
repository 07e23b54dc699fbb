#include "screen/state_fixture.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <string_view>

namespace footfall::screen {
namespace {

// Between 0 and 1, up and down, without chance: frames of the same cycle are the same.
double wave(std::int64_t i, double period) {
  return 0.5 + 0.5 * std::sin(static_cast<double>(i) * 6.283 / period);
}

void add_history(State& state, std::int64_t cycle) {
  constexpr std::int64_t kPoints = 120;
  for (std::int64_t i = cycle - kPoints; i < cycle; ++i) {
    if (i < 0) continue;
    const double jitter = 0.3 * wave(i * i, 37);
    state.orders_per_minute_before.push_back(60 * (0.2 + 0.6 * wave(i, 48) + jitter));
    state.calls->p95_us.push_back(1500 + 2500 * wave(i, 90) + 4000 * jitter);
  }
  if (!state.orders_per_minute_before.empty()) {
    state.orders_per_minute = state.orders_per_minute_before.back();
  }
}

void add_log(State& state, std::int64_t cycle) {
  using telemetry::Level;
  constexpr std::array<std::string_view, 6> kTexts = {
      "cycle {} ended: 512 trips, 131 orders",
      "cycle {} ended: 498 trips, 140 orders",
      "checkpoint at cycle {}: run7.ckpt",
      "agent 42, checkout: 503 Service Unavailable (no connection to the database), tried again",
      "cycle {} ended: 530 trips, 152 orders",
      "agent 17, checkout: unsettled after 3 attempts: the answer did not come"};
  constexpr std::array kLevels = {Level::info,    Level::info, Level::info,
                                  Level::warning, Level::info, Level::error};
  for (std::int64_t i = cycle < 40 ? 0 : cycle - 40; i < cycle; ++i) {
    const auto kind = static_cast<std::size_t>(i % 6);
    std::string text(kTexts[kind]);
    if (const std::size_t at = text.find("{}"); at != std::string::npos) {
      text.replace(at, 2, std::to_string(i + 1));
    }
    const std::int64_t minute = 30 + i / 4, second = i % 4 * 15;
    std::string time = "09:" + std::to_string(minute % 60 + 100).substr(1) + ":" +
                       std::to_string(second + 100).substr(1);
    state.log.push_back({std::move(time), kLevels[kind], std::move(text)});
  }
}

void add_agents(State& state, int agents) {
  constexpr std::array<std::string_view, 5> kNames = {"Aino Mäkelä", "José Núñez", "Mary Smith",
                                                      "Zoë Straßer", "Łukasz Nowak"};
  constexpr std::array<std::string_view, 4> kStates = {"at home", "browse_products", "add_to_cart",
                                                       "decide_checkout"};
  for (int i = 0; i < agents; ++i) {
    const auto k = static_cast<std::size_t>(i);
    const bool is_in = i % 4 != 0;
    state.agents_shown.push_back(
        {i + 1, std::string(kNames[k % kNames.size()]), std::string(kStates[k % kStates.size()]),
         is_in ? "Northgate" : "", is_in ? std::to_string(i % 7 + 1) + " lines 41.20" : ""});
  }
}

// Values that are at the edge of what there is, or beyond.
class Odd {
 public:
  explicit Odd(std::uint64_t seed) : random_(seed) {}

  std::uint64_t bits() { return random_(); }
  bool maybe() { return bits() % 3 != 0; }

  std::string text() {
    constexpr std::array<std::string_view, 8> kTexts = {
        "",
        "a",
        "\x1b[2J\x1b]0;owned\x07",
        "\xff\xfe\xc3(",
        "漢字 と 絵 👩‍👩‍👧 \u202e txet",
        "a\nb\tc\rd\b\b\b\x7f",
        "\xc2\x9b"
        "31m",
        "a long sentence that goes on for as long as a row is wide, and then further, "
        "for no shop needs to be brief: VeryLongWordsWithoutAnySpaceInThemAtAllAreAlsoPossible"};
    return std::string(kTexts[bits() % kTexts.size()]);
  }

  std::int64_t number() {
    const std::uint64_t drawn = bits();
    constexpr std::array<std::int64_t, 3> kNumbers = {
        0, -5, std::numeric_limits<std::int64_t>::max() / 200};
    if (drawn % 6 < kNumbers.size()) return kNumbers[drawn % 6];
    return static_cast<std::int64_t>(drawn >> (drawn % 50 + 10));
  }

  double real() {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    constexpr std::array kReals = {0.0, 1.0, 0.15, -3.0, 1e300, kInfinity, kNaN, 47.5};
    return kReals[bits() % kReals.size()];
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace

State sample_state(std::int64_t cycle, int agents) {
  State state;
  state.run = 7;
  state.seed = 42;
  state.shops_in = "http://127.0.0.1:8080, journal in data/footfall.db";
  state.start = parse_sim_time("2026-01-05").value();
  state.until = state.start + kWeek * 52;
  state.cycle = cycle;
  state.cycles = 52 * 7 * 24;
  state.now = state.start + kHour * cycle;
  state.time_scale = 48;
  state.next_cycle_seconds = 43;
  state.real_seconds = 75.0 * static_cast<double>(cycle);
  state.left_seconds = 75.0 * static_cast<double>(state.cycles - cycle);
  state.agents = state.admitted = agents;
  state.in_shop = 120;
  state.batch_trips = 512;
  state.batch_done = cycle * 37 % 512;
  state.sessions = cycle * 511;
  state.trips = cycle * 509;
  state.orders = cycle * 131;
  state.abandoned = cycle * 378;
  state.revenue = Money{cycle * 131 * 4321};
  state.coupons_assigned = cycle * 90;
  state.coupons_redeemed = cycle * 31;
  state.coupons_expired = cycle * 12;
  state.failed_trips = cycle / 6;
  state.failed_checkouts = cycle / 9;
  state.unsettled = cycle / 200;
  state.late_cycles = cycle / 300;
  state.errors = {{"timeout", cycle / 11}, {"api_5xx", cycle / 15}, {"database", 0}};
  state.calls = Calls{.from_due = Latency{1234, 3456, 9876},
                      .from_sent = Latency{874, 2456, 8765},
                      .p95_us = {},
                      .sent = cycle * 4321,
                      .repeated = cycle / 4};
  state.pool = Pool{.open = 8, .busy = 3, .limit = 32};
  state.bucket = Bucket{.fill = wave(cycle, 20), .per_second = 50};
  state.work_share = 0.12;
  state.memory_bytes = 123'456'789;
  if (cycle > 10) {
    state.checkpoint =
        Checkpoint{cycle - cycle % 10, 15.0 * static_cast<double>(cycle % 10), "run7.ckpt"};
  }
  add_history(state, cycle);
  add_log(state, cycle);
  add_agents(state, agents);
  return state;
}

State frozen_state(std::int64_t cycle) {
  State state = sample_state(cycle);
  state.status = Status::frozen;
  state.halted_because =
      "the shop at http://127.0.0.1:8080 has failed 5 calls in a row, the last with "
      "503 Service Unavailable: no connection to the database";
  state.halted_seconds = 200;
  state.freezes = 1;
  return state;
}

State random_state(std::uint64_t seed) {
  Odd odd(seed);
  State state = sample_state(static_cast<std::int64_t>(seed % 500), static_cast<int>(seed % 50));
  state.status = static_cast<Status>(odd.bits() % 7);
  state.run = odd.number();
  state.shops_in = odd.text();
  state.halted_because = odd.text() + " " + odd.text();
  if (odd.maybe()) state.to_do = {odd.text(), odd.text()};
  state.hint = odd.text();
  state.halted_seconds = odd.real();
  state.real_seconds = odd.real();
  state.cycle = odd.number();
  state.cycles = odd.number();
  state.agents = state.orders = odd.number();
  state.revenue = Money{odd.number()};
  state.now = SimTime{odd.number()};
  state.until = odd.maybe() ? state.until : state.start;
  state.time_scale = odd.maybe() ? std::optional(odd.real()) : std::nullopt;
  state.next_cycle_seconds = odd.maybe() ? std::optional(odd.real()) : std::nullopt;
  state.left_seconds = odd.maybe() ? std::optional(odd.real()) : std::nullopt;
  state.work_share = odd.maybe() ? std::optional(odd.real()) : std::nullopt;
  state.orders_per_minute = odd.real();
  state.memory_bytes = odd.number();
  for (double& value : state.orders_per_minute_before) value = odd.real();
  if (odd.maybe()) state.errors.assign(odd.bits() % 9, {odd.text(), odd.number()});
  if (!odd.maybe()) state.calls.reset();
  if (state.calls && odd.maybe())
    state.calls->from_due = Latency{odd.number(), odd.number(), odd.number()};
  if (odd.maybe()) state.bucket = Bucket{odd.real(), odd.real()};
  if (odd.maybe()) state.checkpoint = Checkpoint{odd.number(), odd.real(), odd.text()};
  for (LogLine& line : state.log) line = {odd.text(), line.level, odd.text()};
  for (AgentLine& agent : state.agents_shown)
    agent = {odd.number(), odd.text(), odd.text(), odd.text(), odd.text()};
  return state;
}

}  // namespace footfall::screen
