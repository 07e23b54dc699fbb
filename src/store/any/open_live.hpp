// Opening a live store by its URL.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "store/live_store.hpp"

namespace footfall::store {

// The database must hold the newest schema and the run. `executor` is one io_context thread's.
// Errors: those of store::open_store.
Result<std::unique_ptr<LiveStore>> open_live(const std::string& url, const LiveSetup& setup,
                                             const LiveLimits& limits,
                                             const boost::asio::any_io_executor& executor);

// The same database for several io_context threads, one executor each, and for many runs. Answers
// one object an executor, in order; for SQLite they are one and the same, for PostgreSQL they share
// one bound on connections. The database must hold the newest schema.
Result<std::vector<std::shared_ptr<LiveDatabase>>> open_live_databases(
    const std::string& url, const LiveLimits& limits,
    std::span<const boost::asio::any_io_executor> executors);

}  // namespace footfall::store
