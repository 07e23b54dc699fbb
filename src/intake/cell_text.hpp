// What all readers of intake do with the text of a cell. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "intake/table.hpp"

namespace footfall::intake {

// Without white space at both ends: ASCII's, and the no-break space that spreadsheets like to add.
std::string_view trimmed(std::string_view text);

// A plain decimal number (sign, digits, point, exponent) that fills the whole text. No hexadecimal,
// no infinity, no NaN, no thousands separators. The program must run in the "C" numeric locale.
std::optional<double> parse_number(std::string_view text);

// Where the first byte stands that is not UTF-8 (RFC 3629), or npos.
std::size_t first_invalid_utf8(std::string_view text);

// "A" for column 0, "AA" for 26: as spreadsheets call it.
std::string column_name(int column);

// The cell that `raw`, once trimmed, stands for where a format has no types of its own: empty,
// number, boolean (TRUE or FALSE, any case) or text.
Cell make_cell(std::string_view raw);

}  // namespace footfall::intake
