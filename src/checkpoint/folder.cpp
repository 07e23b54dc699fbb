#include "checkpoint/folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <system_error>

#include "base/crash_point.hpp"
#include "base/sha256.hpp"
#include "checkpoint/whole_file.hpp"

namespace footfall::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".json", kShardEnding = ".bin";
constexpr std::size_t kShardBytesMax = std::size_t{16} * 1024 * 1024 * 1024;

// Of the files of one run; the second it was begun tells databases apart.
std::string prefix_of(RunId run, std::int64_t begun_us) {
  return fmt::format("run-{}-{}-cycle-", run.value, begun_us / 1'000'000);
}

Result<std::string> bytes_of(const fs::path& path, std::size_t most) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Error(Errc::not_found,
                 fmt::format("there is no file {}, or it cannot be read", path.string()));
  }
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error || size > most) {
    return Error(Errc::invalid_input,
                 fmt::format("{} is no file of at most {} bytes", path.string(), most));
  }
  std::string bytes(static_cast<std::size_t>(size), '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (file.gcount() != static_cast<std::streamsize>(bytes.size())) {
    return Error(Errc::io, fmt::format("{} cannot be read", path.string()));
  }
  return bytes;
}

// Empty if `run` can go on from it.
std::string why_not(const Checkpoint& checkpoint, const store::Run& run) {
  if (checkpoint.run != run.id || checkpoint.seed != run.seed ||
      checkpoint.begun_us != run.begun_wall_us || checkpoint.start != run.start ||
      checkpoint.mode != run.mode) {
    return "it is of another run";
  }
  if (checkpoint.config_hash != run.config_hash) {
    return "the run was begun with other settings, another catalogue or other agents";
  }
  if (checkpoint.state.progress.now < run.start) return "it tells of a time before the run";
  if (checkpoint.state.progress.now > run.now) {
    return fmt::format("it is ahead of the database, which has come to {} only",
                       to_string(run.now));
  }
  return {};
}

}  // namespace

Checkpoint begin(const store::Run& run) {
  Checkpoint made;
  made.run = run.id;
  made.mode = run.mode;
  made.seed = run.seed;
  made.begun_us = run.begun_wall_us;
  made.config_hash = run.config_hash;
  made.engine = run.engine_version;
  made.start = run.start;
  return made;
}

// Names with the prefix, the newest first: cycles have eight digits.
std::vector<std::string> Folder::names(const std::string& prefix) const {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(path_, error), end; !error && at != end; at.increment(error)) {
    std::string name = at->path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(kEnding)) names.push_back(std::move(name));
  }
  std::sort(names.rbegin(), names.rend());
  return names;
}

Result<std::string> Folder::save(Checkpoint checkpoint, std::string_view shard) const {
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) {
    return Error(Errc::io,
                 fmt::format("the folder {} cannot be made: {}", path_.string(), error.message()));
  }
  const std::string prefix = prefix_of(checkpoint.run, checkpoint.begun_us);
  const std::string name = fmt::format("{}{:08}", prefix, checkpoint.cycle());
  if (!shard.empty()) {
    checkpoint.shard = Shard{name + std::string(kShardEnding),
                             static_cast<std::int64_t>(shard.size()), sha256_hex(shard)};
    if (const auto written = write_whole(path_ / checkpoint.shard->file, shard); !written) {
      return written.error();
    }
  }
  const std::string file = name + std::string(kEnding);
  if (const auto written = write_whole(path_ / file, to_text(checkpoint)); !written) {
    return written.error();
  }
  crash_point("checkpoint.before_prune");
  prune(prefix, file);
  return file;
}

// What cannot be taken away does no harm. Whoever writes holds the run: what lies there half
// written, or without its text, is left of a crash.
void Folder::prune(const std::string& prefix, const std::string& saved) const {
  std::vector<std::string> all = names(prefix);
  std::vector<std::string> stems = {saved.substr(0, saved.size() - kEnding.size())};
  for (const std::string& name : all) {
    if (name != saved && stems.size() < kKept) {
      stems.push_back(name.substr(0, name.size() - kEnding.size()));
    }
  }
  std::error_code error;
  std::vector<fs::path> old;
  for (fs::directory_iterator at(path_, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    const bool stays = std::any_of(stems.begin(), stems.end(), [&](const std::string& stem) {
      return name == stem + std::string(kEnding) || name == stem + std::string(kShardEnding);
    });
    if (name.starts_with(prefix) && !stays) old.push_back(at->path());
  }
  for (const fs::path& path : old) fs::remove(path, error);
}

Found Folder::newest(const store::Run& run) const {
  Found found;
  for (const std::string& name : names(prefix_of(run.id, run.begun_wall_us))) {
    auto read_one = read(name);
    std::string why = read_one ? why_not(*read_one, run) : read_one.error().message();
    if (why.empty() && read_one->shard) {
      const auto shard = read_shard(*read_one->shard);
      if (!shard) why = shard.error().message();
    }
    if (why.empty()) {
      found.checkpoint = std::move(*read_one);
      found.file = name;
      return found;
    }
    found.rejected.push_back({name, why});
  }
  return found;
}

Result<std::vector<Listed>> Folder::list() const {
  std::error_code error;
  if (fs::exists(path_, error) && !fs::is_directory(path_, error)) {
    return Error(Errc::io, fmt::format("{} is no folder", path_.string()));
  }
  std::vector<Listed> all;
  for (const std::string& name : names("run-")) {
    Listed& listed = all.emplace_back();
    listed.file = name;
    listed.bytes = static_cast<std::int64_t>(fs::file_size(path_ / name, error));
    auto read_one = read(name);
    if (!read_one) {
      listed.problem = read_one.error().message();
      continue;
    }
    if (read_one->shard) listed.bytes += read_one->shard->bytes;
    listed.checkpoint = std::move(*read_one);
  }
  return all;
}

Result<Checkpoint> Folder::read(const std::string& name) const {
  std::error_code error;
  const fs::path here = path_ / name;
  const auto bytes = bytes_of(fs::exists(here, error) ? here : fs::path(name), kBytesMax);
  if (!bytes) return bytes.error();
  return from_text(*bytes);
}

Result<std::string> Folder::read_shard(const Shard& shard) const {
  if (shard.file.find('/') != std::string::npos) {
    return Error(Errc::invalid_input, "its shard lies in another folder");
  }
  auto bytes = bytes_of(path_ / shard.file, kShardBytesMax);
  if (!bytes) return bytes.error();
  if (static_cast<std::int64_t>(bytes->size()) != shard.bytes ||
      sha256_hex(*bytes) != shard.sha256) {
    return Error(Errc::invalid_input,
                 fmt::format("its shard {} was cut short or changed", shard.file));
  }
  return bytes;
}

}  // namespace footfall::checkpoint
