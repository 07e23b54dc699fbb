// For tests: where they write, so that nothing is left behind.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace footfall {

// A folder of this process, in testing::TempDir(), removed when the process ends. A test that dies
// by a signal leaves it, for somebody to look into.
inline const std::filesystem::path& test_folder() {
  struct Folder {
    Folder() {
      std::string name = testing::TempDir() + "footfall_test_XXXXXX";
      if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for tests");
      path = name;
    }
    ~Folder() {
      std::error_code ignored;
      if (::getpid() == owner) std::filesystem::remove_all(path, ignored);  // not in a forked child
    }
    const pid_t owner = ::getpid();
    std::filesystem::path path;
  };
  static const Folder folder;
  return folder.path;
}

}  // namespace footfall
