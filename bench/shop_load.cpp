#include "bench/shop_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "base/failure.hpp"
#include "base/task_group.hpp"
#include "personas/maker.hpp"
#include "store/any/open.hpp"
#include "store/any/open_live.hpp"

namespace footfall::bench {
namespace {

constexpr SimTime kStart{1'767'571'200'000'000};  // 2026-01-05
using Clock = std::chrono::steady_clock;

// 8 categories of 20 products; 40 coupons of a tenth off the first category, two of them
// frontstore.
retail::Catalogue bench_shop() {
  retail::Catalogue shop;
  shop.currency = "USD";
  shop.stores = {{StoreId{1}, "S1", "One", "Here", "UTC"}};
  for (int i = 0; i < 160; ++i) {
    retail::Product product;
    product.id = ProductId{i + 1};
    product.sku = fmt::format("sku{}", i);
    product.name = product.sku;
    product.category = shop.category_index(fmt::format("category {}", i / 20));
    product.brand = shop.brand_index(fmt::format("brand {}", i % 11));
    product.list_price = Money{100 + i};
    product.popularity = 1;
    shop.products.push_back(product);
  }
  for (int i = 0; i < 40; ++i) {
    retail::Coupon coupon;
    coupon.id = CouponId{i + 1};
    coupon.code = fmt::format("C{}", i);
    coupon.title = coupon.code;
    coupon.kind = i < kFrontSlots ? retail::CouponKind::frontstore : retail::CouponKind::category;
    coupon.percent_bps = 1000;
    shop.coupons.push_back(coupon);
  }
  return shop;
}

}  // namespace

ShopLoad::ShopLoad(const std::string& url) : url_(url) {
  auto store = store::open_store(url, /*make=*/true);
  if (!store) throw Failure(store.error().message());
  std::vector<personas::Persona> people;
  const personas::Palette palette{{{"category 0", 1}}, {{"brand 0", 1}}, {"S1"}};
  for (std::uint32_t i = 1; i <= kUsers; ++i)
    people.push_back(personas::make_persona(1, i, palette));
  (*store)->seed(bench_shop(), people);
  catalogue_ = (*store)->load_catalogue();
  agents_ = (*store)->load_agents(kUsers);
  for (const retail::Product& product : catalogue_.products) prices_.push_back(product.list_price);
  store::Run run;
  run.mode = "live";
  run.start = run.now = kStart;
  run.until = kStart + kWeek * 52;
  run.agents = kUsers;
  run.settings = "{}";
  run.slots = {kFrontSlots, kSlots - kFrontSlots};
  run.coupon_life = kDay * 14;
  setup_.context = {(*store)->create_run(run), kStart, kDay * 14, run.slots, "uniform", 1};
  setup_.catalogue = &catalogue_;
  setup_.agents = &agents_;
  auto live = store::open_live(url, setup_, {}, io_.get_executor());
  if (!live) throw Failure(live.error().message());
  live_ = std::move(*live);
}

void ShopLoad::run_all(std::vector<Task<void>> tasks) {
  std::exception_ptr error;
  for (Task<void>& task : tasks) {
    boost::asio::co_spawn(io_, std::move(task), [&](const std::exception_ptr& e) {
      if (e) error = e;
    });
  }
  io_.restart();
  io_.run();
  if (error) std::rethrow_exception(error);
}

Task<void> ShopLoad::open_cycle() {
  std::vector<store::DueRefresh> due;
  for (const store::Agent& agent : agents_) {
    // The measured ones first, the others a minute later.
    const bool measured = due.size() < static_cast<std::size_t>(kMeasuredWallets);
    due.push_back({agent.user, measured ? kStart : kStart + kMinute});
  }
  const store::OfferCycleOpening opening{0, kStart, kStart + kWeek, {}};
  co_await live_->offers().open_cycle(opening, due);
}

Task<void> ShopLoad::refresh_worker(SimTime at) {
  const store::Refill refill = [](std::span<const store::ClaimedWallet> wallets) {
    std::vector<store::RefilledWallet> out;
    for (const store::ClaimedWallet& wallet : wallets) {
      store::RefilledWallet& refilled = out.emplace_back();
      refilled.user = wallet.user;
      for (int slot = 0; slot < kSlots; ++slot) {
        refilled.assigned.push_back(
            {retail::user_coupon_id(RunId{1}, 0, AgentId{wallet.user.value}, slot),
             CouponId{slot + 1}, slot, 0.5});
      }
      refilled.n_frontstore = kFrontSlots;
      refilled.n_category_brand = kSlots - kFrontSlots;
    }
    return out;
  };
  while (co_await live_->offers().refresh(0, at, 500, UserId{}, false, refill) > 0) {
  }
}

double ShopLoad::refresh_all() {
  std::vector<Task<void>> open;
  open.push_back(open_cycle());
  run_all(std::move(open));
  const auto began = Clock::now();
  const auto refresh = [&](SimTime at) {
    std::vector<Task<void>> workers;
    for (int i = 0; i < 4; ++i) workers.push_back(refresh_worker(at));
    run_all(std::move(workers));
  };
  refresh(kStart);
  const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
  refresh(kStart + kMinute);
  return seconds;
}

Task<void> ShopLoad::unit(std::int64_t number) {
  if (number >= std::int64_t{kUsers} * (kSlots - kFrontSlots)) throw Failure("no coupons are left");
  const std::int64_t user = 1 + number % kUsers, hour = number / kUsers;
  const SessionId session = retail::session_id(run_id(), hour, AgentId{user});
  store::CartCall call{UserId{user}, StoreId{1}, kStart + kHour * hour + kMinute * 2,
                       CartId{session.value}, session};
  for (int add = 0; add < kAdds; ++add) {
    std::vector<retail::CartLine> lines;
    for (int i = 0; i < kLinesAnAdd; ++i) {
      const auto product = static_cast<std::uint16_t>(add * 20 + i);
      const retail::Product& known = catalogue_.products[product];
      lines.push_back({product, known.category, known.brand, 1, known.list_price});
    }
    ++call.step;
    const store::CartAnswer answer = co_await live_->shop().add(call, lines);
    if (!answer.ok()) throw Failure("an add was refused");
  }
  const auto wallet = co_await live_->shop().wallet(call.user, call.at);
  if (wallet.empty()) throw Failure("a wallet is empty");
  const UserCouponId coupon[] = {retail::user_coupon_id(run_id(), 0, AgentId{user},
                                                        static_cast<int>(kFrontSlots + hour % 30))};
  store::CheckoutRequest request;
  request.call = call;
  request.call.step = 0;
  request.order = OrderId{session.value};
  request.key = fmt::format("hour:{}", hour);
  request.hash = "h";
  request.coupons = std::span<const UserCouponId>(coupon);
  request.prices = prices_;
  const store::CheckoutAnswer answer = co_await live_->shop().check_out(request);
  if (answer.status != store::CheckoutStatus::placed || answer.discount == Money{}) {
    throw Failure(fmt::format("a checkout was refused: {}", to_string(answer.status)));
  }
}

Task<void> ShopLoad::worker(Clock::time_point until) {
  while (Clock::now() < until) {
    const auto began = Clock::now();
    co_await unit(next_unit_++);
    latencies_ms_.push_back(
        std::chrono::duration<double, std::milli>(Clock::now() - began).count());
  }
}

Load ShopLoad::run(int in_flight, double seconds) {
  latencies_ms_.clear();
  const auto began = Clock::now();
  const auto until =
      began + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  std::vector<Task<void>> workers;
  for (int i = 0; i < in_flight; ++i) workers.push_back(worker(until));
  run_all(std::move(workers));
  const double spent = std::chrono::duration<double>(Clock::now() - began).count();
  std::sort(latencies_ms_.begin(), latencies_ms_.end());
  const auto at = [&](double share) {
    return latencies_ms_.empty() ? 0
                                 : latencies_ms_[static_cast<std::size_t>(
                                       share * static_cast<double>(latencies_ms_.size() - 1))];
  };
  return {static_cast<double>(latencies_ms_.size()) / spent, at(0.5), at(0.99)};
}

}  // namespace footfall::bench
