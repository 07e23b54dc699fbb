// A seeded shop with 30,000 full wallets, and whole shop sessions through the Store port.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "retail/catalogue.hpp"
#include "store/live_store.hpp"

namespace footfall::bench {

inline constexpr int kUsers = 30'000;
inline constexpr int kMeasuredWallets = 10'000;
inline constexpr int kAdds = 3, kLinesAnAdd = 3;
inline constexpr int kSlots = 32, kFrontSlots = 2;

struct Load {
  double rate = 0;  // units a second
  double p50_ms = 0, p99_ms = 0;
};

class ShopLoad {
 public:
  // Seeds an empty database.
  explicit ShopLoad(const std::string& url);

  // Fills every wallet; the seconds that the first kMeasuredWallets took.
  double refresh_all();

  // Whole sessions for some seconds, `in_flight` at once. Goes on where the last call stopped, so
  // that each unit is of another user and hour.
  Load run(int in_flight, double seconds);

  // For pgbench, which goes on in a range of units of its own.
  RunId run_id() const { return setup_.context.run; }
  SimTime start() const { return setup_.context.start; }
  std::int64_t take_units(std::int64_t count) {
    return std::exchange(next_unit_, next_unit_ + count);
  }
  const retail::Catalogue& catalogue() const { return catalogue_; }

 private:
  Task<void> refresh_worker(SimTime at);
  Task<void> worker(std::chrono::steady_clock::time_point until);
  Task<void> unit(std::int64_t number);
  Task<void> open_cycle();
  void run_all(std::vector<Task<void>> tasks);

  std::string url_;
  boost::asio::io_context io_{1};
  retail::Catalogue catalogue_;
  std::vector<store::Agent> agents_;
  std::vector<Money> prices_;
  store::LiveSetup setup_;
  std::unique_ptr<store::LiveStore> live_;
  std::int64_t next_unit_ = 0;
  std::vector<double> latencies_ms_;
};

}  // namespace footfall::bench
