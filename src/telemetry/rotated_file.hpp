// A file of lines that begins anew when it is full: name, name.1, name.2 … from new to old.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace footfall::telemetry {

// Each line is one write at the file's end (O_APPEND), so several programs may append to one file,
// in turn or at once: lines never mix, and whoever finds the file full begins the next one. A line
// may then still reach the file that was just full. One thread at a time.
class RotatedFile {
 public:
  // Makes the folders that are missing; the file is for its owner alone (0600). `bytes_max` >= 1,
  // `files_max` >= 1, the newest counted. What is no regular file (/dev/null, a terminal) is never
  // begun anew. Error: io, naming the path and why.
  static Result<std::unique_ptr<RotatedFile>> open(const std::string& path, std::int64_t bytes_max,
                                                   int files_max);
  ~RotatedFile();
  RotatedFile(const RotatedFile&) = delete;
  RotatedFile& operator=(const RotatedFile&) = delete;

  // `line` with its end. False if it is lost: the disk is full or fails. Never waits for a reader.
  // A file past its size that cannot be renamed grows on.
  bool append(std::string_view line);

 private:
  RotatedFile(std::string path, std::int64_t bytes_max, int files_max)
      : path_(std::move(path)), bytes_max_(bytes_max), files_max_(files_max) {}

  bool reopen();
  void follow_path(std::size_t next_bytes);
  void begin_anew();
  bool move_away() const;
  bool write_whole(std::string_view line);

  std::string path_;
  std::int64_t bytes_max_;
  int files_max_;
  int file_ = -1;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  bool is_regular_ = false;
};

}  // namespace footfall::telemetry
