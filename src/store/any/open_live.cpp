#include "store/any/open_live.hpp"

#include "store/any/url.hpp"
#include "store/postgres/live.hpp"
#include "store/sqlite/live.hpp"

namespace footfall::store {

Result<std::unique_ptr<LiveStore>> open_live(const std::string& url, const LiveSetup& setup,
                                             const LiveLimits& limits,
                                             const boost::asio::any_io_executor& executor) {
  if (is_postgres(url)) {
    return postgres::open_live(url, setup, limits, executor);
  }
  const auto file = file_of(url);
  if (!file) return file.error();
  return sqlite::open_live(*file, setup);
}

Result<std::vector<std::shared_ptr<LiveDatabase>>> open_live_databases(
    const std::string& url, const LiveLimits& limits,
    std::span<const boost::asio::any_io_executor> executors) {
  if (is_postgres(url)) return postgres::open_live_databases(url, limits, executors);
  const auto file = file_of(url);
  if (!file) return file.error();
  const auto database = sqlite::open_live_database(*file);
  if (!database) return database.error();
  return std::vector<std::shared_ptr<LiveDatabase>>(executors.size(), *database);
}

}  // namespace footfall::store
