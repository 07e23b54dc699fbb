// footfall ctl.
#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "cli/command_line_parts.hpp"
#include "cli/commands.hpp"
#include "retail/records.hpp"

namespace footfall::cli {

void add_control_commands(CLI::App& app, const CommandParts& parts) {
  CLI::App* command = app.add_subcommand("ctl", "Steer a live run from another terminal");
  command->require_subcommand(1);
  constexpr std::pair<const char*, const char*> kWhat[] = {
      {"status", "How it goes"},
      {"pause", "Let simulated time stand still"},
      {"resume", "Go on, after a pause or a freeze"},
      {"checkpoint", "Keep a checkpoint now"},
      {"quit", "Finish the cycle at hand, keep a checkpoint, and end"}};
  for (const auto& [name, about] : kWhat) {
    CLI::App* one = command->add_subcommand(name, about);
    const auto options = std::make_shared<ControlOptions>();
    options->what = name;
    one->add_option("--run", options->run, "Which run, where several are lived")
        ->check(CLI::Range(std::int64_t{1}, retail::kRunsMax))
        ->type_name("RUN");
    one->add_flag("--json", options->json, "Print its answer as JSON");
    parts.add_settings(one, {"control"});
    parts.on(one, [options](const Settings& settings) { return control_run(settings, *options); });
  }
}

}  // namespace footfall::cli
