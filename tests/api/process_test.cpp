// Goal: `footfall serve` does not start where it would be dangerous or could not work, and says why
// (R12, R14; invariants 38 and 39 of reference/offers-and-data.md section 8); tokens are checked
// end to end, with keys from a server of the test's own. Method: the programs themselves.
#include <fmt/format.h>

#include <atomic>
#include <boost/json.hpp>
#include <mutex>
#include <thread>

#include "api/auth/signing_fixture.hpp"
#include "http/server.hpp"
#include "store/sqlite/database.hpp"
#include "store/wall_clock.hpp"
#include "tests/api/crowd.hpp"
#include "tests/api/server_process.hpp"
#include "tests/servers/loopback.hpp"

namespace footfall::tests {
namespace {

using api::tests::SigningKey;
using Texts = std::vector<std::string>;

constexpr int kFailed = 1, kWrongUse = 2;  // exit codes

const SeededDatabase& shop() {
  static const SeededDatabase database(Kind::sqlite);
  return database;
}

// The server must refuse to start with this code, and a sentence that holds `said`.
void expect_refused(int code, const std::string& said, Texts environment, Texts arguments = {},
                    const std::string& url = shop().url(),
                    const std::string& program = FOOTFALL_PROGRAM) {
  ServerProcess server(program, url, std::move(environment), std::move(arguments));
  const ProgramEnd end = server.run_to_end();
  EXPECT_EQ(end.code, code) << end.errors;
  EXPECT_TRUE(end.errors.starts_with("footfall: ")) << end.errors;
  EXPECT_NE(end.errors.find(said), std::string::npos) << end.errors;
}

const std::string kSimulate = "SIMULATION_MODE=true";
const std::string kOwnIssuer = "SUPABASE_JWT_ISSUER=" + kIssuer;

TEST(ServeStart, RefusesDangers) {  // R12, invariant 39
  for (const char* production : {"APP_ENV=production", "APP_ENV=Production"}) {
    expect_refused(kWrongUse, "SIMULATION_MODE=true and APP_ENV=production do not go together",
                   {kSimulate, production});
  }
  for (const char* address : {"0.0.0.0:0", "[::]:0"}) {
    expect_refused(kWrongUse, "--remote-simulation on", {kSimulate}, {"--listen", address});
  }
  expect_refused(kWrongUse, "nobody could sign in", {"SIMULATION_MODE=false"});
  expect_refused(kWrongUse, "nobody could sign in", {"SUPABASE_JWT_SECRET=" + kJwtSecret});
  expect_refused(kWrongUse, "FOOTFALL_ADMIN_TOKEN must have 32",
                 {kSimulate, "FOOTFALL_ADMIN_TOKEN=" + std::string(31, 'a')});
  expect_refused(kWrongUse, "without spaces",
                 {kSimulate, "FOOTFALL_ADMIN_TOKEN=" + std::string(32, ' ')});
}

TEST(ServeStart, RefusesTokenSettingsThatCannotBe) {  // R14, invariant 38
  expect_refused(kWrongUse, "SUPABASE_JWT_SECRET is not",
                 {"SUPABASE_ALLOW_HS256=true", kOwnIssuer});
  expect_refused(kWrongUse, "SUPABASE_JWT_SECRET is too short",
                 {"SUPABASE_ALLOW_HS256=true", "SUPABASE_JWT_SECRET=" + std::string(31, 'a')});
  expect_refused(kWrongUse, "SUPABASE_JWKS_URL must be an https:// URL",
                 {"SUPABASE_JWKS_URL=http://keys.example.com/jwks", kOwnIssuer});
  expect_refused(kWrongUse, "SUPABASE_JWKS_URL must be an https:// URL",
                 {"SUPABASE_JWKS_URL=http://127.0.0.1@keys.example.com/jwks", kOwnIssuer});
  expect_refused(kWrongUse, "SUPABASE_JWT_ISSUER is missing",
                 {"SUPABASE_JWKS_URL=https://keys.example.com/jwks"});
  expect_refused(kWrongUse, "'maybe' is not allowed for simulation-mode",
                 {"SIMULATION_MODE=maybe"});
  expect_refused(kWrongUse, "'maybe' is not allowed for allow-hs256",
                 {kSimulate, "SUPABASE_ALLOW_HS256=maybe"});
}

TEST(ServeStart, RefusesAddressesWhereItCannotListen) {
  for (const char* address : {"nowhere", "127.0.0.1", "127.0.0.1:65536", ":8080", "127.0.0.1:-1"}) {
    expect_refused(kWrongUse, "write ADDRESS:PORT", {kSimulate}, {"--listen", address});
  }
  expect_refused(kWrongUse, "no address to listen on", {kSimulate},
                 {"--listen", "shop.example:0", "--remote-simulation", "on"});
  expect_refused(kFailed, "no such address", {kSimulate},  // of a network for examples
                 {"--listen", "203.0.113.7:0", "--remote-simulation", "on"});
  const Listener taken = listen_on_loopback();
  expect_refused(kFailed, "another program listens there", {kSimulate},
                 {"--listen", fmt::format("127.0.0.1:{}", taken.port)});
}

// Its own threads share a port; another server must not join them.
TEST(ServeStart, RefusesThePortOfAnotherFootfall) {
  ServerProcess first(FOOTFALL_PROGRAM, shop().url(), {kSimulate});
  first.start();
  expect_refused(kFailed, "another program listens there", {kSimulate},
                 {"--listen", fmt::format("127.0.0.1:{}", first.port())});
  EXPECT_EQ(HttpClient(first.port()).get("/healthz").status, 200);
  EXPECT_EQ(first.end().code, 0);
}

TEST(ServeStart, RefusesDatabasesWithoutAShop) {
  const std::string file = temporary_path("none");
  expect_refused(kFailed, "there is no database", {kSimulate}, {}, "sqlite:" + file);
  EXPECT_FALSE(std::filesystem::exists(file));
  expect_refused(kFailed, "cannot be reached", {kSimulate}, {},
                 "postgresql://footfall:s3cret@127.0.0.1:1/shop");
  Program migrate;
  migrate.arguments = {FOOTFALL_PROGRAM, "db", "migrate"};
  migrate.environment = {"FOOTFALL_DB=sqlite:" + file};
  run_program(migrate);
  expect_refused(kFailed, "holds nothing to sell", {kSimulate}, {}, "sqlite:" + file);
  const auto execute = [&](const std::string& sql) {
    store::sqlite::Database::open(file, store::sqlite::Access::read_write).value().execute(sql);
  };
  execute("DELETE FROM footfall_migrations WHERE number > 1");
  expect_refused(kFailed, "`footfall db migrate` brings it up to date", {kSimulate}, {},
                 "sqlite:" + file);
  execute("UPDATE footfall_migrations SET number = 999");
  expect_refused(kFailed, "made by a newer footfall", {kSimulate}, {}, "sqlite:" + file);
  for (const char* more : {"", "-wal", "-shm"}) std::filesystem::remove(file + more);
}

// A list of keys on a port of its own, as an identity provider serves it.
class KeyServer final {
 public:
  KeyServer(std::uint16_t port, std::string list) : list_(std::move(list)) {
    http::ServerOptions options;
    options.port = port;
    log_ = std::move(telemetry::Log::open("off").value());
    server_ = std::make_unique<http::Server>(
        options, [this](int, const auto&) { return std::make_unique<Keys>(*this); }, *log_,
        nullptr);
    if (const auto listening = server_->listen(); !listening) {
      throw std::runtime_error(listening.error().message());
    }
    thread_ = std::thread([this] { server_->run(); });
  }
  ~KeyServer() {
    server_->stop();
    thread_.join();
  }
  std::string url() const { return fmt::format("http://127.0.0.1:{}/jwks", server_->port()); }
  void set(std::string list) {
    const std::lock_guard lock(mutex_);
    list_ = std::move(list);
  }
  int asked() const { return asked_; }

 private:
  class Keys final : public http::Handler {
   public:
    explicit Keys(KeyServer& of) : of_(of) {}
    Task<http::Response> handle(const http::Request&) override {
      http::Response response;
      {
        const std::lock_guard lock(of_.mutex_);
        response.body = of_.list_;
      }
      ++of_.asked_;
      co_return response;
    }

   private:
    KeyServer& of_;
  };

  std::mutex mutex_;
  std::string list_;
  std::atomic<int> asked_{0};
  std::unique_ptr<telemetry::Log> log_;
  std::unique_ptr<http::Server> server_;
  std::thread thread_;
};

boost::json::object claims(int who) {
  const std::int64_t now = store::wall_clock_us() / 1'000'000;
  return {{"iss", kIssuer},
          {"aud", "authenticated"},
          {"role", "authenticated"},
          {"sub", subject_of(who)},
          {"email", fmt::format("p{}@example.com", who)},
          {"iat", now - 10},
          {"exp", now + 3600},
          {"is_anonymous", false}};
}

HttpAnswer wallet(const ServerProcess& server, const std::string& token) {
  HttpClient client(server.port());
  client.set("Authorization", "Bearer " + token);
  return client.get("/api/wallet");
}

const std::string kEs256 = "ES256";

// R14, invariant 38: the signature alone makes the difference, and new keys are found.
TEST(ServeTokens, AreCheckedByTheListedKeys) {
  const SigningKey mine = SigningKey::ec(), next = SigningKey::ec(), foreign = SigningKey::ec();
  KeyServer keys(0, api::tests::key_list({mine.jwk("one")}));
  const SeededDatabase database(Kind::sqlite);
  ServerProcess server(FOOTFALL_PROGRAM, database.url(),
                       {"SUPABASE_JWKS_URL=" + keys.url(), kOwnIssuer});
  server.start();
  const HttpAnswer good = wallet(server, signed_token(mine, "one", kEs256, claims(1)));
  EXPECT_EQ(good.status, 200) << good.body;
  const HttpAnswer wrong = wallet(server, signed_token(foreign, "one", kEs256, claims(1)));
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(outcome(wrong), "unauthorized");
  boost::json::object other_issuer = claims(1), over = claims(1), nobody = claims(1);
  other_issuer["iss"] = "https://other.example/auth/v1";
  over["exp"] = store::wall_clock_us() / 1'000'000 - 3600;
  over["iat"] = store::wall_clock_us() / 1'000'000 - 7200;
  nobody.erase("sub");
  EXPECT_EQ(outcome(wallet(server, signed_token(mine, "one", kEs256, other_issuer))),
            "unauthorized");
  EXPECT_EQ(outcome(wallet(server, signed_token(mine, "one", kEs256, over))), "token_expired");
  EXPECT_EQ(outcome(wallet(server, signed_token(mine, "one", kEs256, nobody))), "unauthorized");
  // HS256 with the public key as its secret, and no signature at all.
  const std::string claims_text = boost::json::serialize(claims(1));
  EXPECT_EQ(outcome(wallet(
                server, api::tests::hs256_token(mine.public_pem(), R"({"alg":"HS256","kid":"one"})",
                                                claims_text))),
            "unauthorized");
  EXPECT_EQ(
      outcome(wallet(
          server, api::tests::signing_input(R"({"alg":"none","kid":"one"})", claims_text) + ".")),
      "unauthorized");
  EXPECT_EQ(keys.asked(), 1);

  keys.set(api::tests::key_list({mine.jwk("one"), next.jwk("two")}));
  EXPECT_EQ(wallet(server, signed_token(next, "two", kEs256, claims(2))).status, 200);
  EXPECT_EQ(keys.asked(), 2);
  EXPECT_EQ(wallet(server, signed_token(mine, "one", kEs256, claims(1))).status, 200);
  // Unknown keys, which anybody can name, do not make it ask again and again.
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(
        wallet(server, signed_token(foreign, fmt::format("k{}", i), kEs256, claims(1))).status,
        401);
  }
  EXPECT_EQ(keys.asked(), 2);
  EXPECT_EQ(database.number("SELECT count(*) AS n FROM users WHERE auth_sub IS NOT NULL"), 2);
  EXPECT_EQ(server.end().code, 0);
}

// R14: without keys nobody is let in, and nobody is told that the token is bad.
TEST(ServeTokens, WaitForKeysThatCannotBeHad) {
  const SigningKey mine = SigningKey::ec();
  const int port = free_port();
  ServerProcess server(
      FOOTFALL_PROGRAM, shop().url(),
      {fmt::format("SUPABASE_JWKS_URL=http://127.0.0.1:{}/jwks", port), kOwnIssuer});
  server.start();
  const std::string token = signed_token(mine, "one", kEs256, claims(1));
  const HttpAnswer early = wallet(server, token);
  EXPECT_EQ(early.status, 503);
  EXPECT_EQ(outcome(early), "auth_unavailable");
  EXPECT_NE(early.header("retry-after"), "");
  EXPECT_EQ(HttpClient(server.port()).get("/api/products").status, 200);
  KeyServer keys(static_cast<std::uint16_t>(port), api::tests::key_list({mine.jwk("one")}));
  HttpAnswer answer;
  EXPECT_TRUE(eventually([&] {
    answer = wallet(server, token);
    return answer.status != 503;
  }));
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_TRUE(
      eventually([&] { return server.errors().find("cannot be had yet") != std::string::npos; }));
  EXPECT_EQ(server.end().code, 0);
}

// Invariant 39, for both programs: with the mode off a dev token is what garbage is.
TEST(ServeTokens, ADevTokenIsGarbageWithoutSimulationMode) {
  const SigningKey mine = SigningKey::ec();
  KeyServer keys(0, api::tests::key_list({mine.jwk("one")}));
  for (const char* program : {FOOTFALL_PROGRAM, FOOTFALL_PRODUCTION_PROGRAM}) {
    const SeededDatabase database(Kind::sqlite);
    ServerProcess server(program, database.url(),
                         {"SUPABASE_JWKS_URL=" + keys.url(), kOwnIssuer, "SIMULATION_MODE=false",
                          "FOOTFALL_ADMIN_TOKEN=" + kAdminToken});
    server.start();
    const HttpAnswer garbage = wallet(server, "garbage");
    for (const char* token : {"dev:1", "dev:10001", "dev:0"}) {
      const HttpAnswer dev = wallet(server, token);
      EXPECT_EQ(dev.status, 401);
      EXPECT_EQ(without_trace(dev), without_trace(garbage));
      EXPECT_EQ(dev.header("www-authenticate"), garbage.header("www-authenticate"));
    }
    EXPECT_EQ(wallet(server, signed_token(mine, "one", kEs256, claims(1))).status, 200);
    HttpClient admin(server.port());
    admin.set("Authorization", "Bearer " + kAdminToken);
    EXPECT_EQ(outcome(admin.post("/simulation/start", "{}")), "simulation_mode_disabled");
    EXPECT_EQ(server.end().code, 0);
  }
}

// Invariant 39: the production program cannot be talked into it.
TEST(ServeStart, TheProductionProgramHasNoSimulation) {
  expect_refused(kWrongUse, "built without dev tokens", {kSimulate}, {}, shop().url(),
                 FOOTFALL_PRODUCTION_PROGRAM);
  expect_refused(kWrongUse, "built without dev tokens", {}, {"--simulation-mode", "true"},
                 shop().url(), FOOTFALL_PRODUCTION_PROGRAM);
}

// With everything in order it starts, tells whom it lets in, and ends by either signal.
TEST(ServeStart, StartsAndStops) {
  for (const int signal : {SIGTERM, SIGINT}) {
    ServerProcess server(FOOTFALL_PROGRAM, shop().url(),
                         {kSimulate, "FOOTFALL_ADMIN_TOKEN=" + kAdminToken});
    server.start();
    EXPECT_EQ(HttpClient(server.port()).get("/readyz").status, 200);
    server.send(signal);
    const ProgramEnd end = server.wait();
    EXPECT_EQ(end.code, 0) << end.errors;
    EXPECT_NE(end.errors.find("may shop as any agent"), std::string::npos);
    EXPECT_EQ(end.errors.find(kAdminToken), std::string::npos) << "a secret was told";
  }
}

}  // namespace
}  // namespace footfall::tests
