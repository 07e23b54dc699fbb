#include "commerce/http/shop_window.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/failure.hpp"

namespace footfall::commerce {
namespace {

constexpr int kPagesMax = 10'000;  // of one category: a cursor that goes in circles ends

struct KnownProducts {
  std::unordered_map<std::string, std::uint16_t> by_sku, by_id;
};

KnownProducts known_products(const retail::Catalogue& catalogue) {
  KnownProducts known;
  for (std::size_t i = 0; i < catalogue.products.size(); ++i) {
    const auto index = static_cast<std::uint16_t>(i);
    known.by_sku.emplace(catalogue.products[i].sku, index);
    known.by_id.emplace(fmt::format("{}", catalogue.products[i].id.value), index);
  }
  return known;
}

std::optional<std::uint16_t> find(const KnownProducts& known, const SeenProduct& seen) {
  const auto& names = seen.sku.empty() ? known.by_id : known.by_sku;
  const auto found = names.find(seen.sku.empty() ? seen.id : seen.sku);
  if (found == names.end()) return std::nullopt;
  return found->second;
}

Task<ApiOutcome> read_page(ApiShop& shop, AgentId asking, const Places& places) {
  ApiRequest request;
  shop.profile.render(ApiAction::list_products, places, {}, request);
  const ApiAnswer called = co_await shop.sessions.call(asking, request, Retry::always);
  const http::ClientAnswer& answer = called.answer;
  ApiOutcome outcome;
  if (answer.answered()) {
    outcome = shop.profile.read(ApiAction::list_products, answer.status, answer.body);
  }
  if (outcome.ok) co_return outcome;
  throw Failure(
      fmt::format("the products of '{}' cannot be read from {}: {}", places[Place::category],
                  shop.sessions.url().origin, answer.answered() ? outcome.problem : answer.why),
      answer.answered() ? Failure::Kind::other : Failure::Kind::unavailable);
}

}  // namespace

ServiceNames names_of(const retail::Catalogue& catalogue) {
  ServiceNames names;
  for (const retail::Product& product : catalogue.products) {
    names.product.push_back(fmt::format("{}", product.id.value));
    names.sku.push_back(product.sku);
  }
  for (std::size_t i = 0; i < catalogue.coupons.size(); ++i) {
    names.coupon.emplace(catalogue.coupons[i].code, static_cast<std::uint16_t>(i));
  }
  return names;
}

Task<void> read_shop_window(ApiShop& shop, AgentId asking, SimTime at, retail::Shelf& shelf) {
  if (!shop.profile.has(ApiAction::list_products)) co_return;
  const KnownProducts known = known_products(shop.catalogue);
  const std::string agent = fmt::format("{}", asking.value);
  const std::string run = fmt::format("{}", shop.run.value);
  const std::string moment = to_string(at);
  const auto persona = shop.personas.find(asking.value);
  const std::string named = persona == shop.personas.end() ? std::string() : persona->second;
  const std::string token(shop.tokens.of(asking, named));
  for (retail::Listing& listing : shelf.listings) {
    const std::string& category = shop.catalogue.categories[listing.category];
    std::vector<retail::ListedProduct> products;
    std::string cursor;
    for (int page = 0; page < kPagesMax; ++page) {
      Places places;
      places[Place::agent] = agent;
      places[Place::persona] = named;
      places[Place::run] = run;
      places[Place::at] = moment;
      places[Place::token] = token;
      places[Place::category] = category;
      places[Place::cursor] = cursor;
      const ApiOutcome seen = co_await read_page(shop, asking, places);
      for (const SeenProduct& one : seen.products) {
        const auto product = find(known, one);
        if (!product || shop.catalogue.products[*product].category != listing.category) continue;
        shop.names.product[*product] = one.id;
        products.push_back(
            {*product, one.price.value_or(shop.catalogue.products[*product].list_price)});
      }
      cursor = seen.next;
      if (cursor.empty()) break;
    }
    if (products.empty()) {
      throw Failure(fmt::format(
          "{} sells none of the catalogue's products in category '{}': seed the products that it "
          "sells (docs/PROFILES.md), or leave list_products out of its profile",
          shop.sessions.url().origin, category));
    }
    listing.products = std::move(products);
  }
}

}  // namespace footfall::commerce
