// Goal: what lay in a cart whose checkout failed goes into the next one (R55), and nothing else
// changes. Method: trips through the scripted world of trip_fixture.hpp.
#include "shopper/trip_fixture.hpp"

namespace footfall::shopper {
namespace {

TEST_F(TripTest, AKeptCartGoesFirstAndIsNotChosenAgain) {  // R55
  for (std::uint16_t p = 0; p < 40; p += 2) kept_.push_back({p, 0, 0, 2, Money{1}});
  kept_.push_back({43, 1, 0, 1, Money{1}});
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    world_ = ScriptedWorld(shelf_);
    EXPECT_LIKE(run(seed), "S(BV+)+A{21}A+WCCPPVA?KOE");
    ASSERT_GT(world_.lines.size(), kept_.size());
    std::set<int> products;
    for (std::size_t i = 0; i < world_.lines.size(); ++i) {
      const retail::CartLine& line = world_.lines[i];
      ASSERT_TRUE(products.insert(line.product).second) << line.product;
      if (i >= kept_.size()) continue;
      ASSERT_EQ(line.product, kept_[i].product);
      ASSERT_EQ(line.qty, kept_[i].qty);
      ASSERT_GT(line.unit_price, Money{50}) << "what it costs today";
    }
    const retail::Event& added = event(EventType::cart_add_item);
    ASSERT_EQ(added.product, 0);
    ASSERT_EQ(added.listing, shelf_.listings[0].id);
    ASSERT_EQ(event(EventType::checkout_complete).amount, world_.subtotal() - Money{70});
  }
}

TEST_F(TripTest, OfAKeptCartTheShopMayRefuseAPart) {
  kept_ = {{3, 0, 0, 1, Money{1}}, {45, 1, 0, 1, Money{1}}, {999, 1, 0, 1, Money{1}}};
  world_.refused_adds = {0};  // and does not list the last one
  run();
  EXPECT_EQ(world_.lines[0].product, 45);
  EXPECT_EQ(event(EventType::cart_add_item).product, 45);
}

TEST_F(TripTest, AnIdleVisitLeavesAKeptCartAlone) {
  kept_ = {{3, 0, 0, 1, Money{1}}};
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    world_ = ScriptedWorld(shelf_);
    run(seed, true);
    EXPECT_TRUE(world_.lines.empty());
  }
}

}  // namespace
}  // namespace footfall::shopper
