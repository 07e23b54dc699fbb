// Tests only: a checkpoint with something in every part.
#pragma once

#include "checkpoint/checkpoint.hpp"

namespace footfall::checkpoint {

inline Checkpoint sample_checkpoint(std::int64_t cycle = 10) {
  Checkpoint sample;
  sample.run = RunId{7};
  sample.mode = "live";
  sample.seed = 42;
  sample.begun_us = 1'700'000'000'123'456;
  sample.config_hash = "0123456789abcdef";
  sample.engine = "0.6.0";
  sample.written_us = 1'700'000'100'000'000;
  sample.start = parse_sim_time("2026-01-05").value();
  simulation::LiveProgress& progress = sample.state.progress;
  progress.now = sample.start + kHour * cycle;
  progress.tally.orders = 33;
  progress.tally.revenue = Money{123'456};
  progress.failures = 2;
  progress.failures_of[1] = 2;
  sample.state.left = {AgentId{3}, AgentId{8}};
  retail::CartLine line;
  line.product = 4;
  line.category = 1;
  line.qty = 2;
  line.unit_price = Money{399};
  sample.state.kept.push_back({AgentId{5}, {line}});
  sample.shard = Shard{"world.bin", 12, "ab"};
  return sample;
}

}  // namespace footfall::checkpoint
