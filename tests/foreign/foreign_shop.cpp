#include "tests/foreign/foreign_shop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "base/text.hpp"
#include "http/server.hpp"

namespace footfall::tests {
namespace {

namespace json = boost::json;

http::Response answer(int status, const json::value& body) {
  http::Response response;
  response.status = status;
  response.body = json::serialize(body);
  return response;
}

http::Response done(int status, json::value data) {
  return answer(status, {{"data", std::move(data)}});
}

http::Response refuse(int status, std::string_view type) {
  return answer(status, {{"error", {{"type", type}, {"text", "No."}}}});
}

// A value of the query, decoded; empty if there is none.
std::string query_value(std::string_view query, std::string_view name) {
  for (const std::string& pair : split_list(query, '&')) {
    if (!pair.starts_with(std::string(name) + "=")) continue;
    std::string value;
    http::percent_decode(std::string_view(pair).substr(name.size() + 1), true, value);
    return value;
  }
  return {};
}

std::string text_of(const json::value& body, std::string_view pointer) {
  boost::system::error_code error;
  const json::value* found = body.find_pointer(pointer, error);
  return found && found->is_string() ? std::string(found->as_string()) : "";
}

std::string new_uuid(int kind, std::size_t number) {
  return fmt::format("{:08x}-77aa-4{:03x}-9c1d-{:012x}", (number + 1) * 2654435761U & 0xffffffffU,
                     kind, number + 1);
}

}  // namespace

class ForeignShop::Counter {
 public:
  explicit Counter(ForeignGoods goods) : goods_(std::move(goods)) {}

  http::Response serve(const http::Request& request);
  std::mutex mutex;

  std::vector<ForeignOrder> orders;
  std::map<std::string, int> calls, lost, busy;

  struct Basket {
    std::string id, customer, reference;
    std::map<std::string, int> counts;  // uuid → units
    std::vector<std::string> codes;     // that take something off
    bool is_open = true;
  };
  std::map<std::string, Basket> baskets;

  ForeignItem* find_item(const std::string& uuid) {
    const auto at = std::find_if(goods_.items.begin(), goods_.items.end(),
                                 [&](const ForeignItem& item) { return item.uuid == uuid; });
    return at == goods_.items.end() ? nullptr : &*at;
  }
  const std::vector<ForeignItem>& items() const { return goods_.items; }

 private:
  struct Call {
    const http::Request& request;
    std::string route, id, customer;
    json::value body;
  };

  http::Response carry_out(const Call& call);
  http::Response list_items(const Call& call);
  http::Response list_vouchers(const Call& call);
  http::Response open_basket(const Call& call);
  http::Response add(const Call& call, Basket& basket);
  http::Response apply(const Call& call, Basket& basket);
  http::Response purchase(const Call& call, Basket& basket);
  http::Response list_orders(const Call& call);
  Money total(const Basket& basket);
  Money saving(const Basket& basket, const ForeignVoucher& voucher);
  json::value shown(const Basket& basket) {
    return {{"id", basket.id}, {"total", to_string(total(basket))}};
  }
  bool is_used(const std::string& customer, const std::string& code) const {
    return used_.contains({customer, code});
  }

  ForeignGoods goods_;
  std::set<std::pair<std::string, std::string>> used_;                    // customer, code
  std::map<std::pair<std::string, std::string>, std::size_t> purchases_;  // customer, token → order
};

http::Response ForeignShop::Counter::serve(const http::Request& request) {
  const std::lock_guard lock(mutex);
  Call call{request, "", "", "", {}};
  std::vector<std::string> parts = split_list(request.path, '/');
  const bool has_id = parts.size() > 2 && (parts[1] == "basket" || parts[1] == "items");
  if (has_id) call.id = std::exchange(parts[2], parts[1] == "basket" ? "{id}" : "{uuid}");
  call.route = fmt::format("{} /{}", to_string(request.method), join(parts, "/"));
  ++calls[call.route];
  if (call.route == "GET /v2/status") return answer(200, {{"status", "up"}});
  const std::string_view authorization = request.header("authorization");
  const auto customer = authorization.starts_with("Bearer ")
                            ? goods_.customers.find(std::string(authorization.substr(7)))
                            : goods_.customers.end();
  if (customer == goods_.customers.end()) return refuse(401, "who_are_you");
  call.customer = customer->second;
  if (busy[call.route] > 0) return --busy[call.route], refuse(503, "busy");
  boost::system::error_code error;
  if (!request.body.empty()) call.body = json::parse(request.body, error);
  if (error) return refuse(400, "not_understood");
  http::Response response = carry_out(call);
  if (lost[call.route] > 0) return --lost[call.route], refuse(502, "gateway");
  return response;
}

http::Response ForeignShop::Counter::carry_out(const Call& call) {
  if (call.route == "GET /v2/items") return list_items(call);
  if (call.route == "GET /v2/vouchers") return list_vouchers(call);
  if (call.route == "POST /v2/baskets") return open_basket(call);
  if (call.route == "GET /v2/orders") return list_orders(call);
  if (call.route == "GET /v2/items/{uuid}") {
    const ForeignItem* item = find_item(call.id);
    return item ? done(200, {{"item", {{"uuid", item->uuid}}}}) : refuse(404, "no_such_item");
  }
  const auto found = baskets.find(call.id);
  if (found == baskets.end() || found->second.customer != call.customer) {
    return refuse(404, "no_basket");
  }
  Basket& basket = found->second;
  if (call.route == "POST /v2/basket/{id}/purchase") return purchase(call, basket);
  if (!basket.is_open) return refuse(404, "no_basket");
  if (call.route == "POST /v2/basket/{id}/items") return add(call, basket);
  if (call.route == "PUT /v2/basket/{id}/vouchers") return apply(call, basket);
  if (call.route != "DELETE /v2/basket/{id}") return refuse(404, "nothing_here");
  basket.is_open = false;
  return done(200, json::object());
}

http::Response ForeignShop::Counter::list_items(const Call& call) {
  const std::string department = query_value(call.request.query, "department");
  const std::string page_text = query_value(call.request.query, "page");
  if (!page_text.empty() && parse_integer(page_text).value_or(0) < 1)
    return refuse(400, "not_understood");
  const auto page = static_cast<std::size_t>(parse_integer(page_text).value_or(1));
  std::vector<const ForeignItem*> all;
  for (const ForeignItem& item : goods_.items) {
    if (department.empty() || item.department == department) all.push_back(&item);
  }
  json::array shown_items;
  for (std::size_t i = (page - 1) * kPage; i < std::min(all.size(), page * kPage); ++i) {
    const ForeignItem& item = *all[i];
    shown_items.push_back({{"uuid", item.uuid},
                           {"sku", item.sku},
                           {"title", item.title},
                           {"department", item.department},
                           {"maker", {{"name", item.maker}}},
                           {"price", to_string(item.price)}});
  }
  const json::value next = page * kPage < all.size() ? json::value(page + 1) : json::value();
  return done(200, {{"items", std::move(shown_items)}, {"next_page", next}});
}

http::Response ForeignShop::Counter::list_vouchers(const Call& call) {
  json::array out;
  for (std::size_t i = 0; i < goods_.vouchers.size(); ++i) {
    const ForeignVoucher& voucher = goods_.vouchers[i];
    if (is_used(call.customer, voucher.code)) continue;
    out.push_back({{"voucher_id", new_uuid(3, i)},
                   {"code", voucher.code},
                   {"granted", "2020-01-01T00:00:00+00:00"},
                   {"valid_until", voucher.is_over ? "2020-02-01T00:00:00.000000+00:00"
                                                   : "2199-12-31T23:59:59.999999+00:00"}});
  }
  return done(200, {{"vouchers", std::move(out)}});
}

// Asked again for the same reference, it is the same basket.
http::Response ForeignShop::Counter::open_basket(const Call& call) {
  const std::string reference = text_of(call.body, "/reference");
  if (reference.empty()) return refuse(422, "no_reference");
  for (const auto& [id, basket] : baskets) {
    if (basket.customer == call.customer && basket.reference == reference && basket.is_open) {
      return done(200, {{"basket", shown(basket)}});
    }
  }
  Basket basket;
  basket.id = new_uuid(1, baskets.size());
  basket.customer = call.customer;
  basket.reference = reference;
  const Basket& kept = baskets.emplace(basket.id, basket).first->second;
  return done(201, {{"basket", shown(kept)}});
}

http::Response ForeignShop::Counter::add(const Call& call, Basket& basket) {
  const ForeignItem* item = find_item(text_of(call.body, "/item/uuid"));
  boost::system::error_code error;
  const json::value* count = call.body.find_pointer("/item/count", error);
  if (!item) return refuse(404, "no_such_item");
  if (!count || !count->is_int64() || count->as_int64() < 1) return refuse(422, "bad_count");
  if (item->left == 0) return refuse(409, "sold_out");
  basket.counts[item->uuid] += static_cast<int>(count->as_int64());
  return done(200, {{"basket", shown(basket)}});
}

http::Response ForeignShop::Counter::apply(const Call& call, Basket& basket) {
  boost::system::error_code error;
  const json::value* codes = call.body.find_pointer("/codes", error);
  if (!codes || !codes->is_array()) return refuse(422, "no_codes");
  basket.codes.clear();
  json::array states;
  for (const json::value& given : codes->as_array()) {
    const std::string code = text_of(given, "");
    const auto voucher = std::find_if(goods_.vouchers.begin(), goods_.vouchers.end(),
                                      [&](const ForeignVoucher& one) { return one.code == code; });
    std::string_view state = "applied";
    if (voucher == goods_.vouchers.end()) {
      state = "unknown";
    } else if (is_used(call.customer, code)) {
      state = "used_up";
    } else if (voucher->is_over) {
      state = "too_late";
    } else if (saving(basket, *voucher) == Money{}) {
      state = "no_match";
    } else {
      basket.codes.push_back(code);
    }
    states.push_back({{"code", code}, {"state", state}});
  }
  return done(200, {{"basket", shown(basket)}, {"vouchers", std::move(states)}});
}

http::Response ForeignShop::Counter::purchase(const Call& call, Basket& basket) {
  const auto answered = [this](int status, std::size_t index) {
    const ForeignOrder& order = orders[index];
    return done(status, {{"order", {{"number", order.number}, {"total", to_string(order.total)}}}});
  };
  const std::string token(call.request.header("once-token"));
  if (token.empty()) return refuse(400, "no_once_token");
  const auto before = purchases_.find({call.customer, token});
  if (before != purchases_.end()) return answered(200, before->second);
  if (!basket.is_open) return refuse(409, "already_bought");
  if (basket.counts.empty()) return refuse(422, "nothing_in_it");
  for (const auto& [uuid, count] : basket.counts) {
    const ForeignItem* item = find_item(uuid);
    if (item->left >= 0 && item->left < count) return refuse(409, "sold_out");
  }
  ForeignOrder order{new_uuid(2, orders.size()),
                     call.customer,
                     basket.reference,
                     total(basket) + goods_.shipping,
                     {}};
  for (const auto& [uuid, count] : basket.counts) {
    ForeignItem* item = find_item(uuid);
    if (item->left >= 0) item->left -= count;
    order.counts[item->sku] = count;
  }
  for (const std::string& code : basket.codes) used_.emplace(call.customer, code);
  basket.is_open = false;
  purchases_[{call.customer, token}] = orders.size();
  orders.push_back(std::move(order));
  return answered(201, orders.size() - 1);
}

http::Response ForeignShop::Counter::list_orders(const Call& call) {
  const std::string reference = query_value(call.request.query, "reference");
  json::array out;
  for (const ForeignOrder& order : orders) {
    if (order.customer != call.customer || order.reference != reference) continue;
    out.push_back({{"number", order.number}, {"total", to_string(order.total)}});
  }
  return done(200, {{"orders", std::move(out)}});
}

Money ForeignShop::Counter::saving(const Basket& basket, const ForeignVoucher& voucher) {
  Money sum;
  for (const auto& [uuid, count] : basket.counts) {
    const ForeignItem& item = *find_item(uuid);
    const bool fits = voucher.department.empty() || voucher.department == item.department;
    if (fits) sum += item.price * count;
  }
  return share_bps(sum, voucher.percent * 100);
}

Money ForeignShop::Counter::total(const Basket& basket) {
  Money sum;
  for (const auto& [uuid, count] : basket.counts) sum += find_item(uuid)->price * count;
  const Money whole = sum;
  for (const ForeignVoucher& voucher : goods_.vouchers) {
    const auto& codes = basket.codes;
    const bool applied = std::find(codes.begin(), codes.end(), voucher.code) != codes.end();
    if (applied) sum -= saving(basket, voucher);
  }
  return std::clamp(sum, Money{}, whole);
}

struct ForeignShop::Serving {
  class Door final : public http::Handler {
   public:
    explicit Door(Counter& counter) : counter_(counter) {}
    Task<http::Response> handle(const http::Request& request) override {
      co_return counter_.serve(request);
    }

   private:
    Counter& counter_;
  };

  explicit Serving(Counter& counter)
      : log(telemetry::Log::open("off").value()),
        server(
            two_threads(),
            [&counter](int, const boost::asio::any_io_executor&) {
              return std::make_unique<Door>(counter);
            },
            *log, nullptr) {
    const Result<void> listening = server.listen();
    if (!listening) throw std::runtime_error(listening.error().message());
    thread = std::thread([this] { server.run(); });
  }
  ~Serving() {
    server.stop();
    server.stop();
    thread.join();
  }

  static http::ServerOptions two_threads() {
    http::ServerOptions options;
    options.threads = 2;
    return options;
  }

  std::unique_ptr<telemetry::Log> log;
  http::Server server;
  std::thread thread;
};

ForeignShop::ForeignShop(ForeignGoods goods)
    : counter_(std::make_unique<Counter>(std::move(goods))),
      serving_(std::make_unique<Serving>(*counter_)) {}
ForeignShop::~ForeignShop() = default;
std::uint16_t ForeignShop::port() const { return serving_->server.port(); }
std::string ForeignShop::url() const { return fmt::format("http://127.0.0.1:{}", port()); }

std::vector<ForeignOrder> ForeignShop::orders() const {
  const std::lock_guard lock(counter_->mutex);
  return counter_->orders;
}

int ForeignShop::calls(const std::string& route) const {
  const std::lock_guard lock(counter_->mutex);
  const auto at = counter_->calls.find(route);
  return at == counter_->calls.end() ? 0 : at->second;
}

int ForeignShop::open_baskets() const {
  const std::lock_guard lock(counter_->mutex);
  return static_cast<int>(std::count_if(counter_->baskets.begin(), counter_->baskets.end(),
                                        [](const auto& each) { return each.second.is_open; }));
}

int ForeignShop::left(const std::string& sku) const {
  const std::lock_guard lock(counter_->mutex);
  for (const ForeignItem& item : counter_->items()) {
    if (item.sku == sku) return item.left;
  }
  throw std::invalid_argument("no item has the sku " + sku);
}

void ForeignShop::lose_answers(const std::string& route, int times) {
  const std::lock_guard lock(counter_->mutex);
  counter_->lost[route] = times;
}

void ForeignShop::be_busy(const std::string& route, int times) {
  const std::lock_guard lock(counter_->mutex);
  counter_->busy[route] = times;
}

}  // namespace footfall::tests
