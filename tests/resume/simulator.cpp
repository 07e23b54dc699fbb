#include "tests/resume/simulator.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <thread>

#include "store/any/open.hpp"
#include "tests/live/live_api.hpp"

namespace footfall {
namespace {

constexpr std::chrono::minutes kPatience{3};
constexpr int kStartsMax = 40;

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

tests::Descriptor create(const std::filesystem::path& file) {
  return tests::Descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
}

}  // namespace

Simulator::Simulator(Way way, Place place, std::string seed)
    : world_(run_world(way, ShopSize::small)),
      place_(place),
      seed_(std::move(seed)),
      folder_("resume", tests::memory_folder()) {
  if (place == Place::api) url_ = api_of(way, ShopSize::small).url();
  flags = {"--activity", "crowd", "--until", "2026-01-07"};
}

std::vector<std::string> Simulator::arguments(const std::vector<std::string>& more) const {
  std::vector<std::string> all = {FOOTFALL_PROGRAM, "simulate", "--db", world_.url()};
  const auto add = [&](std::initializer_list<std::string> words) {
    all.insert(all.end(), words.begin(), words.end());
  };
  add({"--seed", seed_, "--checkpoints", checkpoints().string()});
  if (place_ == Place::fast) {
    add({"--fast"});
  } else {
    all[3] = world_.live_url();
    add({"--skip-preflight", "--ramp", "off", "--db-pool", "8", "--db-pool-extra", "8"});
    add({"--control", (folder() / "control").string()});
    add({"--run-log", (folder() / "runs.log").string()});
    const bool paced = std::find(more.begin(), more.end(), "--time-scale") != more.end();
    if (!paced) add({"--unpaced"});
  }
  if (place_ == Place::direct) add({"--direct"});
  if (place_ == Place::api) add({"--api", url_, "--rate-policy", "off"});
  all.insert(all.end(), flags.begin(), flags.end());
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::unique_ptr<tests::Child> Simulator::start(const std::vector<std::string>& more,
                                               const std::string& crash_at) {
  const tests::Descriptor errors = create(folder() / "errors"),
                          output = create(folder() / "output");
  tests::Child::Options options;
  options.arguments = arguments(more);
  options.environment = {std::string("FOOTFALL_ADMIN_TOKEN=") + kAdminToken};
  if (!crash_at.empty()) options.environment.push_back("FOOTFALL_CRASH_AT=" + crash_at);
  for (const auto& [name, value] : environment) options.environment.push_back(name + "=" + value);
  options.errors = errors.number();
  options.output = output.number();
  return std::make_unique<tests::Child>(options);
}

SimulatorEnd Simulator::read(int code) const {
  return {code, text_of(folder() / "errors"), text_of(folder() / "output")};
}

SimulatorEnd Simulator::run(const std::vector<std::string>& more,
                            std::optional<std::chrono::microseconds> kill_after,
                            const std::string& crash_at) {
  const std::unique_ptr<tests::Child> child = start(more, crash_at);
  if (kill_after) {
    std::this_thread::sleep_for(*kill_after);
    child->send(9);
  }
  const std::optional<int> code = child->wait_for(kPatience);
  EXPECT_TRUE(code) << "it did not end";
  return read(code.value_or(-1));
}

void Simulator::finish() {
  for (int starts = 0; starts < kStartsMax; ++starts) {
    const SimulatorEnd end = run({});
    EXPECT_EQ(end.code, 0) << end.errors;
    if (end.code != 0) return;
    if (number("SELECT CASE WHEN status = 'finished' THEN 1 ELSE 0 END AS done FROM "
               "simulation_state WHERE run_id = $1") == 1) {
      return;
    }
  }
  ADD_FAILURE() << "it never came to its end";
}

SimulatorEnd run_footfall(const std::vector<std::string>& arguments,
                          const std::filesystem::path& folder) {
  const tests::Descriptor errors = create(folder / "other_errors"),
                          output = create(folder / "other_output");
  tests::Child::Options options;
  options.arguments = arguments;
  options.errors = errors.number();
  options.output = output.number();
  tests::Child child(options);
  const std::optional<int> code = child.wait_for(kPatience);
  return {code.value_or(-1), text_of(folder / "other_errors"), text_of(folder / "other_output")};
}

RunId Simulator::newest() const {
  const auto reader = store::open_reader(world_.url()).value();
  const auto rows = reader->query("SELECT max(run_id) AS run FROM simulation_state", {}).rows;
  return RunId{std::get<std::int64_t>(rows.at(0).at(0))};
}

std::int64_t Simulator::number(const std::string& sql) const {
  const std::int64_t run[] = {newest().value};
  const auto rows = store::open_reader(world_.url()).value()->query(sql, run).rows;
  return std::get<std::int64_t>(rows.at(0).at(0));
}

}  // namespace footfall
