#include "tests/api/server_process.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <stdexcept>
#include <thread>

#include "store/any/open.hpp"
#include "tests/api/crowd.hpp"
#include "tests/servers/postgres_server.hpp"
#include "tests/servers/server_folder.hpp"

namespace footfall::tests {
namespace {

constexpr std::chrono::seconds kPatience{60};

PostgresServer& server() {
  static PostgresServer server;
  return server;
}

}  // namespace

void pause_a_moment() { std::this_thread::sleep_for(std::chrono::milliseconds(2)); }

std::string temporary_path(const std::string& what) {
  static std::atomic<int> made{0};
  return fmt::format("{}footfall_{}_{}_{}", testing::TempDir(), what, getpid(), ++made);
}

SeededDatabase::SeededDatabase(Kind kind, bool small) : kind_(kind) {
  if (kind == Kind::sqlite) {
    file_ = temporary_path("served") + ".db";
    url_ = "sqlite:" + file_;
  } else {
    name_ = std::filesystem::path(temporary_path("served")).filename().string();
    server().create_database(name_);
    url_ = server().url(name_);
  }
  Program seed;
  seed.arguments = {FOOTFALL_PROGRAM, "seed"};
  if (small) seed.arguments.emplace_back("--test");
  seed.environment = {"FOOTFALL_DB=" + url_,
                      "FOOTFALL_CATALOGUE=" FOOTFALL_SOURCE_DIR "/data/sample",
                      "FOOTFALL_PERSONAS=" FOOTFALL_SOURCE_DIR "/data/sample/personas.xlsx"};
  run_program(seed);
}

SeededDatabase::~SeededDatabase() {
  if (kind_ == Kind::sqlite) {
    for (const char* more : {"", "-wal", "-shm"}) std::filesystem::remove(file_ + more);
    return;
  }
  try {
    server().psql("postgres", "DROP DATABASE " + name_ + " WITH (FORCE)");
  } catch (const std::exception& failure) {
    ADD_FAILURE() << failure.what();
  }
}

store::Rows SeededDatabase::query(const std::string& sql) const {
  return store::open_reader(url_).value()->query(sql, {});
}

std::int64_t SeededDatabase::number(const std::string& sql) const {
  return std::get<std::int64_t>(query(sql).rows.at(0).at(0));
}

std::string SeededDatabase::violations() const {
  const auto reader = std::move(store::open_reader(url_).value());
  return tests::violations([&](const std::string& sql) { return reader->query(sql, {}); });
}

ServerProcess::ServerProcess(std::string program, const std::string& database_url,
                             std::vector<std::string> environment,
                             std::vector<std::string> arguments)
    : program_(std::move(program)),
      errors_file_(temporary_path("stderr")),
      environment_(std::move(environment)),
      arguments_(std::move(arguments)) {
  environment_.push_back("FOOTFALL_DB=" + database_url);
}

ServerProcess::~ServerProcess() {
  child_.reset();
  std::filesystem::remove(errors_file_);
}

std::string ServerProcess::errors() const { return read_text(errors_file_); }

void ServerProcess::launch(const std::string& listen) {
  said_before_ = errors().size();
  const Descriptor log = open_log(errors_file_);
  Child::Options options;
  options.arguments = {program_, "serve", "--access-log", "off"};
  if (!listen.empty()) options.arguments.insert(options.arguments.end(), {"--listen", listen});
  options.arguments.insert(options.arguments.end(), arguments_.begin(), arguments_.end());
  options.environment = environment_;
  options.errors = log.number();
  options.signal_if_abandoned = SIGKILL;
  child_.reset();
  child_.emplace(options);
}

void ServerProcess::start() {
  launch(fmt::format("127.0.0.1:{}", port_));
  const std::string mark = "listening on http://127.0.0.1:";
  std::size_t at = std::string::npos;
  std::string said;
  const bool listens = eventually([&] {
    said = errors().substr(said_before_);
    at = said.find(mark);
    return (at != std::string::npos && said.find('\n', at) != std::string::npos) ||
           !child_->running();
  });
  if (!listens || at == std::string::npos) throw std::runtime_error("serve: " + said);
  port_ = static_cast<std::uint16_t>(std::stoi(said.substr(at + mark.size())));
}

ProgramEnd ServerProcess::run_to_end() {
  launch("");
  return wait();
}

void ServerProcess::kill_now() {
  child_->send(SIGKILL);
  child_->wait_for(kPatience);
}

ProgramEnd ServerProcess::end() {
  child_->send(SIGTERM);
  return wait();
}

ProgramEnd ServerProcess::wait() {
  ProgramEnd end;
  if (const auto code = child_->wait_for(kPatience)) end.code = *code;
  end.errors = errors().substr(said_before_);
  return end;
}

}  // namespace footfall::tests
