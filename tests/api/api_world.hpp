// Tests only: the whole API in this process, over a small shop of its own in SQLite or PostgreSQL
// (tests/store/contract_world.hpp), and clients for it.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "api/service.hpp"
#include "store/reader.hpp"
#include "tests/api/http_client.hpp"
#include "tests/store/contract_world.hpp"

namespace footfall::tests {

inline const std::string kAdminToken = "admin-token-of-the-tests-0123456789";
inline const std::string kJwtSecret = "jwt-secret-of-the-tests-0123456789abcdef";
inline const std::string kIssuer = "https://project.example/auth/v1";

// A person's token, as Supabase's legacy keys sign them. `who` makes the subject.
std::string person_token(int who, std::int64_t expires_in_seconds = 3600);
inline std::string subject_of(int who) {
  return fmt::format("00000000-0000-4000-8000-{:012}", who);
}

// A refusal's code is one of its route's (api::problems_of), or one that the server itself gives.
void expect_declared(std::string_view method, std::string_view target, const HttpAnswer& answer);

struct ApiOptions {
  bool simulation = true;
  bool people = true;  // the real shop is open to those with a token
  int threads = 2;
  std::map<int, std::int64_t> stock;  // of store 1, by position of the product
  http::ServerOptions http;
  std::chrono::milliseconds watch_every{60'000};
};

class ApiWorld {
 public:
  explicit ApiWorld(store::Backend backend, const ApiOptions& options = {});
  ~ApiWorld();
  ApiWorld(const ApiWorld&) = delete;
  ApiWorld& operator=(const ApiWorld&) = delete;

  std::uint16_t port() const { return service_->port(); }
  // Clients for which each refusal must be among those that its route declares.
  HttpClient client() const { return HttpClient(port(), &expect_declared); }
  HttpClient admin() const;
  HttpClient agent(int id) const;    // with a dev token
  HttpClient person(int who) const;  // with an access token

  // Starts a run in which every wallet is filled at once; its id.
  std::string start_run(const std::string& more = "");
  void restart();  // another server over the same database

  store::Rows query(const std::string& sql) const;
  std::int64_t number(const std::string& sql) const;
  const retail::Catalogue& catalogue() const { return catalogue_; }
  std::string product(int position) const;                   // its id
  const std::string& database() const { return database_; }  // its name in PostgreSQL
  const std::string& log_file() const { return log_file_; }
  std::string log() const;  // what was told so far
  void change(const std::string& sqlite,
              const std::string& postgres);  // the database, past the API

 private:
  void open_database();
  void serve();
  void stop();

  store::Backend backend_;
  ApiOptions options_;
  std::filesystem::path file_;
  std::string database_, url_, log_file_;
  retail::Catalogue catalogue_;
  std::unique_ptr<telemetry::Log> log_;
  std::unique_ptr<api::Service> service_;
  std::thread thread_;
  mutable std::unique_ptr<store::Reader> reader_;
};

}  // namespace footfall::tests
