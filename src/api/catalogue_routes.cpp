// What the shop sells, and at which prices today.
#include <fmt/format.h>

#include <algorithm>

#include "api/api.hpp"
#include "api/catalogue_json.hpp"
#include "api/handlers.hpp"
#include "api/paging.hpp"
#include "base/text.hpp"
#include "store/checkout.hpp"
#include "telemetry/json_writer.hpp"

namespace footfall::api {
namespace {

std::shared_ptr<const Goods> goods_of(Api& api, const Call& call) {
  return call.run ? call.run->state->goods_at(call.at) : api.shared().list_goods;
}

// Strong: the same tag, the same bytes.
std::string etag_of(const Goods& goods, std::string_view target) {
  return fmt::format("\"{:016x}\"", fnv(goods.version, target));
}

bool is_known(const Call& call, const std::string& etag) {
  std::string_view known = call.request.header("if-none-match");
  while (!known.empty()) {
    const std::string_view one = trimmed(known.substr(0, known.find(',')));
    if (one == etag || one == "*" || (one.starts_with("W/") && one.substr(2) == etag)) return true;
    const std::size_t comma = known.find(',');
    known = comma == std::string_view::npos ? std::string_view() : known.substr(comma + 1);
  }
  return false;
}

http::Response tagged(const Call& call, const std::string& etag, std::string json) {
  http::Response response;
  if (is_known(call, etag)) {
    response.status = 304;
  } else {
    response.body = std::move(json);
  }
  response.headers.emplace_back("ETag", etag);
  response.headers.emplace_back("Cache-Control", "private, no-cache");
  return response;
}

// The products that a list goes through, in its order: a category as its shelf shows it, all by id.
struct Wanted {
  const retail::Listing* listing = nullptr;  // of a category
  std::string search;                        // in lower case

  std::size_t size(const retail::Catalogue& catalogue) const {
    return listing ? listing->products.size() : catalogue.products.size();
  }
  std::uint16_t product(std::size_t position) const {
    return listing ? listing->products[position].product : static_cast<std::uint16_t>(position);
  }
};

}  // namespace

Task<http::Response> list_stores(Api& api, Call& call) {
  std::string json = stores_json(api.shared().shop.catalogue);
  const std::string etag = fmt::format("\"{:016x}\"", fnv(kFnvStart, json));
  co_return tagged(call, etag, std::move(json));
}

Task<http::Response> list_categories(Api& api, Call& call) {
  const std::shared_ptr<const Goods> goods = goods_of(api, call);
  const retail::Catalogue& catalogue = api.shared().shop.catalogue;
  std::string out;
  telemetry::JsonWriter json(out);
  json.begin_object().key("categories").begin_array();
  for (const retail::Listing& listing : goods->shelf.listings) {
    json.begin_object()
        .member("name", catalogue.categories[listing.category])
        .member("listing_id", listing.id)
        .member("products", static_cast<std::int64_t>(listing.products.size()))
        .end_object();
  }
  json.end_array().end_object();
  co_return tagged(call, etag_of(*goods, call.request.target), std::move(out));
}

Task<http::Response> list_products(Api& api, Call& call) {
  const std::shared_ptr<const Goods> goods = goods_of(api, call);
  const std::string etag = etag_of(*goods, call.request.target);
  if (is_known(call, etag)) co_return tagged(call, etag, {});
  const retail::Catalogue& catalogue = api.shared().shop.catalogue;
  Wanted wanted;
  std::string list = "products";
  if (const std::string* category = call.find("category")) {
    const auto& names = catalogue.categories;
    const auto at = std::find(names.begin(), names.end(), *category);
    const auto index = static_cast<std::size_t>(at - names.begin());
    const std::uint16_t shelf =
        at == names.end() ? 0xffff : goods->shelf.listing_of_category[index];
    if (shelf == 0xffff) {
      const std::string near = nearest(*category, names);
      co_return refuse_at(call, "category",
                          near.empty()
                              ? "is no category of the shop; GET /api/categories lists them"
                              : fmt::format("is no category; did you mean '{}'?", near));
    }
    wanted.listing = &goods->shelf.listings[shelf];
    list += fmt::format(":{}:{}", goods->offer_cycle, *category);
  }
  if (const std::string* search = call.find("search")) {
    wanted.search = lower(trimmed(*search));
    list += "?" + wanted.search;
  }
  Or<std::int64_t> start = page_start(api, call, list, 0);
  if (auto* refused = std::get_if<http::Response>(&start)) co_return std::move(*refused);
  std::int64_t position = std::get<std::int64_t>(start);
  const std::int64_t limit = page_limit(call);
  std::string out;
  out.reserve(static_cast<std::size_t>(limit) * 200 + 256);
  telemetry::JsonWriter json(out);
  json.begin_object().member("currency", catalogue.currency);
  json.member("listing_id", wanted.listing ? wanted.listing->id : ListingId{});
  json.key("products").begin_array();
  const auto size = static_cast<std::int64_t>(wanted.size(catalogue));
  std::int64_t shown = 0;
  for (; position < size && shown < limit; ++position) {
    const std::uint16_t product = wanted.product(static_cast<std::size_t>(position));
    if (!wanted.search.empty() &&
        api.shared().search_texts[product].find(wanted.search) == std::string::npos) {
      continue;
    }
    json.raw(goods->entries[product]);
    ++shown;
  }
  json.end_array();
  write_next(json, api, list, position < size ? std::optional(position) : std::nullopt);
  json.end_object();
  co_return tagged(call, etag, std::move(out));
}

Task<http::Response> show_product(Api& api, Call& call) {
  const std::shared_ptr<const Goods> goods = goods_of(api, call);
  const auto product =
      store::find_product(api.shared().shop.catalogue, ProductId{call.number("product_id", 0)});
  if (!product) {
    co_return refuse(call, kNoSuchProduct,
                     fmt::format("no product has the id {}", *call.find("product_id")));
  }
  co_return tagged(call, etag_of(*goods, call.request.target), goods->entries[*product]);
}

}  // namespace footfall::api
