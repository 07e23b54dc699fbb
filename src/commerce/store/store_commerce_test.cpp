// Goal: what is written of a trip is what its shopper was told, or nothing, whatever a shop that
// tries a checkout again comes to. Method: a shop that answers from a script.
#include "commerce/store/store_commerce.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "base/failure.hpp"

namespace footfall::commerce {
namespace {

using store::CheckoutAnswer;
using store::CheckoutStatus;

CheckoutAnswer of(CheckoutStatus status, int total = 0) {
  CheckoutAnswer answer;
  answer.status = status;
  answer.total = Money{total};
  return answer;
}

struct ScriptedShop final : store::Shop {
  Task<store::CartAnswer> add(const store::CartCall&, std::span<const retail::CartLine>) override {
    co_return store::CartAnswer{};
  }
  Task<store::CartAnswer> change(const store::CartCall&, const store::CartChange&) override {
    co_return store::CartAnswer{};
  }
  Task<store::CartView> cart(const store::CartCall&) override { co_return store::CartView{}; }
  Task<std::vector<store::WalletRow>> wallet(UserId, SimTime) override {
    co_return std::vector<store::WalletRow>{};
  }
  Task<store::ReturnAnswer> give_back(const store::ReturnRequest&) override {
    co_return store::ReturnAnswer{};
  }
  Task<CheckoutAnswer> check_out(const store::CheckoutRequest& request) override {
    for (const CheckoutAnswer& tried : tries) written = request.journal(tried).has_value();
    co_return last;
  }

  std::vector<CheckoutAnswer> tries;  // that came as far as the journal
  CheckoutAnswer last;
  bool written = false;
};

struct Told {
  bool journaled = false;
  int lived_on = 0;  // how often the trip was told its outcome
  shopper::Outcome outcome;
  std::string failure;
};

Told check_out(const std::vector<CheckoutAnswer>& tries, const CheckoutAnswer& last) {
  const retail::Catalogue catalogue;
  ScriptedShop shop;
  shop.tries = tries;
  shop.last = last;
  StoreCommerce commerce(catalogue, shop);
  commerce.enter({SessionId{7}, AgentId{1}, UserId{1}, StoreId{1}, 0, nullptr, {}});
  Told told;
  const AtCheckout at_checkout = [&](const shopper::Outcome&) {
    ++told.lived_on;
    return store::TripEnd{};
  };
  const auto task = [&]() -> Task<void> {
    const shopper::Action action;
    const CheckedOut done = co_await commerce.check_out(action, at_checkout);
    told.journaled = done.journaled;
    told.outcome = done.outcome;
  };
  boost::asio::io_context io;
  boost::asio::co_spawn(io, task(), [&](const std::exception_ptr& error) {
    try {
      if (error) std::rethrow_exception(error);
    } catch (const Failure& failure) {
      told.failure = failure.what();
    }
  });
  io.run();
  return told;
}

TEST(StoreCommerceCheckout, IsJournaledWithItsOrder) {
  const CheckoutAnswer placed = of(CheckoutStatus::placed, 250);
  const Told told = check_out({placed}, placed);
  EXPECT_TRUE(told.journaled);
  EXPECT_TRUE(told.outcome.ok);
  EXPECT_EQ(told.outcome.total, Money{250});
}

TEST(StoreCommerceCheckout, LivesOnOnceHoweverOftenItIsTried) {
  const CheckoutAnswer placed = of(CheckoutStatus::placed, 250);
  CheckoutAnswer replayed = placed;
  replayed.replayed = true;  // the try before had been committed after all
  for (const CheckoutAnswer& last : {placed, replayed}) {
    const Told told = check_out({placed, placed}, last);
    EXPECT_EQ(told.failure, "");
    EXPECT_TRUE(told.journaled);
    EXPECT_EQ(told.lived_on, 1);
  }
}

TEST(StoreCommerceCheckout, AnotherOutcomeThanTheOneToldIsAFailure) {
  const CheckoutAnswer placed = of(CheckoutStatus::placed, 250);
  const CheckoutAnswer sold_out = of(CheckoutStatus::insufficient_stock);
  const CheckoutAnswer used_up = of(CheckoutStatus::coupon_refused);
  for (const auto& [tries, last] :
       {std::pair{std::vector{placed, sold_out}, sold_out},
        std::pair{std::vector{sold_out, placed}, placed},
        std::pair{std::vector{sold_out, used_up}, used_up},  // the same total
        std::pair{std::vector{placed}, of(CheckoutStatus::not_open)},
        std::pair{std::vector{placed}, of(CheckoutStatus::key_reused)}}) {
    const Told told = check_out(tries, last);
    EXPECT_FALSE(told.journaled);
    EXPECT_NE(told.failure.find("session 7: its checkout was interrupted"), std::string::npos)
        << told.failure;
  }
}

TEST(StoreCommerceCheckout, AnAnswerGivenBeforeIsToldButNotJournaled) {
  CheckoutAnswer before = of(CheckoutStatus::placed, 80);
  before.replayed = true;
  const Told told = check_out({}, before);
  EXPECT_FALSE(told.journaled);
  EXPECT_EQ(told.lived_on, 1);
  EXPECT_EQ(told.outcome.total, Money{80});
  EXPECT_NE(check_out({}, of(CheckoutStatus::not_open)).failure, "");
}

}  // namespace
}  // namespace footfall::commerce
