// footfall config and runs: commands that only show.
#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "store/store.hpp"

namespace footfall::cli {

void print_config(const Settings& settings) {
  fmt::print("{:<26} {:<28} {:<26} {}\n", "setting", "value", "from", "environment variable");
  for (const SettingInfo& info : setting_table()) {
    const Settings::Value& value = settings.value(info.name);
    fmt::print("{:<26} {:<28} {:<26} {}\n", info.name, value.text.empty() ? "-" : value.text,
               value.source, info.environment);
  }
}

Result<void> list_runs(const Settings& settings) {
  const auto store = store::open_store(settings.text("db"), /*make=*/false);
  if (!store) return store.error();
  const auto runs = (*store)->runs();
  if (runs.empty()) {
    fmt::print("No runs yet. `footfall simulate --fast` makes one.\n");
    return {};
  }
  fmt::print("{:>5}  {:<9} {:>16} {:>8}  {:<10}  {:<10}  {:<10}\n", "run", "status", "seed", "agents",
             "start", "lived to", "until");
  for (const store::Run& run : runs) {
    fmt::print("{:>5}  {:<9} {:>16} {:>8}  {:<10}  {:<10}  {:<10}\n", run.id.value, run.status,
               run.seed, with_commas(run.agents), to_date_string(run.start),
               to_date_string(run.now), to_date_string(run.until));
  }
  return {};
}

Result<void> report(const Settings&, const ReportOptions&) { return {}; }
Result<void> check_database(const Settings&, int) { return {}; }

}  // namespace footfall::cli
