// For tests: databases on a PostgreSQL server of the test's own, and people for the small shop of
// simulation/test_world.hpp.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "personas/maker.hpp"
#include "store/postgres/connection.hpp"
#include "store/postgres/migrations.hpp"
#include "store/postgres/postgres_store.hpp"
#include "tests/servers/postgres_server.hpp"

namespace footfall::store::postgres {

inline tests::PostgresServer& server() {
  static tests::PostgresServer server;
  return server;
}

// A new, empty database.
inline std::string fresh_database() {
  static int made = 0;
  const std::string name = "test_" + std::to_string(++made);
  server().create_database(name);
  return name;
}
inline std::string fresh_url() { return server().url(fresh_database()); }

inline Connection raw(const std::string& url) { return Connection::open(url, {}).value(); }
inline std::int64_t number(const std::string& url, const std::string& sql) {
  return raw(url).execute(sql).integer(0, 0);
}
inline void execute(const std::string& url, const std::string& sql) {
  raw(url).execute("SET search_path = footfall; " + sql);
}

inline std::vector<personas::Persona> some_people(int count) {
  std::vector<personas::Persona> people;
  for (int i = 1; i <= count; ++i) {
    people.push_back(personas::make_persona(5, static_cast<std::uint32_t>(i),
                                            {{{"category 1", 1}}, {{"brand 1", 1}}, {"S1", "S2"}}));
  }
  return people;
}

}  // namespace footfall::store::postgres
