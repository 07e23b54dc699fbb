#include "cli/profile_trial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"
#include "commerce/http/shop_window.hpp"

namespace footfall::cli {
namespace {

using commerce::ApiAction;
using commerce::ApiOutcome;
using commerce::Per;
using commerce::Place;
using commerce::PlaceLine;
using State = ProfileStep::State;

constexpr int kPagesMax = 20;  // of the products: enough to see how they match

std::string joined(const std::vector<std::pair<std::string, std::string>>& headers) {
  std::vector<std::string> all;
  for (const auto& [name, value] : headers) all.push_back(name + ": " + value);
  return join(all, "; ");
}

std::string plural(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", with_commas(static_cast<std::int64_t>(count)), what,
                     count == 1 ? "" : "s");
}

class Trial {
 public:
  Trial(const ProfileTrial& with, ProfileCheck& check) : with_(with), check_(check) {
    texts_.keep(Place::agent, fmt::format("{}", with.agent.value));
    texts_.keep(Place::user, fmt::format("{}", with.user.value));
    texts_.keep(Place::persona, with.persona);
    texts_.keep(Place::token, with.token);
    const bool knows_run = with.run || !with.profile.is_footfall();  // its runs are its own
    if (knows_run) texts_.keep(Place::run, fmt::format("{}", with.run.value));
    if (with.store) texts_.keep(Place::store, fmt::format("{}", with.store.value));
    texts_.keep(Place::session, fmt::format("{}", with.session));
    texts_.keep(Place::hour, "0");
    texts_.keep(Place::step, "1");
    texts_.keep(Place::at, to_string(with.at));
    texts_.keep(Place::key, fmt::format("footfall:check:{}", with.session));
    choose(0, with.catalogue.products.front().list_price);
    product_id_ = fmt::format("{}", with.catalogue.products.front().id.value);
  }

  Task<void> run();

 private:
  void choose(std::uint16_t product, Money price);
  ProfileStep& step() { return check_.steps.back(); }
  void tell(std::string line) { step().learned.push_back(std::move(line)); }
  void fail(std::string line) {
    step().state = State::failed;
    tell(std::move(line));
  }
  bool begin(ApiAction action);
  void show_request(std::span<const PlaceLine> lines);
  Task<ApiOutcome> send(std::span<const PlaceLine> lines);
  Task<void> send_if(ApiAction action);
  Task<void> list();
  void tell_products(const std::vector<commerce::SeenProduct>& seen, int pages, bool more);
  Task<void> add();
  Task<void> view_coupons();
  Task<void> apply();
  Task<void> check_out();
  Task<void> find_order();

  const ProfileTrial& with_;
  ProfileCheck& check_;
  commerce::PlaceTexts texts_;
  commerce::ApiRequest request_;
  // The product that is looked at and bought, and the coupon, as the service names them.
  std::uint16_t product_ = 0;
  Money price_;
  std::string product_id_, price_text_;
  std::string coupon_id_, coupon_code_;
  std::string order_;     // that was bought
  bool is_gone_ = false;  // nobody can be reached: nothing more is sent
};

void Trial::choose(std::uint16_t product, Money price) {
  product_ = product;
  price_ = price;
  price_text_ = with_.profile.price_text(price);
}

// Whether the action can be tried.
bool Trial::begin(ApiAction action) {
  check_.steps.push_back({});
  step().action = action;
  if (!with_.profile.has(action)) return false;
  step().state = State::ok;
  if (is_gone_) {
    step().state = State::left_out;
    tell("nobody answers");
    return false;
  }
  if (with_.profile.names(action, Place::cart) && texts_[Place::cart].empty()) {
    step().state = State::left_out;
    tell("it needs {cart}, which no answer has told");
    return false;
  }
  return true;
}

void Trial::show_request(std::span<const PlaceLine> lines) {
  const bool nobody = step().action == ApiAction::health;
  const commerce::Places& places = nobody ? commerce::Places{} : texts_.places();
  with_.profile.render(step().action, places, lines, request_);
  if (!step().call.empty()) return;
  step().call = fmt::format("{} {}", http::to_string(request_.method), request_.target);
  step().headers = joined(request_.headers);
  step().body = request_.body;
}

Task<ApiOutcome> Trial::send(std::span<const PlaceLine> lines) {
  show_request(lines);
  const ApiAction action = step().action;
  const commerce::ApiAnswer called = co_await with_.sessions.probe(request_);
  const http::ClientAnswer& answer = called.answer;
  ApiOutcome outcome;
  if (!answer.answered()) {
    fail("no answer: " + answer.why);
    is_gone_ = answer.end == http::CallEnd::no_connection ||
               answer.end == http::CallEnd::bad_certificate ||
               answer.end == http::CallEnd::connect_timeout;
    co_return outcome;
  }
  if (step().status == 0) step().took_us = answer.sent_us;
  step().status = answer.status;
  outcome = with_.profile.read(action, answer.status, answer.body);
  if (!outcome.cart.empty()) texts_.keep(Place::cart, outcome.cart);
  if (!outcome.order.empty()) texts_.keep(Place::order, outcome.order);
  if (outcome.refusal) {
    step().state = State::refused;
    tell(fmt::format("understood as {}", to_string(*outcome.refusal)));
  } else if (!outcome.ok) {
    fail(outcome.problem);
  } else if (outcome.already_done) {
    tell("it was done before");
  }
  if (!outcome.cart.empty()) tell("cart " + outcome.cart);
  if (!outcome.order.empty()) tell("order " + outcome.order);
  co_return outcome;
}

Task<void> Trial::send_if(ApiAction action) {
  const bool can = begin(action);
  if (can) co_await send({});
}

Task<void> Trial::run() {
  co_await send_if(ApiAction::health);
  co_await list();
  co_await send_if(ApiAction::enter);
  texts_.keep(Place::category,
              with_.catalogue.categories[with_.catalogue.products[product_].category]);
  co_await send_if(ApiAction::browse);
  texts_.keep(Place::product, product_id_);
  texts_.keep(Place::sku, with_.catalogue.products[product_].sku);
  texts_.keep(Place::price, price_text_);
  co_await send_if(ApiAction::view_product);
  co_await add();
  co_await view_coupons();
  co_await apply();
  co_await check_out();
  co_await find_order();
  const bool can = begin(ApiAction::abandon);
  if (can && check_.bought) {
    step().state = State::left_out;
    tell("the cart was bought");
  } else if (can) {
    co_await send({});
  }
}

// Of a service that is asked category by category, the first one.
Task<void> Trial::list() {
  const bool can = begin(ApiAction::list_products);
  if (!can) co_return;
  if (with_.profile.per(ApiAction::list_products) == Per::line) {
    texts_.keep(Place::category, with_.catalogue.categories[with_.catalogue.products[0].category]);
  }
  std::vector<commerce::SeenProduct> seen;
  int pages = 0;
  bool more = true;
  for (; more && pages < kPagesMax; ++pages) {
    ApiOutcome page = co_await send({});
    if (!page.ok) co_return;
    seen.insert(seen.end(), std::move_iterator(page.products.begin()),
                std::move_iterator(page.products.end()));
    more = !page.next.empty();
    texts_.keep(Place::cursor, page.next);
  }
  tell_products(seen, pages, more);
}

void Trial::tell_products(const std::vector<commerce::SeenProduct>& seen, int pages, bool more) {
  const retail::Catalogue& catalogue = with_.catalogue;
  const bool each = with_.profile.per(ApiAction::list_products) == Per::line;
  const commerce::KnownProducts known(catalogue);
  std::vector<int> matched(catalogue.categories.size());
  std::size_t matches = 0, with_price = 0;
  bool by_sku = false;
  for (const commerce::SeenProduct& one : seen) {
    by_sku = by_sku || !one.sku.empty();
    with_price += one.price.has_value();
    const auto product = known.find(one);
    if (!product) continue;
    ++matched[catalogue.products[*product].category];
    if (matches++ > 0) continue;
    choose(*product, one.price.value_or(catalogue.products[*product].list_price));
    product_id_ = one.id;
  }
  tell(fmt::format("{} on {}{}{}, {} with a price", plural(seen.size(), "product"),
                   plural(static_cast<std::size_t>(pages), "page"), more ? " and more" : "",
                   each ? fmt::format(" in '{}'", texts_[Place::category]) : "", with_price));
  tell(fmt::format("{} of them matched by {} with the {} of {}", matches, by_sku ? "sku" : "id",
                   plural(catalogue.products.size(), "product"), check_.goods));
  std::vector<std::string> empty;
  for (std::size_t i = 0; i < matched.size() && !each && !more; ++i) {
    if (matched[i] == 0) empty.push_back(catalogue.categories[i]);
  }
  if (matches == 0) {
    fail(
        "none is known: make products.csv from the service's own list, or leave list_products "
        "out of the profile");
  } else if (!empty.empty()) {
    fail(fmt::format("a run would not begin: nothing is known in {} of {} categories: {}",
                     empty.size(), matched.size(), join(empty, ", ")));
  }
}

Task<void> Trial::add() {
  const bool can = begin(ApiAction::add_to_cart);
  if (!can) co_return;
  PlaceLine line;
  line.product = product_id_;
  line.sku = with_.catalogue.products[product_].sku;
  line.quantity = "1";
  line.price = price_text_;
  const std::array<PlaceLine, 1> lines{line};
  const ApiOutcome added = co_await send(lines);
  if (!added.ok || !added.total) co_return;
  tell(fmt::format("total {}{}", to_string(*added.total),
                   *added.total == price_
                       ? ", as expected"
                       : fmt::format(", while the line is {}: a tax, a fee, another price, or "
                                     "something that lay in the cart",
                                     to_string(price_))));
}

Task<void> Trial::view_coupons() {
  const bool can = begin(ApiAction::view_coupons);
  if (!can) co_return;
  const ApiOutcome seen = co_await send({});
  if (!seen.ok) co_return;
  const commerce::ServiceNames names = commerce::names_of(with_.catalogue);
  std::vector<std::string> known;
  for (const commerce::SeenCoupon& coupon : seen.coupons) {
    if (!names.coupon.contains(coupon.code)) continue;
    if (known.empty()) {
      coupon_id_ = coupon.id;
      coupon_code_ = coupon.code;
    }
    known.push_back(coupon.code);
  }
  constexpr std::size_t kShown = 8;
  const std::size_t count = known.size();
  known.resize(std::min(count, kShown));
  tell(fmt::format("{}, {} known by code{}{}{}", plural(seen.coupons.size(), "coupon"), count,
                   count ? ": " : "", join(known, ", "), count > kShown ? ", …" : ""));
}

Task<void> Trial::apply() {
  const bool can = begin(ApiAction::apply_coupons);
  if (!can) co_return;
  if (coupon_code_.empty()) {
    step().state = State::left_out;
    tell("no coupon is known");
    co_return;
  }
  texts_.keep(Place::step, "2");
  PlaceLine line;
  line.coupon = coupon_id_;
  line.code = coupon_code_;
  const std::array<PlaceLine, 1> lines{line};
  const ApiOutcome applied = co_await send(lines);
  for (const commerce::SeenCoupon& coupon : applied.coupons) {
    const bool taken = coupon.refusal == retail::Refusal::none;
    tell(
        fmt::format("{} {}", coupon.code.empty() ? coupon.id : coupon.code,
                    taken ? "is taken" : fmt::format("is refused: {}", to_string(coupon.refusal))));
  }
  if (applied.total) tell("total " + to_string(*applied.total));
}

Task<void> Trial::check_out() {
  const bool can = begin(ApiAction::checkout);
  if (!can) co_return;
  std::vector<PlaceLine> lines;
  if (with_.profile.names(ApiAction::checkout, Place::lines)) {
    PlaceLine& line = lines.emplace_back();
    line.product = product_id_;
    line.sku = with_.catalogue.products[product_].sku;
    line.quantity = "1";
    line.price = price_text_;
  }
  if (with_.profile.names(ApiAction::checkout, Place::coupons) && !coupon_code_.empty()) {
    PlaceLine& line = lines.emplace_back();
    line.coupon = coupon_id_;
    line.code = coupon_code_;
  }
  if (!with_.buy) {
    show_request(lines);
    step().state = State::not_sent;
    co_return;
  }
  const ApiOutcome bought = co_await send(lines);
  check_.bought = bought.ok;
  order_ = bought.order;
  if (bought.total) tell("total " + to_string(*bought.total));
}

// It must find the order that was placed, and no other.
Task<void> Trial::find_order() {
  const bool can = begin(ApiAction::find_order);
  if (!can) co_return;
  const ApiOutcome found = co_await send({});
  if (!found.ok) co_return;
  if (found.total) tell("total " + to_string(*found.total));
  if (check_.bought && found.order.empty()) {
    fail("it does not find the order that was just placed");
  } else if (check_.bought && !order_.empty() && found.order != order_) {
    fail(fmt::format("it finds another order than {}, which was just placed", order_));
  } else if (!check_.bought && !found.order.empty()) {
    fail(
        "it finds an order although this session has bought nothing: a lost checkout would be "
        "taken for done");
  } else if (!check_.bought) {
    tell("no order, which is true");
  }
}

}  // namespace

Task<void> try_profile(const ProfileTrial& trial, ProfileCheck& check) {
  Trial now(trial, check);
  co_await now.run();
}

}  // namespace footfall::cli
