// Columns that point to rows of another table without a foreign key: PostgreSQL checks none in
// tables that are written in bulk.
#pragma once

#include <string>
#include <vector>

namespace footfall::store::postgres {

struct LooseReference {
  std::string table, column;
  std::string target, target_column;
};

// Those that are foreign keys for SQLite alone, read from the migrations' text: each stands on its
// column's line as /*sqlite REFERENCES target (column)*/.
std::vector<LooseReference> loose_references();

}  // namespace footfall::store::postgres
