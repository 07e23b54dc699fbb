// The words of a profile file, and which of them may stand where (docs/PROFILES.md has them all,
// and a test compares). Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "commerce/http/profile.hpp"

namespace footfall::commerce {

// What is read of an answer: keys of an action's `read`.
enum class ReadKey : std::uint8_t {
  total,
  cart,
  order,
  next,
  items,  // a list; what follows is read of each of its items
  id,
  sku,
  name,
  category,
  brand,
  price,
  code,
  assigned,
  expires,
  refusal,
};
inline constexpr int kReadKeyCount = 15;
std::string_view to_string(ReadKey key);
bool may_read(ApiAction action, ReadKey key);
bool is_of_item(ReadKey key);

// Keys of the file's tables.
std::span<const std::string_view> file_keys();
std::span<const std::string_view> service_keys();
std::span<const std::string_view> action_keys();
std::span<const std::string_view> rule_keys();
std::span<const std::string_view> action_names();
std::span<const std::string_view> place_names();
std::span<const std::string_view> read_names();
// What a rule of [[refusals]] may mean, beside the names of retail::Refusal but "none".
inline constexpr std::string_view kDoneBefore = "done_before", kNothing = "nothing";

std::optional<ApiAction> find_action(std::string_view name);
std::optional<Place> find_place(std::string_view name);
std::optional<retail::Refusal> find_refusal(std::string_view name);

// Places by whom they speak of.
enum class PlaceGroup : std::uint8_t {
  world,     // who, in which run, where and when: every action but health
  trip,      // session, step, key: every action of a trip
  captured,  // cart, order: once an earlier action has read them
  category,  // browse and list_products, where there is a call for each
  cursor,    // list_products
  line,      // one line of a cart, or the product that is looked at
  coupon,    // one coupon
  repeated,  // {lines}, {coupons}: in bodies
};
PlaceGroup group_of(Place place);
bool is_of_trip(ApiAction action);  // not health, not list_products

// For messages: at most `bytes_max` of the text, whole characters, on one line; what is no UTF-8 is
// shown as '?'.
std::string shown(std::string_view text, std::size_t bytes_max);

}  // namespace footfall::commerce
