// A run's rows into SQLite, in bulk: one transaction an entry, prepared statements, no work but
// binding. Created by Store::open_journal.
#pragma once

#include <memory>
#include <vector>

#include "store/sqlite/database.hpp"
#include "store/store.hpp"

namespace footfall::store::sqlite {

std::unique_ptr<Journal> make_journal(Database& database, const JournalContext& context,
                                      const retail::Catalogue& catalogue,
                                      const std::vector<Agent>& agents);

}  // namespace footfall::store::sqlite
