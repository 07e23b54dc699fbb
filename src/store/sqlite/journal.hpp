// The SQLite journal of fast runs: one transaction a commit, prepared inserts.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "store/journal_rows.hpp"
#include "store/sqlite/database.hpp"
#include "store/store.hpp"

namespace footfall::store::sqlite {

// See Store::open_journal. The database must outlive it, and is used by it alone meanwhile.
std::unique_ptr<Journal> make_journal(Database& database, const JournalContext& context,
                                      const retail::Catalogue& catalogue,
                                      const std::vector<Agent>& agents);

// INSERT INTO table (columns) VALUES (?1, ?2, …), and its bindings. Texts are not copied: they must
// live until the statement has run.
std::string insert_sql(Table table);
void bind_row(Statement& statement, std::span<const Cell> row);

}  // namespace footfall::store::sqlite
