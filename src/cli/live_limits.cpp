#include "cli/live_limits.hpp"

namespace footfall::cli {

store::LiveLimits live_limits(const Settings& settings) {
  const auto ms = [&](std::string_view name) {
    return static_cast<int>(1000 * settings.number(name));
  };
  store::LiveLimits limits;
  limits.pool = static_cast<int>(settings.whole("db-pool"));
  limits.pool_extra = static_cast<int>(settings.whole("db-pool-extra"));
  limits.keep_statements = settings.text("db-prepared") == "auto";
  limits.connect_timeout_ms = ms("db-connect-timeout");
  limits.statement_timeout_ms = ms("db-statement-timeout");
  limits.lock_timeout_ms = ms("db-lock-timeout");
  limits.wait_timeout_ms = ms("db-wait-timeout");
  limits.reconnect_timeout_ms = ms("db-reconnect-timeout");
  return limits;
}

}  // namespace footfall::cli
