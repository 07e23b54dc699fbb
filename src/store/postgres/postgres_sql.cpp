#include "store/postgres/postgres_sql.hpp"

#include <algorithm>
#include <optional>

#include "base/assert.hpp"

namespace footfall::store::postgres {
namespace {

// Types by their numbers in PostgreSQL's pg_type.dat; none of them ever changes.
enum TypeNumber : std::uint32_t {
  kBool = 16,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kFloat4 = 700,
  kFloat8 = 701,
  kNumeric = 1700,
};

Value value_at(const Answer& answer, int row, int column) {
  if (answer.is_null(row, column)) return std::monostate{};
  switch (answer.column_type(column)) {
    case kBool:
      return std::int64_t{answer.text(row, column) == "t"};
    case kInt2:
    case kInt4:
    case kInt8:
      return answer.integer(row, column);
    case kFloat4:
    case kFloat8:
    case kNumeric:
      return answer.real(row, column);
    default:
      return std::string(answer.text(row, column));
  }
}

void add(Query& query, const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::null:
      query.add_null();
      break;
    case Cell::Kind::whole:
      query.add(cell.whole);
      break;
    case Cell::Kind::real:
      query.add(cell.real);
      break;
    case Cell::Kind::text:
      query.add(cell.text);
      break;
  }
}

}  // namespace

Rows PostgresSql::query(std::string_view sql, std::span<const Cell> parameters) {
  const Answer answer = run(sql, parameters);
  Rows rows;
  for (int i = 0; i < answer.columns(); ++i) {
    rows.columns.emplace_back(answer.column_name(i));
    FF_ASSERT(std::count(rows.columns.begin(), rows.columns.end(), rows.columns.back()) == 1,
              "a query names two columns alike");
  }
  rows.rows.resize(static_cast<std::size_t>(answer.rows()));
  for (int r = 0; r < answer.rows(); ++r) {
    std::vector<Value>& row = rows.rows[static_cast<std::size_t>(r)];
    row.reserve(rows.columns.size());
    for (int i = 0; i < answer.columns(); ++i) row.push_back(value_at(answer, r, i));
  }
  return rows;
}

std::int64_t PostgresSql::change(std::string_view sql, std::span<const Cell> parameters) {
  return run(sql, parameters).affected();
}

void PostgresSql::begin() {
  postgres::begin(*connection_, Purpose::write_alone);
  in_transaction_ = true;
}

void PostgresSql::commit() {
  postgres::commit(*connection_);
  in_transaction_ = false;
}

void PostgresSql::rollback() noexcept {
  postgres::rollback(*connection_);
  in_transaction_ = false;
}

Answer PostgresSql::run(std::string_view sql, std::span<const Cell> parameters) {
  const std::string text(sql);
  Query query(text.c_str());
  for (const Cell& cell : parameters) add(query, cell);
  if (in_transaction_) return connection_->execute(query);
  Transaction transaction(*connection_, purpose_);
  Answer answer = connection_->execute(query);
  transaction.commit();
  return answer;
}

}  // namespace footfall::store::postgres
