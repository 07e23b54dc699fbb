// The folder in which checkpoints lie: the last three of each run, each file there whole or not at
// all. One object, one thread at a time; several programs may use the same folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "checkpoint/checkpoint.hpp"
#include "store/store.hpp"

namespace footfall::checkpoint {

inline constexpr std::size_t kKept = 3;

// A file that could not be gone on from, and why.
struct Rejected {
  std::string file;
  std::string why;
};

struct Found {
  std::optional<Checkpoint> checkpoint;
  std::string file;
  std::vector<Rejected> rejected;  // newer ones, the newest first
};

struct Listed {
  std::string file;
  std::int64_t bytes = 0;  // with its shard
  std::optional<Checkpoint> checkpoint;
  std::string problem;  // where it is no good
};

// One of this run, without its moment and state.
Checkpoint begin(const store::Run& run);

class Folder {
 public:
  explicit Folder(std::filesystem::path path) : path_(std::move(path)) {}

  // Writes it, its shard first if there is one (checkpoint.shard is set from it), and takes away
  // all but the last three of the run. Answers the file's name. Errors: io; what was there stays.
  Result<std::string> save(Checkpoint checkpoint, std::string_view shard = {}) const;

  // The newest one that `run` can go on from: its own, and not ahead of what its database holds.
  Found newest(const store::Run& run) const;

  // By run, the newest first. Errors: io where there is a folder that cannot be read.
  Result<std::vector<Listed>> list() const;
  // The file of that name in this folder, or of that path. Errors: not_found, and from_text()'s.
  Result<Checkpoint> read(const std::string& name) const;
  // Errors: io, not_found; invalid_input where it is not what the checkpoint says.
  Result<std::string> read_shard(const Shard& shard) const;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::vector<std::string> names(const std::string& prefix) const;
  void prune(const std::string& prefix, const std::string& saved) const;

  std::filesystem::path path_;
};

}  // namespace footfall::checkpoint
