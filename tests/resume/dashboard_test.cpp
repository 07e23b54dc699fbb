// Goal: the dashboard of the program itself steers its run and gives the terminal back (R37, R38).
// Method: `footfall simulate` on a pseudo-terminal: keys, a resize, a service that goes away and
// comes back, signals, terminals that cannot be drawn on.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <thread>

#include "screen/pty_fixture.hpp"
#include "tests/live/live_api.hpp"
#include "tests/resume/simulator.hpp"
#include "tests/servers/http_fault_proxy.hpp"

namespace footfall {
namespace {

using screen::PtyOptions;
using screen::PtyProgram;
using screen::Vt;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Which cycle the screen names; 0: none. Some are too short to be drawn.
int cycle_on(const Vt& vt) {
  const std::string text = vt.text();
  const auto at = text.find("   cycle ");
  return at == text.npos ? 0 : std::atoi(text.c_str() + at + 9);
}

void expect_given_back(PtyProgram& program) {
  EXPECT_FALSE(program.screen().is_alternate());
  EXPECT_TRUE(program.screen().shows_cursor());
  EXPECT_TRUE(program.has_same_modes());
}

std::int64_t status_is(const Simulator& simulator, const std::string& status) {
  return simulator.number(
      "SELECT count(*) AS n FROM simulation_state WHERE run_id = $1 AND status = '" + status + "'");
}

TEST(Dashboard, KeysSteerTheRun) {
  Simulator simulator(Way::sqlite, Place::direct, "81");
  PtyProgram program(simulator.command({"--new", "--time-scale", "3600"}));
  EXPECT_TRUE(program.wait_for("RUNNING")) << program.screen().text();
  program.type("p");
  EXPECT_TRUE(program.wait_for("PAUSED")) << program.screen().text();
  program.type("a");
  EXPECT_TRUE(program.wait_for("P000001")) << "the list of the agents";
  program.type("\x1b");
  EXPECT_TRUE(program.wait_for("Machine"));
  program.resize(160, 45);
  EXPECT_TRUE(program.wait_for("a cycle every 1 s")) << program.screen().text();
  program.type("r");
  EXPECT_TRUE(program.wait_for("RUNNING"));
  program.type("c");
  EXPECT_TRUE(program.wait_until([](const Vt& vt) {
    const std::string text = vt.text();
    const auto first = text.find("Checkpoint run-");
    return first != text.npos && text.find("Checkpoint run-", first + 1) != text.npos;
  }));
  program.type("q");
  EXPECT_EQ(program.finish(), 0) << program.output();
  expect_given_back(program);
  const std::string after = program.output().substr(program.output().rfind("\x1b[?1049l"));
  EXPECT_TRUE(has(after, "goes on with it")) << after;
  EXPECT_EQ(status_is(simulator, "stopped"), 1);
  EXPECT_EQ(simulator.run({}).code, 0);
  EXPECT_EQ(status_is(simulator, "finished"), 1);
}

TEST(Dashboard, AFrozenRunSaysSoAndGoesOn) {
  Simulator simulator(Way::sqlite, Place::api, "82");
  tests::HttpFaultProxy proxy(api_of(Way::sqlite, ShopSize::small).port());
  simulator.through(proxy.url());
  PtyOptions options;
  options.environment.push_back(std::string("FOOTFALL_ADMIN_TOKEN=") + kAdminToken);
  PtyProgram program(simulator.command({"--new", "--time-scale", "3600", "--http-tries", "1",
                                        "--http-first-byte-timeout", "0.5", "--http-timeout", "1"}),
                     options);
  EXPECT_TRUE(program.wait_for("RUNNING")) << program.screen().text();
  EXPECT_TRUE(program.wait_until([](const Vt& vt) { return cycle_on(vt) >= 3; }));
  proxy.down(tests::HttpFaultProxy::Down::refused);
  EXPECT_TRUE(program.wait_for("FROZEN")) << program.screen().text();
  EXPECT_TRUE(program.wait_for("footfall ctl resume")) << program.screen().text();
  proxy.up();
  // What hung when it went away may hang once more.
  EXPECT_TRUE(program.wait_until([&](const Vt& vt) {
    if (has(vt.text(), "FROZEN")) program.type("r");
    return cycle_on(vt) >= 8;
  })) << program.screen().text();
  program.type("q");
  EXPECT_EQ(program.finish(), 0) << program.output();
  expect_given_back(program);
}

TEST(Dashboard, ASecondSignalLeavesTheTerminalSane) {
  Simulator simulator(Way::sqlite, Place::direct, "83");
  PtyProgram program(simulator.command({"--new", "--time-scale", "60"}));
  EXPECT_TRUE(program.wait_for("RUNNING"));
  program.type("p");
  EXPECT_TRUE(program.wait_for("PAUSED"));
  program.signal(15);
  program.signal(15);
  const int status = program.finish();
  EXPECT_TRUE(WIFEXITED(status)) << status;
  expect_given_back(program);
}

TEST(Dashboard, WhereItCannotBeDrawnThereAreLines) {
  Simulator simulator(Way::sqlite, Place::direct, "84");
  PtyOptions dumb;
  dumb.environment = {"TERM=dumb"};
  PtyProgram program(simulator.command({"--new"}), dumb);
  EXPECT_EQ(program.finish(), 0);
  EXPECT_FALSE(has(program.output(), "\x1b[?1049h"));
  EXPECT_TRUE(has(program.output(), "unpaced"));
  const SimulatorEnd piped = simulator.run({"--new"});
  EXPECT_FALSE(has(piped.errors, "\x1b"));
  EXPECT_TRUE(has(piped.errors, "trips")) << piped.errors;
  const SimulatorEnd quiet = simulator.run({"--new", "--quiet"});
  EXPECT_EQ(quiet.errors, "");
  EXPECT_TRUE(has(quiet.output, "120 agents lived")) << quiet.output;
}

}  // namespace
}  // namespace footfall
