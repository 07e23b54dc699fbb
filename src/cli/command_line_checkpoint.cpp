// The commands about runs that go on: footfall checkpoint list | show.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line_parts.hpp"
#include "cli/commands.hpp"

namespace footfall::cli {

void add_checkpoint_commands(CLI::App& app, const CommandParts& parts) {
  CLI::App* command =
      app.add_subcommand("checkpoint", "What runs that were cut off or stopped can go on from");
  command->require_subcommand(1);
  CLI::App* list = command->add_subcommand("list", "The checkpoints, and which of them are good");
  const auto json = std::make_shared<bool>(false);
  list->add_flag("--json", *json, "Print it as JSON");
  parts.add_settings(list, {"checkpoints"});
  parts.on(list, [json](const Settings& settings) { return list_checkpoints(settings, *json); });
  CLI::App* show = command->add_subcommand("show", "What one says");
  const auto file = std::make_shared<std::string>();
  show->add_option("file", *file, "Its name, as `checkpoint list` tells it, or a path")
      ->required()
      ->type_name("FILE");
  parts.add_settings(show, {"checkpoints"});
  parts.on(show, [file](const Settings& settings) { return show_checkpoint(settings, *file); });
}

}  // namespace footfall::cli
