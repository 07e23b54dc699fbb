#include "commerce/mock/mock_commerce.hpp"

#include <fmt/format.h>

#include <iterator>

#include "base/assert.hpp"

namespace footfall::commerce {

using shopper::Action;
using shopper::ActionKind;
using shopper::Outcome;

void MockCommerce::tell(std::string_view what, std::string detail) const {
  const ShopVisit& visit = cart_.visit();
  tell_({what, visit.agent, visit.session, std::move(detail)});
}

Task<Outcome> MockCommerce::perform(const Action& action) {
  Outcome outcome;
  std::string detail;
  switch (action.kind) {
    case ActionKind::browse_products:
      for (const std::uint16_t category : action.categories) {
        fmt::format_to(std::back_inserter(detail), "{}{}", detail.empty() ? "" : ", ",
                       catalogue_.categories[category]);
      }
      tell("browse", std::move(detail));
      outcome = cart_.browse(action.categories);
      break;
    case ActionKind::add_to_cart:
      for (const retail::CartLine& line : action.lines) {
        fmt::format_to(std::back_inserter(detail), "{}{} x {} at {}", detail.empty() ? "" : ", ",
                       line.qty, catalogue_.products[line.product].sku, to_string(line.unit_price));
      }
      tell("add_to_cart", std::move(detail));
      outcome = cart_.add(action.lines);
      break;
    case ActionKind::view_coupons:
      tell("view_coupons", {});
      outcome = cart_.show_wallet({}, action.at);
      break;
    case ActionKind::apply_coupons:
      tell("apply_coupons", fmt::format("{} coupons", action.coupons.size()));
      outcome = cart_.apply(action.coupons, action.at);
      break;
    case ActionKind::complete_checkout:
      FF_ASSERT(false, "a checkout is carried out by check_out()");
      break;
    case ActionKind::abandon_session:
      tell("abandon", {});
      cart_.note_left();
      break;
    case ActionKind::create_session:
    case ActionKind::finished:
      break;
  }
  co_return outcome;
}

Task<CheckedOut> MockCommerce::check_out(const Action& action, const AtCheckout& at_checkout) {
  CheckedOut result;
  result.outcome.total = cart_.basket().priced.total;
  tell("checkout", fmt::format("{} lines for {}", cart_.basket().lines.size(),
                               to_string(result.outcome.total)));
  cart_.note_placed(action.at);
  at_checkout(result.outcome);
  co_return result;
}

Task<store::OpenStatus> MockJournal::open(const store::SessionOpening& opening) {
  tell_({"open_session", opening.agent, opening.session, opening.idle ? "idle" : "shopping"});
  co_return store::OpenStatus::opened;
}

Task<store::CloseStatus> MockJournal::close(const store::TripEnd& end) {
  const retail::SessionRecord& session = end.batch->sessions.front();
  tell_({"end_session", retail::agent_of(session.id), session.id,
         fmt::format("{}, {} events, {} decisions", to_string(session.outcome),
                     session.events.count, session.decisions.count)});
  co_return store::CloseStatus::closed;
}

Task<void> MockJournal::note(const retail::RecordBatch& batch) {
  tell_({"note_thoughts", {}, {}, fmt::format("{} thoughts", batch.sessions.size())});
  co_return;
}

}  // namespace footfall::commerce
