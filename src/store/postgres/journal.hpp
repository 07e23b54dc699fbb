// The PostgreSQL journal of fast runs: one transaction a commit, rows by COPY.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "store/cell.hpp"
#include "store/postgres/connection.hpp"
#include "store/store.hpp"

namespace footfall::store::postgres {

// See Store::open_journal. The connection must outlive it, and is used by it alone meanwhile. Where
// the connection is lost during the COMMIT, commit() throws and the entries may stand all the same:
// simulation_state.sim_now_us tells.
std::unique_ptr<Journal> make_journal(Connection& connection, const JournalContext& context,
                                      const retail::Catalogue& catalogue,
                                      const std::vector<Agent>& agents);

// Appends `row` as a line of COPY's text format: tabs between values, \N for NULL, numbers as the
// shortest text that reads back the same.
void append_copy_row(std::string& out, std::span<const Cell> row);

}  // namespace footfall::store::postgres
