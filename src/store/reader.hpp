// The port for asking questions: reports read through it and change nothing. Adapters: SQLite
// and PostgreSQL. One object, one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace footfall::store {

// NULL, a whole number, a number, a text.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

// An answer. Every row holds one value per column.
struct Rows {
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;
};

class Reader {
 public:
  virtual ~Reader() = default;

  // The whole answer to one SELECT. Its parameters are written $1, $2, … and each of `parameters`
  // is used; its columns have names, each its own. The text must mean the same to SQLite and
  // PostgreSQL, so: subqueries in FROM are named, sums are cast (CAST(sum(x) AS BIGINT), since
  // PostgreSQL widens them to numeric), and moments are split by integer arithmetic.
  // Throws Failure if the database refuses.
  virtual Rows query(std::string_view sql, std::span<const std::int64_t> parameters) = 0;
};

}  // namespace footfall::store
