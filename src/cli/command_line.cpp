#include "cli/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <map>
#include <memory>

#include "base/text.hpp"
#include "cli/command_line_parts.hpp"
#include "cli/commands.hpp"
#include "cli/version.hpp"
#include "personas/attributes.hpp"
#include "retail/records.hpp"
#include "shopper/behavior/coefficients.hpp"
#include "shopper/graph.hpp"

namespace footfall::cli {
namespace {

// The CLI11 application and what its flags write into. Options of a command live as long as its
// action, so they are shared with it.
class Parser {
 public:
  Parser();
  Result<CommandLine> parse(int argc, char** argv);

 private:
  using Names = std::initializer_list<std::string_view>;

  void add_settings(CLI::App* command, Names names);
  template <typename Action>
  void on(CLI::App* command, Action action) {
    command->callback([this, action] { action_ = action; });
  }
  void add_seed();
  void add_simulate();
  void add_preflight();
  void add_report();
  void add_runs_and_check();
  void add_db();
  void add_serve();
  void add_personas();
  void add_graph();
  void add_config();
  Result<void> check_command(int argc, char** argv) const;
  Result<Settings> gather() const;

  CLI::App app_{"footfall fills a shop with people who do not exist."};
  std::string config_file_;
  std::map<std::string, std::string> given_;  // flags of settings
  std::function<Result<void>(const Settings&)> action_;
};

Parser::Parser() {
  app_.name("footfall");
  app_.set_version_flag("--version", fmt::format("footfall {}", kVersion));
  app_.require_subcommand(1);
  app_.get_formatter()->column_width(34);
  app_.footer(
      "Each command has --help. Settings come from flags, environment, footfall.toml and\n"
      "defaults, in that order; `footfall config` shows them all.");
  app_.add_option("--config", config_file_, "A settings file instead of ./footfall.toml")
      ->type_name("FILE");
  add_seed();
  add_simulate();
  add_preflight();
  add_report();
  add_runs_and_check();
  add_db();
  add_serve();
  add_personas();
  add_graph();
  add_config();
  const CommandParts parts{[this](CLI::App* command, Names names) { add_settings(command, names); },
                           [this](CLI::App* command, const Run& run) { on(command, run); }};
  add_profile_commands(app_, parts);
  add_bench_commands(app_, parts);
  add_checkpoint_commands(app_, parts);
  add_control_commands(app_, parts);
}

void Parser::add_settings(CLI::App* command, Names names) {
  for (const std::string_view name : names) {
    const SettingInfo* info = find_setting(name);
    const std::string about = fmt::format(
        "{}: {} [{}{}]", info->meaning, allowed(*info),
        info->default_value.empty() ? "" : fmt::format("default {}, ", info->default_value),
        info->environment);
    command
        ->add_option_function<std::string>(
            fmt::format("--{}", name),
            [this, key = std::string(name)](const std::string& text) { given_[key] = text; }, about)
        ->type_name("");
  }
}

void Parser::add_seed() {
  CLI::App* seed_command =
      app_.add_subcommand("seed", "Put stores, products, coupons and agents into the database");
  const auto options = std::make_shared<SeedOptions>();
  seed_command->add_flag("--test", options->test, "A small set for a quick try");
  add_settings(seed_command, {"db", "personas", "catalogue"});
  on(seed_command, [options](const Settings& settings) { return seed(settings, *options); });
}

void Parser::add_simulate() {
  CLI::App* simulate_command = app_.add_subcommand("simulate", "Let the agents live");
  const auto options = std::make_shared<SimulateOptions>();
  simulate_command->add_flag("--fast", options->fast, "In memory, as fast as the machine goes");
  simulate_command->add_flag("--direct", options->direct,
                             "In the database: each agent shops there by transactions of its own");
  simulate_command->add_flag("--new", options->fresh,
                             "Begin another run, though the last one is not finished");
  simulate_command
      ->add_option("--continue", options->continue_run,
                   "Go on with this run, though it is not the last one, or for more weeks")
      ->check(CLI::Range(std::int64_t{1}, retail::kRunsMax))
      ->type_name("RUN");
  simulate_command->add_flag("--no-journal", options->no_journal, "Keep nothing: only the summary");
  simulate_command->add_flag("--mock-api", options->mock_api,
                             "Canned answers instead of a shop; no call is sent");
  simulate_command->add_flag("--mock-db", options->mock_db, "Keep no journal: tell it to the log");
  simulate_command->add_flag("--dry-run", options->dry_run, "Both: send nothing, keep nothing");
  simulate_command->add_flag("--unpaced", options->unpaced,
                             "Live: the next simulated hour begins when the last trip has ended");
  simulate_command->add_flag("--skip-preflight", options->skip_preflight,
                             "Live: begin although `footfall preflight` finds something missing");
  simulate_command->add_flag("--json", options->json, "Print the summary as JSON");
  simulate_command->add_flag("--quiet", options->quiet,
                             "No dashboard and no progress: only what needs somebody");
  add_settings(simulate_command, {"db", "seed", "start", "weeks", "until", "agents", "threads",
                                  "activity", "profile", "behavior", "batch-size"});
  add_settings(simulate_command, {"api", "api-profile", "api-tokens", "journal", "time-scale",
                                  "for", "rate", "rate-policy", "ramp", "breaker", "on-freeze",
                                  "on-failed-checkout", "commit", "run-log", "run-log-megabytes"});
  add_settings(simulate_command, {"checkpoints", "checkpoint-every", "checkpoint-minutes",
                                  "on-resume", "orphans", "control", "screen"});
  add_settings(simulate_command,
               {"http-sessions", "http-connections", "http-connect-timeout",
                "http-first-byte-timeout", "http-timeout", "http-tries", "http-authorities"});
  add_settings(simulate_command,
               {"policy", "wallet", "stagger", "deals", "offer-cycle-days", "offer-expiration-days",
                "max-wallet-capacity", "frontstore-per-cycle", "category-brand-per-cycle"});
  add_settings(simulate_command, {"db-pool", "db-pool-extra", "db-prepared", "db-connect-timeout",
                                  "db-statement-timeout", "db-lock-timeout", "db-wait-timeout",
                                  "db-reconnect-timeout"});
  on(simulate_command,
     [options](const Settings& settings) { return simulate(settings, *options); });
}

void Parser::add_preflight() {
  CLI::App* command = app_.add_subcommand(
      "preflight", "Is everything there that a live run needs? A yes or no each, and a fix");
  const auto options = std::make_shared<SimulateOptions>();
  command->add_flag("--json", options->json, "Print it as JSON");
  add_settings(command, {"db", "api", "api-profile", "api-tokens", "journal", "run-log",
                         "http-connect-timeout", "http-first-byte-timeout", "http-timeout",
                         "http-authorities"});
  on(command, [options](const Settings& settings) {
    options->direct = settings.is_empty("api");
    return preflight(settings, *options);
  });
}

void Parser::add_report() {
  CLI::App* report_command = app_.add_subcommand("report", "What happened in a run");
  const auto options = std::make_shared<ReportOptions>();
  report_command->add_option("--run", options->run, "Which run; without it the newest")
      ->check(CLI::Range(std::int64_t{1}, retail::kRunsMax))
      ->type_name("RUN");
  report_command->add_flag("--json", options->json, "Print it as JSON");
  add_settings(report_command, {"db"});
  on(report_command, [options](const Settings& settings) { return report(settings, *options); });
}

void Parser::add_runs_and_check() {
  CLI::App* runs_command = app_.add_subcommand("runs", "List the runs in the database");
  add_settings(runs_command, {"db"});
  on(runs_command, [](const Settings& settings) { return list_runs(settings); });
  CLI::App* check_command = app_.add_subcommand(
      "check-db", "Tables, row counts, samples; is the schema what it should be?");
  const auto rows = std::make_shared<int>(3);
  check_command->add_option("--rows", *rows, "Sample rows of each table, 0 to 100 [default 3]")
      ->check(CLI::Range(0, 100))
      ->type_name("N");
  add_settings(check_command, {"db"});
  on(check_command, [rows](const Settings& settings) { return check_database(settings, *rows); });
}

void Parser::add_db() {
  CLI::App* db_command =
      app_.add_subcommand("db", "The database's schema: its version, migrations");
  db_command->require_subcommand(1);
  CLI::App* status = db_command->add_subcommand("status", "Which version the schema has");
  add_settings(status, {"db"});
  on(status, [](const Settings& settings) { return show_schema(settings); });
  CLI::App* migrate = db_command->add_subcommand(
      "migrate", "Apply the migrations that are missing, in order, each once");
  add_settings(migrate, {"db"});
  on(migrate, [](const Settings& settings) { return migrate_schema(settings); });
}

void Parser::add_serve() {
  CLI::App* serve_command = app_.add_subcommand("serve", "Serve the shop's API over HTTP");
  serve_command->footer(
      "Secrets come from the environment: FOOTFALL_ADMIN_TOKEN (32 characters or more) for runs "
      "and\n"
      "simulated time, SUPABASE_JWT_SECRET for legacy HS256 tokens.");
  add_settings(serve_command, {"db", "listen", "threads", "connections", "access-log",
                               "simulation-mode", "remote-simulation", "app-env"});
  add_settings(serve_command,
               {"supabase-url", "jwks-url", "jwt-issuer", "anonymous", "allow-hs256"});
  add_settings(serve_command,
               {"policy", "wallet", "stagger", "deals", "offer-cycle-days", "offer-expiration-days",
                "max-wallet-capacity", "frontstore-per-cycle", "category-brand-per-cycle"});
  add_settings(serve_command, {"db-pool", "db-pool-extra", "db-prepared", "db-connect-timeout",
                               "db-statement-timeout", "db-lock-timeout", "db-wait-timeout",
                               "db-reconnect-timeout"});
  on(serve_command, [](const Settings& settings) { return serve(settings); });
  CLI::App* api_command = app_.add_subcommand("api", "What the API serves, without serving");
  api_command->require_subcommand(1);
  on(api_command->add_subcommand("openapi", "Print the OpenAPI file"),
     [](const Settings&) -> Result<void> {
       print_openapi();
       return {};
     });
  on(api_command->add_subcommand("errors", "Print docs/ERRORS.md"),
     [](const Settings&) -> Result<void> {
       print_errors();
       return {};
     });
}

void Parser::add_personas() {
  CLI::App* personas_command = app_.add_subcommand("personas", "Make, check and describe personas");
  personas_command->require_subcommand(1);
  CLI::App* make_command = personas_command->add_subcommand(
      "make", "Draw personas from measured distributions into a file");
  const auto options = std::make_shared<MakePersonasOptions>();
  make_command->add_option("--count", options->count, "How many, 1 to 1000000 [default 372]")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  make_command->add_option("--out", options->out, "The file to write: .xlsx or .csv")
      ->required()
      ->type_name("FILE");
  add_settings(make_command, {"seed", "catalogue"});
  on(make_command,
     [options](const Settings& settings) { return make_personas(settings, *options); });
  CLI::App* check_command = personas_command->add_subcommand(
      "check", "Read a file of personas and report every bad cell");
  const auto file = std::make_shared<std::string>();
  check_command->add_option("file", *file, "The workbook or CSV file")
      ->required()
      ->type_name("FILE");
  on(check_command, [file](const Settings&) { return check_personas(*file); });
  CLI::App* describe_command =
      personas_command->add_subcommand("describe", "Print docs/PERSONAS.md");
  on(describe_command, [](const Settings&) -> Result<void> {
    fmt::print("{}", personas::describe_markdown());
    return {};
  });
}

void Parser::add_graph() {
  CLI::App* graph_command = app_.add_subcommand("graph", "Draw the shopping graph");
  const auto format = std::make_shared<std::string>("mermaid");
  graph_command->add_option("--format", *format, "mermaid, dot or json [default mermaid]")
      ->check(CLI::IsMember({"mermaid", "dot", "json"}))
      ->type_name("");
  on(graph_command, [format](const Settings&) -> Result<void> {
    fmt::print("{}", shopper::draw_graph(*format));
    return {};
  });
}

void Parser::add_config() {
  CLI::App* config_command =
      app_.add_subcommand("config", "Show every setting and where its value comes from");
  const auto behavior = std::make_shared<bool>(false);
  config_command->add_flag("--behavior-defaults", *behavior,
                           "Print a behaviour file with every coefficient instead");
  for (const SettingInfo& info : setting_table()) add_settings(config_command, {info.name});
  on(config_command, [behavior](const Settings& settings) -> Result<void> {
    if (*behavior) {
      fmt::print("{}", shopper::coefficients_toml({}));
    } else {
      print_config(settings);
    }
    return {};
  });
}

// Defaults, file, environment, flags: the later beats the earlier.
Result<Settings> Parser::gather() const {
  Settings settings;
  const bool named = !config_file_.empty();
  const std::string path = named ? config_file_ : "footfall.toml";
  const bool exists = std::ifstream(path).good();
  if (named && !exists) {
    return Error(Errc::not_found,
                 fmt::format("--config: there is no file {}, or it cannot be read", path));
  }
  if (exists) {
    if (const auto done = settings.read_file(path); !done) return done.error();
  }
  if (const auto done = settings.read_environment(); !done) return done.error();
  for (const auto& [name, text] : given_) {
    if (const auto done = settings.set(name, text, "flag --" + name); !done) return done.error();
  }
  return settings;
}

std::vector<const CLI::App*> subcommands_of(const CLI::App& command) {
  return command.get_subcommands([](const CLI::App*) { return true; });
}

std::string meant(const std::string& word, const std::vector<std::string>& known) {
  const std::string near = nearest(word, known);
  return near.empty() ? ";" : fmt::format("; did you mean '{}'?", near);
}

// CLI11 would only say that a command is required.
Result<void> Parser::check_command(int argc, char** argv) const {
  const CLI::App* command = &app_;
  std::string path = "footfall";
  for (int at = 1; !subcommands_of(*command).empty(); ++at) {
    while (at < argc && argv[at][0] == '-') at += std::string_view(argv[at]) == "--config" ? 2 : 1;
    std::vector<std::string> names;
    for (const CLI::App* known : subcommands_of(*command)) names.push_back(known->get_name());
    if (at >= argc) {
      // `footfall` alone, and --help of any command, are CLI11's to answer.
      if (command == &app_ || std::string_view(argv[argc - 1]).starts_with("-")) return {};
      return Error(Errc::invalid_input,
                   fmt::format("`{}` needs a subcommand: {}", path, fmt::join(names, " or ")));
    }
    if (std::find(names.begin(), names.end(), argv[at]) == names.end()) {
      return Error(Errc::invalid_input,
                   fmt::format("there is no command '{}'{} `{} --help` lists them",
                               command == &app_ ? argv[at] : command->get_name() + " " + argv[at],
                               meant(argv[at], names), path));
    }
    command = command->get_subcommand_ptr(argv[at]).get();
    path += " " + command->get_name();
  }
  return {};
}

// The first flag that no command on the line knows; empty if it was something else.
std::string unknown_flag(const CLI::App& app, int argc, char** argv) {
  std::vector<std::string> known;
  const CLI::App* command = &app;
  for (;;) {
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    }
    if (command->get_subcommands().empty()) break;
    command = command->get_subcommands().front();
  }
  for (int i = 1; i < argc; ++i) {
    const std::string word = std::string(argv[i]).substr(0, std::string_view(argv[i]).find('='));
    if (!word.starts_with("--") || std::find(known.begin(), known.end(), word) != known.end()) {
      continue;
    }
    return fmt::format("there is no flag {}{} --help lists them", word, meant(word, known));
  }
  return {};
}

Result<CommandLine> Parser::parse(int argc, char** argv) {
  CommandLine line;
  if (const auto known = check_command(argc, argv); !known) return known.error();
  try {
    app_.parse(argc, argv);
  } catch (const CLI::ExtrasError& error) {
    const std::string flag = unknown_flag(app_, argc, argv);
    if (!flag.empty()) return Error(Errc::invalid_input, flag);
    line.exit_code = app_.exit(error) == 0 ? 0 : kWrongUse;
    return line;
  } catch (const CLI::ParseError& error) {
    line.exit_code = app_.exit(error) == 0 ? 0 : kWrongUse;
    return line;
  }
  auto settings = gather();
  if (!settings) return settings.error();
  line.settings = std::move(*settings);
  line.action = action_;
  return line;
}

}  // namespace

Result<CommandLine> parse_command_line(int argc, char** argv) { return Parser().parse(argc, argv); }

}  // namespace footfall::cli
