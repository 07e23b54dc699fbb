// Commands that are added to the command line in files of their own.
#pragma once

#include <functional>
#include <initializer_list>
#include <string_view>

#include "base/result.hpp"
#include "cli/settings.hpp"

namespace CLI {
class App;
}

namespace footfall::cli {

using Run = std::function<Result<void>(const Settings&)>;

// What the parser does for a command: gives it flags of settings, and says what it does.
struct CommandParts {
  std::function<void(CLI::App*, std::initializer_list<std::string_view>)> add_settings;
  std::function<void(CLI::App*, const Run&)> on;
};

void add_profile_commands(CLI::App& app, const CommandParts& parts);
void add_bench_commands(CLI::App& app, const CommandParts& parts);
void add_control_commands(CLI::App& app, const CommandParts& parts);
void add_checkpoint_commands(CLI::App& app, const CommandParts& parts);

}  // namespace footfall::cli
