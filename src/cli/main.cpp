// footfall: the program. The command line says what to do; what fails becomes a sentence and an
// exit code (1: it failed, 2: it was asked for wrongly).
#include <fmt/format.h>

#include <exception>

#include "base/assert_call.hpp"
#include "cli/command_line.hpp"
#include "cli/files.hpp"
#include "screen/terminal.hpp"

namespace footfall::cli {
namespace {

int fail(const Error& error) {
  fmt::print(stderr, "footfall: {}\n", error.message());
  return error.code() == Errc::invalid_input ? kWrongUse : kFailed;
}

int run(int argc, char** argv) {
  remember_program(argv[0]);
  const auto command = parse_command_line(argc, argv);
  if (!command) return fail(command.error());
  if (!command->action) return command->exit_code;
  const auto done = command->action(command->settings);
  return done ? 0 : fail(done.error());
}

}  // namespace
}  // namespace footfall::cli

int main(int argc, char** argv) {
  footfall::screen::Terminal::restore_on_crash();
  footfall::call_before_assertion([] { footfall::screen::Terminal::emergency_restore(); });
  try {
    return footfall::cli::run(argc, argv);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "footfall: {}\n", failure.what());
    return footfall::cli::kFailed;
  }
}
