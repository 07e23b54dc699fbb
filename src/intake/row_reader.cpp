#include "intake/row_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace footfall::intake {

TableReader::TableReader(const Table& table, std::vector<std::string> columns, Problems& problems,
                         const std::vector<std::string>& optional)
    : table_(table), names_(std::move(columns)), problems_(problems) {
  const std::size_t required = names_.size();
  names_.insert(names_.end(), optional.begin(), optional.end());
  places_.assign(names_.size(), -1);
  for (std::size_t c = 0; c < table.header.size(); ++c) {
    const auto at = std::find(names_.begin(), names_.end(), lower(table.header[c]));
    if (at == names_.end()) {
      problems.add(fmt::format("{}: there is no column '{}'; allowed are {}", table.file,
                               table.header[c], join(names_, ", ")));
      usable_ = false;
      continue;
    }
    int& place = places_[static_cast<std::size_t>(at - names_.begin())];
    if (place >= 0) {
      problems.add(fmt::format("{}: column '{}' stands twice", table.file, *at));
      usable_ = false;
    }
    place = static_cast<int>(c);
  }
  for (std::size_t n = 0; n < required; ++n) {
    if (places_[n] >= 0) continue;
    problems.add(fmt::format("{}: the column {} is missing", table.file, names_[n]));
    usable_ = false;
  }
}

const Cell& TableReader::cell(const Row& row, std::string_view column) const {
  static const Cell kMissing;
  const auto at = std::find(names_.begin(), names_.end(), column);
  const int place = places_[static_cast<std::size_t>(at - names_.begin())];
  return place < 0 ? kMissing : row.cells[static_cast<std::size_t>(place)];
}

void TableReader::problem(const Row& row, std::string_view column, std::string_view what) {
  problems_.add_cell(table_, row.number, column, what);
}

std::string TableReader::text(const Row& row, std::string_view column, bool required,
                              std::size_t bytes_max) {
  const Cell& found = cell(row, column);
  if (found.kind == CellKind::formula || found.kind == CellKind::error) {
    problem(row, column,
            fmt::format("'{}' is a formula or an error; put a value there", found.text));
    return {};
  }
  if ((required && found.text.empty()) || found.text.size() > bytes_max) {
    problem(row, column,
            fmt::format("'{}' is not allowed: a text of {} to {} bytes", found.text.substr(0, 60),
                        required ? 1 : 0, bytes_max));
  }
  return found.text;
}

std::string TableReader::choice(const Row& row, std::string_view column,
                                const std::vector<std::string>& allowed) {
  const std::string word = lower(text(row, column, false));
  if (std::find(allowed.begin(), allowed.end(), word) == allowed.end()) {
    problem(row, column, fmt::format("'{}' is not allowed: one of {}", word, join(allowed, ", ")));
    return allowed.front();
  }
  return word;
}

std::optional<double> TableReader::number(const Row& row, std::string_view column, double min,
                                          double max, std::string_view allowed) {
  const std::string word = text(row, column, false);
  if (word.empty()) return std::nullopt;
  const auto value = parse_double(word);
  if (value && *value >= min && *value <= max) return value;
  problem(row, column, fmt::format("'{}' is not allowed: {}", word.substr(0, 60), allowed));
  return std::nullopt;
}

std::optional<std::int64_t> TableReader::whole(const Row& row, std::string_view column,
                                               std::int64_t min, std::int64_t max) {
  const std::string word = text(row, column, false);
  if (word.empty()) return std::nullopt;
  const auto value = parse_integer(word);
  if (value && *value >= min && *value <= max) return value;
  problem(row, column,
          fmt::format("'{}' is not allowed: a whole number from {} to {}", word.substr(0, 60), min,
                      max));
  return std::nullopt;
}

std::optional<Money> TableReader::money(const Row& row, std::string_view column, Money min) {
  const std::string word = text(row, column, false);
  if (word.empty()) return std::nullopt;
  const auto value = parse_money(word);
  if (value && *value >= min) return *value;
  problem(row, column,
          fmt::format("'{}' is not allowed: an amount like 12.34, from {} to {}",
                      word.substr(0, 60), to_string(min), to_string(kMoneyMax)));
  return std::nullopt;
}

std::optional<SimTime> TableReader::date(const Row& row, std::string_view column) {
  const std::string word = text(row, column, false);
  if (word.empty()) return std::nullopt;
  const auto value = parse_sim_time(word);
  if (value) return *value;
  problem(row, column, value.error().message());
  return std::nullopt;
}

}  // namespace footfall::intake
