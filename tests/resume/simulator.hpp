// Tests only: `footfall simulate` as a program of its own, which is killed and started again.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/run_world.hpp"
#include "tests/servers/child.hpp"
#include "tests/servers/server_folder.hpp"

namespace footfall {

// Where agents shop. api: over footfall's API, the journal in its database.
// fast: in memory.
enum class Place { direct, api, fast };

struct SimulatorEnd {
  int code = -1;       // 137: it was killed
  std::string errors;  // standard error
  std::string output;
};

class Simulator {
 public:
  // Of the small shop's 120 people, unpaced; checkpoints in a folder of its own.
  Simulator(Way way, Place place, std::string seed);

  // What `simulate` is told beside that.
  std::vector<std::string> flags;
  std::map<std::string, std::string> environment;

  // Starts it, with `more` flags. It is killed after `kill_after` of real time, or at
  // FOOTFALL_CRASH_AT `crash_at`, unless it ended before.
  SimulatorEnd run(const std::vector<std::string>& more,
                   std::optional<std::chrono::microseconds> kill_after = {},
                   const std::string& crash_at = {});
  // As above, still running.
  std::unique_ptr<tests::Child> start(const std::vector<std::string>& more,
                                      const std::string& crash_at = {});
  // What the last one wrote.
  SimulatorEnd read(int code) const;

  // The whole command line.
  std::vector<std::string> command(const std::vector<std::string>& more) const {
    return arguments(more);
  }
  // The API is reached at another address from now on.
  void through(const std::string& url) { url_ = url; }

  // Again and again until it has come to its end.
  void finish();

  RunWorld& world() { return world_; }
  RunId newest() const;
  const std::filesystem::path& folder() const { return folder_.path(); }
  std::filesystem::path checkpoints() const { return folder_.path() / "checkpoints"; }
  // The first number of a SELECT about the newest run, whose number is $1.
  std::int64_t number(const std::string& sql) const;

 private:
  std::vector<std::string> arguments(const std::vector<std::string>& more) const;

  RunWorld& world_;
  Place place_;
  std::string seed_;
  std::string url_;  // of the API
  tests::ServerFolder folder_;
};

// Runs a command of the program to its end; what it writes goes through files in `folder`.
SimulatorEnd run_footfall(const std::vector<std::string>& arguments,
                          const std::filesystem::path& folder);

}  // namespace footfall
