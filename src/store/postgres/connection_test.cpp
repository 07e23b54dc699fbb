// Goal: what goes to PostgreSQL comes back unchanged, errors say what and where without a password,
// and a pipeline with an error in it leaves the connection usable. Method: a server of our own; the
// non-blocking half is driven here with poll(), as the pool does it from an io_context.
#include "store/postgres/connection.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <cmath>
#include <limits>
#include <string>

#include "store/postgres/database_url.hpp"
#include "tests/servers/postgres_server.hpp"
#include "tests/servers/postgres_template.hpp"

namespace footfall::store::postgres {
namespace {

const tests::PostgresServer& server() {
  tests::PostgresOptions options;
  options.password = true;
  static const tests::PostgresServer kServer(options);
  return kServer;
}

Connection opened() { return Connection::open(server().url(), Timeouts{}).value(); }

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  return at == text.npos ? text : text.replace(at, from.size(), to);
}

void wait_for(const Connection& connection, Connection::Wait wait) {
  pollfd socket{connection.socket(), short{POLLIN}, 0};
  if (wait == Connection::Wait::write) socket.events = POLLOUT;
  ASSERT_EQ(::poll(&socket, 1, 10'000), 1) << "the server did not answer";
}

Connection connected(const std::string& url) {
  Connection connection = Connection::start(url, Timeouts{});
  for (auto wait = Connection::Wait::write; wait != Connection::Wait::none;) {
    wait_for(connection, wait);
    wait = connection.connect_poll();
  }
  return connection;
}

std::vector<Connection::Step> run(Connection& connection, std::span<const Query> batch) {
  using Kind = Connection::Step::Kind;
  connection.send(batch);
  while (!connection.flush()) wait_for(connection, Connection::Wait::write);
  std::vector<Connection::Step> steps;
  for (;;) {
    Connection::Step step = connection.next();
    if (step.kind == Kind::end_of_batch) return steps;
    if (step.kind != Kind::busy) {
      steps.push_back(std::move(step));
      continue;
    }
    wait_for(connection, Connection::Wait::read);
    connection.consume_input();
  }
}

// What Connection::open() says of a URL.
std::string refusal(const std::string& url) {
  const Result<Connection> connection = Connection::open(url, Timeouts{2'000, 1'000, 1'000});
  EXPECT_FALSE(connection) << "opened";
  return connection ? "" : connection.error().message();
}

std::string sqlstate_of(Connection& connection, const std::string& sql) {
  try {
    connection.execute(sql);
  } catch (const DatabaseError& error) {
    return error.sqlstate();
  }
  return "";
}

TEST(DatabaseUrl, AHostsNameIsLookedUpWhereLibpqHasNoOtherWay) {
  const auto host = [](const std::string& url) { return host_to_look_up(url).value_or("-"); };
  EXPECT_EQ(host("postgresql://u:p@db.example.org:6543/x?sslmode=verify-full"), "db.example.org");
  EXPECT_EQ(host("host=localhost dbname=x"), "localhost");
  for (const char* url : {"postgresql://u@127.0.0.1/x", "postgresql://u@[::1]:5432/x",
                          "postgresql:///x", "postgresql://%2Fvar%2Frun/x", "host=/tmp",
                          "host=@abstract", "host=a,b", "postgresql://a:1,b:2/x",
                          "host=a hostaddr=10.0.0.1", "host=a service=s", "host=a wrong=1", ""}) {
    EXPECT_EQ(host(url), "-") << url;
  }
}

TEST(Connection, NamesItselfWithoutThePassword) {
  Connection connection = opened();
  EXPECT_EQ(connection.where(),
            "postgresql://footfall@127.0.0.1:" + std::to_string(server().port()) + "/footfall");
  EXPECT_EQ(connection.execute("SHOW application_name").text(0, 0), "footfall");
  EXPECT_EQ(connection.execute("SHOW client_encoding").text(0, 0), "UTF8");
}

TEST(Connection, SaysWhatIsWrongWhenItCannotOpen) {
  const std::string where = "127.0.0.1:" + std::to_string(server().port());
  const std::string wrong = replaced(server().url(), tests::kTestPassword, "s3cretword");
  EXPECT_EQ(refusal(wrong), "the database at postgresql://footfall@" + where +
                                "/footfall cannot be reached: password authentication failed for "
                                "user \"footfall\". Are user and password right?");
  EXPECT_EQ(refusal(server().url("nowhere")),
            "the database at postgresql://footfall@" + where +
                "/nowhere cannot be reached: database \"nowhere\" does not exist. Create it, or "
                "correct the name at the end of the URL.");
  EXPECT_EQ(refusal("host=127.0.0.1 port=1 user=u password=s3cretword dbname=shop"),
            "the database at postgresql://u@127.0.0.1:1/shop cannot be reached: Connection refused."
            " Is it running, and are host, port, user and password right?");
}

TEST(Connection, RefusesUrlsItCannotReadWithoutRepeatingThem) {
  for (const std::string url :
       {"postgress://u:s3cret@host/db", "s3cret", "postgresql://u:s3@cret@host/db",
        "postgresql://u:s3/cret@host/db", "postgresql://u:s3%cret@host/db",
        "postgresql://u@host:s3cret/db", "postgresql://u@[s3cret/db",
        "postgresql://u:p@host/db?s3cret=x", "postgresql://u:p@host/db?pgbouncer=true"}) {
    const Result<Connection> connection = Connection::open(url, Timeouts{});
    ASSERT_FALSE(connection) << url;
    const std::string message = connection.error().message();
    EXPECT_EQ(connection.error().code(), Errc::invalid_input) << message;
    EXPECT_EQ(message.find("s3"), std::string::npos) << message;
    EXPECT_EQ(message.find("cret"), std::string::npos) << message;
    EXPECT_THROW(Connection::start(url, Timeouts{}), DatabaseError);
  }
}

TEST(Connection, NonBlockingConnectFailsWithTheSameWords) {
  const std::string wrong = replaced(server().url(), tests::kTestPassword, "s3cretword");
  try {
    connected(wrong);
    FAIL() << "connected";
  } catch (const DatabaseError& error) {
    EXPECT_EQ(error.what(), refusal(wrong));
    EXPECT_EQ(error.sqlstate(), "08001");
    EXPECT_TRUE(error.is_lost_connection());
  }
}

TEST(Connection, ArraysComeBackAsTheyWere) {
  const std::vector<std::string_view> texts = {"plain",
                                               "",
                                               "NULL",
                                               "null",
                                               "a,b",
                                               "{x}",
                                               "say \"hi\"",
                                               "back\\slash",
                                               "\\",
                                               "\"",
                                               " ",
                                               "  padded ",
                                               "tab\tline\nend",
                                               "Füße – 漢字 🎉",
                                               "'; DROP TABLE t; --"};
  Connection connection = opened();
  Query query("SELECT v, length(v) FROM unnest($1::text[]) WITH ORDINALITY AS u(v, n) ORDER BY n");
  query.add(std::span<const std::string_view>(texts));
  const Answer answer = connection.execute(query);
  ASSERT_EQ(answer.rows(), static_cast<int>(texts.size()));
  for (int row = 0; row < answer.rows(); ++row) {
    EXPECT_EQ(answer.text(row, 0), texts[static_cast<std::size_t>(row)]);
    EXPECT_FALSE(answer.is_null(row, 0));
  }
  const std::vector<std::int64_t> numbers = {0, -1, 42, std::numeric_limits<std::int64_t>::min(),
                                             std::numeric_limits<std::int64_t>::max()};
  Query arrays("SELECT $1::bigint[], $2::bigint[], $3::bigint[], $4::text[]");
  arrays.add(std::span<const std::int64_t>(numbers))
      .add(std::span<const std::int64_t>())
      .add_null();
  arrays.add(std::span<const std::string_view>());
  const Answer same = connection.execute(arrays);
  EXPECT_EQ(same.integers(0, 0), numbers);
  EXPECT_TRUE(same.integers(0, 1).empty());
  EXPECT_TRUE(same.is_null(0, 2));
  EXPECT_TRUE(same.integers(0, 2).empty());
  EXPECT_EQ(same.text(0, 3), "{}");
}

TEST(Connection, NumbersComeBackBitForBit) {
  Connection connection = opened();
  for (const double value : {0.0, -0.0, 0.1, 1.0 / 3, 1e-310, 5e-324, 1.7976931348623157e308,
                             -123456789.123456789, 1e22, 100.0}) {
    Query query("SELECT $1::float8");
    query.add(value);
    const double back = connection.execute(query).real(0, 0);
    EXPECT_EQ(back, value);
    EXPECT_EQ(std::signbit(back), std::signbit(value));
  }
  Query query("SELECT $1::bigint, $2::bigint, $3::text, $4::text");
  query.add(std::numeric_limits<std::int64_t>::min()).add_or_null(std::nullopt).add("");
  query.part() += "piece";
  query.part() += " by piece";
  query.end_part();
  const Answer answer = connection.execute(query);
  EXPECT_EQ(answer.integer(0, 0), std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(answer.is_null(0, 1));
  EXPECT_EQ(answer.integer(0, 1), 0);
  EXPECT_FALSE(answer.is_null(0, 2));
  EXPECT_EQ(answer.text(0, 3), "piece by piece");
  EXPECT_EQ(answer.column_type(0), 20U);  // int8
}

TEST(Connection, TextWithAZeroByteIsRefusedAndNotCut) {
  Query query("SELECT $1::text");
  try {
    query.add(std::string_view("a\0b", 3));
    FAIL() << "taken";
  } catch (const DatabaseError& error) {
    EXPECT_EQ(error.sqlstate(), "22021");
  }
}

TEST(Connection, AQueryCanBeUsedAgain) {
  Connection connection = opened();
  Query query("SELECT $1::text || $2::text");
  query.add("a").add("b");
  EXPECT_EQ(connection.execute(query).text(0, 0), "ab");
  EXPECT_EQ(connection.execute(query).text(0, 0), "ab");
  query.clear("SELECT $1::bigint + 1");
  query.add(std::int64_t{1});
  EXPECT_EQ(connection.execute(query).integer(0, 0), 2);
}

TEST(Connection, CopyTakesRowsInPiecesAndNamesABadLine) {
  Connection connection = opened();
  connection.execute("CREATE TEMP TABLE copied (a bigint, b text)");
  connection.copy_begin("COPY copied FROM STDIN");
  connection.copy_data("1\tone\n2\tt");
  connection.copy_data("wo\n3\t\\N\n");
  EXPECT_EQ(connection.copy_end(), 3);
  EXPECT_EQ(connection.execute("SELECT sum(a), max(b), count(b) FROM copied").text(0, 1), "two");
  connection.copy_begin("COPY copied FROM STDIN");
  connection.copy_data("4\tfour\nfive\tfive\n");
  try {
    connection.copy_end();
    FAIL() << "taken";
  } catch (const DatabaseError& error) {
    EXPECT_EQ(error.sqlstate(), "22P02");
    EXPECT_NE(std::string(error.what()).find("line 2"), std::string::npos) << error.what();
  }
  EXPECT_EQ(connection.execute("SELECT count(*) FROM copied").integer(0, 0), 3);
}

TEST(Connection, ErrorsCarryTheServersWordsAndCode) {
  Connection connection = opened();
  connection.execute("CREATE TEMP TABLE once (a bigint CONSTRAINT once_a UNIQUE)");
  EXPECT_EQ(connection.execute("INSERT INTO once VALUES (1), (2)").affected(), 2);
  try {
    connection.execute("INSERT INTO once VALUES (1)");
    FAIL() << "taken";
  } catch (const DatabaseError& error) {
    EXPECT_EQ(error.sqlstate(), "23505");
    EXPECT_FALSE(error.is_retryable());
    EXPECT_FALSE(error.is_lost_connection());
    EXPECT_EQ(error.what(), "the database at " + connection.where() +
                                " refused a statement: duplicate key value violates unique "
                                "constraint \"once_a\"");
  }
  EXPECT_EQ(sqlstate_of(connection, "SELECT pg_terminate_backend(pg_backend_pid())"), "08006");
  EXPECT_EQ(sqlstate_of(connection, "SELECT 1"), "08006");
}

TEST(Connection, AnErrorInAPipelineSkipsTheRestAndLeavesTheConnectionUsable) {
  using Kind = Connection::Step::Kind;
  Connection connection = connected(server().url());
  std::vector<Query> batch;
  batch.emplace_back("BEGIN");
  batch.emplace_back("SELECT $1::bigint / $2::bigint").add(std::int64_t{6}).add(std::int64_t{3});
  batch.emplace_back("SELECT $1::bigint / $2::bigint").add(std::int64_t{6}).add(std::int64_t{0});
  batch.emplace_back("SELECT 3");
  batch.emplace_back("COMMIT");
  const std::vector<Connection::Step> steps = run(connection, batch);
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[0].answer.tag(), "BEGIN");
  EXPECT_EQ(steps[1].answer.integer(0, 0), 2);
  EXPECT_EQ(steps[2].kind, Kind::error);
  EXPECT_EQ(steps[2].sqlstate, "22012");
  EXPECT_NE(steps[2].message.find("division by zero"), std::string::npos);
  EXPECT_TRUE(connection.in_transaction());

  const std::vector<Query> commit = {Query("COMMIT")};
  EXPECT_EQ(run(connection, commit).at(0).answer.tag(), "ROLLBACK");
  EXPECT_FALSE(connection.in_transaction());
  const std::vector<Query> select = {Query("SELECT 7 AS seven")};
  const std::vector<Connection::Step> after = run(connection, select);
  EXPECT_EQ(after.at(0).answer.integer(0, 0), 7);
  EXPECT_EQ(after.at(0).answer.column_name(0), "seven");
}

TEST(Connection, BatchesLargerThanTheSocketsBuffersArrive) {
  Connection connection = connected(server().url());
  const std::string large(3'000'000, 'x');
  std::vector<Query> batch;
  for (int i = 0; i < 4; ++i) batch.emplace_back("SELECT length($1::text)").add(large);
  const std::vector<Connection::Step> steps = run(connection, batch);
  ASSERT_EQ(steps.size(), 4U);
  for (const auto& step : steps) EXPECT_EQ(step.answer.integer(0, 0), 3'000'000);
}

TEST(Connection, AServerThatEndsTheConnectionIsToldApartFromARefusal) {
  Connection connection = connected(server().url());
  const std::vector<Query> batch = {Query("SELECT pg_terminate_backend(pg_backend_pid())")};
  try {
    const std::vector<Connection::Step> steps = run(connection, batch);
    FAIL() << "ended as if nothing had happened";
  } catch (const DatabaseError& error) {
    EXPECT_TRUE(error.is_lost_connection()) << error.what();
    EXPECT_NE(std::string(error.what()).find(connection.where()), std::string::npos);
  }
}

}  // namespace
}  // namespace footfall::store::postgres
