// footfall bench: echo, load.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/bench.hpp"
#include "cli/command_line_parts.hpp"
#include "retail/records.hpp"

namespace footfall::cli {
namespace {

void add_echo(CLI::App* bench_command, const CommandParts& parts) {
  CLI::App* echo_command = bench_command->add_subcommand(
      "echo", "Serve canned answers of footfall's API, on this machine alone");
  const auto echo = std::make_shared<EchoOptions>();
  echo_command
      ->add_option("--listen", echo->listen,
                   "127.0.0.1:PORT or [::1]:PORT; 0: a free one [default 127.0.0.1:8090]")
      ->type_name("");
  echo_command->add_option("--threads", echo->threads, "Threads that answer, 1 to 256 [default 1]")
      ->check(CLI::Range(1, 256))
      ->type_name("N");
  parts.add_settings(echo_command, {"catalogue"});
  parts.on(echo_command, [echo](const Settings& settings) { return bench_echo(settings, *echo); });
}

void add_load(CLI::App* bench_command, const CommandParts& parts) {
  CLI::App* load_command = bench_command->add_subcommand(
      "load", "Send full shopper sessions, as fast as they are answered or at a rate");
  load_command->footer(
      "Without a database: the agents are those of --personas, numbered from 1. footfall's own "
      "API\n"
      "needs FOOTFALL_ADMIN_TOKEN, and a database that was seeded with the same files.");
  const auto load = std::make_shared<LoadFlags>();
  load_command
      ->add_option("--for", load->at_most, "How long, as 90s or 5m, at most 1h [default 10s]")
      ->type_name("");
  load_command
      ->add_option("--rate", load->rate,
                   "Requests a second at most, 0.1 to 1000000, or off [default off]")
      ->type_name("");
  load_command
      ->add_option("--connections", load->connections,
                   "Connections at most, 1 to 10000 [default 50]")
      ->check(CLI::Range(1, 10'000))
      ->type_name("N");
  load_command
      ->add_option("--agents", load->agents,
                   "How many of the personas shop, the first ones [default all]")
      ->check(CLI::Range(std::int64_t{1}, retail::kAgentsMax))
      ->type_name("N");
  load_command
      ->add_option("--sessions-at-once", load->sessions_at_once,
                   "Agents in the shop at once, 1 to 1000000 [default one a connection]")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  load_command->add_flag("--i-own-this-host", load->own_host,
                         "The target is another machine, of yours, that may be loaded");
  load_command->add_flag("--json", load->json, "Print the figures as JSON");
  parts.add_settings(load_command, {"api", "api-profile", "api-tokens", "personas", "catalogue",
                                    "seed", "http-connect-timeout", "http-first-byte-timeout",
                                    "http-timeout", "http-authorities"});
  parts.on(load_command, [load](const Settings& settings) { return bench_load(settings, *load); });
}

}  // namespace

void add_bench_commands(CLI::App& app, const CommandParts& parts) {
  CLI::App* bench_command = app.add_subcommand("bench", "Load a shop's API, and something to load");
  bench_command->require_subcommand(1);
  add_echo(bench_command, parts);
  add_load(bench_command, parts);
}

}  // namespace footfall::cli
