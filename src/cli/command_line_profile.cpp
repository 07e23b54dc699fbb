// footfall profile: check, show.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_line_parts.hpp"
#include "cli/commands.hpp"
#include "retail/records.hpp"

namespace footfall::cli {

void add_profile_commands(CLI::App& app, const CommandParts& parts) {
  CLI::App* profile = app.add_subcommand("profile", "How somebody else's shop is spoken to");
  profile->require_subcommand(1);
  CLI::App* check = profile->add_subcommand(
      "check", "Read a profile, and with --api try each of its actions once");
  const auto options = std::make_shared<CheckProfileOptions>();
  check->add_option("file", options->file, "The profile")->required()->type_name("FILE");
  check->add_option("--agent", options->agent, "In whose name: an agent's number [the first]")
      ->check(CLI::Range(std::int64_t{1}, retail::kAgentsMax))
      ->type_name("N");
  check->add_flag("--buy", options->buy, "Send the checkout too: it places a real order");
  check->footer(
      "A dozen requests go to the shop that --api names. Catalogue and agents are those of --db, "
      "or\n"
      "of --catalogue and --personas, or the bundled ones.");
  parts.add_settings(check,
                     {"api", "api-tokens", "db", "catalogue", "personas", "http-connect-timeout",
                      "http-first-byte-timeout", "http-timeout", "http-authorities"});
  parts.on(check,
           [options](const Settings& settings) { return check_profile(settings, *options); });
  CLI::App* show = profile->add_subcommand("show", "Print the built-in profile, to begin with");
  parts.on(show, [](const Settings&) -> Result<void> {
    show_profile();
    return {};
  });
}

}  // namespace footfall::cli
