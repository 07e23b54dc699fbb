#include "store/sql_store.hpp"

#include <fmt/format.h>

#include "base/failure.hpp"
#include "retail/records.hpp"
#include "store/schema.hpp"
#include "store/seed_rows.hpp"
#include "store/wall_clock.hpp"

namespace footfall::store {
namespace {

// The row of run `run.id`, with the run's own copies of what its shoppers share. Time of the real
// shop is the real clock's.
void insert_run(Sql& sql, const Run& run) {
  const bool is_shop = run.id.value == 0;
  const bool knows_limits = run.coupon_life.us > 0;
  const Cell cells[] = {run.id,
                        std::string_view(run.status),
                        static_cast<std::int64_t>(run.seed),
                        std::string_view(run.mode),
                        run.start,
                        run.until,
                        run.now,
                        wall_clock_us(),
                        run.agents,
                        run.activity_factor,
                        std::string_view(run.settings),
                        std::string_view(run.config_hash),
                        std::string_view(run.engine_version),
                        cell_if(knows_limits, run.slots.frontstore),
                        cell_if(knows_limits, run.slots.category_brand),
                        cell_if(knows_limits, run.coupon_life.us),
                        is_shop ? std::int64_t{1} : run.rate_num,
                        is_shop ? std::int64_t{1} : run.rate_den,
                        std::string_view(is_shop ? "production" : "simulation"),
                        cell_if(!run.shop.empty(), std::string_view(run.shop))};
  sql.change(
      "INSERT INTO simulation_state (run_id, status, seed, mode, epoch_sim_us, until_sim_us, "
      "sim_now_us, epoch_wall_us, updated_wall_us, agents, activity_factor, settings, config_hash, "
      "engine_version, frontstore_slots, category_brand_slots, coupon_life_us, rate_num, "
      "rate_den, environment, shop) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $11, $12, "
      "$13, $14, $15, $16, $17, $18, $19, $20)",
      cells);
  if (run.shops_elsewhere) return;
  const Cell only_id[] = {run.id};
  sql.change(
      "INSERT INTO run_stock (run_id, store_id, product_id, initial_qty, on_hand) "
      "SELECT CAST($1 AS BIGINT), store_id, product_id, on_hand, on_hand FROM store_products "
      "WHERE on_hand IS NOT NULL",
      only_id);
  sql.change(
      "INSERT INTO run_coupons (run_id, coupon_id, max_issuance, max_redemptions, "
      "max_discount_total_minor) SELECT CAST($1 AS BIGINT), id, "
      "CASE WHEN max_redemptions IS NULL OR max_issuance < max_redemptions THEN max_issuance "
      "ELSE max_redemptions END, max_redemptions, max_discount_total_minor FROM coupons "
      "WHERE active = 1 AND (max_issuance IS NOT NULL OR max_redemptions IS NOT NULL OR "
      "max_discount_total_minor IS NOT NULL)",
      only_id);
}

Run run_of(const std::vector<Value>& row) {
  Run run;
  run.id = RunId{whole(row[0])};
  run.status = text(row[1]);
  run.seed = static_cast<std::uint64_t>(whole(row[2]));
  run.start = SimTime{whole(row[3])};
  run.until = SimTime{whole(row[4])};
  run.now = SimTime{whole(row[5])};
  run.agents = whole(row[6]);
  run.activity_factor = real(row[7]);
  run.settings = text(row[8]);
  run.config_hash = text(row[9]);
  run.engine_version = text(row[10]);
  run.mode = text(row[11]);
  run.slots = {static_cast<int>(whole(row[12])), static_cast<int>(whole(row[13]))};
  run.coupon_life = SimDuration{whole(row[14])};
  run.begun_wall_us = whole(row[15]);
  run.rate_num = whole(row[16]);
  run.rate_den = whole(row[17]);
  run.shop = text(row[18]);
  return run;
}

// `which`: a condition, and perhaps an order.
std::vector<Run> rows_of(Sql& sql, std::string_view which, std::span<const Cell> parameters = {}) {
  const Rows found = sql.query(
      fmt::format(
          "SELECT run_id, status, seed, epoch_sim_us, until_sim_us, sim_now_us, agents, "
          "activity_factor, settings, config_hash, engine_version, mode, frontstore_slots, "
          "category_brand_slots, coupon_life_us, epoch_wall_us, rate_num, rate_den, shop FROM "
          "simulation_state WHERE {}",
          which),
      parameters);
  std::vector<Run> runs;
  for (const auto& row : found.rows) runs.push_back(run_of(row));
  return runs;
}

}  // namespace

SeedReport SqlStore::seed(const retail::Catalogue& catalogue,
                          const std::vector<personas::Persona>& personas) {
  SqlTransaction transaction(*sql_);
  const SeedReport report = seed_rows(*sql_, catalogue, personas);
  transaction.commit();
  return report;
}

retail::Catalogue SqlStore::load_catalogue() { return store::load_catalogue(*sql_); }

std::vector<Agent> SqlStore::load_agents(std::int64_t at_most) {
  return store::load_agents(*sql_, at_most);
}

RunId SqlStore::next_run() {
  const RunId next{whole(
      sql_->query("SELECT coalesce(max(run_id), 0) + 1 FROM simulation_state", {}).rows[0][0])};
  if (next.value <= retail::kRunsMax) return next;
  throw Failure(fmt::format("{} holds {} runs, and no more fit; use another database",
                            sql_->where(), next.value - 1));
}

RunId SqlStore::create_run(const Run& run) {
  SqlTransaction transaction(*sql_);
  Run row = run;
  row.id = next_run();
  insert_run(*sql_, row);
  transaction.commit();
  return row.id;
}

// The transaction is never committed.
void SqlStore::try_assignment(const Run& run, const Agent& agent, const retail::Coupon& coupon) {
  const SqlTransaction transaction(*sql_);
  Run row = run;
  row.id = next_run();
  insert_run(*sql_, row);
  const OfferCycleId cycle = retail::offer_cycle_id(row.id, 0);
  const Cell opened[] = {cycle, row.id, row.start, row.start + kDay};
  sql_->change(
      "INSERT INTO offer_cycles (id, run_id, seq, starts_sim_us, ends_sim_us, status, policy, "
      "policy_version) VALUES ($1, $2, 0, $3, $4, 'active', 'preflight', 1)",
      opened);
  const bool front = coupon.kind == retail::CouponKind::frontstore;
  const Cell given[] = {retail::user_coupon_id(row.id, 0, agent.id, 0),
                        row.id,
                        agent.user,
                        coupon.id,
                        cycle,
                        std::string_view(front ? "frontstore" : "category_brand"),
                        row.start,
                        row.start + kDay};
  sql_->change(
      "INSERT INTO user_coupons (id, run_id, user_id, coupon_id, cycle_id, lane, slot, status, "
      "policy, policy_version, probability, assigned_sim_us, expires_sim_us) "
      "VALUES ($1, $2, $3, $4, $5, $6, 0, 'active', 'preflight', 1, 1.0, $7, $8)",
      given);
}

// Who comes second waits for the transaction of who came first.
Run SqlStore::open_shop(const Run& run) {
  SqlTransaction transaction(*sql_);
  if (rows_of(*sql_, "run_id = 0").empty()) {
    Run row = run;
    row.id = RunId{0};
    row.mode = "shop";
    row.status = "running";
    insert_run(*sql_, row);
  }
  Run shop = rows_of(*sql_, "run_id = 0").front();
  transaction.commit();
  return shop;
}

void SqlStore::update_run(const Run& run) {
  const Cell cells[] = {run.id, std::string_view(run.status), run.until, run.now, wall_clock_us()};
  sql_->change(
      "UPDATE simulation_state SET status = $2, until_sim_us = $3, sim_now_us = CASE WHEN "
      "sim_now_us > $4 THEN sim_now_us ELSE $4 END, updated_wall_us = $5 WHERE run_id = $1",
      cells);
}

std::vector<Run> SqlStore::runs() { return rows_of(*sql_, "run_id > 0 ORDER BY run_id"); }

std::optional<Run> SqlStore::run(RunId id) {
  const Cell cells[] = {id};
  std::vector<Run> rows = rows_of(*sql_, "run_id = $1", cells);
  return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

std::optional<Run> SqlStore::newest_running() {
  std::vector<Run> rows = rows_of(*sql_,
                                  "mode = 'live' AND status = 'running' AND run_id > 0 "
                                  "ORDER BY run_id DESC LIMIT 1");
  return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

Error old_schema(const std::string& where, int version) {
  if (version == 0) {
    return Error(Errc::incompatible, fmt::format("{} is empty: run `footfall seed` first", where));
  }
  return Error(Errc::incompatible,
               fmt::format("{} has schema {}, this program needs {}: `footfall db migrate` brings "
                           "it up to date",
                           where, version, newest_schema()));
}

}  // namespace footfall::store
