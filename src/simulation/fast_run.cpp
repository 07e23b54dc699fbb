#include "simulation/fast_run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulation/journal_writer.hpp"

namespace footfall::simulation {
Result<std::unique_ptr<FastRun>> FastRun::create(const Plan& plan,
                                                 const retail::Catalogue& catalogue,
                                                 const personas::Population& population,
                                                 int threads) {
  FF_ASSERT(threads >= 1, "a run needs a thread");
  FF_ASSERT(plan.start.us % kDay.us == 0 && plan.until.us % kDay.us == 0, "runs cover whole days");
  if (const auto fits = check_limits(plan, population); !fits) return fits.error();
  auto policy = offers::make_policy(plan.policy);
  if (!policy) return policy.error();
  return std::unique_ptr<FastRun>(
      new FastRun(plan, catalogue, population, std::move(*policy), threads));
}

FastRun::FastRun(const Plan& plan, const retail::Catalogue& catalogue,
                 const personas::Population& population,
                 std::unique_ptr<offers::AssignmentPolicy> policy, int threads)
    : plan_(plan),
      catalogue_(catalogue),
      population_(population),
      policy_(std::move(policy)),
      threads_(threads),
      mind_(catalogue, plan.coefficients, plan.profile),
      calendar_{plan.start, plan.rules.cycle_length},
      activity_(activity_factor(population, mind_.visits, plan.activity, plan.start)),
      states_(plan, population, mind_, activity_, /*with_wallets=*/true),
      shared_(catalogue.has_limits() ? std::make_unique<SharedGoods>(catalogue) : nullptr),
      issued_(catalogue.coupons.size()) {
  from_ = plan.start;
}

void FastRun::keep(RunId run, store::Journal& journal, SimTime from) {
  plan_.run = run;
  journal_ = &journal;
  journal_from_ = from;
}

void FastRun::make_ranges() {
  const auto n = static_cast<std::size_t>(threads_);
  for (std::size_t t = 0; t < n; ++t) {
    ranges_.push_back(std::make_unique<ShopperRange>(plan_, mind_, *policy_, population_, states_,
                                                     shared_.get(), population_.size() * t / n,
                                                     population_.size() * (t + 1) / n));
  }
}

void FastRun::open_offer_cycle(std::int64_t cycle) {
  offers_ = offers::offers_of(catalogue_, plan_.seed, calendar_, cycle);
  shelf_ = retail::make_shelf(catalogue_, plan_.seed, cycle, plan_.deals,
                              retail::first_listing_id(plan_.run, cycle));
  shelf_model_ = std::make_unique<shopper::ShelfModel>(catalogue_, shelf_, plan_.coefficients);
}

std::vector<offers::Allotment> FastRun::allot(SimTime day) {
  const bool open = std::any_of(offers_.capped.begin(), offers_.capped.end(), [&](auto coupon) {
    return issued_[coupon] < catalogue_.coupons[coupon].issuance_cap();
  });
  if (!open) return {};
  std::vector<std::size_t> due;
  for (std::size_t who = 0; who < states_.key.size(); ++who) {
    if (offers::is_refresh_day(plan_.rules, calendar_, states_.first_refresh_day[who], day)) {
      due.push_back(who);
    }
  }
  return offers::allot_capped(
      catalogue_, plan_.rules, offers_, plan_.seed, day, due, population_,
      [this](std::size_t who) -> const offers::Wallet& { return states_.wallets[who]; }, issued_);
}

void FastRun::live_day(DayCrew& crew, const Today& today, store::JournalEntry& entry) {
  const auto in_ranges = [&](const auto& live) {
    crew.run([&](int share) {
      const auto i = static_cast<std::size_t>(share);
      live(*ranges_[i], entry.ranges[i]);
    });
  };
  if (!shared_) {
    in_ranges([&](ShopperRange& range, auto& batch) { range.live_day(today, batch); });
    return;
  }
  std::vector<HeldTrips*> held;
  for (const auto& range : ranges_) held.push_back(&range->held());
  in_ranges([&](ShopperRange& range, auto& batch) {
    range.begin_day(today, batch);
    range.live_hour(today, 0, batch);
  });
  for (int hour = 0; hour < 24; ++hour) {
    shared_->settle(held);
    in_ranges([&](ShopperRange& range, auto& batch) {
      range.finish_hour(today, hour, batch);
      if (hour < 23) range.live_hour(today, hour + 1, batch);
    });
  }
}

Tally FastRun::tally() const {
  Tally sum = tally_before_;
  for (const auto& range : ranges_) sum.add(range->tally());
  return sum;
}

Progress FastRun::run(const std::atomic<bool>& stop,
                      const std::function<void(const Progress&)>& on_progress) {
  make_ranges();
  DayCrew crew(threads_);
  JournalWriter writer(journal_);
  writer_ = &writer;
  std::vector<store::OfferCycleOpening> openings;
  std::int64_t open_cycle = -1;
  Progress progress{from_, tally_before_};
  for (SimTime day = from_; day < plan_.until && !stop.load(); day = day + kDay) {
    const bool record = journal_ != nullptr && day >= journal_from_;
    if (const std::int64_t cycle = calendar_.cycle_at(day); cycle != open_cycle) {
      open_offer_cycle(open_cycle = cycle);
      if (journal_ && day == calendar_.starts(cycle))
        openings.push_back({cycle, calendar_.starts(cycle), calendar_.ends(cycle), shelf_});
      if (!record) openings.clear();
    }
    const auto allotted = allot(day);
    const Today today{day, record, &offers_, &shelf_, shelf_model_.get(), allotted};
    store::JournalEntry entry = writer.blank_entry(ranges_.size());
    live_day(crew, today, entry);
    progress = {day + kDay, tally()};
    if (record) {
      entry.openings = std::move(openings);
      openings.clear();
      entry.now = progress.now;
      writer.write(std::move(entry));
    } else {
      writer.give_back(std::move(entry));
    }
    if (on_progress) on_progress(progress);
  }
  writer.finish();
  writer_ = nullptr;
  return progress;
}

}  // namespace footfall::simulation
