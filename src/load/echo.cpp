#include "load/echo.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/loopback.hpp"
#include "http/problem.hpp"
#include "load/echo_bodies.hpp"

namespace footfall::load {
namespace {

using http::Method;
using http::Request;
using http::Response;

constexpr http::ProblemKind kNoSuchRoute{"no_such_route", 404, "There is no such route",
                                         "The echo has no answer to this.",
                                         "Ask for what a shopper asks for: docs/API.md."};

struct Known {
  Method method;
  std::string_view path;
  EchoRoute route;
};
// In the order of how often they are asked for.
constexpr Known kRoutes[] = {
    {Method::post, "/api/cart/add", EchoRoute::add},
    {Method::get, "/api/products", EchoRoute::products},
    {Method::get, "/api/wallet", EchoRoute::wallet},
    {Method::put, "/api/cart/coupons", EchoRoute::coupons},
    {Method::post, "/api/orders/checkout", EchoRoute::checkout},
    {Method::del, "/api/cart", EchoRoute::abandon},
    {Method::get, "/api/orders", EchoRoute::orders},
    {Method::get, "/healthz", EchoRoute::health},
    {Method::post, "/simulation/start", EchoRoute::steering},
    {Method::get, "/simulation/status", EchoRoute::steering},
    {Method::post, "/simulation/stop", EchoRoute::steering},
    {Method::post, "/time/advance", EchoRoute::steering},
    {Method::post, "/api/offers/assign", EchoRoute::steering},
};

EchoRoute route_of(const Request& request) {
  for (const Known& known : kRoutes) {
    if (known.path == request.path && known.method == request.method) return known.route;
  }
  const bool one = request.method == Method::get && request.path.starts_with("/api/products/");
  return one ? EchoRoute::product : EchoRoute::unknown;
}

Response shared(const Body& body, int status = 200) {
  Response response;
  response.status = status;
  response.shared_body = body;
  return response;
}

std::string category_in(std::string_view query) {
  constexpr std::string_view kName = "category=";
  std::string category;
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (!part.starts_with(kName)) continue;
    if (!http::percent_decode(part.substr(kName.size()), true, category)) category.clear();
  }
  return category;
}

Response steered(const Request& request) {
  Response response;
  if (request.path == "/time/advance") {
    response.body = moved_body();
  } else if (request.path == "/api/offers/assign") {
    response.body = assigned_body();
  } else {
    const bool starts = request.path == "/simulation/start";
    response.status = starts ? 201 : 200;
    response.body = run_body(starts ? request.body : std::string_view());
  }
  return response;
}

}  // namespace

class Echo::Desk final : public http::Handler {
 public:
  Desk(std::shared_ptr<const EchoBodies> bodies, Count& count)
      : bodies_(std::move(bodies)), count_(count) {}

  Task<Response> handle(const Request& request) override {
    const EchoRoute route = route_of(request);
    std::atomic<std::int64_t>& count = count_.of[static_cast<std::size_t>(route)];
    count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    co_return answer(route, request);
  }

 private:
  Response answer(EchoRoute route, const Request& request) {
    switch (route) {
      case EchoRoute::health:
        return shared(bodies_->health);
      case EchoRoute::products: {
        const auto found = bodies_->products.find(category_in(request.query));
        return shared(found == bodies_->products.end() ? bodies_->no_products : found->second);
      }
      case EchoRoute::product:
        return shared(bodies_->product);
      case EchoRoute::add:
        return shared(bodies_->added);
      case EchoRoute::wallet:
        return shared(wallet(request));
      case EchoRoute::coupons:
        return shared(bodies_->coupons);
      case EchoRoute::checkout:
        return shared(bodies_->checkout, 201);
      case EchoRoute::abandon:
        return shared(bodies_->abandoned);
      case EchoRoute::orders:
        return shared(bodies_->orders);
      case EchoRoute::steering:
        return steered(request);
      case EchoRoute::unknown:
        break;
    }
    return http::problem(kNoSuchRoute, kNoSuchRoute.about, request.path, request.id);
  }

  // Made anew when another simulated day is asked for: coupons would grow old otherwise.
  const Body& wallet(const Request& request) {
    const std::string_view day = request.header("x-footfall-sim-time").substr(0, 10);
    if (wallet_ && day == wallet_day_) return wallet_;
    wallet_day_ = day;
    const Result<SimTime> said = parse_sim_time(day);
    wallet_ = make_wallet(*bodies_, said ? *said : parse_sim_time("2026-01-05").value());
    return wallet_;
  }

  std::shared_ptr<const EchoBodies> bodies_;
  Count& count_;
  std::string wallet_day_;
  Body wallet_;
};

Echo::~Echo() = default;

Result<std::unique_ptr<Echo>> Echo::create(const retail::Catalogue& catalogue,
                                           const http::ServerOptions& options,
                                           telemetry::Log& log) {
  if (!is_loopback_host(options.address)) {
    return Error(Errc::invalid_input,
                 fmt::format("the echo answers anybody: it listens on this machine's own addresses "
                             "(127.0.0.1 or [::1]), not on {}",
                             options.address));
  }
  std::unique_ptr<Echo> echo(new Echo());
  echo->bodies_ = std::make_shared<const EchoBodies>(make_bodies(catalogue));
  for (int i = 0; i < options.threads; ++i) echo->counts_.push_back(std::make_unique<Count>());
  const http::MakeHandler make = [own = echo.get()](int index, const auto&) {
    return std::make_unique<Desk>(own->bodies_, *own->counts_[static_cast<std::size_t>(index)]);
  };
  echo->server_ = std::make_unique<http::Server>(options, make, log, nullptr);
  return echo;
}

std::int64_t Echo::answered(EchoRoute route) const {
  std::int64_t sum = 0;
  for (const auto& count : counts_) {
    sum += count->of[static_cast<std::size_t>(route)].load(std::memory_order_relaxed);
  }
  return sum;
}

std::int64_t Echo::answered() const {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < kEchoRouteCount; ++i) sum += answered(static_cast<EchoRoute>(i));
  return sum;
}

}  // namespace footfall::load
