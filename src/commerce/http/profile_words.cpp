#include "commerce/http/profile_words.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"

namespace footfall::commerce {
namespace {

constexpr std::array<std::string_view, kApiActionCount> kActions = {
    "health",       "list_products", "enter",    "browse",  "view_product", "add_to_cart",
    "view_coupons", "apply_coupons", "checkout", "abandon", "find_order"};
constexpr std::array<std::string_view, kPlaceCount> kPlaces = {
    "agent", "user",   "persona", "token",    "run",     "session", "store", "hour",
    "at",    "step",   "key",     "category", "cursor",  "product", "sku",   "quantity",
    "price", "coupon", "code",    "lines",    "coupons", "cart",    "order"};
constexpr std::array<std::string_view, kReadKeyCount> kReadKeys = {
    "total",    "cart",  "order", "next", "items",    "id",      "sku",    "name",
    "category", "brand", "price", "code", "assigned", "expires", "refusal"};

constexpr std::string_view kFileKeys[] = {"service", "actions", "refusals"};
constexpr std::string_view kServiceKeys[] = {"name",    "steering", "prices", "authorization",
                                             "missing", "problem",  "headers"};
constexpr std::string_view kActionKeys[] = {"method", "path",  "body", "line", "coupon", "headers",
                                            "per",    "retry", "ok",   "read", "words"};
constexpr std::string_view kRuleKeys[] = {"action", "status", "pointer", "equals", "means"};

template <typename Enum, std::size_t kSize>
std::optional<Enum> find_in(const std::array<std::string_view, kSize>& names,
                            std::string_view name) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) return std::nullopt;
  return static_cast<Enum>(at - names.begin());
}

}  // namespace

std::string_view to_string(ApiAction action) { return kActions[static_cast<std::size_t>(action)]; }
std::string_view to_string(Place place) { return kPlaces[static_cast<std::size_t>(place)]; }
std::string_view to_string(ReadKey key) { return kReadKeys[static_cast<std::size_t>(key)]; }

std::span<const std::string_view> file_keys() { return kFileKeys; }
std::span<const std::string_view> service_keys() { return kServiceKeys; }
std::span<const std::string_view> action_keys() { return kActionKeys; }
std::span<const std::string_view> rule_keys() { return kRuleKeys; }
std::span<const std::string_view> action_names() { return kActions; }
std::span<const std::string_view> place_names() { return kPlaces; }
std::span<const std::string_view> read_names() { return kReadKeys; }

std::optional<ApiAction> find_action(std::string_view name) {
  return find_in<ApiAction>(kActions, name);
}
std::optional<Place> find_place(std::string_view name) { return find_in<Place>(kPlaces, name); }

std::optional<retail::Refusal> find_refusal(std::string_view name) {
  for (int i = 0; i < retail::kRefusalCount; ++i) {
    const auto refusal = static_cast<retail::Refusal>(i);
    if (retail::to_string(refusal) == name) return refusal;
  }
  return std::nullopt;
}

bool is_of_item(ReadKey key) { return key > ReadKey::items; }

bool may_read(ApiAction action, ReadKey key) {
  const auto one_of = [key](std::initializer_list<ReadKey> keys) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  switch (action) {
    case ApiAction::list_products:
      return one_of({ReadKey::next, ReadKey::items, ReadKey::id, ReadKey::sku, ReadKey::name,
                     ReadKey::category, ReadKey::brand, ReadKey::price});
    case ApiAction::enter:
      return one_of({ReadKey::cart, ReadKey::order});
    case ApiAction::add_to_cart:
      return one_of({ReadKey::total, ReadKey::cart, ReadKey::order});
    case ApiAction::view_coupons:
      return one_of(
          {ReadKey::items, ReadKey::id, ReadKey::code, ReadKey::assigned, ReadKey::expires});
    case ApiAction::apply_coupons:
      return one_of({ReadKey::total, ReadKey::cart, ReadKey::order, ReadKey::items, ReadKey::id,
                     ReadKey::code, ReadKey::refusal});
    case ApiAction::checkout:
      return one_of({ReadKey::total, ReadKey::order});
    case ApiAction::find_order:
      return one_of({ReadKey::items, ReadKey::total, ReadKey::order});
    case ApiAction::health:
    case ApiAction::browse:
    case ApiAction::view_product:
    case ApiAction::abandon:
      break;
  }
  return false;
}

PlaceGroup group_of(Place place) {
  switch (place) {
    case Place::agent:
    case Place::user:
    case Place::persona:
    case Place::token:
    case Place::run:
    case Place::store:
    case Place::hour:
    case Place::at:
      break;
    case Place::session:
    case Place::step:
    case Place::key:
      return PlaceGroup::trip;
    case Place::category:
      return PlaceGroup::category;
    case Place::cursor:
      return PlaceGroup::cursor;
    case Place::product:
    case Place::sku:
    case Place::quantity:
    case Place::price:
      return PlaceGroup::line;
    case Place::coupon:
    case Place::code:
      return PlaceGroup::coupon;
    case Place::lines:
    case Place::coupons:
      return PlaceGroup::repeated;
    case Place::cart:
    case Place::order:
      return PlaceGroup::captured;
  }
  return PlaceGroup::world;
}

std::string shown(std::string_view text, std::size_t bytes_max) {
  std::string out;
  while (!text.empty()) {
    const std::size_t bytes = std::max<std::size_t>(utf8_bytes(text), 1);
    if (out.size() + bytes > bytes_max) break;
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x20 || lead == 0x7F) {
      out += ' ';
    } else if (utf8_bytes(text) == 0) {
      out += '?';
    } else {
      out += text.substr(0, bytes);
    }
    text.remove_prefix(bytes);
  }
  return out;
}

bool is_of_trip(ApiAction action) {
  return action != ApiAction::health && action != ApiAction::list_products;
}

}  // namespace footfall::commerce
