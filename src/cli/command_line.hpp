// The command line: which command was asked for, with which flags.
#pragma once

#include <functional>

#include "base/result.hpp"
#include "cli/settings.hpp"

namespace footfall::cli {

struct CommandLine {
  // What the chosen command does; empty when there is nothing left to do (--help, --version, or a
  // wrong use that was explained on standard error): then `exit_code` holds.
  std::function<Result<void>(const Settings&)> action;
  Settings settings;
  int exit_code = 0;
};

inline constexpr int kFailed = 1, kWrongUse = 2;  // exit codes

// Errors: those of gathering the settings.
Result<CommandLine> parse_command_line(int argc, char** argv);

}  // namespace footfall::cli
