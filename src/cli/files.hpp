// Where the program's bundled files are, and reading what a command was pointed to.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/settings.hpp"
#include "intake/catalogue_file.hpp"
#include "intake/persona_file.hpp"
#include "personas/population.hpp"
#include "retail/catalogue.hpp"

namespace footfall::cli {

// Called once by main, so that the bundled data is found beside the program too.
void remember_program(const char* argv0);

// data/sample under the current folder, or beside the program's own.
std::filesystem::path sample_folder();

// What --catalogue and --personas name, or the bundled ones.
Result<retail::Catalogue> catalogue_of(const Settings& settings);
Result<std::vector<personas::Persona>> personas_of(const Settings& settings);

// A text file of at most `bytes_max`. Errors: io, not_found, invalid_input where it is larger.
Result<std::string> read_text_file(const std::string& path, std::size_t bytes_max);

personas::Vocabulary vocabulary_of(const retail::Catalogue& catalogue);

}  // namespace footfall::cli
