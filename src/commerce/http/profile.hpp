// How a shop's API is spoken to (R54): each action of a shopper as method, path, headers and body
// with places to fill in, and where its answer says what. footfall's own API is a profile too.
// docs/PROFILES.md walks through the file format. Immutable once read; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/money.hpp"
#include "base/result.hpp"
#include "base/sim_time.hpp"
#include "http/message.hpp"
#include "retail/pricing.hpp"

namespace footfall::commerce {

// What is asked of a service. A profile has each one, or says that it is missing.
enum class ApiAction : std::uint8_t {
  health,         // is it there? needs no token
  list_products,  // what it sells, and for how much: read when an offer cycle begins
  enter,          // a trip begins (a service that numbers its carts or sessions)
  browse,         // a category's shelf
  view_product,
  add_to_cart,
  view_coupons,
  apply_coupons,
  checkout,
  abandon,     // leave the cart behind
  find_order,  // was the session's checkout placed after all?
};
inline constexpr int kApiActionCount = 11;
std::string_view to_string(ApiAction action);  // as a profile writes it: "add_to_cart"

// What a template may name: {agent}, {session}, … All values are texts; a template's place says how
// one is written: inside a JSON string, percent-encoded in a path, as it is in a header.
enum class Place : std::uint8_t {
  agent,
  user,
  persona,
  token,  // who (token: from --api-tokens)
  run,
  session,
  store,
  hour,
  at,
  step,
  key,  // the trip; at as 2026-01-05T10:00:00Z
  category,
  cursor,
  product,
  sku,
  quantity,
  price,  // one line, or the one product that is looked at
  coupon,
  code,  // one coupon: the service's id, the coupon's code
  lines,
  coupons,  // all of them, each by the action's `line` or `coupon`
  cart,
  order,  // captured from an earlier answer of this trip
};
inline constexpr int kPlaceCount = 23;
std::string_view to_string(Place place);  // without its brackets: "agent"

// Views; empty where nothing is known.
struct Places {
  std::array<std::string_view, kPlaceCount> values{};
  std::string_view& operator[](Place place) { return values[static_cast<std::size_t>(place)]; }
  std::string_view operator[](Place place) const { return values[static_cast<std::size_t>(place)]; }
};

// Places whose texts are kept here.
class PlaceTexts {
 public:
  PlaceTexts() = default;
  PlaceTexts(const PlaceTexts&) = delete;
  PlaceTexts& operator=(const PlaceTexts&) = delete;

  void keep(Place place, std::string text) {
    std::string& kept = texts_[static_cast<std::size_t>(place)];
    kept = std::move(text);
    places_[place] = kept;
  }
  // Valid until the next keep() of this place; empty where nothing is known.
  std::string_view operator[](Place place) const { return places_[place]; }
  const Places& places() const { return places_; }

 private:
  std::array<std::string, kPlaceCount> texts_;
  Places places_;
};

// One repeated part: a line of a cart (product, sku), or a coupon (coupon, code). Views.
struct PlaceLine {
  std::string_view product, sku, quantity, price;
  std::string_view coupon, code;
};

// Reused from call to call: its strings keep their memory.
struct ApiRequest {
  std::optional<ApiAction> action;  // nothing: none of a shopper's (a run is steered)
  http::Method method = http::Method::get;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// How many calls an action with several lines, coupons or categories is.
enum class Per : std::uint8_t { call, line };

// Sent again after a failure: always (a read, or something that is not done twice), or only if the
// service cannot have seen it.
enum class Retry : std::uint8_t { always, unseen };

struct SeenProduct {
  std::string id, sku, name, category, brand;
  std::optional<Money> price;
};

struct SeenCoupon {
  std::string id, code;
  std::optional<SimTime> assigned, expires;
  retail::Refusal refusal = retail::Refusal::none;  // apply_coupons
};

// What an answer said, as far as the profile knows where to look.
struct ApiOutcome {
  bool ok = false;  // done
  // Not done, and expected to happen in a shop: what the shopper is told. Neither: a failure.
  std::optional<retail::Refusal> refusal;
  bool already_done = false;  // a rule `means = "done_before"` fits; ok is true
  std::string problem;        // of a failure: "409 cart_not_open: …", at most 300 bytes
  std::optional<Money> total;
  std::string cart, order;  // captured
  std::vector<SeenProduct> products;
  std::vector<SeenCoupon> coupons;
  std::string next;  // cursor of the next page; empty: this was the last
};

class Profile {
 public:
  // Errors: invalid_input with every mistake of the file, each with its place ("actions.checkout.
  // body: …") and what is allowed.
  static Result<Profile> parse(std::string_view toml, const std::string& file_name);
  static const Profile& footfall();  // the built-in one
  static std::string_view footfall_text();

  const std::string& name() const;
  // Whether runs, simulated time and the journal are steered over this API as footfall serves them.
  bool is_footfall() const;
  bool has(ApiAction action) const;
  Per per(ApiAction action) const;
  Retry retry(ApiAction action) const;
  bool needs_token() const;  // some template names {token}
  // Whether something of the action's request names the place: what need not be worked out, and
  // whether a checkout wants {lines} or {coupons}.
  bool names(ApiAction action, Place place) const;
  std::string price_text(Money amount) const;  // as the service writes prices: of {price}

  // Writes the request of an action that the profile has (asserted). `lines`: those that have a
  // product or sku are {lines}, those that have a coupon or code {coupons}. Where per() is line,
  // at most one (asserted): {product}, {coupon} and the like are then its values, otherwise those
  // of `places`. Headers and parameters of the query that name something unknown (an empty text)
  // are left out.
  void render(ApiAction action, const Places& places, std::span<const PlaceLine> lines,
              ApiRequest& request) const;
  // Reads the answer; of one of more than 8 MiB nothing. Never throws: what does not look as the
  // profile says is a failure whose `problem` names the pointer and what stood there.
  ApiOutcome read(ApiAction action, int status, std::string_view body) const;

  struct Spec;  // profile_spec.hpp

 private:
  explicit Profile(std::shared_ptr<const Spec> spec);
  std::shared_ptr<const Spec> spec_;
};

}  // namespace footfall::commerce
