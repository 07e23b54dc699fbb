// Personas from and to a workbook or CSV file (R1).
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.hpp"
#include "intake/table.hpp"
#include "personas/persona.hpp"

namespace footfall::intake {

// Reads every persona, or none. Errors: those of read_table; invalid_input naming every bad cell,
// missing, unknown or repeated column, and repeated persona_id at once.
Result<std::vector<personas::Persona>> read_personas(const std::filesystem::path& path);

// Writes a .xlsx workbook (sheet "Personas") or .csv file that read_personas() takes. Written under
// a temporary name and renamed, so a file is whole or not there. Errors: invalid_input for another
// ending, io if the disk refuses.
Result<void> write_personas(const std::filesystem::path& path,
                            const std::vector<personas::Persona>& personas);

}  // namespace footfall::intake
