// The folder that a test's server lives in.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "tests/servers/child.hpp"

namespace footfall::tests {

// The temporary folder, or /tmp if server_user() could not get into it (root's own TMPDIR).
std::filesystem::path temporary_folder();

// /dev/shm if it has a GiB to spare and no TMPDIR says otherwise, else temporary_folder(). A data
// folder is over a thousand files: in memory it is copied in 0.1 s, on a busy disk in up to 1 s.
std::filesystem::path memory_folder();

// A new folder `footfall-test-<kind>-XXXXXX` under `parent`, removed with the object.
//
// It holds a file `owner.pid` that we keep locked. A lock ends with its process, however that ends,
// so a folder whose file nobody locks is left over from a dead test: each new ServerFolder removes
// those of the same user. A server that should still run there notices within a minute and ends.
class ServerFolder {
 public:
  explicit ServerFolder(const std::string& kind,
                        const std::filesystem::path& parent = temporary_folder());
  ServerFolder(const ServerFolder&) = delete;
  ServerFolder& operator=(const ServerFolder&) = delete;
  ~ServerFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  Descriptor lock_;
};

// In a folder that everybody may write to, names alone prove nothing.
bool is_own_folder(const std::filesystem::path& path);
bool older_than(const std::filesystem::path& path, std::chrono::minutes age);

void give_to_server_user(const std::filesystem::path& path);

std::string read_text(const std::filesystem::path& path);  // empty if there is no such file
void append_text(const std::filesystem::path& path, const std::string& text);
// Opened for appending, created if need be, for a child to write to.
Descriptor open_log(const std::filesystem::path& path);

}  // namespace footfall::tests
