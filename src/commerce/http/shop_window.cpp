#include "commerce/http/shop_window.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/failure.hpp"

namespace footfall::commerce {
namespace {

constexpr int kPagesMax = 10'000;  // of one category: a cursor that goes in circles ends

Task<ApiOutcome> read_page(ApiShop& shop, AgentId asking, const PlaceTexts& places) {
  ApiRequest request;
  shop.profile.render(ApiAction::list_products, places.places(), {}, request);
  const ApiAnswer called = co_await shop.sessions.call(asking, request, Retry::always);
  const http::ClientAnswer& answer = called.answer;
  ApiOutcome outcome;
  if (answer.answered()) {
    outcome = shop.profile.read(ApiAction::list_products, answer.status, answer.body);
  }
  if (outcome.ok) co_return outcome;
  throw Failure(
      fmt::format(
          "the products{} cannot be read from {}: {}",
          places[Place::category].empty() ? "" : fmt::format(" of '{}'", places[Place::category]),
          shop.sessions.url().origin, answer.answered() ? outcome.problem : answer.why),
      answer.answered() ? Failure::Kind::other : Failure::Kind::unavailable);
}

}  // namespace

KnownProducts::KnownProducts(const retail::Catalogue& catalogue) {
  for (std::size_t i = 0; i < catalogue.products.size(); ++i) {
    const auto index = static_cast<std::uint16_t>(i);
    by_sku_.emplace(catalogue.products[i].sku, index);
    by_id_.emplace(fmt::format("{}", catalogue.products[i].id.value), index);
  }
}

std::optional<std::uint16_t> KnownProducts::find(const SeenProduct& seen) const {
  const auto& names = seen.sku.empty() ? by_id_ : by_sku_;
  const auto found = names.find(seen.sku.empty() ? seen.id : seen.sku);
  if (found == names.end()) return std::nullopt;
  return found->second;
}

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

namespace {

using Seen = std::vector<std::vector<retail::ListedProduct>>;  // by category

// Puts what both sides know where our catalogue says that it belongs, each product once.
void sort_in(ApiShop& shop, const KnownProducts& known, const ApiOutcome& page, Seen& seen) {
  for (const SeenProduct& one : page.products) {
    const auto product = known.find(one);
    if (!product) continue;
    const retail::Product& ours = shop.catalogue.products[*product];
    std::vector<retail::ListedProduct>& listed = seen[ours.category];
    const bool twice = std::any_of(listed.begin(), listed.end(),
                                   [&](const auto& other) { return other.product == *product; });
    if (twice) continue;
    if (!one.id.empty()) shop.names.product[*product] = one.id;
    listed.push_back({*product, one.price.value_or(ours.list_price)});
  }
}

// All pages, of one category or of everything.
Task<void> read_pages(ApiShop& shop, AgentId asking, PlaceTexts& places, const KnownProducts& known,
                      Seen& seen) {
  places.keep(Place::cursor, {});
  for (int page = 0; page < kPagesMax; ++page) {
    const ApiOutcome read = co_await read_page(shop, asking, places);
    sort_in(shop, known, read, seen);
    if (read.next.empty()) co_return;
    places.keep(Place::cursor, read.next);
  }
}

}  // namespace

Task<void> read_shop_window(ApiShop& shop, const ShopVisit& asking, SimTime at,
                            retail::Shelf& shelf) {
  if (!shop.profile.has(ApiAction::list_products)) co_return;
  const KnownProducts known(shop.catalogue);
  PlaceTexts places;
  tell_visit(shop, asking, places);
  places.keep(Place::at, to_string(at));
  const bool each = shop.profile.per(ApiAction::list_products) == Per::line;
  Seen seen(shop.catalogue.categories.size());
  for (const retail::Listing& listing : shelf.listings) {
    if (each) places.keep(Place::category, shop.catalogue.categories[listing.category]);
    co_await read_pages(shop, asking.agent, places, known, seen);
    if (!each) break;
  }
  for (retail::Listing& listing : shelf.listings) {
    if (seen[listing.category].empty()) {
      throw Failure(fmt::format(
          "{} sells none of the catalogue's products in category '{}': seed the products that it "
          "sells (docs/PROFILES.md), or leave list_products out of its profile",
          shop.sessions.url().origin, shop.catalogue.categories[listing.category]));
    }
    listing.products = std::move(seen[listing.category]);
  }
}

}  // namespace footfall::commerce
