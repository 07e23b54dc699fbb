// A server of canned answers: enough of footfall's API (docs/API.md) for whole shopper sessions
// through the built-in profile, at next to no cost. It keeps nothing: each answer was made before,
// and a cart holds what it always holds. For measuring who calls it; on this machine alone.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/server.hpp"
#include "retail/catalogue.hpp"
#include "telemetry/log.hpp"

namespace footfall::load {

enum class EchoRoute : std::uint8_t {
  health,    // GET /healthz
  products,  // GET /api/products?category=…: all of a category, on one page
  product,   // GET /api/products/ID
  add,       // POST /api/cart/add
  wallet,    // GET /api/wallet: 32 coupons
  coupons,   // PUT /api/cart/coupons
  checkout,  // POST /api/orders/checkout: 201
  abandon,   // DELETE /api/cart
  orders,    // GET /api/orders: none
  steering,  // runs, simulated time, offers
  unknown,   // 404
};
inline constexpr std::size_t kEchoRouteCount = 11;

struct EchoBodies;

class Echo {
 public:
  // Bodies are made of the catalogue, once. The log must outlive it. Error: invalid_input for an
  // address beyond loopback.
  static Result<std::unique_ptr<Echo>> create(const retail::Catalogue& catalogue,
                                              const http::ServerOptions& options,
                                              telemetry::Log& log);
  ~Echo();

  // As http::Server.
  Result<void> listen() { return server_->listen(); }
  std::uint16_t port() const { return server_->port(); }
  void run() { server_->run(); }
  void stop() { server_->stop(); }

  // Answered requests so far; from any thread.
  std::int64_t answered(EchoRoute route) const;
  std::int64_t answered() const;

 private:
  class Desk;
  // Of one thread: only it writes.
  struct alignas(64) Count {
    std::array<std::atomic<std::int64_t>, kEchoRouteCount> of{};
  };

  Echo() = default;

  std::shared_ptr<const EchoBodies> bodies_;
  std::vector<std::unique_ptr<Count>> counts_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace footfall::load
