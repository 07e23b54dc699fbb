// Live stores over an SQLite file: one writer, whoever calls.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.hpp"
#include "store/live_store.hpp"
#include "store/sqlite/database.hpp"

namespace footfall::store::sqlite {

// The file must hold the newest schema and the run. Its calls may come from coroutines of any
// io_context. Blocks while it prepares statements, and when destroyed while it ends them. Errors:
// those of opening. Throws Failure if the database refuses.
Result<std::unique_ptr<LiveStore>> open_live(const std::filesystem::path& path,
                                             const LiveSetup& setup);

// The same over a connection that is open already (tests open theirs through a faulty VFS).
std::unique_ptr<LiveStore> make_live(Database database, const LiveSetup& setup);

// For any number of runs and threads. The file must hold the newest schema; errors as above.
Result<std::shared_ptr<LiveDatabase>> open_live_database(const std::filesystem::path& path);

}  // namespace footfall::store::sqlite
