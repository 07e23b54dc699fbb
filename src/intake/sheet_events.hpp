// The cells of a worksheet part (ECMA-376 part 1, section 18.3.1) on their way to the parent.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "intake/raw_sheet.hpp"
#include "intake/workbook_parts.hpp"
#include "intake/workbook_wire.hpp"

namespace footfall::intake {

// Text as the user typed it: "_x000D_" stands for a character that XML cannot hold (ECMA-376 part
// 1, section 22.9.2.19, ST_Xstring). Surrogates and NUL are left as they are.
std::string decode_xstring(std::string_view text);

// Row and column of "B7" (7 and 1), or nothing if that is no address on an Excel sheet.
struct CellAddress {
  int row = 0;
  int column = 0;
};
std::optional<CellAddress> parse_address(std::string_view text);

// Collects the text of a string item: plain or in runs, without the phonetic ones (rPh).
class StringItem {
 public:
  void begin() { *this = StringItem(); }
  void start(std::string_view name) {
    if (name == "rPh") ++phonetic_;
    if (name == "t") in_text_ = phonetic_ == 0;
  }
  void end(std::string_view name) {
    if (name == "rPh" && phonetic_ > 0) --phonetic_;
    if (name == "t") in_text_ = false;
  }
  void text(std::string_view piece) {
    if (in_text_) text_.append(piece);
  }
  const std::string& value() const { return text_; }

 private:
  std::string text_;
  int phonetic_ = 0;
  bool in_text_ = false;
};

// Told a worksheet's XML; writes each filled cell to `out` when it ends. Throws Failure on what no
// worksheet may hold: addresses out of order, unknown types, strings that do not exist.
class SheetEvents : public XmlEvents {
 public:
  SheetEvents(const std::vector<std::string>& shared_strings, std::size_t text_bytes_max,
              WireWriter& out)
      : shared_strings_(shared_strings), text_bytes_max_(text_bytes_max), out_(out) {}

  void start(std::string_view name, int depth, const XmlAttributes& attributes) override;
  void end(std::string_view name, int depth) override;
  void text(std::string_view piece) override;

 private:
  void start_row(const XmlAttributes& attributes);
  void start_cell(const XmlAttributes& attributes);
  void start_formula(const XmlAttributes& attributes);
  void start_merge(const XmlAttributes& attributes);
  void finish_cell();
  void emit(CellKind kind, std::string_view text);
  bool within_formula();
  std::string_view shared_string() const;
  [[noreturn]] void refuse(std::string_view what) const;

  const std::vector<std::string>& shared_strings_;
  std::size_t text_bytes_max_;
  WireWriter& out_;
  bool in_data_ = false;
  bool in_merges_ = false;
  int row_ = 0;
  int column_ = -1;
  int first_filled_row_ = 0;
  bool merge_sent_ = false;
  std::vector<MergedRange> formula_ranges_;  // of array formulas and data tables, not yet passed
  std::string type_;
  bool has_formula_ = false;
  std::string formula_;
  std::string value_;
  StringItem inline_;
  std::string* target_ = nullptr;  // where the text of an open <f> or <v> goes
  bool in_inline_ = false;
};

}  // namespace footfall::intake
