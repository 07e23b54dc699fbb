#include "commerce/http/http_commerce.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"

namespace footfall::commerce {

using shopper::Action;
using shopper::ActionKind;
using shopper::Outcome;

namespace {

// So many trips of an agent may fail because its last cart cannot be left behind; then it is let
// be.
constexpr int kLeaveTriesMax = 3;

// The service has not said what it makes of the call: no answer, an error of its own, or too many
// calls.
bool was_not_heard(const http::ClientAnswer& answer) {
  return !answer.answered() || answer.status >= 500 || answer.status == 429;
}

}  // namespace

void tell_visit(const ApiShop& shop, const ShopVisit& visit, PlaceTexts& texts) {
  texts.keep(Place::agent, fmt::format("{}", visit.agent.value));
  texts.keep(Place::user, fmt::format("{}", visit.user.value));
  const auto persona = shop.personas.find(visit.agent.value);
  texts.keep(Place::persona, persona == shop.personas.end() ? std::string() : persona->second);
  texts.keep(Place::token, std::string(shop.tokens.of(visit.agent, texts[Place::persona])));
  texts.keep(Place::run, fmt::format("{}", shop.run.value));
  texts.keep(Place::session, fmt::format("{}", visit.session.value));
  texts.keep(Place::store, visit.store ? fmt::format("{}", visit.store.value) : std::string());
  texts.keep(Place::hour, fmt::format("{}", visit.sim_hour));
  texts.keep(Place::key, fmt::format("footfall:{}:{}:{}{}", shop.run.value, visit.agent.value,
                                     visit.sim_hour, shop.key_tail));
}

void HttpCommerce::enter(const ShopVisit& visit) {
  cart_.enter(visit);
  step_ = 0;
  coupon_names_.clear();
  held_.clear();
  refused_.reset();
  for (int i = 0; i < kPlaceCount; ++i) texts_.keep(static_cast<Place>(i), {});
  tell_visit(shop_, visit, texts_);
}

void HttpCommerce::fill_places(ApiAction action, SimTime at) {
  now_ = at;
  texts_.keep(Place::at, to_string(at));
  if (action == ApiAction::add_to_cart || action == ApiAction::apply_coupons) ++step_;
  texts_.keep(Place::step, fmt::format("{}", step_));
}

Task<HttpCommerce::Called> HttpCommerce::call(ApiAction action, SimTime at,
                                              std::span<const PlaceLine> lines) {
  fill_places(action, at);
  shop_.profile.render(action, texts_.places(), lines, request_);
  Called called;
  called.answer =
      co_await shop_.sessions.call(cart_.visit().agent, request_, shop_.profile.retry(action));
  const http::ClientAnswer& answer = called.answer.answer;
  if (!answer.answered()) co_return called;
  called.outcome = shop_.profile.read(action, answer.status, answer.body);
  if (!called.outcome.cart.empty()) texts_.keep(Place::cart, called.outcome.cart);
  if (!called.outcome.order.empty()) texts_.keep(Place::order, called.outcome.order);
  co_return called;
}

void HttpCommerce::fail(ApiAction action, const Called& called) const {
  const http::ClientAnswer& answer = called.answer.answer;
  const std::string why = answer.answered() ? called.outcome.problem : answer.why;
  const std::string text =
      fmt::format("session {}: {} failed: {}", cart_.visit().session.value, to_string(action), why);
  // What a client knows for sure is that a call that was refused (4xx) did nothing; but that speaks
  // for the last try alone, and one before may have been seen. An answer of success that cannot be
  // read is a success.
  const bool refused = answer.answered() && answer.status >= 400 && answer.status < 500;
  const bool unknown = refused ? called.answer.seen_before : called.answer.maybe_seen;
  if (action == ApiAction::checkout && unknown) {
    const Profile& profile = shop_.profile;
    const bool can_be_asked =
        profile.has(ApiAction::find_order) || profile.retry(ApiAction::checkout) == Retry::always;
    throw UnsettledCheckout(text, failure_kind(answer), called.answer.request_id, can_be_asked);
  }
  throw TripFailure(text, failure_kind(answer), called.answer.request_id);
}

// An answer: done, or a refusal that happens in a shop. Everything else fails the trip.
Task<ApiOutcome> HttpCommerce::expect(ApiAction action, SimTime at,
                                      std::span<const PlaceLine> lines) {
  Called called = co_await call(action, at, lines);
  if (!called.outcome.ok && !called.outcome.refusal) fail(action, called);
  co_return std::move(called.outcome);
}

Task<Outcome> HttpCommerce::perform(const Action& action) {
  Outcome outcome;
  switch (action.kind) {
    case ActionKind::create_session:
      now_ = action.at;
      co_await begin();
      break;
    case ActionKind::browse_products:
      outcome = co_await browse(action);
      break;
    case ActionKind::add_to_cart:
      outcome = co_await add(action);
      break;
    case ActionKind::view_coupons:
      outcome = co_await view_wallet(action);
      break;
    case ActionKind::apply_coupons:
      outcome = co_await apply(action);
      break;
    case ActionKind::complete_checkout:
      FF_ASSERT(false, "a checkout is carried out by check_out()");
      break;
    case ActionKind::abandon_session:
      now_ = action.at;
      co_await leave_cart();
      break;
    case ActionKind::finished:
      break;
  }
  co_return outcome;
}

Task<void> HttpCommerce::begin() {
  if (shop_.left_open.contains(cart_.visit().agent.value)) co_await leave_last_cart();
  if (!shop_.profile.has(ApiAction::enter)) co_return;
  const SimTime at = now_;
  co_await expect(ApiAction::enter, at, {});
  if (!texts_[Place::cart].empty()) cart_.note_asked();
}

Task<void> HttpCommerce::leave_last_cart() {
  const std::int64_t agent = cart_.visit().agent.value;
  ApiShop::LeftOpen& left_open = shop_.left_open[agent];
  const ApiShop::LeftOpen last = left_open;
  const bool is_last_try = ++left_open.tries >= kLeaveTriesMax;
  const std::string session(texts_[Place::session]);
  texts_.keep(Place::session, last.session);
  texts_.keep(Place::cart, last.cart);
  const SimTime at = now_;
  const Called left = co_await call(ApiAction::abandon, at, {});
  texts_.keep(Place::session, session);
  texts_.keep(Place::cart, {});
  const http::ClientAnswer& answer = left.answer.answer;
  if (was_not_heard(answer) && !is_last_try) fail(ApiAction::abandon, left);
  shop_.left_open.erase(agent);
}

// What stands on the shelves was read when the offer cycle began; looking at them is a call all the
// same.
Task<Outcome> HttpCommerce::browse(const Action& action) {
  if (shop_.profile.has(ApiAction::browse)) {
    const bool each = shop_.profile.per(ApiAction::browse) == Per::line;
    const std::size_t calls =
        each ? action.categories.size() : std::min<std::size_t>(1, action.categories.size());
    for (std::size_t i = 0; i < calls; ++i) {
      texts_.keep(Place::category, shop_.catalogue.categories[action.categories[i]]);
      co_await expect(ApiAction::browse, action.at, {});
    }
  }
  co_return cart_.browse(action.categories);
}

void HttpCommerce::clear_lines(std::size_t room) {
  lines_.clear();
  line_texts_.clear();
  line_texts_.reserve(room);  // lines_ points into it
}

void HttpCommerce::write_lines(ApiAction action, std::span<const retail::CartLine> lines) {
  const bool with_price = shop_.profile.names(action, Place::price);
  for (const retail::CartLine& line : lines) {
    PlaceLine& place = lines_.emplace_back();
    place.product = shop_.names.product[line.product];
    place.sku = shop_.names.sku[line.product];
    place.quantity = line_texts_.emplace_back(fmt::format("{}", line.qty));
    if (with_price) {
      place.price = line_texts_.emplace_back(shop_.profile.price_text(line.unit_price));
    }
  }
}

// One of the calls that an action with several lines is made of.
std::span<const PlaceLine> HttpCommerce::part(Per per, std::size_t i) const {
  const std::span<const PlaceLine> all(lines_);
  return per == Per::line ? all.subspan(i, 1) : all;
}

// Of several calls some may be refused: the cart holds what the others brought.
Task<Outcome> HttpCommerce::add(const Action& action) {
  if (!shop_.profile.has(ApiAction::add_to_cart)) co_return cart_.add(action.lines);
  clear_lines(2 * action.lines.size());
  write_lines(ApiAction::add_to_cart, action.lines);
  cart_.note_asked();
  const Per per = shop_.profile.per(ApiAction::add_to_cart);
  const std::size_t calls = per == Per::line ? lines_.size() : 1;
  std::vector<retail::CartLine> taken;
  Outcome refused;
  ApiOutcome last;
  for (std::size_t i = 0; i < calls; ++i) {
    const std::span<const PlaceLine> lines = part(per, i);
    last = co_await expect(ApiAction::add_to_cart, action.at, lines);
    const auto sent = per == Per::line ? action.lines.subspan(i, 1) : action.lines;
    if (last.ok) {
      taken.insert(taken.end(), sent.begin(), sent.end());
    } else {
      refused.refusal = *last.refusal;
    }
  }
  if (taken.empty()) {
    refused.ok = false;
    co_return refused;
  }
  Outcome outcome = cart_.add(taken);
  if (last.total) outcome.total = *last.total;
  co_return outcome;
}

Task<CheckedOut> HttpCommerce::check_out(const Action& action, const AtCheckout& at_checkout) {
  now_ = action.at;
  const std::vector<retail::CartLine>& bought = cart_.basket().lines;
  clear_lines(2 * bought.size());
  if (shop_.profile.names(ApiAction::checkout, Place::lines)) {
    write_lines(ApiAction::checkout, bought);
  }
  if (shop_.profile.names(ApiAction::checkout, Place::coupons)) write_coupons();
  Called called = co_await call(ApiAction::checkout, action.at, lines_);
  const Profile& profile = shop_.profile;
  if (!called.outcome.ok && profile.has(ApiAction::abandon)) remember_cart();
  if (!called.outcome.ok && !called.outcome.refusal) fail(ApiAction::checkout, called);
  // The refusal is of the last try. An earlier one may have bought what it says is gone; footfall's
  // own server would have repeated the first answer.
  const bool is_doubtful = called.outcome.refusal && called.answer.seen_before &&
                           !profile.is_footfall() && profile.has(ApiAction::find_order);
  if (is_doubtful) {
    refused_ = called.outcome.refusal;
    throw UnsettledCheckout(
        fmt::format("session {}: checkout was refused after a try that nobody answered",
                    cart_.visit().session.value),
        TripFailure::Kind::api_refused, called.answer.request_id, /*can_be_asked=*/true);
  }
  CheckedOut result;
  result.outcome.ok = called.outcome.ok;
  if (called.outcome.refusal) result.outcome.refusal = *called.outcome.refusal;
  result.outcome.total = called.outcome.total.value_or(cart_.basket().priced.total);
  if (result.outcome.ok) note_placed(action.at);
  at_checkout(result.outcome);
  co_return result;
}

// First the cart is left behind: then no checkout that is still on its way can be done any more,
// and what the service says of its orders is final. Where carts cannot be left behind, only an
// order that is there is.
Task<std::optional<Outcome>> HttpCommerce::settle() {
  const Profile& profile = shop_.profile;
  const SimTime at = now_;
  const bool can_leave = profile.has(ApiAction::abandon);
  Outcome outcome;
  if (profile.has(ApiAction::find_order)) {
    if (can_leave) {
      const Called left = co_await call(ApiAction::abandon, at, {});
      const http::ClientAnswer& answer = left.answer.answer;
      if (was_not_heard(answer)) fail(ApiAction::abandon, left);
      shop_.left_open.erase(cart_.visit().agent.value);
    }
    const ApiOutcome found = co_await expect(ApiAction::find_order, at, {});
    if (can_leave) cart_.note_left();
    if (!found.order.empty()) {
      outcome.total = found.total.value_or(cart_.basket().priced.total);
      note_placed(at);
      co_return outcome;
    }
    if (refused_) {
      outcome.ok = false;
      outcome.refusal = *refused_;
      co_return outcome;
    }
    if (can_leave) co_return std::nullopt;
  }
  if (profile.retry(ApiAction::checkout) != Retry::always) {
    throw TripFailure("nobody can tell whether the checkout was done", TripFailure::Kind::timeout);
  }
  const ApiOutcome again = co_await expect(ApiAction::checkout, at, lines_);
  if (!again.ok) co_return std::nullopt;
  outcome.total = again.total.value_or(cart_.basket().priced.total);
  note_placed(at);
  co_return outcome;
}

void HttpCommerce::note_placed(SimTime at) {
  cart_.note_placed(at);
  shop_.left_open.erase(cart_.visit().agent.value);
  if (shop_.profile.is_footfall()) return;
  for (const retail::CartCoupon& coupon : cart_.basket().coupons) {
    shop_.used_coupons.insert(coupon.wallet_id.value);
  }
}

// It may be gone already; only a service that did not do anything fails.
Task<void> HttpCommerce::leave_cart() {
  if (!cart_.basket().open) co_return;
  if (shop_.profile.has(ApiAction::abandon)) {
    remember_cart();
    const SimTime at = now_;
    const Called left = co_await call(ApiAction::abandon, at, {});
    const http::ClientAnswer& answer = left.answer.answer;
    if (was_not_heard(answer)) fail(ApiAction::abandon, left);
    shop_.left_open.erase(cart_.visit().agent.value);
  }
  cart_.note_left();
}

// Until it was left behind: else it is what the agent's next trip does first.
void HttpCommerce::remember_cart() {
  shop_.left_open[cart_.visit().agent.value] = {std::string(texts_[Place::session]),
                                                std::string(texts_[Place::cart])};
}

}  // namespace footfall::commerce
