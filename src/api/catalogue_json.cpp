#include "api/catalogue_json.hpp"

#include "base/text.hpp"
#include "telemetry/json_writer.hpp"

namespace footfall::api {

std::vector<std::string> product_entries(const retail::Catalogue& catalogue,
                                         std::span<const Money> prices) {
  std::vector<std::string> entries(catalogue.products.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const retail::Product& product = catalogue.products[i];
    telemetry::JsonWriter(entries[i])
        .begin_object()
        .member("id", product.id)
        .member("sku", product.sku)
        .member("name", product.name)
        .member("category", catalogue.categories[product.category])
        .member("brand", catalogue.brands[product.brand])
        .member("list_price_minor", product.list_price)
        .member("price_minor", prices[i])
        .member("on_deal", prices[i] < product.list_price)
        .end_object();
  }
  return entries;
}

std::string stores_json(const retail::Catalogue& catalogue) {
  std::string out;
  telemetry::JsonWriter json(out);
  json.begin_object().key("stores").begin_array();
  for (const retail::Store& store : catalogue.stores) {
    json.begin_object()
        .member("id", store.id)
        .member("code", store.code)
        .member("name", store.name)
        .member("city", store.city)
        .member("timezone", store.timezone)
        .member("currency", catalogue.currency)
        .end_object();
  }
  json.end_array().end_object();
  return out;
}

void write_terms(telemetry::JsonWriter& json, const retail::Catalogue& catalogue,
                 const retail::Coupon& coupon) {
  const auto amount_or_null = [&](std::string_view name, Money amount) {
    json.key(name);
    amount.minor > 0 ? json.value(amount) : json.null();
  };
  const auto number_or_null = [&](std::string_view name, int number) {
    json.key(name);
    number > 0 ? json.value(number) : json.null();
  };
  json.member("coupon_id", coupon.id)
      .member("code", coupon.code)
      .member("title", coupon.title)
      .member("kind", to_string(coupon.kind))
      .member("discount_type", to_string(discount_type(coupon)));
  number_or_null("percent_bps", coupon.percent_bps);
  amount_or_null("amount_minor", coupon.amount);
  number_or_null("buy_quantity", coupon.buy_qty);
  number_or_null("get_quantity", coupon.get_qty);
  json.key("scope");
  if (coupon.kind == retail::CouponKind::category) {
    json.value(catalogue.categories[coupon.scope]);
  } else if (coupon.kind == retail::CouponKind::brand) {
    json.value(catalogue.brands[coupon.scope]);
  } else {
    json.null();
  }
  amount_or_null("min_spend_minor", coupon.min_spend);
  number_or_null("min_quantity", coupon.min_qty);
  amount_or_null("max_discount_minor", coupon.max_discount);
}

std::vector<std::string> search_texts(const retail::Catalogue& catalogue) {
  std::vector<std::string> texts;
  for (const retail::Product& product : catalogue.products) {
    texts.push_back(lower(product.name) + '\n' + lower(catalogue.brands[product.brand]) + '\n' +
                    lower(product.sku));
  }
  return texts;
}

std::uint64_t fnv(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

}  // namespace footfall::api
