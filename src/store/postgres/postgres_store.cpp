#include "store/postgres/postgres_store.hpp"

#include "store/postgres/journal.hpp"
#include "store/postgres/migrations.hpp"
#include "store/postgres/postgres_sql.hpp"
#include "store/sql_store.hpp"

namespace footfall::store::postgres {
namespace {

class PostgresStore final : public SqlStore {
 public:
  explicit PostgresStore(const std::shared_ptr<Connection>& connection)
      : SqlStore(std::make_unique<PostgresSql>(connection, Purpose::write)),
        connection_(connection) {}

  std::unique_ptr<Journal> open_journal(const JournalContext& context,
                                        const retail::Catalogue& catalogue,
                                        const std::vector<Agent>& agents) override {
    return make_journal(*connection_, context, catalogue, agents);
  }

 private:
  std::shared_ptr<Connection> connection_;
};

Result<std::shared_ptr<Connection>> open_newest(const std::string& url) {
  auto connection = Connection::open(url, {});
  if (!connection) return connection.error();
  const auto version = schema_version(*connection);
  if (!version) return version.error();
  if (*version < newest_schema()) return old_schema(connection->where(), *version);
  return std::make_shared<Connection>(std::move(*connection));
}

Result<std::shared_ptr<Connection>> open_and_migrate(const std::string& url) {
  auto connection = Connection::open(url, {});
  if (!connection) return connection.error();
  if (const auto applied = migrate(*connection); !applied) return applied.error();
  return std::make_shared<Connection>(std::move(*connection));
}

}  // namespace

Result<std::unique_ptr<Store>> open_store(const std::string& url, bool make) {
  const auto connection = make ? open_and_migrate(url) : open_newest(url);
  if (!connection) return connection.error();
  return std::unique_ptr<Store>(new PostgresStore(*connection));
}

Result<std::unique_ptr<Reader>> open_reader(const std::string& url) {
  const auto connection = open_newest(url);
  if (!connection) return connection.error();
  return make_reader(std::make_unique<PostgresSql>(*connection, Purpose::read));
}

}  // namespace footfall::store::postgres
