// Coupons of HttpCommerce: what lies in the wallet at the service, and what may be used.
#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "commerce/http/http_commerce.hpp"

namespace footfall::commerce {

using shopper::Action;
using shopper::Outcome;

namespace {

// FNV-1a, 62 bits, above all numbers that are counted.
std::int64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  constexpr std::uint64_t kHalf = 1ULL << 62;
  return static_cast<std::int64_t>(kHalf | (hash & (kHalf - 1)));
}

}  // namespace

void HttpCommerce::write_coupons() {
  for (const retail::CartCoupon& coupon : cart_.basket().coupons) {
    PlaceLine& place = lines_.emplace_back();
    place.coupon = coupon_name(coupon.wallet_id);
    place.code = shop_.catalogue.coupons[coupon.coupon].code;
  }
}

// footfall's own coupons have their numbers. Others' ids are texts, and theirs alone: the same id
// in another run or of another shopper is another coupon.
UserCouponId HttpCommerce::number_of(const SeenCoupon& coupon) const {
  if (shop_.profile.is_footfall()) return {parse_integer(coupon.id).value_or(0)};
  UserCouponId id;
  for (int uses = 0; uses == 0 || shop_.used_coupons.contains(id.value); ++uses) {
    id = {hash_of(fmt::format("{}/{}/{}/{}", shop_.run.value, cart_.visit().agent.value, uses,
                              coupon.id.empty() ? coupon.code : coupon.id))};
  }
  return id;
}

// A service's clock need not be ours: what it says was assigned later is as new as can be.
store::WalletRow HttpCommerce::wallet_row(const SeenCoupon& coupon, std::uint16_t known,
                                          SimTime at) const {
  const SimTime assigned = std::min(coupon.assigned.value_or(at), at);
  return {number_of(coupon), known, assigned,
          coupon.expires.value_or(assigned + shop_.coupon_life)};
}

// Few coupons of a wallet are ever named again.
const std::string& HttpCommerce::coupon_name(UserCouponId id) const {
  const auto found = std::find_if(coupon_names_.begin(), coupon_names_.end(),
                                  [&](const auto& one) { return one.first == id; });
  FF_ASSERT(found != coupon_names_.end(), "a coupon is used that was not in the wallet");
  return found->second;
}

// Coupons of which we do not know what they are worth are not shown to the mind, nor what is over,
// nor the same coupon twice.
void HttpCommerce::show(std::span<const SeenCoupon> coupons, SimTime at,
                        std::vector<store::WalletRow>& rows) {
  const bool foreign = !shop_.profile.is_footfall();
  held_.clear();
  coupon_names_.clear();
  rows.reserve(coupons.size());
  for (const SeenCoupon& coupon : coupons) {
    const auto known = shop_.names.coupon.find(coupon.code);
    if (known == shop_.names.coupon.end()) continue;
    const store::WalletRow row = wallet_row(coupon, known->second, at);
    const auto is_same = [&](const auto& other) { return other.coupon == row.coupon; };
    if (foreign && (row.expires <= at || std::any_of(rows.begin(), rows.end(), is_same))) continue;
    coupon_names_.emplace_back(row.id, coupon.id);
    rows.push_back(row);
    if (foreign) held_.push_back({row.id, row.expires, row.coupon});
  }
  ++shop_.shown.wallets;
  shop_.shown.coupons += static_cast<std::int64_t>(coupons.size());
  shop_.shown.known += static_cast<std::int64_t>(rows.size());
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return a.id.value < b.id.value; });
}

Task<Outcome> HttpCommerce::view_wallet(const Action& action) {
  std::vector<store::WalletRow> rows;
  if (shop_.profile.has(ApiAction::view_coupons)) {
    const ApiOutcome seen = co_await expect(ApiAction::view_coupons, action.at, {});
    if (!seen.ok) {
      Outcome refused;
      refused.ok = false;
      refused.refusal = *seen.refusal;
      co_return refused;
    }
    show(seen.coupons, action.at, rows);
  }
  co_return cart_.show_wallet(std::move(rows), action.at);
}

// What the answer says of single coupons, told by their ids or codes.
void HttpCommerce::note_refusals(const ApiOutcome& outcome, std::span<const UserCouponId> coupons,
                                 std::vector<retail::Refusal>& refused) const {
  for (const SeenCoupon& seen : outcome.coupons) {
    if (seen.refusal == retail::Refusal::none) continue;
    for (const retail::CartCoupon& mine : cart_.basket().coupons) {
      const bool meant = seen.id.empty() ? seen.code == shop_.catalogue.coupons[mine.coupon].code
                                         : seen.id == coupon_name(mine.wallet_id);
      const auto at = std::find(coupons.begin(), coupons.end(), mine.wallet_id);
      if (meant && at != coupons.end()) {
        refused[static_cast<std::size_t>(at - coupons.begin())] = seen.refusal;
      }
    }
  }
}

// The service has the last word on what may be used, and on the total; how much a coupon takes off
// which line is ours to work out.
Task<Outcome> HttpCommerce::apply(const Action& action) {
  Outcome outcome = cart_.apply(action.coupons, action.at);
  if (!shop_.profile.has(ApiAction::apply_coupons)) co_return outcome;
  clear_lines(0);
  write_coupons();
  const Per per = shop_.profile.per(ApiAction::apply_coupons);
  const std::size_t calls = per == Per::line ? lines_.size() : 1;
  std::vector<retail::Refusal> refused(action.coupons.size(), retail::Refusal::none);
  const std::vector<UserCouponId> sent(cart_.coupons_in_cart().begin(),
                                       cart_.coupons_in_cart().end());
  std::optional<retail::Refusal> all_refused;
  ApiOutcome last;
  for (std::size_t i = 0; i < calls; ++i) {
    const std::span<const PlaceLine> lines = part(per, i);
    last = co_await expect(ApiAction::apply_coupons, action.at, lines);
    if (last.ok) note_refusals(last, action.coupons, refused);
    if (!last.ok && per == Per::call) all_refused = last.refusal;
    for (std::size_t c = 0; !last.ok && c < refused.size(); ++c) {
      const bool meant = per == Per::call || action.coupons[c] == sent[i];
      if (meant) refused[c] = *last.refusal;
    }
  }
  outcome = cart_.take_out(action.coupons, refused);
  if (all_refused) {
    outcome.ok = false;
    outcome.refusal = *all_refused;
  }
  if (last.total) outcome.total = *last.total;
  co_return outcome;
}

}  // namespace footfall::commerce
