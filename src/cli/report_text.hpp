// A run's report for people (text) and for programs (JSON).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/text_table.hpp"
#include "store/run_report.hpp"

namespace footfall::cli {

// Sections with headings, at most style.width wide; ends with a newline. Long lists of weeks and
// offer cycles are shortened in the middle; the JSON has all.
std::string report_text(const store::RunReport& report, const TextStyle& style);

// One JSON object on one line. Moments as ISO 8601 text, money in minor units (*_minor), shares
// from 0 to 1; keys are named as in the summary of `footfall simulate --json`.
std::string report_json(const store::RunReport& report);

// A run's settings (a flat JSON object) as names and values, in their order; values that are empty
// are left out. Empty if it is not such an object.
std::vector<std::pair<std::string, std::string>> settings_entries(const std::string& settings);

}  // namespace footfall::cli
