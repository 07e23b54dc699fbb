// The shopper's coupons, and filling the wallet with new ones.
#include <fmt/format.h>

#include "api/api.hpp"
#include "api/body.hpp"
#include "api/catalogue_json.hpp"
#include "api/handlers.hpp"
#include "api/offers_flow.hpp"
#include "telemetry/json_writer.hpp"

namespace footfall::api {
namespace {

// Coupons of one refresh share their moments, and to write one takes longer than all the rest.
class Moments {
 public:
  std::string_view text(SimTime at) {
    if (text_.empty() || at != at_) {
      at_ = at;
      text_ = "\"" + to_string(at) + "\"";
    }
    return text_;
  }

 private:
  SimTime at_;
  std::string text_;
};

// Of one user, or (0) of all who were due.
struct Filled {
  UserId user;
  std::string status;
  SimTime assigned;
  bool dry_run = false;
  RefreshCounts counts;
};

http::Response shown(const Call& call, const Filled& filled) {
  std::string out;
  telemetry::JsonWriter json(out);
  json.begin_object()
      .member("user_id", filled.user)
      .member("offer_cycle", call.run->state->calendar().cycle_at(call.at))
      .key("status");
  filled.status.empty() ? json.null() : json.value(filled.status);
  json.key("assigned_at");
  filled.assigned.us > 0 ? json.value(filled.assigned) : json.null();
  json.member("dry_run", filled.dry_run)
      .member("users_refreshed", filled.counts.users)
      .member("frontstore", filled.counts.frontstore)
      .member("category_brand", filled.counts.category_brand)
      .member("skipped_capacity", filled.counts.skipped_capacity)
      .member("expired", filled.counts.expired)
      .member("superseded", filled.counts.superseded)
      .end_object();
  return answer(std::move(out));
}

void note(Filled& filled, const store::RefreshRow& row) {
  filled.status = row.status;
  filled.assigned = row.assigned;
  filled.counts = {0,
                   row.n_frontstore,
                   row.n_category_brand,
                   row.n_skipped_capacity,
                   row.n_expired,
                   row.n_superseded};
}

// Whose wallet: one's own, or, for the admin, anybody's of the run.
std::optional<UserId> whose(const Call& call, std::optional<std::int64_t> wanted) {
  if (call.principal.kind != PrincipalKind::admin) {
    if (wanted && *wanted != call.account.user.value) return std::nullopt;
    return call.account.user;
  }
  return UserId{wanted.value_or(0)};
}

http::Response not_begun(const Call& call) {
  const RunState& run = *call.run->state;
  return refuse(call, kCycleNotBegun,
                fmt::format("offer cycle {} of run {} has not begun",
                            run.calendar().cycle_at(call.at), run.id().value));
}

Task<http::Response> refill(Call& call, std::optional<std::int64_t> wanted, bool dry_run) {
  const std::optional<UserId> user = whose(call, wanted);
  if (!user) co_return refuse(call, kForbidden, "an agent or person fills no wallet but its own");
  RunState& run = *call.run->state;
  store::LiveStore& live = *call.run->live;
  if (!*user) {
    co_return refuse_at(call, "/user_id", "is needed with the admin token");
  }
  if (!run.is_real() && !run.find_user(*user)) {
    co_return refuse(call, kNoSuchUser,
                     fmt::format("no user {} takes part in run {}", user->value, run.id().value));
  }
  if (run.is_real() && call.principal.kind == PrincipalKind::admin) {
    const std::int64_t cycle = run.calendar().cycle_at(call.at);
    const std::optional<store::RefreshRow> known = co_await live.book().refresh_of(cycle, *user);
    if (!known) co_return refuse(call, kNoSuchUser, "no such person has shopped here lately");
  }
  Filled filled;
  filled.user = *user;
  filled.dry_run = dry_run;
  if (dry_run) {
    // Once an offer cycle: where it is done, the preview is what was given.
    const std::int64_t cycle = run.calendar().cycle_at(call.at);
    const std::optional<store::RefreshRow> known = co_await live.book().refresh_of(cycle, *user);
    if (known && known->status == "done") {
      note(filled, *known);
    } else {
      const std::optional<store::OfferCycleRow> begun = co_await live.book().cycle(cycle);
      if (!begun) co_return not_begun(call);
      filled.counts = co_await preview_refresh(run, live, *user, call.at);
    }
    co_return shown(call, filled);
  }
  const UserRefresh done = co_await refresh_user(run, live, *user, call.at);
  if (done.row.status.empty()) co_return not_begun(call);
  if (done.row.status == "pending") {
    co_return refuse(call, kBusy, "somebody else is filling this wallet");
  }
  note(filled, done.row);
  filled.counts.users = done.done_now ? 1 : 0;
  co_return shown(call, filled);
}

}  // namespace

Task<http::Response> show_wallet(Api& api, Call& call) {
  const std::vector<store::WalletRow> wallet =
      co_await call.run->live->shop().wallet(call.account.user, call.at);
  std::string out;
  out.reserve(wallet.size() * 400 + 64);
  Moments assigned, expires;
  telemetry::JsonWriter json(out);
  json.begin_object().key("coupons").begin_array();
  for (const store::WalletRow& row : wallet) {
    json.begin_object().member("id", row.id);
    json.key("assigned_at").raw(assigned.text(row.assigned));
    json.key("expires_at").raw(expires.text(row.expires));
    json.raw(api.shared().coupon_terms[row.coupon]).end_object();
  }
  json.end_array().end_object();
  co_return answer(std::move(out));
}

Task<http::Response> assign_offers(Api&, Call& call) {
  const boost::json::value* user = member(call.body, "user_id");
  const bool dry_run = flag_member(call.body, "dry_run", false);
  const bool all_due = flag_member(call.body, "all_due", false);
  if (!all_due) {
    std::optional<std::int64_t> wanted;
    if (user) wanted = id_of(*user);
    co_return co_await refill(call, wanted, dry_run);
  }
  if (call.principal.kind != PrincipalKind::admin) {
    co_return refuse(call, kForbidden, "all_due needs the admin token");
  }
  if (user || dry_run) {
    co_return refuse_at(call, "/all_due", "goes with neither user_id nor dry_run");
  }
  RunState& run = *call.run->state;
  const SimTime day = call.at - SimDuration{call.at.us % kDay.us};
  Filled filled;
  const SimTime at = run.is_real() ? call.at : day;
  filled.counts = co_await refresh_due(run, *call.run->live, at);
  co_return shown(call, filled);
}

Task<http::Response> refresh_wallet(Api&, Call& call) {
  const std::optional<std::int64_t> wanted = call.number("user_id", 0);
  const bool dry_run = flag_member(call.body, "dry_run", false);
  co_return co_await refill(call, wanted, dry_run);
}

}  // namespace footfall::api
