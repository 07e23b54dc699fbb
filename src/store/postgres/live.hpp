// Live stores over PostgreSQL pools.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "store/live_store.hpp"

namespace footfall::store::postgres {

// The database must hold the newest schema and the run. Connects once, blocking, to look; its calls
// run on `executor`, which is one io_context thread's. Errors: those of opening.
Result<std::unique_ptr<LiveStore>> open_live(const std::string& url, const LiveSetup& setup,
                                             const LiveLimits& limits,
                                             boost::asio::any_io_executor executor);

// One for each executor, with a pool of its own; the pools share one bound. Connects and fails as
// above.
Result<std::vector<std::shared_ptr<LiveDatabase>>> open_live_databases(
    const std::string& url, const LiveLimits& limits,
    std::span<const boost::asio::any_io_executor> executors);

}  // namespace footfall::store::postgres
