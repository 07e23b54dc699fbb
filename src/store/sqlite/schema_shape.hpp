// The shape of a schema, and how two shapes differ. Used by the check of a database.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite/database.hpp"

namespace footfall::store::sqlite {

struct ColumnShape {
  std::string name;
  std::string type;
  bool not_null = false;
  std::int64_t key_place = 0;  // place in the primary key, from 1; 0: not part of it

  friend bool operator==(const ColumnShape&, const ColumnShape&) = default;
};

struct TableShape {
  std::vector<ColumnShape> columns;
  std::string sql;  // normalized
};

// An index, a view or a trigger.
struct PartShape {
  std::string table;  // of an index or trigger
  std::string sql;    // normalized
};

// By name. SQLite's own tables and the indexes it makes for UNIQUE and PRIMARY KEY are left out:
// the text of their table tells about them.
struct SchemaShape {
  std::map<std::string, TableShape> tables;
  std::map<std::string, PartShape> indexes, views, triggers;
};

// `sql` without comments, and with one space wherever there was some outside quotes.
std::string normalized_sql(std::string_view sql);

SchemaShape shape_of(Database& database);

// How `found` differs from `expected`, as sentences. Problems: what is missing or different, and
// what can make writing fail. Notes: what is more than expected and does no harm.
struct SchemaDifferences {
  std::vector<std::string> problems, notes;
};
SchemaDifferences differences(const SchemaShape& expected, const SchemaShape& found);

}  // namespace footfall::store::sqlite
