// Reads CSV: RFC 4180 with commas and quotation marks, lines ending in CRLF, LF or CR.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "intake/raw_sheet.hpp"
#include "intake/table.hpp"

namespace footfall::intake {

// `content` is the whole file, UTF-8 with or without a byte order mark; `file` names it in
// messages. A row's number is the line on which its record starts. Fields that look like numbers
// become numbers whether quoted or not; their text is kept, so "007" is not lost. Errors:
// invalid_input (not UTF-8, a NUL byte, a quotation mark out of place or never closed, fields
// separated by something else than commas), too_large. Each names the line.
Result<RawSheet> read_csv(std::string_view content, const std::string& file,
                          const TableLimits& limits);

}  // namespace footfall::intake
