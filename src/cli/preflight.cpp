#include "cli/preflight.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <set>

#include "base/failure.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/run_plan.hpp"
#include "cli/run_setup.hpp"
#include "commerce/http/footfall_api.hpp"
#include "screen/terminal.hpp"
#include "store/any/open.hpp"
#include "telemetry/json_writer.hpp"
#include "telemetry/run_log.hpp"

namespace footfall::cli {
namespace {

constexpr std::int64_t kAgentsFewest = 2, kFrontstoreFewest = 50, kCategoryBrandFewest = 150;
constexpr std::size_t kCategoriesFewest = 2;
constexpr std::string_view kSeed =
    "`footfall seed` brings the bundled shop; --catalogue and "
    "--personas name your own";

class Look {
 public:
  explicit Look(Preflight& preflight) : preflight_(preflight) {}

  void yes(std::string what, std::string found) { add(std::move(what), std::move(found), ""); }
  void no(std::string what, std::string found, std::string_view fix) {
    add(std::move(what), std::move(found), std::string(fix));
  }
  void tell(bool good, std::string what, std::string found, std::string_view fix) {
    add(std::move(what), std::move(found), std::string(good ? "" : fix));
  }

 private:
  void add(std::string what, std::string found, std::string fix) {
    preflight_.checks.push_back({std::move(what), std::move(found), std::move(fix)});
  }
  Preflight& preflight_;
};

std::string count_of(std::int64_t count, std::string_view what) {
  return fmt::format("{} {}{}", with_commas(count), what, count == 1 ? "" : "s");
}

// --- the database ------------------------------------------------------------------------------

constexpr std::string_view kMigrated = "migrations applied";

// Null, and said so, if the others cannot be asked.
std::unique_ptr<store::Store> look_at_schema(const Settings& settings, Look look) {
  const std::string& url = settings.text("db");
  const auto status = store::schema_status(url);
  if (!status) {
    look.no(std::string(kMigrated), status.error().message(), kSeed);
    return nullptr;
  }
  const bool newest = status->version == status->newest;
  look.tell(
      newest, std::string(kMigrated),
      status->version == 0
          ? status->database + " is empty"
          : fmt::format("{}: schema {} of {}", status->database, status->version, status->newest),
      status->version == 0               ? std::string_view(kSeed)
      : status->version < status->newest ? "`footfall db migrate` brings it up to date"
                                         : "use a newer footfall: this database was made by one");
  if (!newest) return nullptr;
  auto store = store::open_store(url, /*make=*/false);
  if (!store) {
    look.no("the database can be used", store.error().message(), kSeed);
    return nullptr;
  }
  return std::move(*store);
}

void look_at_agents(const Settings& settings, std::int64_t valid, Look look) {
  const auto reader = store::open_reader(settings.text("db"));
  std::int64_t active = valid;
  if (reader) {
    const store::Rows rows =
        (*reader)->query("SELECT count(*) AS n FROM agents WHERE agents.status = 'active'", {});
    active = std::get<std::int64_t>(rows.rows[0][0]);
  }
  const bool enough = valid >= kAgentsFewest;
  look.tell(
      enough && active == valid,
      fmt::format("at least {} active agents, all with valid users", kAgentsFewest),
      fmt::format("{}, {} with a valid user", count_of(active, "active agent"), with_commas(valid)),
      enough ? "activate those users (users.status), or pause their agents (agents.status)"
             : kSeed);
}

void look_at_catalogue(const retail::Catalogue& catalogue, Look look) {
  std::int64_t front = 0, others = 0;
  for (const retail::Coupon& coupon : catalogue.coupons) {
    if (coupon.retired) continue;
    ++(coupon.kind == retail::CouponKind::frontstore ? front : others);
  }
  look.tell(front >= kFrontstoreFewest && others >= kCategoryBrandFewest,
            fmt::format("at least {} frontstore and {} category or brand coupons",
                        kFrontstoreFewest, kCategoryBrandFewest),
            fmt::format("{} and {}", with_commas(front), with_commas(others)), kSeed);
  std::set<std::uint16_t> categories;
  for (const retail::Product& product : catalogue.products) categories.insert(product.category);
  look.tell(categories.size() >= kCategoriesFewest, "products across categories",
            fmt::format("{} in {} of them",
                        count_of(static_cast<std::int64_t>(catalogue.products.size()), "product"),
                        categories.size()),
            kSeed);
}

void look_at_assignment(const Settings& settings, store::Store& store, const World& world,
                        Look look) {
  const std::string what = "an offer can be assigned (taken back again)";
  const auto coupon = std::find_if(world.catalogue.coupons.begin(), world.catalogue.coupons.end(),
                                   [](const retail::Coupon& one) { return !one.retired; });
  const auto plan = plan_of(settings);
  if (!plan || world.agents.empty() || coupon == world.catalogue.coupons.end()) {
    look.no(what, plan ? "there is nobody, or nothing, to try it with" : plan.error().message(),
            plan ? kSeed : "mend that setting");
    return;
  }
  try {
    store.try_assignment(new_run(settings, *plan, world), world.agents.front(), *coupon);
    look.yes(what, fmt::format("{} to agent {}", coupon->code, world.agents.front().id.value));
  } catch (const Failure& failure) {
    look.no(what, failure.what(),
            "`footfall check-db` tells what is wrong with the tables; the role needs to write "
            "them");
  }
}

void look_at_database(const Settings& settings, Look look) {
  try {
    const std::unique_ptr<store::Store> store = look_at_schema(settings, look);
    if (!store) return;
    World world;
    world.catalogue = store->load_catalogue();
    world.agents = store->load_agents(retail::kAgentsMax);
    look_at_agents(settings, static_cast<std::int64_t>(world.agents.size()), look);
    look_at_catalogue(world.catalogue, look);
    (void)compile_agents(world);  // its mistakes are told when the run begins
    look_at_assignment(settings, *store, world, look);
  } catch (const Failure& failure) {
    look.no("the database answers", failure.what(), "see that it runs, and try again");
  }
}

constexpr std::string_view kMode = "SIMULATION_MODE is on";

// --- the service -------------------------------------------------------------------------------

// Empty if the server did it, or only lacks a run to do it in.
Task<std::string> why_not(commerce::FootfallApi& api, std::string_view name, http::Method method,
                          std::string target, std::string body) {
  try {
    co_await api.ask(name, method, std::move(target), RunId{}, std::move(body));
  } catch (const Failure& failure) {
    const std::string why = failure.what();
    if (why.find(" no_run:") == std::string::npos) co_return why;
  }
  co_return std::string();
}

Task<void> look_at_footfall(commerce::ApiSessions& sessions, const LiveTarget& target, Look look) {
  commerce::FootfallApi api(sessions, target.admin_token);
  const std::string start = co_await why_not(api, "trying a start", http::Method::post,
                                             "/simulation/start", R"({"dry_run":true})");
  const bool is_off = start.find("simulation_mode_disabled") != std::string::npos;
  if (start.empty() || is_off) {
    look.tell(!is_off, std::string(kMode), is_off ? start : "the server says so",
              "set SIMULATION_MODE=true for the server, and start it again");
  }
  if (is_off) co_return;
  const std::string status =
      co_await why_not(api, "status", http::Method::get, "/simulation/status", std::string());
  const std::string advance = co_await why_not(api, "advance", http::Method::post, "/time/advance",
                                               R"({"hours":1,"dry_run":true})");
  std::string why = start;
  for (const std::string& next : {status, advance}) {
    if (why.empty()) why = next;
  }
  look.tell(why.empty(), "the API's start, status and advance answer",
            why.empty() ? target.url->origin + target.url->base : why,
            why.find("401") == std::string::npos
                ? "see that `footfall serve` runs there, and that --api names it"
                : "give server and simulator the same FOOTFALL_ADMIN_TOKEN");
}

Task<void> look_at_shop(commerce::ApiSessions& sessions, const LiveTarget& target, Look look) {
  commerce::ApiRequest request;
  const commerce::Profile& profile = target.profile;
  const std::string where = target.url->origin + target.url->base;
  if (!profile.has(commerce::ApiAction::health)) {
    look.yes("the shop answers", where + ": its profile names no health route; nothing was asked");
    co_return;
  }
  profile.render(commerce::ApiAction::health, commerce::Places{}, {}, request);
  const commerce::ApiAnswer called = co_await sessions.probe(request);
  std::string why = called.answer.why;
  if (called.answer.answered()) {
    const commerce::ApiOutcome outcome =
        profile.read(commerce::ApiAction::health, called.answer.status, called.answer.body);
    why = outcome.ok ? std::string() : outcome.problem;
  }
  look.tell(why.empty(), "the shop answers", why.empty() ? where : why,
            "see that it runs and that --api names it; `footfall profile check FILE --api URL` "
            "tries each action");
}

void look_at_service(const LiveTarget& target, Look look) {
  boost::asio::io_context io(1);
  SteadyTime time(io.get_executor());
  commerce::ApiLimits limits = target.limits;
  limits.sessions = 1;
  limits.tries_max = 1;
  limits.rate.policy = http::RatePolicy::off;
  commerce::ApiSessions sessions(io.get_executor(), time, *target.url, limits);
  Task<void> looking = target.is_footfall_api() ? look_at_footfall(sessions, target, look)
                                                : look_at_shop(sessions, target, look);
  std::exception_ptr error;
  boost::asio::co_spawn(io, std::move(looking), [&](const std::exception_ptr& escaped) {
    error = escaped;
    io.stop();  // unused connections have a timer
  });
  io.run();
  if (error) std::rethrow_exception(error);
}

void look_at_log(const Settings& settings, Look look) {
  const std::string what = "the log is writable";
  const std::string& path = settings.text("run-log");
  if (path == "off") {
    look.yes(what, "--run-log off: there is none");
    return;
  }
  const auto log = telemetry::RunLog::open(path, {});
  look.tell(log.has_value(), what, log ? path : log.error().message(),
            "name another file with --run-log, or off");
}

}  // namespace

int Preflight::failures() const {
  return static_cast<int>(
      std::count_if(checks.begin(), checks.end(), [](const auto& one) { return !one.good(); }));
}

Preflight look_before(const Settings& settings, const LiveTarget& target) {
  Preflight preflight;
  Look look(preflight);
  look_at_database(settings, look);
  if (target.shop == LiveTarget::Shop::api)
    look_at_service(target, look);
  else
    look.yes(std::string(kMode), "not needed: no API is asked");
  look_at_log(settings, look);
  const std::string plain = screen::Terminal::why_not();
  look.yes("the dashboard can start",
           plain.empty() ? "on this terminal" : "not needed: plain lines, since " + plain);
  return preflight;
}

std::string preflight_text(const Preflight& preflight, bool only_failures) {
  std::string out;
  for (const PreflightCheck& check : preflight.checks) {
    if (only_failures && check.good()) continue;
    out += fmt::format("{}  {:<58} {}\n", check.good() ? "yes" : "NO ", check.what, check.found);
    if (!check.good()) out += fmt::format("     fix: {}\n", check.fix);
  }
  return out;
}

std::string preflight_json(const Preflight& preflight) {
  std::string out;
  telemetry::JsonWriter json(out);
  json.begin_object().member("good", preflight.failures() == 0).key("checks").begin_array();
  for (const PreflightCheck& check : preflight.checks) {
    json.begin_object()
        .member("check", std::string_view(check.what))
        .member("good", check.good())
        .member("found", std::string_view(check.found))
        .member("fix", std::string_view(check.fix))
        .end_object();
  }
  json.end_array().end_object();
  return out + "\n";
}

// --- the command -------------------------------------------------------------------------------

Result<void> preflight(Settings settings, const SimulateOptions& options) {
  const auto target = live_target(settings, options);
  if (!target) return target.error();
  const Preflight found = look_before(settings, *target);
  fmt::print("{}", options.json ? preflight_json(found) : preflight_text(found, false));
  std::fflush(stdout);
  const int failures = found.failures();
  if (failures == 0) return {};
  return Error(Errc::incompatible,
               fmt::format("{} of {} checks failed", failures, found.checks.size()));
}

}  // namespace footfall::cli
