// Load for a shop's API: full shopper sessions, by the live run's own code, as fast as the shop
// answers or at a rate, for a bounded time. Nothing is kept but counts. One thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "commerce/http/api_sessions.hpp"
#include "commerce/http/footfall_api.hpp"
#include "commerce/http/http_commerce.hpp"
#include "commerce/http/tokens.hpp"
#include "personas/population.hpp"
#include "simulation/live_run.hpp"
#include "store/store.hpp"

namespace footfall::load {

inline constexpr std::chrono::milliseconds kLoadLongest{3'600'000};

struct LoadOptions {
  http::ServiceUrl url;
  bool own_host = false;                      // whose it is was said: it need not be this machine
  std::string admin_token;                    // of footfall's own API; unused with other profiles
  std::chrono::milliseconds at_most{10'000};  // above 0, at most kLoadLongest
  std::optional<double> per_second;           // requests of shoppers; nothing: no limit
  int connections = 50;
  int sessions_at_once = 50;
  std::uint64_t seed = 1;
  // Trips under way when the time is up may take so long to come to their end.
  std::chrono::milliseconds grace{5'000};
  http::ClientLimits client;  // connections_max is `connections`
  int steering_tries = 4;     // of a call that begins, moves or ends the run
};

// Who shops, and for what. As in a database that was seeded with them: numbered from 1.
struct LoadWorld {
  retail::Catalogue catalogue;
  std::vector<store::Agent> agents;  // at least one
  personas::Population population;   // in the same order
  commerce::Profile profile = commerce::Profile::footfall();
  commerce::Tokens tokens;
};

struct LoadReport {
  std::int64_t agents = 0;
  double seconds = 0;                // from the first to the last request of a shopper
  simulation::LiveProgress shopped;  // sessions, orders, failed trips by kind
  std::int64_t hours = 0;            // simulated ones that were begun
  commerce::ApiCounts requests;      // of shoppers and of reading the shelves
  commerce::ApiLatency latency;
  std::int64_t steering = 0;       // requests beside these: the run's start and end, time, wallets
  std::vector<std::string> notes;  // what the reader should know of the target; sentences
};

class LoadRun {
 public:
  // `world` must outlive it. Errors: invalid_input for a host that is not this machine and not said
  // to be one's own, and for options out of range.
  static Result<std::unique_ptr<LoadRun>> create(const LoadWorld& world,
                                                 const LoadOptions& options);
  ~LoadRun();

  // Returns when the time is up, or soon after stop(). Throws Failure when the run cannot be begun
  // or steered, or when the shop sells nothing that the agents know; report() tells what was done
  // until then. Once.
  void run();
  LoadReport report() const;

  // Its stop() ends the load early. Both on the thread of run().
  simulation::RunControl& control();
  boost::asio::io_context& io();

 private:
  struct State;
  explicit LoadRun(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace footfall::load
