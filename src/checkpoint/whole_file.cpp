#include "checkpoint/whole_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "base/crash_point.hpp"

namespace footfall::checkpoint {
namespace {

// A descriptor that is closed in any case.
class File {
 public:
  File(const std::string& path, int flags) : descriptor_(::open(path.c_str(), flags, 0644)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return descriptor_ >= 0; }

  bool write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }

  bool flush() const { return ::fsync(descriptor_) == 0; }

  // Some file systems report a full disk only here.
  bool close() {
    const int descriptor = descriptor_;
    descriptor_ = -1;
    return ::close(descriptor) == 0;
  }

 private:
  int descriptor_;
};

Error failed(const std::filesystem::path& path, std::string_view what, int error) {
  return Error(Errc::io,
               fmt::format("{} cannot be {}: {}", path.string(), what, std::strerror(error)));
}

}  // namespace

Result<void> write_whole(const std::filesystem::path& path, std::string_view bytes) {
  const std::string temporary = path.string() + ".tmp";
  {
    File file(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
    if (!file.is_open()) return failed(temporary, "opened", errno);
    bool written = file.write(bytes.substr(0, bytes.size() / 2));
    crash_point("checkpoint.half");
    written = written && file.write(bytes.substr(bytes.size() / 2)) && file.flush() && file.close();
    if (!written) {
      const int error = errno;
      ::unlink(temporary.c_str());
      return failed(path, "written", error);
    }
  }
  crash_point("checkpoint.before_rename");
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return failed(path, "written", error);
  }
  crash_point("checkpoint.after_rename");
  const File folder(path.parent_path().string(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (!folder.is_open() || !folder.flush()) return failed(path.parent_path(), "flushed", errno);
  return {};
}

}  // namespace footfall::checkpoint
