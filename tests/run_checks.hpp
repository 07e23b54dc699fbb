// What holds of every run's rows, whatever world it was lived in: invariants 33, 34 and 37 of
// reference/offers-and-data.md section 8, beside those of tests/store/invariant_checks.hpp.
#pragma once

#include <functional>
#include <string>

#include "base/ids.hpp"
#include "store/reader.hpp"

namespace footfall {

// Answers the first number of a SELECT. So the same questions can be asked of a database and of one
// snapshot of it.
using Number = std::function<std::int64_t(const std::string& sql)>;
Number number_from(store::Reader& reader);

// Each of these answers what does not hold, a line each; empty if all does.

// Invariants of all runs in the database, as SQL.
std::string run_violations(store::Reader& reader);
// Rows that point at nothing, by table and column (invariant 37).
std::string orphans(const Number& number);
// Sessions that are no walk through the shopping graph, by their events and decisions (33).
std::string path_violations(store::Reader& reader, RunId run);

// How many rows each table holds, as text.
std::string table_counts(const Number& number);

}  // namespace footfall
