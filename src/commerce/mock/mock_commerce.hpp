// The world of a dry run: nothing is sent and nothing is kept. Answers are canned: everything can
// be had, at the shelf's price, wallets are empty, checkouts succeed. What would have been done is
// told.
#pragma once

#include <functional>
#include <string>

#include "commerce/live_commerce.hpp"
#include "commerce/local_cart.hpp"
#include "retail/catalogue.hpp"

namespace footfall::commerce {

// What would have been done: "add_to_cart", and the rest of the line.
struct MockedStep {
  std::string_view what;
  AgentId agent;
  SessionId session;
  std::string detail;
};
using TellMocked = std::function<void(const MockedStep&)>;

class MockCommerce final : public LiveCommerce {
 public:
  // Both must outlive it.
  MockCommerce(const retail::Catalogue& catalogue, const TellMocked& tell)
      : catalogue_(catalogue), cart_(catalogue), tell_(tell) {}

  void enter(const ShopVisit& visit) override { cart_.enter(visit); }
  Task<shopper::Outcome> perform(const shopper::Action& action) override;
  Task<CheckedOut> check_out(const shopper::Action& action, const AtCheckout& at_checkout) override;
  const Basket& basket() const override { return cart_.basket(); }

 private:
  void tell(std::string_view what, std::string detail) const;

  const retail::Catalogue& catalogue_;
  LocalCart cart_;
  const TellMocked& tell_;
};

// A journal that is not written.
class MockJournal final : public store::TripJournal {
 public:
  explicit MockJournal(const TellMocked& tell) : tell_(tell) {}

  Task<store::OpenStatus> open(const store::SessionOpening& opening) override;
  Task<store::CloseStatus> close(const store::TripEnd& end) override;
  Task<void> note(const retail::RecordBatch& batch) override;

 private:
  const TellMocked& tell_;
};

}  // namespace footfall::commerce
