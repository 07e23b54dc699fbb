// pgbench doing the same units, as the yardstick.
#pragma once

#include "bench/shop_load.hpp"
#include "tests/servers/postgres_server.hpp"

namespace footfall::bench {

enum class Script {
  functions,   // the SQL functions that the Store port calls, in the same transactions
  statements,  // the same reads and writes, a statement each
};

// Units a second.
double pgbench(const tests::PostgresServer& server, ShopLoad& load, int clients, double seconds,
               Script script);

}  // namespace footfall::bench
