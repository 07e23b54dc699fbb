// The Reader of an SQLite file.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.hpp"
#include "store/reader.hpp"

namespace footfall::store::sqlite {

// The file behind "sqlite:PATH". Errors: invalid_input for another scheme or an empty path.
Result<std::filesystem::path> path_of(const std::string& url);

// Opens the file read-only; it must hold this program's newest schema. Errors: not_found,
// incompatible, io.
Result<std::unique_ptr<Reader>> open_file(const std::filesystem::path& path);

}  // namespace footfall::store::sqlite
