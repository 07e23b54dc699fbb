// The program's commands. Each prints to standard output, throws Failure or returns an Error with a
// sentence for the user; main turns either into a message and an exit code.
#pragma once

#include <string>

#include "base/result.hpp"
#include "cli/settings.hpp"

namespace footfall::cli {

struct SeedOptions {
  bool test = false;  // a small set
};
Result<void> seed(const Settings& settings, const SeedOptions& options);

struct SimulateOptions {
  bool fast = false;    // in memory
  bool direct = false;  // in the database
  bool mock_api = false, mock_db = false, dry_run = false;
  bool unpaced = false;
  bool skip_preflight = false;  // begin though something is missing
  bool json = false;
  bool no_journal = false;        // of a fast run: keep nothing
  std::int64_t continue_run = 0;  // a run that is to go on; 0: the last one, if it is not finished
  bool fresh = false;             // a new run in any case
  bool quiet = false;             // no screen, no progress: only what needs somebody
};
Result<void> simulate(Settings settings, const SimulateOptions& options);
// Its live half.
Result<void> simulate_live(Settings settings, const SimulateOptions& options);
// Would such a live run go well? Error: incompatible if not.
Result<void> preflight(Settings settings, const SimulateOptions& options);

struct ReportOptions {
  std::int64_t run = 0;  // 0: the newest
  bool json = false;
};
Result<void> report(const Settings& settings, const ReportOptions& options);

Result<void> check_database(const Settings& settings, int sample_rows);
Result<void> show_schema(const Settings& settings);     // footfall db status
Result<void> migrate_schema(const Settings& settings);  // footfall db migrate
Result<void> list_runs(const Settings& settings);
void print_config(const Settings& settings);

Result<void> serve(const Settings& settings);
void print_openapi();  // footfall api openapi
void print_errors();   // footfall api errors

struct CheckProfileOptions {
  std::string file;
  std::int64_t agent = 0;  // in whose name; 0: the first
  bool buy = false;        // place a real order
};
// footfall profile check. Without --api the file is only read.
Result<void> check_profile(const Settings& settings, const CheckProfileOptions& options);
void show_profile();  // footfall profile show

struct ControlOptions {
  std::string what;      // status, pause, resume, checkpoint, quit
  std::int64_t run = 0;  // 0: the only one
  bool json = false;
};
Result<void> control_run(const Settings& settings, const ControlOptions& options);

Result<void> list_checkpoints(const Settings& settings, bool json);
Result<void> show_checkpoint(const Settings& settings, const std::string& file);

struct MakePersonasOptions {
  std::int64_t count = 372;
  std::string out;
};
Result<void> make_personas(const Settings& settings, const MakePersonasOptions& options);
Result<void> check_personas(const std::string& file);

}  // namespace footfall::cli
