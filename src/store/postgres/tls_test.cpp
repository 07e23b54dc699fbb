// Goal: libpq's TLS settings hold on both ways to connect: the certificate is checked against the
// name in the URL, also where this program has looked its addresses up. Method: a server with a
// certificate for localhost, made here by openssl, and URLs that should and should not trust it.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <string>

#include "store/postgres/pool.hpp"
#include "tests/servers/child.hpp"
#include "tests/servers/postgres_server.hpp"
#include "tests/servers/server_folder.hpp"

namespace footfall::store::postgres {
namespace {

void make_certificate(const std::filesystem::path& folder, const std::string& name,
                      const std::string& host) {
  tests::Program openssl;
  openssl.arguments = {"/usr/bin/openssl",
                       "req",
                       "-x509",
                       "-newkey",
                       "ec",
                       "-pkeyopt",
                       "ec_paramgen_curve:prime256v1",
                       "-nodes",
                       "-days",
                       "2",
                       "-subj",
                       "/CN=" + host,
                       "-addext",
                       "subjectAltName=DNS:" + host,
                       "-keyout",
                       (folder / (name + ".key")).string(),
                       "-out",
                       (folder / (name + ".crt")).string()};
  tests::run_program(openssl);
}

class Tls : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server = new tests::PostgresServer;
    const std::filesystem::path folder = server->folder();
    make_certificate(folder, "good", "localhost");
    make_certificate(folder, "other", "localhost");
    for (const char* name : {"good.key", "good.crt", "other.crt"}) {
      tests::give_to_server_user(folder / name);
    }
    server->psql("postgres",
                 "ALTER SYSTEM SET ssl_cert_file = '" + (folder / "good.crt").string() + "'");
    server->psql("postgres",
                 "ALTER SYSTEM SET ssl_key_file = '" + (folder / "good.key").string() + "'");
    server->psql("postgres", "ALTER SYSTEM SET ssl = on");
    server->restart();
  }
  static void TearDownTestSuite() {
    delete server;
    server = nullptr;
  }

  static std::string url(const std::string& host, const std::string& parameters) {
    std::string url = server->url();
    const std::string address = "127.0.0.1";
    return url.replace(url.find(address), address.size(), host) + "?" + parameters;
  }
  static std::string root(const std::string& name) {
    return "sslrootcert=" + (server->folder() / (name + ".crt")).string();
  }

  static tests::PostgresServer* server;
};

tests::PostgresServer* Tls::server = nullptr;

constexpr const char* kIsEncrypted =
    "SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

Task<void> ask(Pool& pool, std::string& said) {
  try {
    Lease lease = co_await pool.acquire();
    const Query query(kIsEncrypted);
    const std::vector<Answer> answers = co_await lease.run({&query, 1});
    said = answers[0].text(0, 0);
  } catch (const Failure& failure) {
    said = failure.what();
  }
}

std::string said_by_pool(const std::string& url) {
  boost::asio::io_context io;
  std::string said;
  {
    Pool pool(io.get_executor(), url, PoolLimits{}, std::make_shared<PoolBound>(1));
    boost::asio::co_spawn(io, ask(pool, said), boost::asio::detached);
    io.run();
  }
  return said;
}

std::string said_by_connection(const std::string& url) {
  auto connection = Connection::open(url, Timeouts{});
  if (!connection) return connection.error().message();
  return std::string(connection->execute(kIsEncrypted).text(0, 0));
}

TEST_F(Tls, IsUsedAndChecksWhomItSpeaksTo) {
  const std::pair<std::string, const char*> cases[] = {
      {url("localhost", "sslmode=verify-full&" + root("good")), "true"},
      {url("127.0.0.1", "sslmode=verify-ca&" + root("good")), "true"},
      {url("localhost", "sslmode=require"), "true"},
      {url("localhost", "sslmode=disable"), "false"},
      // Another server's certificate; the right one for another name; none to check with.
      {url("localhost", "sslmode=verify-full&" + root("other")), "certificate verify failed"},
      {url("127.0.0.1", "sslmode=verify-full&" + root("good")), "does not match host name"},
      {url("localhost", "sslmode=verify-full&sslrootcert=/nowhere.crt"), "does not exist"},
  };
  for (const auto& [where, expected] : cases) {
    for (const std::string& said : {said_by_pool(where), said_by_connection(where)}) {
      EXPECT_NE(said.find(expected), said.npos) << where << "\n  said: " << said;
    }
  }
}

}  // namespace
}  // namespace footfall::store::postgres
