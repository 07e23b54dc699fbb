#include "intake/sheet_events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "intake/cell_text.hpp"

namespace footfall::intake {
namespace {

constexpr int kExcelRowsMax = 1'048'576;
constexpr int kExcelColumnsMax = 16'384;

// Depths within a worksheet: worksheet 1, sheetData and mergeCells 2, row and mergeCell 3, c 4,
// f, v and is 5.
constexpr int kGroupDepth = 2;
constexpr int kRowDepth = 3;
constexpr int kCellDepth = 4;
constexpr int kValueDepth = 5;

template <typename Integer>
std::optional<Integer> parse_integer(std::string_view text, int base = 10) {
  Integer value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void append_utf8(std::string& out, std::uint32_t unit) {
  if (unit < 0x80) {
    out.push_back(static_cast<char>(unit));
  } else if (unit < 0x800) {
    out.push_back(static_cast<char>(0xC0 | unit >> 6));
    out.push_back(static_cast<char>(0x80 | (unit & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xE0 | unit >> 12));
    out.push_back(static_cast<char>(0x80 | (unit >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (unit & 0x3F)));
  }
}

// "B2:D9", or one cell "B2".
std::optional<MergedRange> parse_range(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::optional<CellAddress> first = parse_address(text.substr(0, colon));
  const std::optional<CellAddress> last =
      colon == std::string_view::npos ? first : parse_address(text.substr(colon + 1));
  if (!first || !last || last->row < first->row || last->column < first->column)
    return std::nullopt;
  return MergedRange{first->row, last->row, first->column, last->column};
}

}  // namespace

std::string decode_xstring(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at, 2) == "_x" && text.size() - at >= 7 && text[at + 6] == '_') {
      const auto unit = parse_integer<std::uint32_t>(text.substr(at + 2, 4), 16);
      if (unit && *unit != 0 && (*unit < 0xD800 || *unit > 0xDFFF)) {
        append_utf8(out, *unit);
        at += 7;
        continue;
      }
    }
    out.push_back(text[at]);
    ++at;
  }
  return out;
}

std::optional<CellAddress> parse_address(std::string_view text) {
  int column = 0;
  std::size_t at = 0;
  for (; at < text.size() && text[at] >= 'A' && text[at] <= 'Z'; ++at) {
    column = column * 26 + (text[at] - 'A' + 1);
    if (column > kExcelColumnsMax) return std::nullopt;
  }
  const std::optional<int> row = parse_integer<int>(text.substr(at));
  if (at == 0 || !row || *row < 1 || *row > kExcelRowsMax) return std::nullopt;
  return CellAddress{*row, column - 1};
}

void SheetEvents::refuse(std::string_view what) const {
  throw Failure(
      fmt::format("near row {}, column {} {}", row_, column_name(std::max(column_, 0)), what));
}

void SheetEvents::start(std::string_view name, int depth, const XmlAttributes& attributes) {
  if (in_inline_) {
    inline_.start(name);
  } else if (depth == kGroupDepth) {
    in_data_ = name == "sheetData";
    in_merges_ = name == "mergeCells";
  } else if (in_merges_ && depth == kRowDepth && name == "mergeCell") {
    start_merge(attributes);
  } else if (in_data_ && depth == kRowDepth && name == "row") {
    start_row(attributes);
  } else if (in_data_ && depth == kCellDepth && name == "c") {
    start_cell(attributes);
  } else if (in_data_ && depth == kValueDepth && name == "f") {
    start_formula(attributes);
  } else if (in_data_ && depth == kValueDepth && name == "v") {
    target_ = &value_;
  } else if (in_data_ && depth == kValueDepth && name == "is") {
    inline_.begin();
    in_inline_ = true;
  }
}

void SheetEvents::end(std::string_view name, int depth) {
  if (depth == kGroupDepth) in_data_ = in_merges_ = false;
  if (depth == kValueDepth) {
    target_ = nullptr;
    in_inline_ = false;
  } else if (in_inline_) {
    inline_.end(name);
  }
  if (in_data_ && depth == kCellDepth && name == "c") finish_cell();
}

void SheetEvents::text(std::string_view piece) {
  if (in_inline_) {
    inline_.text(piece);
  } else if (target_ != nullptr) {
    target_->append(piece);
  }
}

// Numbers may be left out: then the row, or the cell, follows the one before.
void SheetEvents::start_row(const XmlAttributes& attributes) {
  const std::string_view number = attributes.get("r");
  const std::optional<int> row = number.empty() ? row_ + 1 : parse_integer<int>(number);
  if (!row || *row <= row_ || *row > kExcelRowsMax) {
    refuse("a row has a number that is out of order or out of range.");
  }
  row_ = *row;
  column_ = -1;
}

void SheetEvents::start_cell(const XmlAttributes& attributes) {
  const std::string_view reference = attributes.get("r");
  const std::optional<CellAddress> address =
      reference.empty() ? CellAddress{row_, column_ + 1} : parse_address(reference);
  if (!address || address->row != row_ || address->column <= column_ ||
      address->column >= kExcelColumnsMax) {
    refuse("a cell has an address that is out of order or out of range.");
  }
  column_ = address->column;
  type_ = attributes.get("t");
  has_formula_ = false;
  formula_.clear();
  value_.clear();
  inline_.begin();
}

void SheetEvents::start_formula(const XmlAttributes& attributes) {
  has_formula_ = true;
  target_ = &formula_;
  const std::string_view type = attributes.get("t");
  if (type != "array" && type != "dataTable") return;
  const std::optional<MergedRange> range = parse_range(attributes.get("ref"));
  if (!range) refuse("an array formula has no range.");
  formula_ranges_.push_back(*range);
}

void SheetEvents::start_merge(const XmlAttributes& attributes) {
  const std::optional<MergedRange> range = parse_range(attributes.get("ref"));
  if (!range) throw Failure("a merged range has no valid address.");
  const bool one_cell =
      range->row_first == range->row_last && range->column_first == range->column_last;
  if (merge_sent_ || one_cell || first_filled_row_ == 0) return;
  if (range->row_first > first_filled_row_ || range->row_last < first_filled_row_) return;
  merge_sent_ = true;
  out_.merge(*range);
}

// Cells that an array formula fills carry a value only; they are part of the formula all the same.
bool SheetEvents::within_formula() {
  const auto passed = [&](const MergedRange& range) { return range.row_last < row_; };
  formula_ranges_.erase(std::remove_if(formula_ranges_.begin(), formula_ranges_.end(), passed),
                        formula_ranges_.end());
  return std::any_of(formula_ranges_.begin(), formula_ranges_.end(), [&](const MergedRange& range) {
    return range.row_first <= row_ && range.column_first <= column_ && range.column_last >= column_;
  });
}

std::string_view SheetEvents::shared_string() const {
  const std::optional<std::size_t> index = parse_integer<std::size_t>(trimmed(value_));
  if (!index || *index >= shared_strings_.size())
    refuse("a cell points to a text that is missing.");
  return shared_strings_[*index];
}

void SheetEvents::finish_cell() {
  if (has_formula_ || within_formula()) {
    return emit(CellKind::formula, formula_.empty() ? "" : "=" + formula_);
  }
  const std::string_view value = trimmed(value_);
  if (type_ == "inlineStr") return emit(CellKind::text, decode_xstring(inline_.value()));
  if (value.empty()) return;
  if (type_ == "s") return emit(CellKind::text, shared_string());
  if (type_ == "str") return emit(CellKind::text, decode_xstring(value_));
  if (type_ == "e") return emit(CellKind::error, value);
  if (type_ == "d") return emit(CellKind::date, value);
  if (type_ == "b") {
    if (value != "0" && value != "1" && value != "true" && value != "false") {
      refuse("a boolean is neither true nor false.");
    }
    return emit(CellKind::boolean, value == "1" || value == "true" ? "TRUE" : "FALSE");
  }
  if (!type_.empty() && type_ != "n") refuse("a cell has a type that does not exist.");
  if (!parse_number(value)) refuse("a number is not a number.");
  emit(CellKind::number, value);
}

void SheetEvents::emit(CellKind kind, std::string_view text) {
  const std::string_view clean = trimmed(text);
  if (clean.empty() && kind != CellKind::formula) return;
  if (first_filled_row_ == 0) first_filled_row_ = row_;
  out_.cell(row_, column_, kind, clean.substr(0, text_bytes_max_ + 1));
}

}  // namespace footfall::intake
