// Tests only: somebody else's shop (R54), as unlike footfall's own API as the web is. Its paths,
// nesting, names and refusals are its own, ids are texts, prices decimal texts; a basket has to be
// made first, and holds what one call a line puts into it; who calls is told by a bearer token;
// only the purchase can be sent twice. foreign.toml beside it is its profile. It runs in this
// process, on loopback, and counts, so that tests can show what was done and how often.
// Thread-safe.
//
//   GET    /v2/status
//   GET    /v2/items?department=…&page=… {"data":{"items":[{"uuid",…,"price":"2.49"}],"next_page"}}
//   GET    /v2/items/{uuid}
//   GET    /v2/vouchers                       {"data":{"vouchers":[{"voucher_id","code",…}]}}
//   POST   /v2/baskets                        {"reference"} → {"data":{"basket":{"id","total"}}}
//   POST   /v2/basket/{id}/items              {"item":{"uuid","count"}}
//   PUT    /v2/basket/{id}/vouchers           {"codes":[…]} →
//   {"data":{"basket","vouchers":[{"code","state"}]}} POST   /v2/basket/{id}/purchase with the
//   header Once-Token → {"data":{"order":{"number","total"}}} DELETE /v2/basket/{id} GET
//   /v2/orders?reference=…
//
// Refusals are {"error":{"type":"sold_out","text":"…"}}.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/money.hpp"

namespace footfall::tests {

struct ForeignItem {
  std::string uuid, sku, title, department, maker;
  Money price;
  int left = -1;  // in stock; -1: never sold out
};

// Everybody has one of each: a percentage off a department, or off everything. Its use is over once
// an order has used it.
struct ForeignVoucher {
  std::string code;
  int percent = 10;
  std::string department;
  bool is_over = false;
};

struct ForeignGoods {
  std::vector<ForeignItem> items;
  std::vector<ForeignVoucher> vouchers;
  std::map<std::string, std::string> customers;  // token → name
  Money shipping;                                // of each order, in its total alone
};

struct ForeignOrder {
  std::string number, customer, reference;
  Money total;
  std::map<std::string, int> counts;  // sku → units
};

class ForeignShop {
 public:
  static constexpr std::size_t kPage = 50;  // items

  explicit ForeignShop(ForeignGoods goods);  // serves from here on
  ~ForeignShop();

  std::uint16_t port() const;
  std::string url() const;  // "http://127.0.0.1:40123"

  std::vector<ForeignOrder> orders() const;
  // How often a route was called: "POST /v2/basket/{id}/items", as above without its query.
  int calls(const std::string& route) const;
  int open_baskets() const;
  int left(const std::string& sku) const;

  // The next `times` calls of the route are carried out, and answered 502 all the same.
  void lose_answers(const std::string& route, int times);
  // The next `times` calls of the route are answered 503 and do nothing.
  void be_busy(const std::string& route, int times);

 private:
  class Counter;  // what is behind the routes
  struct Serving;
  std::unique_ptr<Counter> counter_;
  std::unique_ptr<Serving> serving_;
};

}  // namespace footfall::tests
