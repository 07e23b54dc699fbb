// One shopper's one visit: the mind. No I/O, no clock, no locks, no memory allocation once warm.
//
//   for (Action a = trip.start(visit); !finished(a); a = trip.resume(world.perform(a))) {}
//
// Chance comes from the stream (seed, shopper, hour, trip), so the same visit decides the same in
// every world, whatever else happens around it. One object per thread (or live agent), reused.
#pragma once

#include <span>
#include <vector>

#include "base/random.hpp"
#include "personas/population.hpp"
#include "retail/events.hpp"
#include "shopper/action.hpp"
#include "shopper/behavior/product_choice.hpp"
#include "shopper/graph.hpp"
#include "shopper/mind.hpp"

namespace footfall::shopper {

// A thought of shopping, or of looking, at a moment.
struct Visit {
  const personas::Traits* shopper = nullptr;
  const Habits* habits = nullptr;
  const ShelfModel* shelf = nullptr;  // of the offer cycle of `at`
  SimTime at;                         // on a whole minute
  CalendarHour when;                  // calendar_hour(at)
  std::uint64_t seed = 0;
  bool idle = false;  // a thought of looking only (R19)
  // What lay in the cart whose checkout failed last time, where that is kept (R55): a line a
  // product, categories together. It goes into this trip's cart first, at this shelf's prices.
  std::span<const retail::CartLine> kept;
};

class Trip {
 public:
  explicit Trip(const Mind& mind) : mind_(mind) {}

  // The first thing the shopper wants; finished when the thought comes to nothing.
  Action start(const Visit& visit);
  // The next, given what the world answered to the last.
  Action resume(const Outcome& outcome);

  // Valid until the next start().
  bool has_session() const { return !events_.empty(); }
  std::span<const retail::Event> events() const { return events_; }
  std::span<const retail::Decision> decisions() const { return decisions_; }
  std::span<const retail::ShownCoupon> shown_coupons() const { return shown_; }
  retail::SessionOutcome outcome() const { return outcome_; }
  const Walk& path() const { return walk_; }
  ActionKind waiting_for() const { return waiting_for_; }  // whose outcome resume() takes
  bool dropped_out() const { return dropped_out_; }        // left for good after this purchase

 private:
  struct Department {  // one category visited, or of the kept cart
    const ListingModel* model;
    std::size_t first_line, end_line;  // in lines_
  };

  Action decide_shop();
  Action browse_products();
  Action put_into_cart(const Outcome& outcome);
  Action look_around(const Outcome& outcome);
  Action after_add(const Outcome& outcome);
  void take_kept_along();
  Action add_next_department();
  Action enter_view_coupons();
  Action consider_coupons(const Outcome& outcome);
  Action after_apply(const Outcome& outcome);
  Action consider_impulse();
  Action decide_checkout();
  Action after_checkout(const Outcome& outcome);
  Action give_up();
  Action finish();

  void choose_categories(int count);
  void share_out(int products, std::span<const retail::Listing* const> listings);
  void pick_products(const retail::Listing& listing, int count);
  void look_at_others(const retail::Listing& listing);
  void take_into_cart(const retail::Listing& listing);
  void leave_out_what_is_in_cart(const retail::Listing& listing);
  void note_browse(const retail::Listing& listing);

  bool decide(retail::DecisionKind kind, double probability_of_yes,
              std::array<float, retail::kFeaturesMax> features = {}, UserCouponId coupon = {});
  retail::Decision& note(retail::DecisionKind kind, double probability, double draw,
                         std::int32_t chosen);
  retail::Event& event(retail::EventType type, int seconds);
  Action action(ActionKind kind) const;
  Money subtotal() const;

  const Mind& mind_;
  ProductChoice choice_;
  Visit visit_;
  RandomStream random_{0, 0, 0, Purpose::trip};
  Walk walk_;
  ActionKind waiting_for_ = ActionKind::finished;
  SimTime now_, latest_;
  std::vector<retail::Event> events_;
  std::vector<retail::Decision> decisions_;
  std::vector<retail::ShownCoupon> shown_;
  std::vector<std::uint16_t> categories_;
  std::vector<double> weights_;
  std::vector<int> counts_;
  std::vector<Department> departments_;
  std::vector<retail::CartLine> lines_;
  std::vector<UserCouponId> applied_;
  std::size_t department_ = 0;
  std::size_t kept_departments_ = 0;  // the first ones
  int products_wanted_ = 0;
  Money total_;
  bool impulse_done_ = false;
  bool dropped_out_ = false;
  retail::SessionOutcome outcome_ = retail::SessionOutcome::browsed;
};

}  // namespace footfall::shopper
