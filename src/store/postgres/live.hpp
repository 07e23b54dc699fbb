// A live store over a PostgreSQL pool.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "store/live_store.hpp"

namespace footfall::store::postgres {

// The database must hold the newest schema and the run. Connects once, blocking, to look; its calls
// run on `executor`, which is one io_context thread's. Errors: those of opening.
Result<std::unique_ptr<LiveStore>> open_live(const std::string& url, const LiveSetup& setup,
                                             const LiveLimits& limits,
                                             boost::asio::any_io_executor executor);

}  // namespace footfall::store::postgres
