#include "store/sqlite/schema_shape.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace footfall::store::sqlite {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

const ColumnShape* find(const TableShape& table, const std::string& name) {
  const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                  [&](const ColumnShape& column) { return column.name == name; });
  return found == table.columns.end() ? nullptr : &*found;
}

std::string key_text(std::int64_t place) {
  return place == 0 ? "not part of the primary key"
                    : fmt::format("number {} of the primary key", place);
}

// Where two texts part: the rest of each from the last comma or bracket they share, some 60 bytes.
std::pair<std::string, std::string> first_difference(const std::string& a, const std::string& b) {
  const auto parting = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  auto at = static_cast<std::size_t>(parting.first - a.begin());
  while (at > 0 && a[at - 1] != ',' && a[at - 1] != '(' && a[at - 1] != ')') --at;
  while (at < std::min(a.size(), b.size()) && a[at] == ' ' && b[at] == ' ') ++at;
  const auto rest = [at](const std::string& text) {
    constexpr std::size_t kBytesMax = 60;
    return text.size() - at <= kBytesMax ? text.substr(at) : text.substr(at, kBytesMax) + "...";
  };
  return {rest(a), rest(b)};
}

void compare_columns(const std::string& name, const ColumnShape& expected, const ColumnShape& found,
                     std::vector<std::string>& problems) {
  const std::string column = fmt::format("Column {}.{}", name, expected.name);
  if (found.type != expected.type) {
    problems.push_back(fmt::format("{} has type {}; it should be {}.", column,
                                   found.type.empty() ? "none" : found.type, expected.type));
  }
  if (found.not_null != expected.not_null) {
    problems.push_back(fmt::format("{} {} NULL; it should{}.", column,
                                   found.not_null ? "refuses" : "allows",
                                   found.not_null ? " allow it" : " refuse it"));
  }
  if (found.key_place != expected.key_place) {
    problems.push_back(fmt::format("{} is {}; it should be {}.", column, key_text(found.key_place),
                                   key_text(expected.key_place)));
  }
}

void compare_tables(const std::string& name, const TableShape& expected, const TableShape& found,
                    std::vector<std::string>& problems) {
  const std::size_t before = problems.size();
  for (const ColumnShape& column : expected.columns) {
    const ColumnShape* same = find(found, column.name);
    if (!same) {
      problems.push_back(fmt::format("Column {}.{} is missing.", name, column.name));
    } else {
      compare_columns(name, column, *same, problems);
    }
  }
  for (const ColumnShape& column : found.columns) {
    if (find(expected, column.name)) continue;
    problems.push_back(
        fmt::format("Column {}.{} is not in this program's schema.", name, column.name));
  }
  if (problems.size() > before || found.sql == expected.sql) return;
  if (found.columns != expected.columns) {
    problems.push_back(
        fmt::format("Table {} has its columns in another order than this program's "
                    "schema.",
                    name));
    return;
  }
  const auto [lacks, has] = first_difference(expected.sql, found.sql);
  problems.push_back(
      fmt::format("Table {} has the right columns, but other constraints or "
                  "defaults: it has '{}' where this program's schema has '{}'.",
                  name, has, lacks));
}

using Parts = std::map<std::string, PartShape>;

std::string place_of(const PartShape& part) {
  return part.table.empty() ? "" : " of table " + part.table;
}

// `kind`: "Index", "View" or "Trigger".
void compare_parts(std::string_view kind, const Parts& expected, const Parts& found,
                   std::vector<std::string>& problems, std::vector<std::string>& extra) {
  for (const auto& [name, part] : expected) {
    const auto same = found.find(name);
    if (same == found.end()) {
      problems.push_back(fmt::format("{} {}{} is missing.", kind, name, place_of(part)));
    } else if (same->second.sql != part.sql || same->second.table != part.table) {
      problems.push_back(fmt::format("{} {}{} is defined otherwise than in this program's schema.",
                                     kind, name, place_of(part)));
    }
  }
  for (const auto& [name, part] : found) {
    if (expected.contains(name)) continue;
    extra.push_back(
        fmt::format("{} {}{} is not in this program's schema.", kind, name, place_of(part)));
  }
}

TableShape table_shape(Database& database, const std::string& name, std::string sql) {
  TableShape table;
  table.sql = std::move(sql);
  Statement columns = database.prepare(
      "SELECT name, type, \"notnull\", pk FROM pragma_table_xinfo(?1) ORDER BY cid");
  columns.bind(1, name);
  while (columns.step()) {
    table.columns.push_back(
        {columns.text(0), columns.text(1), columns.integer(2) != 0, columns.integer(3)});
  }
  return table;
}

}  // namespace

std::string normalized_sql(std::string_view sql) {
  std::string out;
  bool gap = false;
  for (std::size_t i = 0; i < sql.size();) {
    const char c = sql[i];
    if (sql.substr(i, 2) == "--") {
      i = std::min(sql.find('\n', i), sql.size());
    } else if (sql.substr(i, 2) == "/*") {
      const auto end = sql.find("*/", i + 2);
      i = end == sql.npos ? sql.size() : end + 2;
      gap = true;
    } else if (is_space(c)) {
      gap = true;
      ++i;
    } else {
      // Up to the closing quote; a doubled quote reads as two texts side by side, which is as good.
      const bool quoted = c == '\'' || c == '"' || c == '`';
      const auto close = quoted ? sql.find(c, i + 1) : i;
      const auto end = close == sql.npos ? sql.size() : close + 1;
      if (gap && !out.empty()) out += ' ';
      gap = false;
      out += sql.substr(i, end - i);
      i = end;
    }
  }
  return out;
}

SchemaShape shape_of(Database& database) {
  SchemaShape shape;
  Statement rows = database.prepare(
      "SELECT type, name, tbl_name, sql FROM sqlite_schema "
      "WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name");
  while (rows.step()) {
    const std::string type = rows.text(0), name = rows.text(1);
    std::string sql = normalized_sql(rows.text(3));
    if (type == "table")
      shape.tables[name] = table_shape(database, name, std::move(sql));
    else if (type == "index")
      shape.indexes[name] = {rows.text(2), std::move(sql)};
    else if (type == "view")
      shape.views[name] = {"", std::move(sql)};
    else if (type == "trigger")
      shape.triggers[name] = {rows.text(2), std::move(sql)};
  }
  return shape;
}

SchemaDifferences differences(const SchemaShape& expected, const SchemaShape& found) {
  SchemaDifferences all;
  for (const auto& [name, table] : expected.tables) {
    const auto same = found.tables.find(name);
    if (same == found.tables.end()) {
      all.problems.push_back(fmt::format("Table {} is missing.", name));
    } else {
      compare_tables(name, table, same->second, all.problems);
    }
  }
  for (const auto& [name, table] : found.tables) {
    if (expected.tables.contains(name)) continue;
    all.notes.push_back(
        fmt::format("Table {} is not in this program's schema; it is left alone.", name));
  }
  // A UNIQUE index and a trigger can refuse what the program writes.
  std::vector<std::string> extra;
  compare_parts("Index", expected.indexes, found.indexes, all.problems, extra);
  for (const auto& [name, index] : found.indexes) {
    const bool unique = index.sql.starts_with("CREATE UNIQUE");
    if (expected.indexes.contains(name) || !expected.tables.contains(index.table) || !unique) {
      continue;
    }
    all.problems.push_back(
        fmt::format("Index {} of table {} is not in this program's schema and "
                    "can refuse rows: it is UNIQUE.",
                    name, index.table));
    std::erase_if(extra, [&, start = fmt::format("Index {} ", name)](const std::string& sentence) {
      return sentence.starts_with(start);
    });
  }
  compare_parts("View", expected.views, found.views, all.problems, extra);
  all.notes.insert(all.notes.end(), extra.begin(), extra.end());
  compare_parts("Trigger", expected.triggers, found.triggers, all.problems, all.problems);
  return all;
}

}  // namespace footfall::store::sqlite
