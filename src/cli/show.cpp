// footfall config, runs, report, check-db: commands that only show.
#include <fmt/format.h>
#include <unistd.h>

#include "base/text.hpp"
#include "cli/check_text.hpp"
#include "cli/commands.hpp"
#include "cli/report_text.hpp"
#include "cli/text_table.hpp"
#include "store/any/open.hpp"
#include "store/run_report.hpp"

namespace footfall::cli {

Result<void> show_schema(const Settings& settings) {
  const auto status = store::schema_status(settings.text("db"));
  if (!status) return status.error();
  fmt::print("{}: schema {} of {}{}\n", status->database, status->version, status->newest,
             status->version == status->newest ? ", up to date"
             : status->version == 0 ? ": empty; `footfall db migrate` or `footfall seed` "
                                      "makes the tables"
                                    : "; `footfall db migrate` brings it up to date");
  return {};
}

Result<void> migrate_schema(const Settings& settings) {
  const auto before = store::migrate(settings.text("db"));
  if (!before) return before.error();
  if (before->version == before->newest) {
    fmt::print("{}: schema {}, nothing to do\n", before->database, before->newest);
  } else {
    fmt::print("{}: schema {} -> {}\n", before->database, before->version, before->newest);
  }
  return {};
}

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
  fmt::print("{:>5}  {:<9} {:>16} {:>8}  {:<10}  {:<10}  {:<10}\n", "run", "status", "seed",
             "agents", "start", "lived to", "until");
  for (const store::Run& run : runs) {
    fmt::print("{:>5}  {:<9} {:>16} {:>8}  {:<10}  {:<10}  {:<10}\n", run.id.value, run.status,
               run.seed, with_commas(run.agents), to_date_string(run.start),
               to_date_string(run.now), to_date_string(run.until));
  }
  return {};
}

Result<void> report(const Settings& settings, const ReportOptions& options) {
  const auto reader = store::open_reader(settings.text("db"));
  if (!reader) return reader.error();
  const auto report = store::make_report(**reader, RunId{options.run});
  if (!report) return report.error();
  fmt::print("{}", options.json ? report_json(*report)
                                : report_text(*report, terminal_style(isatty(STDOUT_FILENO) == 1)));
  return {};
}

Result<void> check_database(const Settings& settings, int sample_rows) {
  const auto check = store::check_database(settings.text("db"), sample_rows);
  if (!check) return check.error();
  fmt::print("{}", check_text(*check, terminal_style(isatty(STDOUT_FILENO) == 1)));
  if (check->good()) return {};
  return Error(Errc::incompatible,
               fmt::format("{} is not what this program expects: {} problem{}", check->database,
                           check->problems.size(), check->problems.size() == 1 ? "" : "s"));
}

}  // namespace footfall::cli
