#include "intake/csv_reader.hpp"

#include <fmt/format.h>

#include "intake/cell_text.hpp"

namespace footfall::intake {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// One pass over the text. The position never moves back, so time is linear in the size.
class CsvParser {
 public:
  CsvParser(std::string_view content, const std::string& file, const TableLimits& limits)
      : content_(content), file_(file), rows_(fmt::format("file '{}'", file), limits) {}

  Result<std::vector<Row>> parse();

 private:
  Result<void> read_record();
  Result<void> read_field();
  Result<void> read_quoted();
  Result<void> check_separator(int line, int columns) const;
  void skip_line_end();
  bool at_end() const { return at_ == content_.size(); }
  bool at_line_end() const { return content_[at_] == '\n' || content_[at_] == '\r'; }
  Error broken(int line, std::string_view what) const;

  std::string_view content_;
  const std::string& file_;
  RowCollector rows_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::string field_;
  bool first_record_ = true;
};

Error CsvParser::broken(int line, std::string_view what) const {
  return Error(Errc::invalid_input, fmt::format("Line {} of the file '{}': {}", line, file_, what));
}

// CRLF, LF and CR each end one line.
void CsvParser::skip_line_end() {
  if (content_.substr(at_, 2) == "\r\n") ++at_;
  ++at_;
  ++line_;
}

Result<std::vector<Row>> CsvParser::parse() {
  while (!at_end()) {
    if (Result<void> read = read_record(); !read) return read.error();
  }
  return rows_.take_rows();
}

Result<void> CsvParser::read_record() {
  const int line_first = line_;
  int column = 0;
  bool filled = false;
  while (true) {
    if (Result<void> read = read_field(); !read) return read;
    Cell cell = make_cell(field_);
    filled = filled || cell.kind != CellKind::empty;
    if (Result<void> added = rows_.add(line_first, column, std::move(cell)); !added) return added;
    ++column;
    if (at_end() || content_[at_] != ',') break;
    ++at_;
  }
  if (!at_end()) skip_line_end();
  if (filled && first_record_) {
    first_record_ = false;
    return check_separator(line_first, column);
  }
  return {};
}

// The file that a German or French Excel calls CSV would be read as one odd column.
Result<void> CsvParser::check_separator(int line, int columns) const {
  const std::size_t separator = columns == 1 ? field_.find_first_of(";\t") : std::string::npos;
  if (separator == std::string::npos) return {};
  return broken(
      line, fmt::format("the header is separated by {} where commas are expected. Save the file "
                        "as comma-separated CSV in UTF-8, or as .xlsx.",
                        field_[separator] == ';' ? "semicolons" : "tabs"));
}

// Leaves the position on the comma or line end behind the field.
Result<void> CsvParser::read_field() {
  field_.clear();
  if (!at_end() && content_[at_] == '"') return read_quoted();
  const std::size_t first = at_;
  while (!at_end() && content_[at_] != ',' && !at_line_end()) {
    if (content_[at_] == '"') {
      return broken(
          line_,
          "there is a quotation mark inside a field that does not begin with one. Put the "
          "whole field in quotation marks and write the inner ones twice (\"\").");
    }
    ++at_;
  }
  field_.assign(content_.substr(first, at_ - first));
  return {};
}

Result<void> CsvParser::read_quoted() {
  const int line_first = line_;
  ++at_;
  while (!at_end()) {
    if (content_[at_] == '"') {
      ++at_;
      if (at_end() || content_[at_] == ',' || at_line_end()) return {};
      if (content_[at_] != '"') {
        return broken(line_,
                      "a comma or the end of the line must follow a closing quotation mark. Write "
                      "quotation marks inside a field twice (\"\").");
      }
      field_.push_back('"');
      ++at_;
    } else if (at_line_end()) {
      skip_line_end();
      field_.push_back('\n');
    } else {
      field_.push_back(content_[at_]);
      ++at_;
    }
  }
  return broken(line_first,
                "the quotation mark that opens a field here is never closed. Close it, or write "
                "quotation marks inside a field twice (\"\").");
}

int line_at(std::string_view content, std::size_t offset) {
  int line = 1;
  for (std::size_t i = 0; i < offset; ++i) {
    if (content[i] == '\n' || (content[i] == '\r' && content.substr(i + 1, 1) != "\n")) ++line;
  }
  return line;
}

Result<void> check_bytes(std::string_view content, const std::string& file) {
  if (const std::size_t at = content.find('\0'); at != std::string_view::npos) {
    return Error(Errc::invalid_input,
                 fmt::format("Line {} of the file '{}' holds a NUL byte, so this is no CSV text in "
                             "UTF-8. Save the table as CSV in UTF-8, or as .xlsx.",
                             line_at(content, at), file));
  }
  if (const std::size_t at = first_invalid_utf8(content); at != std::string_view::npos) {
    return Error(Errc::invalid_input,
                 fmt::format("Line {} of the file '{}' holds the byte 0x{:02X}, which is not valid "
                             "UTF-8 there. Save the table as CSV in UTF-8, or as .xlsx.",
                             line_at(content, at), file, static_cast<unsigned char>(content[at])));
  }
  return {};
}

}  // namespace

Result<RawSheet> read_csv(std::string_view content, const std::string& file,
                          const TableLimits& limits) {
  if (content.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    content.remove_prefix(kByteOrderMark.size());
  }
  if (const Result<void> checked = check_bytes(content, file); !checked) return checked.error();
  Result<std::vector<Row>> rows = CsvParser(content, file, limits).parse();
  if (!rows) return rows.error();
  return RawSheet{"", fmt::format("file '{}'", file), std::move(*rows), std::nullopt};
}

}  // namespace footfall::intake
