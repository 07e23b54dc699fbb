// For tests: databases in test_folder(), made by the migrations or by hand.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/test_folder.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/migrations.hpp"

namespace footfall::store::sqlite {

// A path of its own for the running test, with nothing there.
inline std::filesystem::path fresh_path(const std::string& suffix = ".db") {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  const std::filesystem::path path =
      test_folder() / (std::string(test->test_suite_name()) + "_" + test->name() + suffix);
  for (const char* more : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + more);
  return path;
}

inline std::string url_of(const std::filesystem::path& path) { return "sqlite:" + path.string(); }

// Any SQLite database that these statements make.
inline void make_database(const std::filesystem::path& path, const std::string& sql) {
  Database database = Database::open(path, Access::create).value();
  database.execute(sql);
}

// A footfall database, changed by `sql` with foreign keys off.
inline void make_footfall_database(const std::filesystem::path& path, const std::string& sql = "") {
  Database database = Database::open(path, Access::create).value();
  ASSERT_TRUE(migrate(database));
  database.execute("PRAGMA foreign_keys = OFF; " + sql);
}

}  // namespace footfall::store::sqlite
