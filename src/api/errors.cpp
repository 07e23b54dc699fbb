#include "api/errors.hpp"

#include <fmt/format.h>

#include "base/assert.hpp"

namespace footfall::api {

using store::CartStatus;
using store::CheckoutStatus;
using store::ReturnStatus;

const ProblemKind kUnauthorized{
    "unauthorized", 401, "Not signed in",
    "There is no bearer token, or none that is good. The answer is the same whatever is wrong with "
    "it.",
    "Send `Authorization: Bearer …` with a token of the shop's identity provider; in a simulation "
    "`Bearer dev:<agent_id>`."};
const ProblemKind kTokenExpired{"token_expired", 401, "The token's time is over",
                                "The token was good once.", "Renew it and send the request again."};
const ProblemKind kAuthUnavailable{
    "auth_unavailable", 503, "Tokens cannot be checked now",
    "The identity provider's keys cannot be had, and those known are too old to be trusted.",
    "Try again later. Operators: see whether SUPABASE_JWKS_URL can be reached."};
const ProblemKind kForbidden{"forbidden", 403, "Not with this token",
                             "The token is good, but this is not for its bearer.",
                             "Use the admin token (FOOTFALL_ADMIN_TOKEN), or an id of your own."};
const ProblemKind kAccountDisabled{"account_disabled", 403, "The account is disabled",
                                   "The user or agent behind the token may not shop.",
                                   "Ask who runs the shop."};
const ProblemKind kSimulationModeDisabled{
    "simulation_mode_disabled", 403, "There is no simulation here",
    "An offer or simulation route was called, but the server runs with SIMULATION_MODE off: time "
    "and offer cycles follow the real clock.",
    "Start the server with SIMULATION_MODE=true to steer them."};
const ProblemKind kSimulationHeadersRefused{
    "simulation_headers_refused", 403, "Only simulated shoppers may say what time it is",
    "X-Footfall-Run or X-Footfall-Sim-Time came with a person's token, or without any.",
    "Leave the headers out, or use `Bearer dev:<agent_id>` or the admin token in a simulation."};

const ProblemKind kNoSuchRoute{"no_such_route", 404, "There is nothing here",
                               "No route has this path.", "`/docs` lists all routes."};
const ProblemKind kMethodNotAllowed{"method_not_allowed", 405, "Not with this method",
                                    "The path exists, but not with this method.",
                                    "The `Allow` header names the methods."};
const ProblemKind kUnsupportedMediaType{"unsupported_media_type", 415, "The body must be JSON",
                                        "A body came with another Content-Type.",
                                        "Send `Content-Type: application/json`."};
const ProblemKind kInvalidJson{
    "invalid_json", 400, "The body is no JSON",
    "The body could not be read as JSON, or is nested more than 32 deep.",
    "The detail says where reading stopped."};
const ProblemKind kInvalidRequest{
    "invalid_request", 400, "Something in the request is not as it should be",
    "Parameters, headers or members of the body are missing, of another type, or out of range.",
    "`errors` lists each with its place."};
const ProblemKind kIdempotencyKeyRequired{
    "idempotency_key_required", 400, "An Idempotency-Key is needed",
    "A checkout or return came without the header, so it could not be sent again safely.",
    "Send `Idempotency-Key: <a new UUID>`, and the same one when you send the request again."};
const ProblemKind kIdempotencyKeyReused{
    "idempotency_key_reused", 422, "The Idempotency-Key belongs to another request",
    "The key was used with another body or route.", "Use a new key for each new request."};

const ProblemKind kNoRun{"no_run", 409, "No simulation is running",
                         "A simulated shopper called, and no run was named or is running.",
                         "`POST /simulation/start`, or name a run by X-Footfall-Run."};
const ProblemKind kNoSuchRun{"no_such_run", 404, "There is no such run",
                             "X-Footfall-Run names a run that the database does not hold, or one "
                             "that was not made for live shopping.",
                             "`GET /simulation/status` names the current run."};
const ProblemKind kRunNotRunning{"run_not_running", 409, "The run is over",
                                 "The run was stopped, has failed, or has reached its end.",
                                 "Start another with `POST /simulation/start`."};
const ProblemKind kSimTimeOutOfWindow{
    "sim_time_out_of_window", 409, "That is not now",
    "X-Footfall-Sim-Time is not within the run's current simulated hour.",
    "Send a moment from the run's `now` up to one hour later; `POST /time/advance` moves it."};
const ProblemKind kTimeNotMonotonic{"time_not_monotonic", 409, "Time cannot be moved there",
                                    "The moment asked for is before the run's present or past its "
                                    "end, or the offer cycle is not the next one.",
                                    "`GET /simulation/status` tells `now` and `until`."};
const ProblemKind kNoSuchCycle{"no_such_cycle", 404, "There is no such offer cycle",
                               "The run has no offer cycle with this id.",
                               "`GET /cycles` lists them."};
const ProblemKind kCycleAlreadyExists{
    "cycle_already_exists", 409, "This offer cycle was begun already",
    "Offer cycles begin once and follow one another without a gap.",
    "Leave `number` out to begin the next one."};
const ProblemKind kCycleNotBegun{
    "cycle_not_begun", 409, "The offer cycle has not begun",
    "The call's moment lies in an offer cycle to whose start the run's time was not moved yet, so "
    "there is nothing to fill wallets from.",
    "`POST /time/advance` to that moment begins it; then send the request again."};
const ProblemKind kNoSuchUser{"no_such_user", 404, "There is no such user",
                              "No user with this id takes part in the run.",
                              "Use a user id of `GET /simulation/agents`, or your own."};

const ProblemKind kNoSuchStore{"no_such_store", 404, "There is no such store",
                               "No open store has this id.", "`GET /api/stores` lists them."};
const ProblemKind kNoSuchProduct{"no_such_product", 404, "There is no such product",
                                 "No product on sale has this id.",
                                 "`GET /api/products` lists them."};
const ProblemKind kCartNotOpen{"cart_not_open", 409, "There is no open cart",
                               "The cart does not exist, was paid, or was left behind.",
                               "`POST /api/cart/add` opens one."};
const ProblemKind kCartVersionConflict{
    "cart_version_conflict", 412, "The cart was changed meanwhile",
    "If-Match names another version than the cart has.",
    "Read the cart, look at what changed, and send the request with its ETag."};
const ProblemKind kOtherCartOpen{"other_cart_open", 409, "Another cart is open",
                                 "The shopper has another open cart in this store.",
                                 "Pay or abandon that cart first."};
const ProblemKind kTooManyLines{"too_many_lines", 422, "The cart is too long",
                                "A cart holds at most 120 different products.",
                                "Check out, or take lines out."};
const ProblemKind kBadQuantity{"bad_quantity", 422, "That many units cannot be bought",
                               "A line would hold fewer than 1 or more than 999 units.",
                               "Nothing was changed; ask for fewer."};
const ProblemKind kTooManyCoupons{"too_many_coupons", 422, "Too many coupons",
                                  "A cart takes at most 64 coupons.", "Apply fewer."};
const ProblemKind kCouponNotInCart{"coupon_not_in_cart", 404, "The coupon is not in the cart",
                                   "It was never applied, or removed already.",
                                   "`GET /api/cart` lists the cart's coupons."};
const ProblemKind kEmptyCart{"empty_cart", 422, "The cart is empty", "There is nothing to pay.",
                             "Add something first."};
const ProblemKind kCouponExpired{"coupon_expired", 409, "A coupon has expired",
                                 "Its time was over at the moment of the checkout.",
                                 "Remove it, or check out with `coupon_policy` `partial`."};
const ProblemKind kCouponAlreadyRedeemed{"coupon_already_redeemed", 409,
                                         "A coupon was used already",
                                         "Another order used it, perhaps a moment ago.",
                                         "Remove it, or check out with `coupon_policy` `partial`."};
const ProblemKind kCouponNotOwned{"coupon_not_owned", 404, "There is no such coupon",
                                  "No coupon with this id is in the shopper's wallet.",
                                  "`GET /api/wallet` lists them."};
const ProblemKind kCouponNotEligible{
    "coupon_not_eligible", 422, "A coupon takes nothing off this cart",
    "Nothing in the cart is in its scope, or too little; `coupons` says which and why.",
    "Remove it, or check out with `coupon_policy` `partial`."};
const ProblemKind kCouponCapReached{"coupon_cap_reached", 409, "A coupon has run out",
                                    "The shop has given away as much of it as it may.",
                                    "Remove it, or check out with `coupon_policy` `partial`."};
const ProblemKind kInsufficientStock{"insufficient_stock", 409, "The store has too little",
                                     "`short_of` names the products, and what is left.",
                                     "Take fewer and check out again with a new key."};
const ProblemKind kPriceTooLarge{"price_too_large", 422, "The sum is too large",
                                 "The cart costs more than the shop can count.",
                                 "Split it into several orders."};
const ProblemKind kHourTaken{"hour_taken", 409, "One order an hour",
                             "A simulated shopper has an order in this simulated hour already.",
                             "Come again in the next simulated hour."};
const ProblemKind kSessionOver{
    "session_over", 409, "The cart's session is over",
    "A simulated session was told to have ended, or has its order: nothing more can be bought in "
    "it.",
    "Leave the cart behind (`DELETE /api/cart`) and shop in the next session."};
const ProblemKind kNoSuchOrder{"no_such_order", 404, "There is no such order",
                               "The shopper has no order with this id.",
                               "`GET /api/orders` lists them."};
const ProblemKind kOrderAlreadyReturned{"order_already_returned", 409,
                                        "The order was given back already",
                                        "It was cancelled or refunded, in whole, or (to cancel) in "
                                        "part.",
                                        "`GET /api/orders/{order_id}` shows what is left."};
const ProblemKind kNoSuchLine{"no_such_line", 422, "The order has no such line",
                              "`lines` names a line number that the order lacks.",
                              "`GET /api/orders/{order_id}` lists the lines."};
const ProblemKind kTooManyUnits{"too_many_units", 422, "More than was bought",
                                "More units than were bought and not yet refunded.",
                                "`GET /api/orders/{order_id}` shows `refunded_quantity`."};

const ProblemKind kDatabaseUnavailable{
    "database_unavailable", 503, "The database cannot be reached",
    "The connection was lost or could not be made in time.",
    "Send the request again after `Retry-After`, with the same Idempotency-Key or step."};
const ProblemKind kBusy{"busy", 503, "Too much at once",
                        "Too many wait for the database, or a lock was not had in time; also for "
                        "a request whose twin with the same key is still running.",
                        "Send the request again after `Retry-After`, with the same key or step."};

namespace {

constexpr const ProblemKind* kAll[] = {&kUnauthorized,
                                       &kTokenExpired,
                                       &kAuthUnavailable,
                                       &kForbidden,
                                       &kAccountDisabled,
                                       &kSimulationModeDisabled,
                                       &kSimulationHeadersRefused,
                                       &kNoSuchRoute,
                                       &kMethodNotAllowed,
                                       &kUnsupportedMediaType,
                                       &kInvalidJson,
                                       &kInvalidRequest,
                                       &kIdempotencyKeyRequired,
                                       &kIdempotencyKeyReused,
                                       &kNoRun,
                                       &kNoSuchRun,
                                       &kRunNotRunning,
                                       &kSimTimeOutOfWindow,
                                       &kTimeNotMonotonic,
                                       &kNoSuchCycle,
                                       &kCycleAlreadyExists,
                                       &kCycleNotBegun,
                                       &kNoSuchUser,
                                       &kNoSuchStore,
                                       &kNoSuchProduct,
                                       &kCartNotOpen,
                                       &kCartVersionConflict,
                                       &kOtherCartOpen,
                                       &kTooManyLines,
                                       &kBadQuantity,
                                       &kTooManyCoupons,
                                       &kCouponNotInCart,
                                       &kEmptyCart,
                                       &kCouponExpired,
                                       &kCouponAlreadyRedeemed,
                                       &kCouponNotOwned,
                                       &kCouponNotEligible,
                                       &kCouponCapReached,
                                       &kInsufficientStock,
                                       &kPriceTooLarge,
                                       &kHourTaken,
                                       &kSessionOver,
                                       &kNoSuchOrder,
                                       &kOrderAlreadyReturned,
                                       &kNoSuchLine,
                                       &kTooManyUnits,
                                       &kDatabaseUnavailable,
                                       &kBusy};

[[noreturn]] void no_refusal() {
  FF_ASSERT(false, "what was done is no refusal");
  std::abort();
}

}  // namespace

std::span<const ProblemKind* const> api_problems() { return kAll; }

const ProblemKind& kind_of(CartStatus status) {
  switch (status) {
    case CartStatus::version_conflict:
      return kCartVersionConflict;
    case CartStatus::not_open:
      return kCartNotOpen;
    case CartStatus::other_cart_open:
      return kOtherCartOpen;
    case CartStatus::too_many_lines:
      return kTooManyLines;
    case CartStatus::bad_quantity:
      return kBadQuantity;
    case CartStatus::too_many_coupons:
      return kTooManyCoupons;
    case CartStatus::done:
    case CartStatus::done_before:
      break;
  }
  no_refusal();
}

const ProblemKind& kind_of(CheckoutStatus status) {
  switch (status) {
    case CheckoutStatus::empty_cart:
      return kEmptyCart;
    case CheckoutStatus::insufficient_stock:
      return kInsufficientStock;
    case CheckoutStatus::price_too_large:
      return kPriceTooLarge;
    case CheckoutStatus::key_reused:
      return kIdempotencyKeyReused;
    case CheckoutStatus::not_open:
      return kCartNotOpen;
    case CheckoutStatus::version_conflict:
      return kCartVersionConflict;
    case CheckoutStatus::too_many_coupons:
      return kTooManyCoupons;
    case CheckoutStatus::hour_taken:
      return kHourTaken;
    case CheckoutStatus::session_over:
      return kSessionOver;
    case CheckoutStatus::coupon_refused:
    case CheckoutStatus::placed:
      break;
  }
  no_refusal();
}

const ProblemKind& kind_of(ReturnStatus status) {
  switch (status) {
    case ReturnStatus::no_such_order:
      return kNoSuchOrder;
    case ReturnStatus::already_returned:
      return kOrderAlreadyReturned;
    case ReturnStatus::no_such_line:
      return kNoSuchLine;
    case ReturnStatus::too_many_units:
      return kTooManyUnits;
    case ReturnStatus::key_reused:
      return kIdempotencyKeyReused;
    case ReturnStatus::done:
      break;
  }
  no_refusal();
}

const ProblemKind& kind_of(retail::Refusal refusal) {
  switch (refusal) {
    case retail::Refusal::expired:
      return kCouponExpired;
    case retail::Refusal::not_owned:
      return kCouponNotOwned;
    case retail::Refusal::already_used:
      return kCouponAlreadyRedeemed;
    case retail::Refusal::cap_reached:
      return kCouponCapReached;
    case retail::Refusal::out_of_stock:
      return kInsufficientStock;
    case retail::Refusal::not_in_scope:
    case retail::Refusal::min_spend:
    case retail::Refusal::min_qty:
    case retail::Refusal::not_best:
      return kCouponNotEligible;
    case retail::Refusal::none:
      break;
  }
  no_refusal();
}

std::string errors_markdown() {
  std::string out =
      "# Errors of the API\n\n"
      "Made by `footfall api errors`; do not edit. Every answer from 400 on is a problem document\n"
      "(RFC 9457, `application/problem+json`):\n\n"
      "    {\"type\": \"/docs#cart_not_open\", \"title\": \"There is no open cart\", \"status\": "
      "409,\n"
      "     \"detail\": \"…\", \"instance\": \"/api/orders/checkout\", \"code\": "
      "\"cart_not_open\",\n"
      "     \"trace_id\": \"…\"}\n\n"
      "Programs look at `code`, which never changes its meaning; `detail` is a sentence for "
      "people.\n"
      "`errors` lists what is wrong with a request, each with its place (a JSON pointer into the\n"
      "body, or the name of a parameter or header). `trace_id` is the answer's X-Request-Id: the\n"
      "server's log has it too.\n\n"
      "| code | status | when | what to do |\n| --- | --- | --- | --- |\n";
  const auto add = [&](const ProblemKind& kind) {
    out += fmt::format("| `{}` | {} | {}. {} | {} |\n", kind.code, kind.status, kind.title,
                       kind.about, kind.remedy);
  };
  for (const ProblemKind* kind : api_problems()) add(*kind);
  for (const ProblemKind* kind : http::server_problems()) add(*kind);
  return out;
}

}  // namespace footfall::api
