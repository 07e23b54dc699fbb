#include "tests/api/api_world.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "api/auth/verifier.hpp"
#include "api/route.hpp"
#include "base/text.hpp"
#include "retail/records.hpp"
#include "store/any/open.hpp"
#include "store/wall_clock.hpp"

namespace footfall::tests {
namespace {

std::string setting(const std::map<std::string, std::string>& given, const std::string& name,
                    const std::string& otherwise) {
  const auto at = given.find(name);
  return at == given.end() ? otherwise : at->second;
}

// The few settings that the tests use; the program's are in cli/run_plan.cpp.
api::Planned make_run(const std::map<std::string, std::string>& given, std::int64_t agents) {
  api::NewRun run;
  run.plan.start = parse_sim_time(setting(given, "start", "2026-01-05")).value();
  run.plan.until = run.plan.start + kWeek * parse_integer(setting(given, "weeks", "8")).value();
  if (given.contains("until")) run.plan.until = parse_sim_time(given.at("until")).value();
  if (run.plan.until <= run.plan.start) return {std::nullopt, "until", "must be later"};
  run.plan.seed = static_cast<std::uint64_t>(parse_integer(setting(given, "seed", "42")).value());
  run.plan.rules.stagger = setting(given, "stagger", "on") == "on";
  run.plan.policy = setting(given, "policy", "uniform");
  run.row.mode = "live";
  run.row.seed = run.plan.seed;
  run.row.start = run.row.now = run.plan.start;
  run.row.until = run.plan.until;
  run.row.agents = agents;
  run.row.settings = fmt::format("{{\"stagger\":\"{}\"}}", setting(given, "stagger", "on"));
  run.row.config_hash = run.row.engine_version = "test";
  run.row.slots = {run.plan.rules.frontstore_slots(), run.plan.rules.category_brand_slots()};
  run.row.coupon_life = run.plan.rules.life;
  return {std::move(run), "", ""};
}

Result<simulation::Plan> stored_plan(const store::Run& row) {
  simulation::Plan plan;
  plan.run = row.id;
  plan.seed = row.seed;
  plan.start = row.start;
  plan.until = row.until;
  plan.rules.stagger = row.settings.find("off") == std::string::npos;
  return plan;
}

api::NewRun shop_run() {
  api::NewRun run = make_run({}, 0).run.value();
  const SimTime now{store::wall_clock_us()};
  const SimTime today = now - SimDuration{now.us % kDay.us};
  run.plan.start = today - kDay * weekday(today) - kWeek;
  run.plan.until = parse_sim_time("2199-01-01").value();
  run.plan.deals.share = 0;
  run.row.start = run.row.now = run.plan.start;
  run.row.until = run.plan.until;
  return run;
}

}  // namespace

void expect_declared(std::string_view method, std::string_view target, const HttpAnswer& answer) {
  if (answer.status < 400 || method == "HEAD") return;
  boost::system::error_code error;
  const boost::json::value body = boost::json::parse(answer.body, error);
  const auto* code = error ? nullptr : body.find_pointer("/code", error);
  if (!code || !code->is_string()) {
    ADD_FAILURE() << method << " " << target << ": no problem document: " << answer.body;
    return;
  }
  const auto has_code = [&](const api::ProblemKind* kind) {
    return kind->code == std::string_view(code->as_string());
  };
  const auto from_server = http::server_problems();
  const bool is_servers = std::any_of(from_server.begin(), from_server.end(), has_code);
  if (is_servers && answer.status != 500) return;
  std::vector<const api::ProblemKind*> declared{&api::kNoSuchRoute, &api::kMethodNotAllowed};
  for (int i = 0; i <= static_cast<int>(http::Method::options); ++i) {
    const auto one = static_cast<http::Method>(i);
    if (to_string(one) != method) continue;
    const api::Match match = api::match(one, target.substr(0, target.find('?')));
    if (match.route) declared = api::problems_of(*match.route);
  }
  EXPECT_TRUE(std::any_of(declared.begin(), declared.end(), has_code))
      << method << " " << target << " does not declare " << answer.body;
}

ApiWorld::ApiWorld(store::Backend backend, const ApiOptions& options)
    : backend_(backend), options_(options) {
  open_database();
  serve();
}

ApiWorld::~ApiWorld() {
  stop();
  reader_.reset();
  std::filesystem::remove(log_file_);
  if (backend_ == store::Backend::sqlite) {
    for (const char* more : {"", "-wal", "-shm"}) std::filesystem::remove(file_.string() + more);
  } else {
    try {
      store::postgres_server().psql("postgres", "DROP DATABASE " + database_ + " WITH (FORCE)");
    } catch (const std::exception& failure) {
      ADD_FAILURE() << failure.what();
    }
  }
}

void ApiWorld::open_database() {
  static std::atomic<int> count{0};
  const std::string name = fmt::format("api_{}_{}", getpid(), ++count);
  log_file_ = fmt::format("{}/{}.log", std::filesystem::temp_directory_path().string(), name);
  file_ = store::temporary_file();
  if (backend_ == store::Backend::sqlite) {
    store::copy_sqlite_template(file_);
    url_ = "sqlite:" + file_.string();
  } else {
    database_ = name;
    store::postgres_server().create_database(database_, store::kPostgresTemplate);
    url_ = backend_ == store::Backend::bouncer ? store::pgbouncer().url(database_)
                                               : store::postgres_server().url(database_);
  }
  auto store = store::open_store(url_, false);
  if (!store) throw std::runtime_error(store.error().message());
  catalogue_ = (*store)->load_catalogue();
  if (options_.stock.empty()) return;
  for (const auto& [position, on_hand] : options_.stock) {
    catalogue_.stock.push_back({0, static_cast<std::uint16_t>(position), on_hand});
  }
  (*store)->seed(catalogue_, {});
}

void ApiWorld::serve() {
  api::ServiceSettings settings;
  settings.database_url = url_;
  settings.database.pool = 16;
  settings.database.pool_extra = 8;
  settings.http = options_.http;
  settings.http.threads = options_.threads;
  settings.auth.admin_token = kAdminToken;
  settings.auth.dev_tokens = options_.simulation;
  settings.real_shop = options_.people;
  settings.watch_every = options_.watch_every;
  if (options_.people) {
    settings.auth.issuer = kIssuer;
    settings.auth.hs256_secret = kJwtSecret;
    settings.auth.allow_hs256 = true;
  }
  settings.api.simulation_mode = options_.simulation;
  settings.api.version = "test";
  settings.api.cursor_key = "key";
  api::ServedShop shop;
  {
    const auto store = store::open_store(url_, false);
    shop.catalogue = (*store)->load_catalogue();
    shop.agents = (*store)->load_agents(retail::kAgentsMax);
  }
  personas::Vocabulary words{shop.catalogue.categories, shop.catalogue.brands, {}};
  for (const retail::Store& one : shop.catalogue.stores) words.stores.push_back(one.code);
  for (std::size_t i = 0; i < shop.agents.size(); ++i) {
    shop.population.push_back(
        personas::compile(shop.agents[i].persona, words, shop.agents[i].id, i).value());
  }
  const auto agents = static_cast<std::int64_t>(shop.agents.size());
  const api::RunFactory factory{stored_plan,
                                [agents](const auto& given) { return make_run(given, agents); }};
  log_ = std::move(telemetry::Log::open(log_file_).value());
  auto service =
      api::Service::create(settings, std::move(shop), factory, shop_run(), *log_, log_.get());
  if (!service) throw std::runtime_error(service.error().message());
  service_ = std::move(*service);
  if (const auto listening = service_->listen(); !listening) {
    throw std::runtime_error(listening.error().message());
  }
  thread_ = std::thread([this] { service_->run(); });
}

void ApiWorld::stop() {
  if (service_) service_->stop();
  if (thread_.joinable()) thread_.join();
  service_.reset();
  log_.reset();
}

void ApiWorld::restart() {
  stop();
  serve();
}

HttpClient ApiWorld::admin() const {
  HttpClient client = this->client();
  client.set("Authorization", "Bearer " + kAdminToken);
  return client;
}

HttpClient ApiWorld::agent(int id) const {
  HttpClient client = this->client();
  client.set("Authorization", fmt::format("Bearer dev:{}", id));
  return client;
}

HttpClient ApiWorld::person(int who) const {
  HttpClient client = this->client();
  client.set("Authorization", "Bearer " + person_token(who));
  return client;
}

std::string ApiWorld::start_run(const std::string& more) {
  const HttpAnswer answer =
      admin().post("/simulation/start", fmt::format("{{\"stagger\":false{}}}", more));
  if (answer.status != 201) throw std::runtime_error(answer.body);
  return text_at(json_of(answer), "/run_id");
}

store::Rows ApiWorld::query(const std::string& sql) const {
  if (!reader_) reader_ = std::move(store::open_reader(url_).value());
  return reader_->query(sql, {});
}

std::int64_t ApiWorld::number(const std::string& sql) const {
  return std::get<std::int64_t>(query(sql).rows.at(0).at(0));
}

void ApiWorld::change(const std::string& sqlite, const std::string& postgres) {
  if (backend_ != store::Backend::sqlite) {
    store::postgres_server().psql(database_, postgres);
    return;
  }
  sqlite3* database = nullptr;
  sqlite3_open(file_.c_str(), &database);
  sqlite3_busy_timeout(database, 5'000);
  const int done = sqlite3_exec(database, sqlite.c_str(), nullptr, nullptr, nullptr);
  sqlite3_close(database);
  if (done != SQLITE_OK) throw std::runtime_error("SQLite refused: " + sqlite);
}

std::string ApiWorld::product(int position) const {
  return fmt::format("{}", catalogue_.products[static_cast<std::size_t>(position)].id.value);
}

std::string ApiWorld::log() const {
  log_->flush();
  std::stringstream text;
  text << std::ifstream(log_file_).rdbuf();
  return text.str();
}

}  // namespace footfall::tests
