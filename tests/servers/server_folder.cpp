#include "tests/servers/server_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>

namespace footfall::tests {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "footfall-test-";
constexpr const char* kOwnerFile = "owner.pid";

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
}

// A minute's grace covers the moment between the owner file's birth and its lock.
bool is_left_over(const fs::path& folder) {
  const fs::path owner = folder / kOwnerFile;
  if (!is_own_folder(folder) || !older_than(owner, std::chrono::minutes(1))) return false;
  const Descriptor file(::open(owner.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return file.is_open() && ::flock(file.number(), LOCK_EX | LOCK_NB) == 0;
}

void remove_left_over(const fs::path& parent) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kPrefix) && is_left_over(entry.path())) {
      std::error_code ignored;
      fs::remove_all(entry.path(), ignored);
    }
  }
}

}  // namespace

ServerFolder::ServerFolder(const std::string& kind, const fs::path& parent) {
  remove_left_over(parent);
  std::string name = (parent / fmt::format("{}{}-XXXXXX", kPrefix, kind)).string();
  if (::mkdtemp(name.data()) == nullptr) fail("cannot create a folder " + name);
  path_ = name;
  ::chmod(name.c_str(), 0711);  // the server's user must get through, and needs no list
  const fs::path owner = path_ / kOwnerFile;
  lock_ = Descriptor(::open(owner.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!lock_.is_open() || ::flock(lock_.number(), LOCK_EX | LOCK_NB) != 0) {
    fail("cannot lock " + owner.string());
  }
  append_text(owner, fmt::format("{}\n", ::getpid()));
}

ServerFolder::~ServerFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path temporary_folder() {
  fs::path folder = fs::temp_directory_path();
  if (::geteuid() != 0) return folder;
  for (fs::path at = folder; at.has_relative_path(); at = at.parent_path()) {
    if ((fs::status(at).permissions() & fs::perms::others_exec) == fs::perms::none) return "/tmp";
  }
  return folder;
}

fs::path memory_folder() {
  fs::path memory = "/dev/shm";
  const std::uintmax_t spare_bytes = std::uintmax_t(1) << 30;
  std::error_code error;
  const bool fits = ::access(memory.c_str(), W_OK | X_OK) == 0 &&
                    fs::space(memory, error).available > spare_bytes && !error;
  return fits && std::getenv("TMPDIR") == nullptr ? memory : temporary_folder();
}

bool is_own_folder(const fs::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == ::geteuid();
}

bool older_than(const fs::path& path, std::chrono::minutes age) {
  std::error_code error;
  const auto written = fs::last_write_time(path, error);
  return !error && fs::file_time_type::clock::now() - written > age;
}

void give_to_server_user(const fs::path& path) {
  const auto user = server_user();
  if (user && ::lchown(path.c_str(), user->user, user->group) != 0) {
    fail("cannot give away " + path.string());
  }
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void append_text(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file << text;
  if (!file.flush()) fail("cannot write " + path.string());
}

Descriptor open_log(const fs::path& path) {
  Descriptor log(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!log.is_open()) fail("cannot open " + path.string());
  return log;
}

}  // namespace footfall::tests
