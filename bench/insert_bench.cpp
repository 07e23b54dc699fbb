// The limit of the disk format: a bare loop of prepared inserts of a finished run's rows into a
// fresh database with the same tables and indexes, beside the whole program making the same rows.
// Each three times, in turn; medians and their ratio. Usage: insert_bench FINISHED.db PROGRAM
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

const char* const kTables[] = {"users",
                               "stores",
                               "agents",
                               "products",
                               "coupons",
                               "simulation_state",
                               "offer_cycles",
                               "user_offer_cycles",
                               "user_coupons",
                               "shopping_sessions",
                               "listings",
                               "shopping_session_events",
                               "simulation_decisions",
                               "carts",
                               "cart_items",
                               "orders",
                               "order_items",
                               "order_discounts"};

void check(int result, sqlite3* db) {
  if (result == SQLITE_OK || result == SQLITE_DONE || result == SQLITE_ROW) return;
  fmt::print(stderr, "insert_bench: {}\n", sqlite3_errmsg(db));
  std::exit(1);
}

void run(sqlite3* db, const std::string& sql) {
  check(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), db);
}

struct Table {
  std::string name;
  int columns = 0;
  std::vector<sqlite3_value*> values;  // row by row
};

std::vector<Table> read_all(sqlite3* db) {
  std::vector<Table> tables;
  for (const char* name : kTables) {
    Table table{name};
    sqlite3_stmt* rows = nullptr;
    check(sqlite3_prepare_v2(db, fmt::format("SELECT * FROM {}", name).c_str(), -1, &rows, nullptr),
          db);
    table.columns = sqlite3_column_count(rows);
    while (sqlite3_step(rows) == SQLITE_ROW) {
      for (int c = 0; c < table.columns; ++c) {
        table.values.push_back(sqlite3_value_dup(sqlite3_column_value(rows, c)));
      }
    }
    sqlite3_finalize(rows);
    tables.push_back(std::move(table));
  }
  return tables;
}

std::string schema_of(sqlite3* db) {
  std::string sql;
  sqlite3_stmt* rows = nullptr;
  check(sqlite3_prepare_v2(db, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid",
                           -1, &rows, nullptr),
        db);
  while (sqlite3_step(rows) == SQLITE_ROW) {
    sql += reinterpret_cast<const char*>(sqlite3_column_text(rows, 0));
    sql += ";\n";
  }
  sqlite3_finalize(rows);
  return sql;
}

double bare_loop(const std::vector<Table>& tables, const std::string& schema, std::int64_t& count) {
  for (const char* tail : {"", "-wal", "-shm"})
    std::filesystem::remove(std::string("bare.db") + tail);
  const auto began = Clock::now();
  sqlite3* db = nullptr;
  check(sqlite3_open("bare.db", &db), db);
  run(db,
      "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
      "PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384;");
  run(db, schema);
  count = 0;
  run(db, "BEGIN");
  for (const Table& table : tables) {
    std::string sql = "INSERT INTO " + table.name + " VALUES (?";
    for (int c = 1; c < table.columns; ++c) sql += ", ?";
    sqlite3_stmt* insert = nullptr;
    check(sqlite3_prepare_v2(db, (sql + ")").c_str(), -1, &insert, nullptr), db);
    for (std::size_t i = 0; i < table.values.size(); i += static_cast<std::size_t>(table.columns)) {
      for (int c = 0; c < table.columns; ++c) {
        sqlite3_bind_value(insert, c + 1, table.values[i + static_cast<std::size_t>(c)]);
      }
      check(sqlite3_step(insert), db);
      sqlite3_reset(insert);
      if (++count % 50'000 == 0) run(db, "COMMIT; BEGIN");  // about a simulated week
    }
    sqlite3_finalize(insert);
  }
  run(db, "COMMIT");
  sqlite3_close(db);
  return std::chrono::duration<double>(Clock::now() - began).count();
}

double whole_program(const std::string& program) {
  for (const char* tail : {"", "-wal", "-shm"})
    std::filesystem::remove(std::string("ours.db") + tail);
  const auto began = Clock::now();
  const std::string command =
      "'" + program + "' seed --db sqlite:ours.db >/dev/null && '" + program +
      "' simulate --fast --weeks 52 --seed 42 --db sqlite:ours.db >/dev/null 2>&1";
  if (std::system(command.c_str()) != 0) std::exit(1);
  return std::chrono::duration<double>(Clock::now() - began).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: insert_bench FINISHED.db PROGRAM\n");
    return 2;
  }
  sqlite3* db = nullptr;
  check(sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY, nullptr), db);
  const std::vector<Table> tables = read_all(db);
  const std::string schema = schema_of(db);
  std::vector<double> bare, ours;
  std::int64_t rows = 0;
  for (int i = 0; i < 3; ++i) {
    bare.push_back(bare_loop(tables, schema, rows));
    ours.push_back(whole_program(argv[2]));
  }
  fmt::print("rows                     {}\n", rows);
  fmt::print("bare loop of inserts     {:.2f} s (median of 3)\n", median(bare));
  fmt::print("seed and simulate        {:.2f} s (median of 3)\n", median(ours));
  fmt::print("ratio of the speeds      {:.2f}\n", median(bare) / median(ours));
  // Peak memory of one run, from the system's own account of a child.
  const std::string measure = fmt::format(
      "/usr/bin/env bash -c \"'{}' simulate --fast --weeks 52 --seed 42 --db sqlite:ours.db "
      ">/dev/null 2>&1 & "
      "p=\\$!; m=0; while kill -0 \\$p 2>/dev/null; do r=\\$(grep VmHWM /proc/\\$p/status "
      "2>/dev/null | tr -dc 0-9); "
      "[ -n \\\"\\$r\\\" ] && m=\\$r; done; echo peak memory of 372 x 52   \\$((m / 1024)) MB\"",
      argv[2]);
  return WEXITSTATUS(std::system(measure.c_str()));
}
