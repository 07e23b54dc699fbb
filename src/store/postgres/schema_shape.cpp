#include "store/postgres/schema_shape.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "postgres_shape.hpp"

namespace footfall::store::postgres {
namespace {

constexpr const char* kPartsSql = R"(
WITH ours AS (
  SELECT c.oid, c.relname::text AS name, c.relkind AS kind, c.relpersistence AS persistence,
         c.relrowsecurity AS secured, c.relforcerowsecurity AS forced
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'footfall'
), tables AS (SELECT * FROM ours WHERE kind IN ('r', 'p', 'f'))
SELECT 'table', '', name,
       CASE WHEN secured THEN 'row level security' ELSE 'no row level security' END ||
       CASE WHEN forced THEN ' also for its owner' ELSE '' END ||
       CASE WHEN persistence = 'u' THEN ', unlogged' ELSE '' END
FROM tables
UNION ALL
SELECT 'column', t.name, a.attname,
       format_type(a.atttypid, a.atttypmod) ||
       CASE WHEN a.attnotnull THEN ' not null' ELSE '' END ||
       coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
UNION ALL
SELECT 'constraint', t.name, c.conname, pg_get_constraintdef(c.oid)
FROM tables t JOIN pg_constraint c ON c.conrelid = t.oid AND c.contype IN ('c', 'f', 'p', 'u', 'x')
UNION ALL
SELECT 'index', t.name, i.name,
       pg_get_indexdef(i.oid) || CASE WHEN x.indisvalid THEN '' ELSE ' (invalid)' END
FROM pg_index x JOIN tables t ON t.oid = x.indrelid JOIN ours i ON i.oid = x.indexrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint c
                  WHERE c.conindid = x.indexrelid AND c.contype IN ('p', 'u', 'x'))
UNION ALL
SELECT 'trigger', t.name, g.tgname,
       pg_get_triggerdef(g.oid) || CASE WHEN g.tgenabled = 'O' THEN '' ELSE ' (disabled)' END
FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal
UNION ALL
SELECT 'policy', t.name, p.polname, '' FROM tables t JOIN pg_policy p ON p.polrelid = t.oid
UNION ALL
SELECT 'view', '', name, md5(pg_get_viewdef(oid)) FROM ours WHERE kind IN ('v', 'm')
UNION ALL
SELECT 'sequence', '', o.name,
       format('%s from %s by %s', format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement)
FROM ours o JOIN pg_sequence s ON s.seqrelid = o.oid
UNION ALL
SELECT 'function', '', p.proname,
       string_agg(format('(%s) returns %s, %s%s%s%s, text %s', pg_get_function_arguments(p.oid),
                         pg_get_function_result(p.oid), l.lanname,
                         CASE p.provolatile WHEN 'v' THEN '' ELSE ' ' || p.provolatile::text END,
                         CASE WHEN p.prosecdef THEN ' security definer' ELSE '' END,
                         coalesce(' ' || array_to_string(p.proconfig, ' '), ''), md5(p.prosrc)),
                  '; ' ORDER BY p.oid)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE n.nspname = 'footfall' GROUP BY p.proname)";

constexpr std::string_view kHeading = "PostgreSQL ";

std::string on_one_line(std::string_view text) {
  std::string out(text);
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out;
}

std::string full_name(const PartName& part) {
  return part.table.empty() ? part.name : part.table + "." + part.name;
}

// "Column users.email", "Index products_brand of table products", "View order_overview".
std::string called(const PartName& part) {
  std::string kind = part.kind;
  kind[0] = static_cast<char>(kind[0] - 'a' + 'A');
  if (part.kind == "column") return kind + " " + full_name(part);
  return fmt::format("{} {}{}", kind, part.name,
                     part.table.empty() ? "" : " of table " + part.table);
}

// What does not depend on the server's version: of a column all but its default.
std::string_view certain_part(const PartName& part, std::string_view definition) {
  if (part.kind == "column") return definition.substr(0, definition.find(" default "));
  const bool is_certain =
      part.kind == "table" || part.kind == "function" || part.kind == "sequence";
  return is_certain ? definition : std::string_view();
}

std::string difference(const PartName& part, const std::string& expected,
                       const std::string& found) {
  if (part.kind == "function" || part.kind == "view") {
    return called(part) + " is defined otherwise than in this program's schema.";
  }
  return fmt::format("{} has '{}'; it should have '{}'.", called(part), found, expected);
}

void compare_expected(const SchemaShape& expected, const SchemaShape& found,
                      SchemaDifferences& all) {
  const bool same_server = expected.server == found.server;
  int uncertain = 0;
  std::string first;
  for (const auto& [part, definition] : expected.parts) {
    if (!part.table.empty() && !found.has_table(part.table)) continue;  // said of the table
    const auto other = found.parts.find(part);
    if (other == found.parts.end()) {
      all.problems.push_back(called(part) + " is missing.");
    } else if (other->second == definition) {
      continue;
    } else if (same_server || certain_part(part, definition) != certain_part(part, other->second)) {
      all.problems.push_back(difference(part, definition, other->second));
    } else if (++uncertain == 1) {
      first = called(part);
    }
  }
  if (uncertain == 0) return;
  all.notes.push_back(fmt::format(
      "{} {} could not be compared, since PostgreSQL {} may print the same otherwise than {}, from "
      "which this program knows them; the first: {}.",
      uncertain, uncertain == 1 ? "definition" : "definitions", found.server, expected.server,
      first));
}

// Constraints and triggers can refuse what the program writes, and so can UNIQUE indexes.
void compare_extra(const SchemaShape& expected, const SchemaShape& found, SchemaDifferences& all) {
  for (const auto& [part, definition] : found.parts) {
    if (expected.parts.contains(part)) continue;
    if (!part.table.empty() && !expected.has_table(part.table)) continue;  // said of the table
    const std::string sentence = called(part) + " is not in this program's schema";
    if (part.kind == "table") {
      all.notes.push_back(sentence + "; it is left alone.");
    } else if (part.kind == "index" && definition.starts_with("CREATE UNIQUE")) {
      all.problems.push_back(sentence + " and can refuse rows: it is UNIQUE.");
    } else if (part.kind == "column" || part.kind == "constraint" || part.kind == "trigger") {
      all.problems.push_back(sentence + ".");
    } else {
      all.notes.push_back(sentence + ".");
    }
  }
}

}  // namespace

SchemaShape shape_of(Connection& connection) {
  SchemaShape shape;
  shape.server = static_cast<int>(
      connection.execute("SELECT current_setting('server_version_num')::int / 10000")
          .integer(0, 0));
  const Answer answer = connection.execute(kPartsSql);
  for (int row = 0; row < answer.rows(); ++row) {
    shape.parts[{std::string(answer.text(row, 0)), std::string(answer.text(row, 1)),
                 std::string(answer.text(row, 2))}] = on_one_line(answer.text(row, 3));
  }
  return shape;
}

std::string to_text(const SchemaShape& shape) {
  std::string out = fmt::format("{}{}\n", kHeading, shape.server);
  for (const auto& [part, definition] : shape.parts) {
    out += fmt::format("{} {}: {}\n", part.kind, full_name(part), definition);
  }
  return out;
}

SchemaShape shape_from_text(std::string_view text) {
  SchemaShape shape;
  for (const std::string& line : split_list(text, '\n')) {
    if (line.starts_with(kHeading)) {
      shape.server = static_cast<int>(parse_integer(line.substr(kHeading.size())).value_or(0));
      continue;
    }
    const auto space = line.find(' '), colon = line.find(": ");
    FF_ASSERT(space < colon && colon != line.npos, "a line of the schema's shape cannot be read");
    const std::string name = line.substr(space + 1, colon - space - 1);
    const auto dot = name.find('.');
    shape.parts[{line.substr(0, space), dot == name.npos ? "" : name.substr(0, dot),
                 dot == name.npos ? name : name.substr(dot + 1)}] = line.substr(colon + 2);
  }
  return shape;
}

const SchemaShape& expected_shape() {
  static const SchemaShape shape = shape_from_text(kPostgresShape);
  return shape;
}

SchemaDifferences differences(const SchemaShape& expected, const SchemaShape& found) {
  SchemaDifferences all;
  compare_expected(expected, found, all);
  compare_extra(expected, found, all);
  return all;
}

}  // namespace footfall::store::postgres
