// The shape of the schema `footfall` on PostgreSQL, as a text that is kept beside the migrations
// (schema/postgres_shape.txt), and how two shapes differ. Used by the check of a database.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "store/postgres/connection.hpp"

namespace footfall::store::postgres {

// Kinds: table, column, constraint, index, trigger, policy, view, function, sequence.
struct PartName {
  std::string kind;
  std::string table;  // whose column, constraint, index, trigger or policy it is; else empty
  std::string name;

  friend bool operator<(const PartName& a, const PartName& b) {
    return std::tie(a.kind, a.table, a.name) < std::tie(b.kind, b.table, b.name);
  }
};

// Definitions as PostgreSQL prints them; of views and functions the MD5 sum of their text. NOT NULL
// stands with the column, the index of a PRIMARY KEY or UNIQUE constraint with the constraint. Two
// functions of one name are one part.
struct SchemaShape {
  int server = 0;  // PostgreSQL's major version
  std::map<PartName, std::string> parts;

  bool has_table(const std::string& name) const { return parts.contains({"table", "", name}); }
};

// The whole of schema footfall; inside a transaction (its search_path decides what is printed with
// its schema's name).
SchemaShape shape_of(Connection& connection);

// One line a part after a first line "PostgreSQL 15": "column orders.id: bigint not null". In
// order.
std::string to_text(const SchemaShape& shape);
SchemaShape shape_from_text(std::string_view text);

// What this program's migrations make: the text that is built in.
const SchemaShape& expected_shape();

// How `found` differs from `expected`, as sentences. Problems: what is missing or different, and
// what can make writing fail. Notes: what is more than expected and does no harm.
//
// Another major version of PostgreSQL may print the same constraint, index, trigger, view or
// default otherwise. So if `found` comes from one, those count as there when they have the right
// name, and one note says how many texts differ; all else (what is there, types, NOT NULL,
// functions' texts, row level security) does not depend on the version.
struct SchemaDifferences {
  std::vector<std::string> problems, notes;
};
SchemaDifferences differences(const SchemaShape& expected, const SchemaShape& found);

}  // namespace footfall::store::postgres
