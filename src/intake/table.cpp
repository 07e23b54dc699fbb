#include "intake/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <system_error>

#include "intake/cell_text.hpp"
#include "intake/csv_reader.hpp"
#include "intake/raw_sheet.hpp"
#include "intake/xlsx_reader.hpp"

namespace footfall::intake {
namespace {

constexpr std::string_view kZipMagic = "PK\x03\x04";

Error invalid(std::string message) { return Error(Errc::invalid_input, std::move(message)); }

// The whole file, or why it cannot be had.
Result<std::string> read_file(const std::filesystem::path& path, std::int64_t bytes_max) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  if (!std::filesystem::exists(status)) {
    return Error(Errc::not_found,
                 fmt::format("There is no file '{}'. Check its name and folder.", path.string()));
  }
  if (!std::filesystem::is_regular_file(status)) {
    return invalid(
        fmt::format("'{}' is not a file but a folder or a device. Name a .xlsx or .csv "
                    "file.",
                    path.string()));
  }
  std::ifstream in(path, std::ios::binary);
  std::string content;
  std::string piece(1 << 16, '\0');
  while (in && static_cast<std::int64_t>(content.size()) <= bytes_max) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    content.append(piece, 0, static_cast<std::size_t>(in.gcount()));
  }
  if (static_cast<std::int64_t>(content.size()) > bytes_max) {
    return Error(Errc::too_large,
                 fmt::format("The file '{}' is larger than {} bytes, the most that is allowed. "
                             "Split it into several files.",
                             path.string(), bytes_max));
  }
  if (!in.eof()) {
    return Error(Errc::io, fmt::format("The file '{}' cannot be read ({}). Check its permissions.",
                                       path.string(), std::strerror(errno)));
  }
  if (content.empty()) {
    return invalid(
        fmt::format("The file '{}' is empty. It must hold a header row and at least one "
                    "row below it.",
                    path.string()));
  }
  return content;
}

std::string lower_extension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return extension;
}

Result<RawSheet> read_rows(const std::filesystem::path& path, const std::string& sheet,
                           const TableLimits& limits) {
  const std::string extension = lower_extension(path);
  if (extension != ".xlsx" && extension != ".csv") {
    return invalid(
        fmt::format("The file '{}' has the ending '{}'; only .xlsx workbooks and .csv "
                    "files are read. Save the table as one of these.",
                    path.string(), path.extension().string()));
  }
  if (extension == ".csv" && !sheet.empty()) {
    return invalid(
        fmt::format("The sheet '{}' was asked of the file '{}', but a .csv file has no "
                    "sheets. Leave the sheet's name out, or give a .xlsx workbook.",
                    sheet, path.string()));
  }
  const Result<std::string> content = read_file(path, limits.file_bytes_max);
  if (!content) return content.error();
  if (extension == ".xlsx") return read_xlsx(*content, path.string(), sheet, limits);
  if (content->compare(0, kZipMagic.size(), kZipMagic) == 0) {
    return invalid(
        fmt::format("The file '{}' is a workbook or another zip file, not CSV text. If it "
                    "is a workbook, give it a name that ends in .xlsx.",
                    path.string()));
  }
  return read_csv(*content, path.string(), limits);
}

// A name must be what a person typed: a formula or an error may read differently tomorrow.
Result<void> check_header_cell(const RawSheet& sheet, int row, int column, const Cell& cell) {
  const std::string where =
      fmt::format("row {}, column {} of the {}", row, column_name(column), sheet.place);
  if (cell.kind == CellKind::empty) {
    return invalid(
        fmt::format("The header cell in {} is empty, but there are names to the right of "
                    "it. Name the column, or delete it.",
                    where));
  }
  if (cell.kind == CellKind::formula || cell.kind == CellKind::error) {
    return invalid(fmt::format(
        "The header cell in {} holds {} '{}'. Type the column's name as plain "
        "text.",
        where, cell.kind == CellKind::formula ? "the formula" : "the error", cell.text));
  }
  return {};
}

Result<std::vector<std::string>> take_header(const RawSheet& sheet) {
  const Row& row = sheet.rows.front();
  if (sheet.header_merge) {
    const MergedRange& range = *sheet.header_merge;
    return invalid(fmt::format(
        "The header (row {} of the {}) has merged cells: {}{}:{}{}. Unmerge them; the first filled "
        "row must hold one name above each column, with no title above it.",
        row.number, sheet.place, column_name(range.column_first), range.row_first,
        column_name(range.column_last), range.row_last));
  }
  std::vector<std::string> header;
  std::map<std::string, int> column_of;
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    const int column = static_cast<int>(i);
    const Cell& cell = row.cells[i];
    const Result<void> checked = check_header_cell(sheet, row.number, column, cell);
    if (!checked) return checked.error();
    const auto [at, is_new] = column_of.emplace(cell.text, column);
    if (!is_new) {
      return invalid(fmt::format(
          "The header (row {} of the {}) has the name '{}' twice, in columns "
          "{} and {}. Each column needs a name of its own.",
          row.number, sheet.place, cell.text, column_name(at->second), column_name(column)));
    }
    header.push_back(cell.text);
  }
  return header;
}

Result<Table> make_table(const std::string& file, RawSheet sheet) {
  if (sheet.rows.empty()) {
    return invalid(
        fmt::format("The {} is empty. It must hold a header row and at least one row "
                    "below it.",
                    sheet.place));
  }
  Result<std::vector<std::string>> header = take_header(sheet);
  if (!header) return header.error();
  if (sheet.rows.size() == 1) {
    return invalid(
        fmt::format("The {} has a header (row {}) but no rows below it. Add at least one.",
                    sheet.place, sheet.rows.front().number));
  }
  Table table{file, std::move(sheet.name), std::move(*header), std::move(sheet.rows)};
  table.rows.erase(table.rows.begin());
  const std::size_t width = table.header.size();
  for (Row& row : table.rows) {
    if (row.cells.size() > width) {
      const auto extra =
          std::find_if(row.cells.begin() + static_cast<std::ptrdiff_t>(width), row.cells.end(),
                       [](const Cell& cell) { return cell.kind != CellKind::empty; });
      return invalid(
          fmt::format("Row {}, column {} of the {} holds a value, but the header has no "
                      "name for this column (it names {} columns). Name it, or delete the "
                      "value.",
                      row.number, column_name(static_cast<int>(extra - row.cells.begin())),
                      sheet.place, width));
    }
    row.cells.resize(width);
  }
  return table;
}

}  // namespace

Result<Table> read_table(const std::filesystem::path& path, const std::string& sheet,
                         const TableLimits& limits) {
  Result<RawSheet> rows = read_rows(path, sheet, limits);
  if (!rows) return rows.error();
  return make_table(path.string(), std::move(*rows));
}

}  // namespace footfall::intake
