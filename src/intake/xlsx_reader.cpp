#include "intake/xlsx_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "intake/cell_text.hpp"
#include "intake/child_process.hpp"
#include "intake/workbook_parser.hpp"
#include "intake/workbook_wire.hpp"
#include "intake/zip_check.hpp"

namespace footfall::intake {
namespace {

constexpr std::size_t kTextBytesMax = 4096;  // of a sheet's name and of an error's message
constexpr int kRowMax = 1 << 24;  // well above Excel's; keeps the sums below from overflow
constexpr int kColumnMax = 1 << 16;

// The child may also wait for a busy machine, so it gets more time on the wall than on a processor.
int wall_ms_max(int seconds_max) {
  return static_cast<int>(std::min<std::int64_t>(std::int64_t{seconds_max} * 3 + 30, 86'400) *
                          1000);
}

bool is_clean_text(std::string_view text) {
  return text.find('\0') == std::string_view::npos &&
         first_invalid_utf8(text) == std::string_view::npos;
}

std::optional<Cell> cell_from_wire(CellKind kind, std::string_view text) {
  switch (kind) {
    case CellKind::number:
      if (const std::optional<double> number = parse_number(text)) {
        return Cell{kind, std::string(text), *number};
      }
      return std::nullopt;
    case CellKind::boolean:
      if (text != "TRUE" && text != "FALSE") return std::nullopt;
      return Cell{kind, std::string(text), 0};
    case CellKind::text:
    case CellKind::date:
    case CellKind::error:
      if (text.empty()) return std::nullopt;
      return Cell{kind, std::string(text), 0};
    case CellKind::formula:
      return Cell{kind, std::string(text), 0};
    case CellKind::empty:
      break;
  }
  return std::nullopt;
}

Error ended_early(ChildEnd end, const std::string& file, const TableLimits& limits) {
  switch (end) {
    case ChildEnd::out_of_cpu:
    case ChildEnd::out_of_time:
      return Error(Errc::too_large,
                   fmt::format("The workbook '{}' was not read within {} seconds, the most that is "
                               "allowed. Split it into several workbooks, or save it as .csv.",
                               file, limits.seconds_max));
    case ChildEnd::out_of_memory:
      return Error(Errc::too_large,
                   fmt::format("Reading the workbook '{}' takes more than the {} MB of memory that "
                               "are allowed. Split it into several workbooks, or save it as .csv.",
                               file, limits.memory_bytes_max >> 20));
    case ChildEnd::crashed:
    case ChildEnd::stopped:
    case ChildEnd::finished:
      break;
  }
  return Error(Errc::invalid_input,
               fmt::format("The workbook '{}' cannot be read: it is so damaged that its reader "
                           "crashed. Open it in a spreadsheet program and save it again as .xlsx.",
                           file));
}

}  // namespace

WireReader::WireReader(std::string file, const TableLimits& limits)
    : file_(std::move(file)), limits_(limits), rows_("", limits) {}

bool WireReader::fail(Error error) {
  error_ = std::move(error);
  failed_ = true;
  return false;
}

bool WireReader::garbage() {
  return fail(
      Error(Errc::invalid_input,
            fmt::format("The workbook '{}' cannot be read: its reader sent what makes no "
                        "sense. Open it in a spreadsheet program and save it again as .xlsx.",
                        file_)));
}

bool WireReader::feed(std::string_view piece) {
  if (failed_) return false;
  if (complete_) return garbage();
  const std::size_t body_max =
      kWireCellBytes + 1 +
      std::max(kTextBytesMax, static_cast<std::size_t>(limits_.cell_bytes_max));
  buffer_.append(piece);
  std::size_t at = 0;
  while (buffer_.size() - at >= kWireHeadBytes) {
    const std::size_t bytes = wire_u32(buffer_, at + 1);
    if (bytes > body_max) return garbage();
    if (buffer_.size() - at - kWireHeadBytes < bytes) break;
    const std::string_view body = std::string_view(buffer_).substr(at + kWireHeadBytes, bytes);
    if (complete_ || !take_record(buffer_[at], body)) return failed_ ? false : garbage();
    at += kWireHeadBytes + bytes;
  }
  buffer_.erase(0, at);
  return true;
}

bool WireReader::take_record(char type, std::string_view body) {
  switch (static_cast<WireType>(type)) {
    case WireType::sheet:
      return take_sheet(body);
    case WireType::cell:
      return take_cell(body);
    case WireType::merge:
      return take_merge(body);
    case WireType::error:
      return take_error(body);
    case WireType::end:
      complete_ = has_sheet_ && body.empty();
      return complete_;
  }
  return false;
}

bool WireReader::take_sheet(std::string_view body) {
  if (has_sheet_ || body.size() > kTextBytesMax || !is_clean_text(body)) return false;
  has_sheet_ = true;
  sheet_.name = body;
  sheet_.place = fmt::format("sheet '{}' of the workbook '{}'", sheet_.name, file_);
  rows_ = RowCollector(sheet_.place, limits_);
  return true;
}

bool WireReader::take_cell(std::string_view body) {
  if (!has_sheet_ || sheet_.header_merge || body.size() < kWireCellBytes) return false;
  const std::uint32_t row = wire_u32(body, 0);
  const std::uint32_t column = wire_u32(body, 4);
  if (row < 1 || row > kRowMax || column > kColumnMax) return false;
  const int row_now = static_cast<int>(row);
  const int column_now = static_cast<int>(column);
  const bool ascends = row_now > row_last_ || (row_now == row_last_ && column_now > column_last_);
  if (!ascends) return false;
  row_last_ = row_now;
  column_last_ = column_now;
  const std::string_view text = body.substr(kWireCellBytes);
  // A text that is too long was cut anywhere; the collector refuses it by its length.
  if (text.size() <= static_cast<std::size_t>(limits_.cell_bytes_max) && !is_clean_text(text)) {
    return fail(
        Error(Errc::invalid_input,
              fmt::format("The cell in row {}, column {} of the {} is not valid UTF-8 text. "
                          "Type it again and save the workbook.",
                          row_now, column_name(column_now), sheet_.place)));
  }
  std::optional<Cell> cell = cell_from_wire(static_cast<CellKind>(body[8]), text);
  if (!cell) return false;
  if (const Result<void> added = rows_.add(row_now, column_now, std::move(*cell)); !added) {
    return fail(added.error());
  }
  return true;
}

bool WireReader::take_merge(std::string_view body) {
  if (!has_sheet_ || sheet_.header_merge || body.size() != kWireMergeBytes) return false;
  for (std::size_t at = 0; at < kWireMergeBytes; at += 4) {
    if (wire_u32(body, at) > kRowMax) return false;
  }
  const auto value = [&](std::size_t at) { return static_cast<int>(wire_u32(body, at)); };
  sheet_.header_merge = MergedRange{value(0), value(4), value(8), value(12)};
  return true;
}

bool WireReader::take_error(std::string_view body) {
  if (body.empty() || !is_clean_text(body.substr(1))) return false;
  const Errc code = static_cast<Errc>(body[0]);
  if (code != Errc::invalid_input && code != Errc::too_large) return false;
  return fail(Error(code, std::string(body.substr(1))));
}

Result<RawSheet> WireReader::finish() {
  if (!failed_ && (!complete_ || !buffer_.empty())) garbage();
  if (failed_) return error_;
  sheet_.rows = rows_.take_rows();
  return std::move(sheet_);
}

Result<RawSheet> read_xlsx(std::string_view content, const std::string& file,
                           const std::string& sheet, const TableLimits& limits) {
  const Result<std::vector<ZipEntry>> entries = check_zip(content, file, limits.unpacked_bytes_max);
  if (!entries) return entries.error();
  const ChildLimits child_limits{limits.memory_bytes_max, limits.seconds_max,
                                 wall_ms_max(limits.seconds_max)};
  WireReader reader(file, limits);
  const Result<ChildEnd> end = run_in_child(
      child_limits,
      [&](int fd) {
        WireWriter out(fd);
        parse_workbook(content, *entries, file, sheet, limits, out);
      },
      [&](std::string_view piece) { return reader.feed(piece); });
  if (!end) return end.error();
  // What the child said of itself counts before how it ended; but only a clean end makes a table.
  if (!reader.failed() && *end != ChildEnd::finished) return ended_early(*end, file, limits);
  return reader.finish();
}

}  // namespace footfall::intake
