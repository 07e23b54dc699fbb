// The check of a database, for people.
#pragma once

#include <string>

#include "cli/text_table.hpp"
#include "store/database_check.hpp"

namespace footfall::cli {

// Tables with their first rows, then what is wrong, then the verdict: what matters most stands
// last, where the terminal stops scrolling. Ends with a newline.
std::string check_text(const store::DatabaseCheck& check, const TextStyle& style);

}  // namespace footfall::cli
