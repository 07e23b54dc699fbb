#include "store/postgres/connection.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <utility>

#include "base/assert.hpp"
#include "store/postgres/database_url.hpp"
#include "store/postgres/sentences.hpp"

namespace footfall::store::postgres {
namespace {

constexpr const char* kLost = "08006";
// As long as what is sent may go unheard before the connection counts as lost (Linux): a network
// that forgets idle connections does not say so. The URL may say otherwise.
constexpr const char* kUnheardMs = "30000";
constexpr const char* kCannotConnect = "08001";

std::string_view or_empty(const char* text) { return text == nullptr ? "" : text; }

// What libpq is given beside the URL. What comes after "dbname" wins over the URL. No "options":
// PgBouncer refuses them. The name stands beside each address: TLS certificates are checked by it.
struct Parameters {
  Parameters(const std::string& url, const Timeouts& timeouts,
             const std::vector<std::string>& addresses = {})
      : connect_seconds(std::to_string(std::max(2, (timeouts.connect_ms + 999) / 1000))),
        values{"footfall", kUnheardMs, url.c_str(), "UTF8", connect_seconds.c_str(),
               nullptr,    nullptr,    nullptr} {
    const auto name = addresses.empty() ? std::nullopt : host_to_look_up(url);
    if (!name) return;
    hostaddr = fmt::format("{}", fmt::join(addresses, ","));
    const std::vector<std::string> names(addresses.size(), *name);
    host = fmt::format("{}", fmt::join(names, ","));
    keywords[5] = "host", values[5] = host.c_str();
    keywords[6] = "hostaddr", values[6] = hostaddr.c_str();
  }
  Parameters(const Parameters&) = delete;
  Parameters& operator=(const Parameters&) = delete;

  std::string connect_seconds, host, hostaddr;
  const char* keywords[8] = {"fallback_application_name",
                             "tcp_user_timeout",
                             "dbname",
                             "client_encoding",
                             "connect_timeout",
                             nullptr,
                             nullptr,
                             nullptr};
  const char* values[8];
};

std::string name_of(const PGconn* connection) {
  const std::string_view host = or_empty(PQhost(connection));
  const bool is_ipv6 = host.find(':') != std::string_view::npos;
  return fmt::format("postgresql://{}@{}{}{}:{}/{}", or_empty(PQuser(connection)),
                     is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", or_empty(PQport(connection)),
                     or_empty(PQdb(connection)));
}

std::string connect_failure(const PGconn* connection) {
  return connect_sentence(name_of(connection),
                          connect_reason(or_empty(PQerrorMessage(connection))));
}

void ignore_notice(void*, const char*) {}

void configure(PGconn* connection) { PQsetNoticeProcessor(connection, ignore_notice, nullptr); }

DatabaseError lost(const PGconn* connection, const std::string& where) {
  return DatabaseError(lost_sentence(where, first_line(or_empty(PQerrorMessage(connection)))),
                       kLost);
}

std::string_view sqlstate_of(const PGresult* result) {
  return or_empty(PQresultErrorField(result, PG_DIAG_SQLSTATE));
}

// The server's last word on a connection: it shuts down or starts up, or the connection idled for
// too long, within a transaction or not.
bool is_farewell(std::string_view sqlstate) {
  return sqlstate == "57P01" || sqlstate == "57P02" || sqlstate == "57P03" || sqlstate == "57P05" ||
         sqlstate == "25P03";
}

std::string refusal_message(const PGresult* result, const std::string& where) {
  const std::string_view primary = or_empty(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
  if (is_farewell(sqlstate_of(result))) return lost_sentence(where, primary);
  std::string message = fmt::format("the database at {} refused a statement: {}", where, primary);
  const std::string_view context = or_empty(PQresultErrorField(result, PG_DIAG_CONTEXT));
  if (context.substr(0, 5) == "COPY ") message += fmt::format(" ({})", first_line(context));
  return message;
}

// The answer of a blocking call, or DatabaseError.
Answer checked(PGconn* connection, PGresult* result, const std::string& where) {
  Answer answer(result);
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_FATAL_ERROR && status != PGRES_BAD_RESPONSE) return answer;
  const std::string sqlstate(sqlstate_of(result));
  if (sqlstate.empty()) throw lost(connection, where);
  throw DatabaseError(refusal_message(result, where), sqlstate);
}

// Pointers to each parameter's text, as libpq wants them.
void point_to(const std::vector<std::int64_t>& at, const std::string& buffer,
              std::vector<const char*>& values) {
  values.clear();
  for (const std::int64_t begin : at) {
    values.push_back(begin < 0 ? nullptr : buffer.data() + begin);
  }
}

bool may_be_retried(std::string_view sqlstate) {
  return sqlstate == "40001" || sqlstate == "40P01" || sqlstate == "55P03" || sqlstate == "26000" ||
         sqlstate == "42P05" || sqlstate == "0A000";
}

bool is_lost(std::string_view sqlstate) {
  return sqlstate.substr(0, 2) == "08" || is_farewell(sqlstate);
}

// 57014: out of time. 53…: out of connections, memory or disk.
Failure::Kind kind_of(std::string_view sqlstate) {
  if (is_lost(sqlstate) || sqlstate.substr(0, 2) == "53") return Failure::Kind::unavailable;
  const bool busy = may_be_retried(sqlstate) || sqlstate == "57014";
  return busy ? Failure::Kind::busy : Failure::Kind::other;
}

}  // namespace

DatabaseError::DatabaseError(const std::string& message, std::string sqlstate)
    : Failure(message, kind_of(sqlstate)), sqlstate_(std::move(sqlstate)) {}

bool DatabaseError::is_retryable() const { return may_be_retried(sqlstate_); }
bool DatabaseError::is_lost_connection() const { return is_lost(sqlstate_); }

Answer::Answer(Answer&& other) noexcept : result_(std::exchange(other.result_, nullptr)) {}

Answer& Answer::operator=(Answer&& other) noexcept {
  std::swap(result_, other.result_);
  return *this;
}

Answer::~Answer() { PQclear(result_); }

int Answer::rows() const { return PQntuples(result_); }
int Answer::columns() const { return PQnfields(result_); }

std::string_view Answer::column_name(int column) const {
  return or_empty(PQfname(result_, column));
}

std::uint32_t Answer::column_type(int column) const { return PQftype(result_, column); }

bool Answer::is_null(int row, int column) const { return PQgetisnull(result_, row, column) != 0; }

std::string_view Answer::text(int row, int column) const {
  FF_ASSERT(row >= 0 && row < rows() && column >= 0 && column < columns(), "no such field");
  return {PQgetvalue(result_, row, column),
          static_cast<std::size_t>(PQgetlength(result_, row, column))};
}

std::int64_t Answer::integer(int row, int column) const {
  const std::string_view digits = text(row, column);
  if (digits.empty()) return 0;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  FF_ASSERT(error == std::errc() && end == digits.data() + digits.size(),
            "the column holds no integers");
  return value;
}

double Answer::real(int row, int column) const {
  const std::string_view digits = text(row, column);
  if (digits.empty()) return 0;
  char* end = nullptr;
  const double value = std::strtod(digits.data(), &end);  // libpq ends values with a zero byte
  FF_ASSERT(end == digits.data() + digits.size(), "the column holds no numbers");
  return value;
}

std::vector<std::int64_t> Answer::integers(int row, int column) const {
  const std::string_view literal = text(row, column);
  std::vector<std::int64_t> values;
  if (literal.size() <= 2) return values;
  const char* at = literal.data();
  while (*at != '}') {
    const auto [end, error] =
        std::from_chars(at + 1, literal.data() + literal.size(), values.emplace_back());
    FF_ASSERT(error == std::errc() && (*end == ',' || *end == '}'), "no array of integers");
    at = end;
  }
  return values;
}

std::string_view Answer::tag() const { return or_empty(PQcmdStatus(result_)); }

std::int64_t Answer::affected() const { return std::atoll(PQcmdTuples(result_)); }

Connection::Connection(Connection&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)),
      where_(std::move(other.where_)),
      kept_(std::move(other.kept_)) {}

Connection& Connection::operator=(Connection&& other) noexcept {
  std::swap(connection_, other.connection_);
  std::swap(where_, other.where_);
  std::swap(kept_, other.kept_);
  return *this;
}

Connection::~Connection() { PQfinish(connection_); }

Result<Connection> Connection::open(const std::string& url, const Timeouts& timeouts) {
  if (std::string problem = url_problem(url); !problem.empty()) {
    return Error(Errc::invalid_input, std::move(problem));
  }
  const Parameters parameters(url, timeouts);
  Connection opened;
  opened.connection_ = PQconnectdbParams(parameters.keywords, parameters.values, 1);
  if (PQstatus(opened.connection_) != CONNECTION_OK) {
    return Error(Errc::io, connect_failure(opened.connection_));
  }
  configure(opened.connection_);
  opened.where_ = name_of(opened.connection_);
  return opened;
}

Answer Connection::execute(const std::string& sql) {
  return checked(connection_, PQexec(connection_, sql.c_str()), where_);
}

Answer Connection::execute(const Query& query) {
  std::vector<const char*> values;
  point_to(query.at_, query.buffer_, values);
  PGresult* result = PQexecParams(connection_, query.sql_, static_cast<int>(values.size()), nullptr,
                                  values.data(), nullptr, nullptr, /*resultFormat=*/0);
  return checked(connection_, result, where_);
}

void Connection::copy_begin(const std::string& sql) {
  PGresult* result = PQexec(connection_, sql.c_str());
  const bool taking = PQresultStatus(result) == PGRES_COPY_IN;
  const Answer answer = checked(connection_, result, where_);
  FF_ASSERT(taking, "not a COPY … FROM STDIN");
}

void Connection::copy_data(std::string_view data) {
  constexpr std::size_t kPiece = 1 << 20;
  for (; !data.empty(); data.remove_prefix(std::min(data.size(), kPiece))) {
    const int size = static_cast<int>(std::min(data.size(), kPiece));
    if (PQputCopyData(connection_, data.data(), size) != 1) throw lost(connection_, where_);
  }
}

std::int64_t Connection::copy_end() {
  if (PQputCopyEnd(connection_, nullptr) != 1) throw lost(connection_, where_);
  PGresult* result = PQgetResult(connection_);
  while (PGresult* more = PQgetResult(connection_)) PQclear(more);
  return checked(connection_, result, where_).affected();
}

Connection Connection::start(const std::string& url, const Timeouts& timeouts,
                             const std::vector<std::string>& addresses) {
  if (const std::string problem = url_problem(url); !problem.empty()) {
    throw DatabaseError(problem, kCannotConnect);
  }
  const Parameters parameters(url, timeouts, addresses);
  Connection started;
  started.connection_ = PQconnectStartParams(parameters.keywords, parameters.values, 1);
  if (PQstatus(started.connection_) == CONNECTION_BAD) {
    throw DatabaseError(connect_failure(started.connection_), kCannotConnect);
  }
  configure(started.connection_);
  started.where_ = name_of(started.connection_);
  return started;
}

Connection::Wait Connection::connect_poll() {
  switch (PQconnectPoll(connection_)) {
    case PGRES_POLLING_READING:
      return Wait::read;
    case PGRES_POLLING_WRITING:
      return Wait::write;
    case PGRES_POLLING_OK:
      break;
    default:
      throw DatabaseError(connect_failure(connection_), kCannotConnect);
  }
  if (PQsetnonblocking(connection_, 1) != 0 || PQenterPipelineMode(connection_) != 1) {
    throw lost(connection_, where_);
  }
  return Wait::none;
}

int Connection::socket() const { return PQsocket(connection_); }

bool Connection::in_transaction() const { return PQtransactionStatus(connection_) != PQTRANS_IDLE; }

int Connection::backend_pid() const { return PQbackendPID(connection_); }

void Connection::send(std::span<const Query> batch) {
  std::vector<const char*> values;
  kept_.begin();
  for (const Query& query : batch) {
    point_to(query.at_, query.buffer_, values);
    const int count = static_cast<int>(values.size());
    const KeptStatements::Use kept = kept_.use(query.sql_);
    if (kept.prepare && PQsendPrepare(connection_, kept.name, query.sql_, 0, nullptr) != 1) {
      throw lost(connection_, where_);
    }
    const int sent = kept.name
                         ? PQsendQueryPrepared(connection_, kept.name, count, values.data(),
                                               nullptr, nullptr, /*resultFormat=*/0)
                         : PQsendQueryParams(connection_, query.sql_, count, nullptr, values.data(),
                                             nullptr, nullptr, /*resultFormat=*/0);
    if (sent != 1) throw lost(connection_, where_);
  }
  if (PQpipelineSync(connection_) != 1) throw lost(connection_, where_);
}

bool Connection::flush() {
  const int left = PQflush(connection_);
  if (left < 0) throw lost(connection_, where_);
  return left == 0;
}

void Connection::consume_input() {
  if (PQconsumeInput(connection_) != 1) throw lost(connection_, where_);
}

Connection::Step Connection::next() {
  Step step;
  // A null stands between two statements' results; two in a row: nothing is under way any more.
  for (int nulls = 0; nulls < 2;) {
    if (PQisBusy(connection_) != 0) return step;
    PGresult* result = PQgetResult(connection_);
    nulls = result == nullptr ? nulls + 1 : 0;
    step.answer = Answer(result);
    switch (PQresultStatus(result)) {
      case PGRES_PIPELINE_SYNC:
        step.kind = Step::Kind::end_of_batch;
        kept_.end();
        return step;
      case PGRES_FATAL_ERROR:
        if (result == nullptr || sqlstate_of(result).empty()) break;
        kept_.result(/*good=*/false);
        step.kind = Step::Kind::error;
        step.sqlstate = sqlstate_of(result);
        if (step.sqlstate == "26000" || step.sqlstate == "42P05" || step.sqlstate == "0A000") {
          kept_.lost();
        }
        step.message = refusal_message(result, where_);
        return step;
      case PGRES_PIPELINE_ABORTED:
        kept_.result(/*good=*/false);
        break;
      default:
        if (kept_.result(/*good=*/true)) break;
        step.kind = Step::Kind::answer;
        return step;
    }
  }
  throw lost(connection_, where_);
}

}  // namespace footfall::store::postgres
