// footfall: the program. Flags are declared here, commands live one file each.
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/failure.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/files.hpp"
#include "cli/version.hpp"
#include "personas/attributes.hpp"
#include "shopper/behavior/coefficients.hpp"
#include "shopper/graph.hpp"

namespace footfall::cli {
namespace {

constexpr int kFailed = 1, kWrongUse = 2;

// Flags of settings, as they were given.
using GivenFlags = std::map<std::string, std::string>;

void add_setting_flags(CLI::App* command, GivenFlags& given,
                       std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const SettingInfo* info = find_setting(name);
    const std::string about = fmt::format(
        "{}. {} [{}{}]", info->meaning, allowed(*info),
        info->default_value.empty() ? "" : fmt::format("default {}, ", info->default_value),
        info->environment);
    command->add_option_function<std::string>(
        fmt::format("--{}", name),
        [&given, key = std::string(name)](const std::string& text) { given[key] = text; }, about)
        ->type_name("");
  }
}

// Defaults, file, environment, flags: the later beats the earlier.
Result<Settings> gather(const std::string& config_file, const GivenFlags& given) {
  Settings settings;
  const bool named = !config_file.empty();
  const std::string path = named ? config_file : "footfall.toml";
  if (named || std::ifstream(path).good()) {
    if (named && !std::ifstream(path).good()) {
      return Error(Errc::not_found, fmt::format("--config: there is no file {}", path));
    }
    if (const auto done = settings.read_file(path); !done) return done.error();
  }
  if (const auto done = settings.read_environment(); !done) return done.error();
  for (const auto& [name, text] : given) {
    if (const auto done = settings.set(name, text, "flag --" + name); !done) return done.error();
  }
  return settings;
}

int finish(const Result<void>& done) {
  if (done) return 0;
  fmt::print(stderr, "footfall: {}\n", done.error().message());
  return done.error().code() == Errc::invalid_input ? kWrongUse : kFailed;
}

int run(int argc, char** argv) {
  CLI::App app{"footfall fills a shop with people who do not exist."};
  app.name("footfall");
  app.set_version_flag("--version", fmt::format("footfall {}", kVersion));
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  app.footer("Each command has --help. Settings come from flags, environment, footfall.toml and\n"
             "defaults, in that order; `footfall config` shows them all.");
  std::string config_file;
  app.add_option("--config", config_file, "A settings file instead of ./footfall.toml")->type_name("FILE");
  GivenFlags given;
  // What the chosen command does, once the settings are known.
  std::function<Result<void>(const Settings&)> action;

  CLI::App* seed_command = app.add_subcommand("seed", "Put stores, products, coupons and agents into the database");
  add_setting_flags(seed_command, given, {"db", "personas", "catalogue"});
  SeedOptions seed_options;
  seed_command->add_flag("--test", seed_options.test, "A small set for a quick try");
  seed_command->callback([&] { action = [&](const Settings& s) { return seed(s, seed_options); }; });

  CLI::App* simulate_command = app.add_subcommand("simulate", "Let the agents live");
  SimulateOptions simulate_options;
  simulate_command->add_flag("--fast", simulate_options.fast, "In memory, as fast as the machine goes");
  add_setting_flags(simulate_command, given,
                    {"seed", "weeks", "until", "start", "agents", "threads", "activity", "profile",
                     "policy", "wallet", "stagger", "deals", "behavior", "db", "offer-cycle-days",
                     "offer-expiration-days", "max-wallet-capacity", "frontstore-per-cycle",
                     "category-brand-per-cycle"});
  simulate_command->add_option("--continue", simulate_options.continue_run,
                               "Go on with a run that stopped, or for more weeks")->type_name("RUN");
  simulate_command->add_flag("--json", simulate_options.json, "Print the summary as JSON");
  simulate_command->add_flag("--no-journal", simulate_options.no_journal, "Keep nothing: only the summary");
  simulate_command->callback([&] { action = [&](const Settings& s) { return simulate(s, simulate_options); }; });

  CLI::App* report_command = app.add_subcommand("report", "What happened in a run");
  add_setting_flags(report_command, given, {"db"});
  ReportOptions report_options;
  report_command->add_option("--run", report_options.run, "Which run; the newest if not given")->type_name("RUN");
  report_command->add_flag("--json", report_options.json, "Print it as JSON");
  report_command->callback([&] { action = [&](const Settings& s) { return report(s, report_options); }; });

  CLI::App* runs_command = app.add_subcommand("runs", "List the runs in the database");
  add_setting_flags(runs_command, given, {"db"});
  runs_command->callback([&] { action = [&](const Settings& s) { return list_runs(s); }; });

  CLI::App* check_command = app.add_subcommand("check-db", "Tables, row counts, samples; is the schema what it should be?");
  add_setting_flags(check_command, given, {"db"});
  int sample_rows = 3;
  check_command->add_option("--rows", sample_rows, "Sample rows of each table [3]")->check(CLI::Range(0, 100))->type_name("N");
  check_command->callback([&] { action = [&](const Settings& s) { return check_database(s, sample_rows); }; });

  CLI::App* personas_command = app.add_subcommand("personas", "Make, check and describe personas");
  personas_command->require_subcommand(1);
  CLI::App* make_command = personas_command->add_subcommand("make", "Draw personas from measured distributions into a file");
  MakePersonasOptions make_options;
  make_command->add_option("--count", make_options.count, "How many [372]")->check(CLI::Range(1, 10'000'000))->type_name("N");
  make_command->add_option("--out", make_options.out, "The file to write: .xlsx or .csv")->required()->type_name("FILE");
  add_setting_flags(make_command, given, {"seed", "catalogue"});
  make_command->callback([&] { action = [&](const Settings& s) { return make_personas(s, make_options); }; });
  CLI::App* check_personas_command = personas_command->add_subcommand("check", "Read a file of personas and report every bad cell");
  std::string personas_file;
  check_personas_command->add_option("file", personas_file, "The workbook or CSV file")->required()->type_name("FILE");
  check_personas_command->callback([&] { action = [&](const Settings&) { return check_personas(personas_file); }; });
  CLI::App* describe_command = personas_command->add_subcommand("describe", "Print docs/PERSONAS.md");
  describe_command->callback([&] {
    action = [](const Settings&) -> Result<void> { fmt::print("{}", personas::describe_markdown()); return {}; };
  });

  CLI::App* graph_command = app.add_subcommand("graph", "Draw the shopping graph");
  std::string graph_format = "mermaid";
  graph_command->add_option("--format", graph_format, "mermaid, dot or json [mermaid]")
      ->check(CLI::IsMember({"mermaid", "dot", "json"}))->type_name("");
  graph_command->callback([&] {
    action = [&](const Settings&) -> Result<void> { fmt::print("{}", shopper::draw_graph(graph_format)); return {}; };
  });

  CLI::App* config_command = app.add_subcommand("config", "Show every setting and where its value comes from");
  bool behavior_defaults = false;
  for (const SettingInfo& info : setting_table()) add_setting_flags(config_command, given, {info.name});
  config_command->add_flag("--behavior-defaults", behavior_defaults, "Print a behaviour file with all coefficients instead");
  config_command->callback([&] {
    action = [&](const Settings& s) -> Result<void> {
      if (behavior_defaults) {
        fmt::print("{}", shopper::coefficients_toml({}));
      } else {
        print_config(s);
      }
      return {};
    };
  });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : kWrongUse;
  }
  const auto settings = gather(config_file, given);
  if (!settings) return finish(settings.error());
  return finish(action(*settings));
}

}  // namespace
}  // namespace footfall::cli

int main(int argc, char** argv) {
  try {
    footfall::cli::remember_program(argv[0]);
    return footfall::cli::run(argc, argv);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "footfall: {}\n", failure.what());
    return footfall::cli::kFailed;
  }
}
