// How a live run or the server reaches its database, from settings.
#pragma once

#include "cli/settings.hpp"
#include "store/live_store.hpp"

namespace footfall::cli {

store::LiveLimits live_limits(const Settings& settings);

}  // namespace footfall::cli
