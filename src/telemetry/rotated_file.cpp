#include "telemetry/rotated_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace footfall::telemetry {
namespace {

constexpr mode_t kOwnerOnly = 0600;

Error cannot_write(const std::string& path, const std::string& why) {
  return Error(Errc::io, "the log \"" + path + "\" cannot be written: " + why +
                             ". Name a file in a folder that this user may write to");
}

std::string numbered(const std::string& path, int number) {
  return number == 0 ? path : path + "." + std::to_string(number);
}

bool make_folder_of(const std::string& path, std::error_code& error) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  return !error;
}

}  // namespace

Result<std::unique_ptr<RotatedFile>> RotatedFile::open(const std::string& path,
                                                       std::int64_t bytes_max, int files_max) {
  std::error_code error;
  if (!make_folder_of(path, error)) {
    return cannot_write(path, "its folder cannot be made: " + error.message());
  }
  std::unique_ptr<RotatedFile> file(new RotatedFile(path, bytes_max, files_max));
  if (!file->reopen()) return cannot_write(path, std::strerror(errno));
  return file;
}

RotatedFile::~RotatedFile() {
  if (file_ >= 0) ::close(file_);
}

// Keeps the old file where the new one cannot be had. Non-blocking, so that a pipe that nobody
// reads is an error and not a wait.
bool RotatedFile::reopen() {
  const int fresh =
      ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, kOwnerOnly);
  if (fresh < 0) return false;
  struct stat status {};
  if (::fstat(fresh, &status) != 0) {
    ::close(fresh);
    return false;
  }
  is_regular_ = S_ISREG(status.st_mode);
  // One that was there already may be open to others; if it is not ours to change, so be it.
  if (is_regular_ && (status.st_mode & 0777) != kOwnerOnly) (void)::fchmod(fresh, kOwnerOnly);
  device_ = status.st_dev;
  inode_ = status.st_ino;
  if (file_ >= 0) ::close(file_);
  file_ = fresh;
  return true;
}

bool RotatedFile::append(std::string_view line) {
  if (is_regular_) follow_path(line.size());
  return write_whole(line);
}

// Another program, or a person, may have renamed or removed the file since the last line.
void RotatedFile::follow_path(std::size_t next_bytes) {
  struct stat status {};
  const bool is_there = ::stat(path_.c_str(), &status) == 0;
  if (!is_there || status.st_ino != inode_ || status.st_dev != device_) {
    reopen();
  } else if (status.st_size > 0 &&
             status.st_size + static_cast<std::int64_t>(next_bytes) > bytes_max_) {
    begin_anew();
  }
}

// Whoever holds the lock of the full file may rename it. Others write on meanwhile, to the file
// that they have.
void RotatedFile::begin_anew() {
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) return;
  struct stat status {};
  const bool still_there =
      ::stat(path_.c_str(), &status) == 0 && status.st_ino == inode_ && status.st_dev == device_;
  if (still_there && !move_away()) {
    ::flock(file_, LOCK_UN);
    return;
  }
  if (!reopen()) ::flock(file_, LOCK_UN);
}

// The oldest goes; false, and no line lost, if one of the others cannot be moved.
bool RotatedFile::move_away() const {
  if (files_max_ == 1) return ::unlink(path_.c_str()) == 0;
  for (int number = files_max_ - 2; number >= 0; --number) {
    const std::string from = numbered(path_, number), to = numbered(path_, number + 1);
    if (::rename(from.c_str(), to.c_str()) != 0 && (errno != ENOENT || number == 0)) return false;
  }
  return true;
}

bool RotatedFile::write_whole(std::string_view line) {
  ssize_t written = 0;
  do {
    written = ::write(file_, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
  if (written == static_cast<ssize_t>(line.size())) return true;
  // The disk is full within the line: take its beginning back, if nobody has written behind it.
  struct stat status {};
  const off_t end = ::lseek(file_, 0, SEEK_CUR);
  if (written > 0 && ::fstat(file_, &status) == 0 && status.st_size == end) {
    [[maybe_unused]] const int result = ::ftruncate(file_, end - written);
  }
  return false;
}

}  // namespace footfall::telemetry
