// footfall checkpoint: what runs could go on from.
#include <fmt/format.h>

#include "base/text.hpp"
#include "checkpoint/folder.hpp"
#include "cli/commands.hpp"
#include "cli/text_table.hpp"
#include "telemetry/json_writer.hpp"

namespace footfall::cli {
namespace {

using checkpoint::Checkpoint;
using checkpoint::Listed;

std::string list_json(const std::vector<Listed>& all) {
  std::string out;
  telemetry::JsonWriter json(out);
  json.begin_object().key("checkpoints").begin_array();
  for (const Listed& one : all) {
    json.begin_object().member("file", std::string_view(one.file)).member("bytes", one.bytes);
    json.member("good", one.problem.empty());
    if (one.checkpoint) {
      json.member("run", one.checkpoint->run.value)
          .member("mode", std::string_view(one.checkpoint->mode))
          .member("cycle", one.checkpoint->cycle())
          .member("simulated", one.checkpoint->state.progress.now)
          .member("written", SimTime{one.checkpoint->written_us});
    } else {
      json.member("problem", std::string_view(one.problem));
    }
    json.end_object();
  }
  json.end_array().end_object();
  return out + "\n";
}

std::string list_text(const std::vector<Listed>& all) {
  std::string out = fmt::format("{:<42} {:>4} {:<5} {:>6} {:<20} {:<20} {:>12}\n", "file", "run",
                                "mode", "cycle", "simulated", "written", "bytes");
  for (const Listed& one : all) {
    if (!one.checkpoint) {
      fmt::format_to(std::back_inserter(out), "{:<42} no good: {}\n", one.file, one.problem);
      continue;
    }
    const Checkpoint& it = *one.checkpoint;
    fmt::format_to(std::back_inserter(out), "{:<42} {:>4} {:<5} {:>6} {:<20} {:<20} {:>12}\n",
                   one.file, it.run.value, it.mode, it.cycle(), to_string(it.state.progress.now),
                   to_string(SimTime{it.written_us / 1'000'000 * 1'000'000}),
                   with_commas(one.bytes));
  }
  return out;
}

}  // namespace

Result<void> list_checkpoints(const Settings& settings, bool json) {
  const checkpoint::Folder folder(settings.text("checkpoints"));
  const auto all = folder.list();
  if (!all) return all.error();
  if (json) {
    fmt::print("{}", list_json(*all));
  } else if (all->empty()) {
    fmt::print("No checkpoints in {}.\n", folder.path().string());
  } else {
    fmt::print("{}", list_text(*all));
  }
  return {};
}

Result<void> show_checkpoint(const Settings& settings, const std::string& file) {
  const checkpoint::Folder folder(settings.text("checkpoints"));
  const auto read = folder.read(file);
  if (!read) {
    return Error(read.error().code(), fmt::format("{}: {}", file, read.error().message()));
  }
  const Checkpoint& it = *read;
  const simulation::LiveProgress& now = it.state.progress;
  fmt::print("Run {} ({}), seed {}, footfall {}, settings and shop {}\n", it.run.value, it.mode,
             it.seed, it.engine, it.config_hash);
  fmt::print("Written {}\n", to_string(SimTime{it.written_us / 1'000'000 * 1'000'000}));
  fmt::print("Lived from {} to {}: {} cycles\n", to_string(it.start), to_string(now.now),
             with_commas(it.cycle()));
  fmt::print("{} sessions, {} of them to shop; {} orders for {}\n", with_commas(now.tally.sessions),
             with_commas(now.tally.trips), with_commas(now.tally.orders),
             to_string(now.tally.revenue));
  fmt::print("{} agents have left for good, {} keep a cart, {} trips failed\n",
             with_commas(static_cast<std::int64_t>(it.state.left.size())),
             with_commas(static_cast<std::int64_t>(it.state.kept.size())),
             with_commas(now.failures));
  if (it.shard)
    fmt::print("World state: {}, {} bytes\n", it.shard->file, with_commas(it.shard->bytes));
  return {};
}

}  // namespace footfall::cli
