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

}  // namespace footfall::store
