// Reads one sheet of a workbook, in the child process.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "intake/table.hpp"
#include "intake/workbook_wire.hpp"
#include "intake/zip_check.hpp"

namespace footfall::intake {

// Writes the sheet named `sheet` (the first visible one, if empty) of the workbook `content` to
// `out`: its name, its filled cells in reading order, the first merged range that touches its first
// filled row, and the end; or an error in place of what is missing. `entries` are the parts as
// check_zip found them, `file` names the workbook in messages. Texts above limits.cell_bytes_max
// are cut one byte past it, so that the parent sees that they are too long. Throws Failure if the
// parent has gone, std::bad_alloc without memory.
void parse_workbook(std::string_view content, const std::vector<ZipEntry>& entries,
                    const std::string& file, const std::string& sheet, const TableLimits& limits,
                    WireWriter& out);

}  // namespace footfall::intake
