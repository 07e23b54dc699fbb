#include "store/sql.hpp"

#include "base/assert.hpp"

namespace footfall::store {
namespace {

class SqlReader final : public Reader {
 public:
  explicit SqlReader(std::unique_ptr<Sql> sql) : sql_(std::move(sql)) {}

  Rows query(std::string_view sql, std::span<const std::int64_t> parameters) override {
    const std::vector<Cell> cells(parameters.begin(), parameters.end());
    return sql_->query(sql, cells);
  }

 private:
  std::unique_ptr<Sql> sql_;
};

}  // namespace

std::int64_t whole(const Value& value) {
  if (is_null(value)) return 0;
  FF_ASSERT(std::holds_alternative<std::int64_t>(value), "a column does not hold whole numbers");
  return std::get<std::int64_t>(value);
}

double real(const Value& value) {
  if (is_null(value)) return 0;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return static_cast<double>(*number);
  FF_ASSERT(std::holds_alternative<double>(value), "a column does not hold numbers");
  return std::get<double>(value);
}

const std::string& text(const Value& value) {
  static const std::string empty;
  if (is_null(value)) return empty;
  FF_ASSERT(std::holds_alternative<std::string>(value), "a column does not hold texts");
  return std::get<std::string>(value);
}

std::unique_ptr<Reader> make_reader(std::unique_ptr<Sql> sql) {
  return std::make_unique<SqlReader>(std::move(sql));
}

}  // namespace footfall::store
