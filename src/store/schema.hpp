// The migrations of this program, built in from schema/: one text for both databases.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace footfall::store {

struct Migration {
  int number;
  std::string_view name;
  std::string_view sql;
};

// In order of their numbers, which begin with 1 and have no gaps.
const std::vector<Migration>& migrations();
inline int newest_schema() { return migrations().back().number; }

// What `sql` says to each database: what stands in /*sqlite … */ or /*postgres … */ is for that one
// alone; for SQLite BIGINT is read as INTEGER and DOUBLE PRECISION as REAL.
std::string for_sqlite(std::string_view sql);
std::string for_postgres(std::string_view sql);

}  // namespace footfall::store
