// The whole server: shop, runs, tokens and HTTP put together, and what goes on beside the requests
// (keys are fetched, the real shop's offer cycles begin). One object serves until it is stopped.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "api/api.hpp"
#include "api/auth/verifier.hpp"
#include "api/run_hub.hpp"
#include "base/result.hpp"
#include "http/server.hpp"
#include "store/live_store.hpp"
#include "telemetry/log.hpp"

namespace footfall::api {

struct ServiceSettings {
  std::string database_url;
  store::LiveLimits database;
  http::ServerOptions http;
  AuthSettings auth;  // checked
  ApiSettings api;
  bool real_shop = true;                          // serve run 0 to people
  std::chrono::milliseconds watch_every{60'000};  // AuthWatch; shorter in tests alone
};

class Service {
 public:
  // `log` and `access_log` (null: none) must outlive it. Opens the database, and the real shop if
  // it is to be served, with `shop_run`. Errors: those of opening; incompatible as
  // RunHub::open_shop.
  static Result<std::unique_ptr<Service>> create(const ServiceSettings& settings, ServedShop shop,
                                                 RunFactory factory, const NewRun& shop_run,
                                                 telemetry::Log& log, telemetry::Log* access_log);
  ~Service();

  Result<void> listen();  // as http::Server::listen
  std::uint16_t port() const;
  // Serves until stop(), SIGINT or SIGTERM; what is under way is answered. The second signal ends
  // at once.
  void run();
  void stop();
  http::ServerCounts counts() const;

 private:
  struct State;
  explicit Service(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace footfall::api
