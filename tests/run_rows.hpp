// What a run left in a database, by natural keys: who (persona), when (simulated hour), what (sku,
// coupon code, offer cycle) and in which order, as lines of text. No database id and no column of
// the real clock is in it, so two runs with the same seed and settings have the same lines,
// whatever world they were lived in, on whatever database (invariant 36).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "store/reader.hpp"

namespace footfall {

// By table, sorted. Left out besides ids and real clocks: what only a run has that was cut off
// (replays, attempts that were set aside, and how many there were); what only a live run has (keys
// of calls, steps of carts, refreshes that are due after the run's end, how many are due in all),
// and when a cart was opened, since fast runs keep no such moment.
using RunRows = std::map<std::string, std::vector<std::string>>;

RunRows rows_of_run(store::Reader& reader, RunId run);

// SHA-256 of all lines: what invariant 36 calls the export's hash.
std::string digest(const RunRows& rows);

// Empty if both are the same; else the first lines of each table that only one of them has.
std::string difference(const RunRows& expected, const RunRows& actual);

}  // namespace footfall
