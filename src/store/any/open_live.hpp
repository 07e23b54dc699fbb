// Opening a live store by its URL.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "store/live_store.hpp"

namespace footfall::store {

// The database must hold the newest schema and the run. `executor` is one io_context thread's.
// Errors: those of store::open_store.
Result<std::unique_ptr<LiveStore>> open_live(const std::string& url, const LiveSetup& setup,
                                             const LiveLimits& limits,
                                             const boost::asio::any_io_executor& executor);

}  // namespace footfall::store
