#include "store/sqlite/offer_desk.hpp"

#include <fmt/format.h>

#include "base/assert.hpp"
#include "base/failure.hpp"
#include "store/sqlite/journal.hpp"
#include "store/wall_clock.hpp"

namespace footfall::store::sqlite {

SqliteOfferDesk::SqliteOfferDesk(GroupWriter& writer, Database& database, const LiveSetup& setup)
    : writer_(writer),
      database_(database),
      context_(setup.context),
      rows_(setup.context, *setup.catalogue, *setup.agents) {
  const auto prepare = [&](const std::string& sql) { return database.prepare(sql); };
  known_cycle_ = prepare("SELECT 1 FROM offer_cycles WHERE id = ?1");
  close_cycle_ =
      prepare("UPDATE offer_cycles SET status = 'closed' WHERE run_id = ?1 AND status = 'active'");
  insert_cycle_ = prepare(insert_sql(Table::offer_cycles));
  listing_ = prepare(insert_sql(Table::listings));
  due_ = prepare(
      "INSERT INTO user_offer_cycles (cycle_id, user_id, status, due_sim_us) VALUES (?1, ?2, "
      "'pending', ?3)");
  count_due_ = prepare("UPDATE offer_cycles SET users_total = ?2 WHERE id = ?1");
  unallotted_ = prepare(
      "SELECT user_id FROM user_offer_cycles WHERE cycle_id = ?1 AND status = 'pending' AND "
      "due_sim_us <= ?2 AND allotted = 0 ORDER BY user_id");
  wallet_ = prepare(
      "SELECT id, coupon_id, slot, lane = 'frontstore', assigned_sim_us FROM user_coupons WHERE "
      "run_id = ?1 AND user_id = ?2 AND status = 'active' ORDER BY id");
  issued_ = prepare(
      "SELECT coupon_id, issued_count FROM run_coupons WHERE run_id = ?1 ORDER BY coupon_id");
  allot_ = prepare("INSERT INTO allotments VALUES (?1, ?2, ?3, ?4)");
  issue_ = prepare(
      "UPDATE run_coupons SET issued_count = issued_count + 1 WHERE run_id = ?1 AND coupon_id = "
      "?2");
  mark_allotted_ =
      prepare("UPDATE user_offer_cycles SET allotted = 1 WHERE cycle_id = ?1 AND user_id = ?2");
  const char* claim =
      "SELECT user_id FROM user_offer_cycles WHERE cycle_id = ?1 AND status = 'pending' AND "
      "due_sim_us <= ?2 AND (allotted = 1 OR ?3 = 0) {} ORDER BY due_sim_us, user_id LIMIT ?4";
  claim_ = prepare(fmt::format(fmt::runtime(claim), ""));
  claim_user_ = prepare(fmt::format(fmt::runtime(claim), "AND user_id = ?5"));
  allotted_ = prepare(
      "SELECT coupon_id, probability FROM allotments WHERE cycle_id = ?1 AND user_id = ?2 ORDER BY "
      "coupon_id");
  end_ = prepare(
      "UPDATE user_coupons SET status = ?2, ended_sim_us = ?3 WHERE id = ?1 AND status = "
      "'active'");
  assign_ = prepare(insert_sql(Table::user_coupons));
  done_ = prepare(
      "UPDATE user_offer_cycles SET status = 'done', n_frontstore = ?3, n_category_brand = ?4, "
      "n_skipped_capacity = ?5, n_expired = ?6, n_superseded = ?7, assigned_sim_us = ?8 WHERE "
      "cycle_id = ?1 AND user_id = ?2 AND status = 'pending'");
  count_cycle_ = prepare(
      "UPDATE offer_cycles SET users_done = users_done + 1, assigned = assigned + ?2, "
      "skipped_capacity = skipped_capacity + ?3, expired = expired + ?4, superseded = superseded + "
      "?5 WHERE id = ?1");
  next_holder_ = prepare(
      "SELECT min(user_id) FROM user_coupons WHERE run_id = ?1 AND user_id >= ?2 AND status = "
      "'active'");
  expire_ = prepare(
      "UPDATE user_coupons SET status = 'expired', ended_sim_us = expires_sim_us WHERE run_id = ?1 "
      "AND user_id BETWEEN ?3 AND ?4 AND status = 'active' AND expires_sim_us <= ?2");
  drop_keys_ = prepare(
      "DELETE FROM idempotency_keys WHERE (run_id, user_id, call_key) IN (SELECT run_id, user_id, "
      "call_key FROM idempotency_keys WHERE expires_wall_us <= ?1 LIMIT ?2)");
  advance_ = prepare(
      "UPDATE simulation_state SET sim_now_us = ?2, updated_wall_us = ?3, version = version + 1 "
      "WHERE run_id = ?1 AND sim_now_us <= ?2");
}

Task<bool> SqliteOfferDesk::open_cycle(const OfferCycleOpening& opening,
                                       std::span<const DueRefresh> due) {
  bool opened = false;
  std::function<void(Database&)> job = [&](Database&) { opened = open_now(opening, due); };
  co_await writer_.write(std::move(job));
  co_return opened;
}

Task<std::int64_t> SqliteOfferDesk::allot(std::int64_t offer_cycle, SimTime at,
                                          const Allot& decide) {
  std::int64_t handed_out = 0;
  std::function<void(Database&)> job = [&](Database&) {
    handed_out = allot_now(offer_cycle, at, decide);
  };
  co_await writer_.write(std::move(job));
  co_return handed_out;
}

Task<int> SqliteOfferDesk::refresh(std::int64_t offer_cycle, SimTime at, int at_most, UserId user,
                                   bool allotted_only, const Refill& refill) {
  int done = 0;
  std::function<void(Database&)> job = [&](Database&) {
    done = refresh_now(offer_cycle, at, at_most, user, allotted_only, refill);
  };
  co_await writer_.write(std::move(job));
  co_return done;
}

Task<std::int64_t> SqliteOfferDesk::expire(SimTime at) {
  std::int64_t expired = 0;
  std::optional<std::int64_t> from = 0;
  while (from) {
    std::int64_t ended = 0;
    std::optional<std::int64_t> go_on;
    std::function<void(Database&)> job = [&](Database&) { go_on = expire_now(at, *from, ended); };
    co_await writer_.write(std::move(job));
    expired += ended;
    from = go_on;
  }
  std::function<void(Database&)> drop = [&](Database&) {
    drop_keys_.bind(1, wall_clock_us()).bind(2, kKeysAtOnce).run();
  };
  co_await writer_.write(std::move(drop));
  co_return expired;
}

Task<bool> SqliteOfferDesk::advance(SimTime now) {
  bool advanced = false;
  std::function<void(Database&)> job = [&](Database&) {
    advance_.bind(1, context_.run.value).bind(2, now.us).bind(3, wall_clock_us()).run();
    advanced = database_.changes() == 1;
  };
  co_await writer_.write(std::move(job));
  co_return advanced;
}

// The next kExpireAtOnce user numbers from the first one at or after `from` who holds a coupon.
// Answers from whom to go on; nothing: nobody is left.
std::optional<std::int64_t> SqliteOfferDesk::expire_now(SimTime at, std::int64_t from,
                                                        std::int64_t& ended) {
  ended = 0;
  next_holder_.bind(1, context_.run.value).bind(2, from);
  next_holder_.step();
  const bool found = !next_holder_.is_null(0);
  const std::int64_t first = next_holder_.integer(0);
  next_holder_.reset();
  if (!found) return std::nullopt;
  expire_.bind(1, context_.run.value).bind(2, at.us);
  expire_.bind(3, first).bind(4, first + kExpireAtOnce - 1).run();
  ended = database_.changes();
  return first + kExpireAtOnce;
}

bool SqliteOfferDesk::open_now(const OfferCycleOpening& opening, std::span<const DueRefresh> due) {
  const OfferCycleId id = retail::offer_cycle_id(context_.run, opening.offer_cycle);
  known_cycle_.bind(1, id.value);
  const bool known = known_cycle_.step();
  known_cycle_.reset();
  if (known) return false;
  close_cycle_.bind(1, context_.run.value).run();
  rows_.opening(opening, *this);
  for (const DueRefresh& row : due) {
    due_.bind(1, id.value).bind(2, row.user.value).bind(3, row.due.us).run();
  }
  count_due_.bind(1, id.value).bind(2, static_cast<std::int64_t>(due.size())).run();
  return true;
}

void SqliteOfferDesk::take(Table table, std::span<const Cell> row) {
  FF_ASSERT(table == Table::offer_cycles || table == Table::listings,
            "an opening has other rows than it should");
  Statement& insert = table == Table::offer_cycles ? insert_cycle_ : listing_;
  bind_row(insert, row);
  insert.run();
}

void SqliteOfferDesk::read_wallet(ClaimedWallet& wallet) {
  wallet_.bind(1, context_.run.value).bind(2, wallet.user.value);
  while (wallet_.step()) {
    const bool front = wallet_.integer(3) != 0;
    wallet.held.push_back(
        {UserCouponId{wallet_.integer(0)}, CouponId{wallet_.integer(1)},
         static_cast<int>(wallet_.integer(2)) + (front ? 0 : context_.slots.frontstore),
         SimTime{wallet_.integer(4)}});
  }
}

void SqliteOfferDesk::read_allotted(OfferCycleId cycle, ClaimedWallet& wallet) {
  allotted_.bind(1, cycle.value).bind(2, wallet.user.value);
  while (allotted_.step()) {
    wallet.allotted.push_back({CouponId{allotted_.integer(0)}, allotted_.real(1)});
  }
}

std::int64_t SqliteOfferDesk::allot_now(std::int64_t offer_cycle, SimTime at, const Allot& decide) {
  const OfferCycleId cycle = retail::offer_cycle_id(context_.run, offer_cycle);
  std::vector<ClaimedWallet> wallets;
  unallotted_.bind(1, cycle.value).bind(2, at.us);
  while (unallotted_.step()) wallets.push_back({UserId{unallotted_.integer(0)}});
  for (ClaimedWallet& wallet : wallets) read_wallet(wallet);
  std::vector<IssuedCount> issued;
  issued_.bind(1, context_.run.value);
  while (issued_.step()) {
    issued.push_back({CouponId{issued_.integer(0)}, issued_.integer(1)});
  }
  const std::vector<Allotted> allotted = decide(wallets, issued);
  for (const Allotted& row : allotted) {
    allot_.bind(1, cycle.value)
        .bind(2, row.user.value)
        .bind(3, row.coupon.coupon.value)
        .bind(4, row.coupon.probability)
        .run();
    issue_.bind(1, context_.run.value).bind(2, row.coupon.coupon.value).run();
    if (database_.changes() != 1) {
      throw Failure("a coupon was allotted that this run has no counter of");
    }
  }
  for (const ClaimedWallet& wallet : wallets) {
    mark_allotted_.bind(1, cycle.value).bind(2, wallet.user.value).run();
  }
  return static_cast<std::int64_t>(allotted.size());
}

int SqliteOfferDesk::refresh_now(std::int64_t offer_cycle, SimTime at, int at_most, UserId user,
                                 bool allotted_only, const Refill& refill) {
  const OfferCycleId cycle = retail::offer_cycle_id(context_.run, offer_cycle);
  Statement& claim = user ? claim_user_ : claim_;
  claim.bind(1, cycle.value)
      .bind(2, at.us)
      .bind(3, std::int64_t{allotted_only})
      .bind(4, std::int64_t{at_most});
  if (user) claim.bind(5, user.value);
  std::vector<ClaimedWallet> wallets;
  while (claim.step()) wallets.push_back({UserId{claim.integer(0)}});
  for (ClaimedWallet& wallet : wallets) {
    read_wallet(wallet);
    read_allotted(cycle, wallet);
  }
  if (wallets.empty()) return 0;
  const std::vector<RefilledWallet> refilled = refill(wallets);
  FF_ASSERT(refilled.size() == wallets.size(), "a refill forgot a wallet");
  for (const RefilledWallet& wallet : refilled) write_wallet(cycle, at, wallet);
  return static_cast<int>(refilled.size());
}

void SqliteOfferDesk::write_wallet(OfferCycleId cycle, SimTime at, const RefilledWallet& wallet) {
  for (const EndedCoupon& row : wallet.ended) {
    end_.bind(1, row.id.value).bind_static(2, to_string(row.how)).bind(3, row.at.us).run();
    if (database_.changes() != 1) throw Failure("a coupon changed within its refresh");
  }
  for (const NewCoupon& row : wallet.assigned) {
    const bool front = row.slot < context_.slots.frontstore;
    const Cell cells[] = {row.id,
                          context_.run,
                          wallet.user,
                          row.coupon,
                          cycle,
                          std::string_view(front ? "frontstore" : "category_brand"),
                          row.slot - (front ? 0 : context_.slots.frontstore),
                          std::string_view("active"),
                          std::string_view(context_.policy),
                          context_.policy_version,
                          row.probability,
                          at,
                          at + context_.coupon_life};
    bind_row(assign_, cells);
    assign_.run();
  }
  done_.bind(1, cycle.value)
      .bind(2, wallet.user.value)
      .bind(3, std::int64_t{wallet.n_frontstore})
      .bind(4, std::int64_t{wallet.n_category_brand})
      .bind(5, std::int64_t{wallet.n_skipped})
      .bind(6, std::int64_t{wallet.n_expired})
      .bind(7, std::int64_t{wallet.n_superseded})
      .bind(8, at.us)
      .run();
  if (database_.changes() != 1) throw Failure("a refresh was done twice");
  count_cycle_.bind(1, cycle.value)
      .bind(2, std::int64_t{wallet.n_frontstore} + wallet.n_category_brand)
      .bind(3, std::int64_t{wallet.n_skipped})
      .bind(4, std::int64_t{wallet.n_expired})
      .bind(5, std::int64_t{wallet.n_superseded})
      .run();
}

}  // namespace footfall::store::sqlite
