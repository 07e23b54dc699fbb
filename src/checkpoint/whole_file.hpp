// Files that are there whole or not at all, also after a crash or on a full disk.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.hpp"

namespace footfall::checkpoint {

// Writes a temporary file beside `path`, flushes it to the disk, renames it, and flushes the
// folder. Errors: io, with the system's words; then `path` is as it was, and the temporary file is
// gone.
Result<void> write_whole(const std::filesystem::path& path, std::string_view bytes);

}  // namespace footfall::checkpoint
