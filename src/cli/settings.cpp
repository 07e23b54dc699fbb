#include "cli/settings.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/assert.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

namespace footfall::cli {
namespace {

constexpr auto kText = SettingKind::text;
constexpr auto kChoice = SettingKind::choice;
constexpr auto kWhole = SettingKind::whole;
constexpr auto kNumber = SettingKind::number;
constexpr auto kDate = SettingKind::date;
constexpr auto kOnOff = SettingKind::on_off;

constexpr SettingInfo kTable[] = {
    {"db", "FOOTFALL_DB", "sqlite:data/footfall.db", kText, 0, 0, "", false,
     "Where the shop and its runs are kept: sqlite:PATH or postgresql://user@host:port/name"},
    {"db-pool", "FOOTFALL_DB_POOL", "50", kWhole, 1, 1000, "", false,
     "PostgreSQL connections of a live run that stay open"},
    {"db-pool-extra", "FOOTFALL_DB_POOL_EXTRA", "75", kWhole, 0, 1000, "", false,
     "And as many more, opened and closed as needed"},
    {"db-prepared", "FOOTFALL_DB_PREPARED", "auto", kChoice, 0, 0, "auto|off", false,
     "Prepared statements on PostgreSQL: auto where no pooler stands between, or off"},
    {"db-connect-timeout", "FOOTFALL_DB_CONNECT_TIMEOUT", "5", kNumber, 0.1, 600, "", false,
     "Seconds to wait for a connection to PostgreSQL"},
    {"db-statement-timeout", "FOOTFALL_DB_STATEMENT_TIMEOUT", "5", kNumber, 0.1, 600, "", false,
     "Seconds that a statement of a live run may take"},
    {"db-lock-timeout", "FOOTFALL_DB_LOCK_TIMEOUT", "1", kNumber, 0.01, 600, "", false,
     "Seconds that a statement of a live run may wait for a lock"},
    {"db-wait-timeout", "FOOTFALL_DB_WAIT_TIMEOUT", "30", kNumber, 0.1, 3600, "", false,
     "Seconds that an agent waits for a free connection"},
    {"db-reconnect-timeout", "FOOTFALL_DB_RECONNECT_TIMEOUT", "20", kNumber, 0, 3600, "", false,
     "Seconds that a live run waits for a database that is gone"},
    {"personas", "FOOTFALL_PERSONAS", "", kText, 0, 0, "", false,
     "Workbook or CSV file of personas; empty: the bundled 372"},
    {"catalogue", "FOOTFALL_CATALOGUE", "", kText, 0, 0, "", false,
     "Folder with stores.csv, products.csv, coupons.csv (and stock.csv); empty: the bundled one"},
    {"behavior", "FOOTFALL_BEHAVIOR", "", kText, 0, 0, "", false,
     "TOML file of behaviour coefficients; empty: the defaults"},
    {"simulation-mode", "SIMULATION_MODE", "false", kChoice, 0, 0, "true|false", false,
     "Whether the offer routes and dev tokens of the API answer"},
    {"listen", "FOOTFALL_LISTEN", "127.0.0.1:8080", kText, 0, 0, "", false,
     "Where the server listens: ADDRESS:PORT, as 127.0.0.1:8080 or [::1]:8080"},
    {"connections", "FOOTFALL_CONNECTIONS", "10000", kWhole, 1, 1'000'000, "", false,
     "HTTP connections that the server keeps open at most"},
    {"access-log", "FOOTFALL_ACCESS_LOG", "-", kText, 0, 0, "", false,
     "Where the server writes a JSON line a request: a file, - (standard output), or off"},
    {"app-env", "APP_ENV", "", kText, 0, 0, "", false,
     "With production the server refuses SIMULATION_MODE=true"},
    {"remote-simulation", "FOOTFALL_REMOTE_SIMULATION", "off", kOnOff, 0, 0, "on|off", false,
     "Let the server listen beyond loopback in SIMULATION_MODE: dev tokens are no secrets"},
    {"supabase-url", "SUPABASE_URL", "", kText, 0, 0, "", false,
     "The project's URL: gives the two below"},
    {"jwks-url", "SUPABASE_JWKS_URL", "", kText, 0, 0, "", false,
     "The keys that sign people's tokens; empty: SUPABASE_URL/auth/v1/.well-known/jwks.json"},
    {"jwt-issuer", "SUPABASE_JWT_ISSUER", "", kText, 0, 0, "", false,
     "The iss of people's tokens; empty: SUPABASE_URL/auth/v1"},
    {"anonymous", "FOOTFALL_ANONYMOUS", "off", kOnOff, 0, 0, "on|off", false,
     "Accept tokens of people who signed in anonymously"},
    {"allow-hs256", "SUPABASE_ALLOW_HS256", "false", kChoice, 0, 0, "true|false", false,
     "Accept tokens signed with the legacy SUPABASE_JWT_SECRET"},
    {"time-scale", "TIME_SCALE", "168", kNumber, 0.01, 1e6, "", false,
     "Simulated seconds per real second of a paced run (168: an hour is a week)"},
    {"offer-cycle-days", "OFFER_CYCLE_DAYS", "7", kWhole, 1, 365, "", true,
     "Length of an offer cycle in simulated days"},
    {"offer-expiration-days", "OFFER_EXPIRATION_DAYS", "14", kWhole, 1, 3650, "", true,
     "Life of an assigned coupon in simulated days"},
    {"max-wallet-capacity", "MAX_WALLET_CAPACITY", "32", kWhole, 1, 64, "", true,
     "Active coupons that a wallet holds at most"},
    {"frontstore-per-cycle", "FRONTSTORE_PER_CYCLE", "2", kWhole, 0, 64, "", true,
     "Frontstore coupons that a refresh gives at most"},
    {"category-brand-per-cycle", "CATEGORY_BRAND_PER_CYCLE", "30", kWhole, 0, 64, "", true,
     "Category and brand coupons that a refresh gives at most"},
    {"wallet", "FOOTFALL_WALLET", "top_up", kChoice, 0, 0, "top_up|replace", true,
     "top_up fills free places; replace takes unredeemed coupons away at each refresh"},
    {"stagger", "FOOTFALL_STAGGER", "on", kOnOff, 0, 0, "on|off", true,
     "Spread the shoppers' own refresh days over the first two offer cycles"},
    {"policy", "FOOTFALL_POLICY", "uniform", kChoice, 0, 0, "uniform|affinity", true,
     "How a refresh chooses coupons"},
    {"activity", "FOOTFALL_ACTIVITY", "persona", kChoice, 0, 0, "persona|crowd", true,
     "persona keeps real shopping frequency; crowd has 40 % active in the busiest hour"},
    {"profile", "FOOTFALL_PROFILE", "grocery", kChoice, 0, 0, "grocery|online", true,
     "grocery completes 70-85 % of filled carts, online about 30 %"},
    {"deals", "FOOTFALL_DEALS", "0.26", kNumber, 0, 1, "", true,
     "Share of products that are on deal in an offer cycle"},
    {"seed", "FOOTFALL_SEED", "", kWhole, 1, 9e15, "", false,
     "Seed of the run's chance; empty: a fresh one, printed and stored"},
    {"start", "FOOTFALL_START", "2026-01-05", kDate, 0, 0, "", true, "First simulated day"},
    {"weeks", "FOOTFALL_WEEKS", "4", kWhole, 1, 595, "", false,
     "Simulated weeks to live, from the start"},
    {"until", "FOOTFALL_UNTIL", "", kDate, 0, 0, "", false,
     "First simulated day that is not lived any more; instead of --weeks"},
    {"agents", "FOOTFALL_AGENTS", "", kWhole, 1, 99'999'999, "", true,
     "How many of the seeded agents take part, the first ones; empty: all"},
    {"batch-size", "FOOTFALL_BATCH_SIZE", "", kWhole, 1, 1'000'000, "", false,
     "Agents of a live run that shop at once; empty: all of an hour"},
    {"api", "FOOTFALL_API", "", kText, 0, 0, "", false,
     "A shop's API that a live run shops at: http[s]://HOST[:PORT][/BASE]"},
    {"api-profile", "FOOTFALL_API_PROFILE", "", kText, 0, 0, "", false,
     "TOML file that says how the API is spoken to (docs/PROFILES.md); empty: footfall's own"},
    {"api-tokens", "FOOTFALL_API_TOKENS", "", kText, 0, 0, "", false,
     "CSV file of the agents' tokens for the API: agent number or persona id, token"},
    {"journal", "FOOTFALL_JOURNAL", "database", kChoice, 0, 0, "database|api", false,
     "Where a run over HTTP keeps its sessions and events"},
    {"rate", "FOOTFALL_RATE", "50", kNumber, 0.1, 1e6, "", false,
     "Calls a second that a live run sends at most, all agents together"},
    {"rate-policy", "FOOTFALL_RATE_POLICY", "bucket", kChoice, 0, 0, "bucket|adaptive|off", false,
     "bucket keeps the rate; adaptive slows down while the API says 429 or 503; off has none"},
    {"http-sessions", "FOOTFALL_HTTP_SESSIONS", "10", kWhole, 1, 64, "", false,
     "Pools of connections to the API; an agent is always on the same one"},
    {"http-connections", "FOOTFALL_HTTP_CONNECTIONS", "100", kWhole, 1, 10'000, "", false,
     "Connections of each pool at most"},
    {"http-connect-timeout", "FOOTFALL_HTTP_CONNECT_TIMEOUT", "5", kNumber, 0.05, 600, "", false,
     "Seconds to wait for a connection to the API"},
    {"http-first-byte-timeout", "FOOTFALL_HTTP_FIRST_BYTE_TIMEOUT", "15", kNumber, 0.05, 600, "",
     false, "Seconds from a call to the first byte of its answer"},
    {"http-timeout", "FOOTFALL_HTTP_TIMEOUT", "30", kNumber, 0.05, 3600, "", false,
     "Seconds that one try of a call may take in all"},
    {"http-tries", "FOOTFALL_HTTP_TRIES", "4", kWhole, 1, 20, "", false,
     "Tries of a call that may be sent again"},
    {"http-authorities", "FOOTFALL_HTTP_AUTHORITIES", "", kText, 0, 0, "", false,
     "PEM file of certificates to trust instead of the system's"},
    {"ramp", "FOOTFALL_RAMP", "", kText, 0, 0, "", false,
     "Warm-up as PERCENT:CYCLES,… then all, or off; empty: 10:2,25:2,50:2,75:2 against a service, "
     "off in the database"},
    {"breaker", "FOOTFALL_BREAKER", "5", kNumber, 0, 100, "", false,
     "Percent of a cycle's agents that may fail before the run freezes; 100: it never does"},
    {"on-freeze", "FOOTFALL_ON_FREEZE", "", kText, 0, 0, "", false,
     "What a frozen run does: wait (for r or `ctl resume`), retry:SECONDS or exit; empty: wait against a "
     "service, exit in the database"},
    {"on-failed-checkout", "FOOTFALL_ON_FAILED_CHECKOUT", "clear", kChoice, 0, 0, "clear|keep",
     true, "What lay in a cart whose checkout failed: gone, or put into the shopper's next cart"},
    {"commit", "FOOTFALL_COMMIT", "agent", kChoice, 0, 0, "agent|cycle", false,
     "Whether each agent's trip is kept when it ends, or all of a cycle when that ends"},
    {"checkpoints", "FOOTFALL_CHECKPOINTS", "data/checkpoints", kText, 0, 0, "", false,
     "The folder where runs keep what they go on from, or off"},
    {"checkpoint-every", "FOOTFALL_CHECKPOINT_EVERY", "", kWhole, 1, 1'000'000, "", false,
     "Cycles between two checkpoints; empty: 10 in a live run, 168 (a week) in a fast one"},
    {"checkpoint-minutes", "FOOTFALL_CHECKPOINT_MINUTES", "0", kNumber, 0, 100'000, "", false,
     "A checkpoint at least every so many real minutes, at a cycle's end; 0: by cycles alone"},
    {"on-resume", "FOOTFALL_ON_RESUME", "replay", kChoice, 0, 0, "replay|skip|database", false,
     "A run that goes on: tell what was kept since the checkpoint again as replays, pass it over, "
     "or "
     "begin an hour after the database's last session"},
    {"orphans", "FOOTFALL_ORPHANS", "clean", kChoice, 0, 0, "clean|keep|ask", false,
     "Sessions that a crash cut off: complete or set them aside, leave them open, or ask"},
    {"control", "FOOTFALL_CONTROL", "data/control", kText, 0, 0, "", false,
     "The folder of the sockets by which `footfall ctl` steers live runs, or off"},
    {"screen", "FOOTFALL_SCREEN", "auto", kChoice, 0, 0, "auto|off", false,
     "The dashboard of a live run: auto where standard error is a terminal, or off: plain lines"},
    {"for", "FOOTFALL_FOR", "", kText, 0, 0, "", false,
     "Real time that a live run lasts at most: 90s, 45m, 6h or 2d"},
    {"run-log", "FOOTFALL_RUN_LOG", "simulation_runs.log", kText, 0, 0, "", false,
     "JSON lines of what befell live runs, or off"},
    {"run-log-megabytes", "FOOTFALL_RUN_LOG_MEGABYTES", "50", kWhole, 1, 100'000, "", false,
     "Size at which the log begins anew; the last five are kept"},
    {"threads", "FOOTFALL_THREADS", "", kWhole, 1, 256, "", false,
     "Threads that live the shoppers' days, or serve requests; empty: as the machine suggests"},
};

}  // namespace

std::span<const SettingInfo> setting_table() { return kTable; }

const SettingInfo* find_setting(std::string_view name) {
  for (const SettingInfo& info : kTable) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

std::string allowed(const SettingInfo& info) {
  switch (info.kind) {
    case kWhole:
      return fmt::format("a whole number from {} to {}", static_cast<std::int64_t>(info.min),
                         static_cast<std::int64_t>(info.max));
    case kNumber:
      return fmt::format("a number from {} to {}", info.min, info.max);
    case kChoice:
    case kOnOff:
      return fmt::format("one of {}", join(split_list(info.choices, '|'), ", "));
    case kDate:
      return "a day like 2026-01-05";
    case kText:
      break;
  }
  return "a text";
}

Settings::Settings() {
  for (const SettingInfo& info : kTable) {
    values_[std::string(info.name)] = {std::string(info.default_value), "default"};
  }
}

Result<void> Settings::set(std::string_view name, std::string_view given,
                           const std::string& source) {
  const SettingInfo* info = find_setting(name);
  FF_ASSERT(info, "a setting is set that does not exist");
  const std::string_view text = trimmed(given);
  bool good = true;
  if (text.empty()) {
    good = info->default_value.empty() || info->kind == kText;
  } else if (info->kind == kWhole) {
    const auto number = parse_integer(text);
    good = number && static_cast<double>(*number) >= info->min &&
           static_cast<double>(*number) <= info->max;
  } else if (info->kind == kNumber) {
    const auto number = parse_double(text);
    good = number && *number >= info->min && *number <= info->max;
  } else if (info->kind == kDate) {
    const auto day = parse_sim_time(text);
    good = day && day->us % kDay.us == 0;
  } else if (info->kind != kText) {
    const auto words = split_list(info->choices, '|');
    good = std::find(words.begin(), words.end(), text) != words.end();
  }
  if (!good) {
    return Error(Errc::invalid_input, fmt::format("{}: '{}' is not allowed for {}: {}", source,
                                                  text.substr(0, 80), name, allowed(*info)));
  }
  values_.find(name)->second = {std::string(text), source};
  return {};
}

Result<void> Settings::read_environment() {
  for (const SettingInfo& info : kTable) {
    const std::string name(info.environment);
    const char* text = std::getenv(name.c_str());
    if (!text || !*text) continue;
    if (const auto done = set(info.name, text, "environment " + name); !done) return done.error();
  }
  return {};
}

Result<void> Settings::read_file(const std::string& path) {
  toml::table file;
  try {
    file = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    return Error(Errc::invalid_input, fmt::format("{}, line {}: {}", path,
                                                  error.source().begin.line, error.description()));
  }
  std::vector<std::string> known;
  for (const SettingInfo& info : kTable) known.emplace_back(info.name);
  for (const auto& [key, node] : file) {
    const std::string name(key.str());
    if (!find_setting(name)) {
      const std::string near = nearest(name, known);
      return Error(Errc::invalid_input,
                   fmt::format("{}: there is no setting '{}'{}", path, name,
                               near.empty() ? "; `footfall config` lists all"
                                            : fmt::format("; did you mean '{}'?", near)));
    }
    std::string text;
    if (const auto* string = node.as_string()) {
      text = string->get();
    } else if (const auto* whole = node.as_integer()) {
      text = fmt::format("{}", whole->get());
    } else if (const auto* number = node.as_floating_point()) {
      text = fmt::format("{}", number->get());
    } else if (const auto* flag = node.as_boolean()) {
      const bool on_off = find_setting(name)->kind == kOnOff;
      text = flag->get() ? (on_off ? "on" : "true") : (on_off ? "off" : "false");
    } else if (const auto* date = node.as_date()) {
      text = fmt::format("{:04}-{:02}-{:02}", date->get().year, date->get().month, date->get().day);
    } else {
      return Error(Errc::invalid_input,
                   fmt::format("{}: {} must be {}", path, name, allowed(*find_setting(name))));
    }
    if (const auto done = set(name, text, "file " + path); !done) return done.error();
  }
  return {};
}

const Settings::Value& Settings::value(std::string_view name) const {
  const auto at = values_.find(name);
  FF_ASSERT(at != values_.end(), "a setting is read that does not exist");
  return at->second;
}

std::int64_t Settings::whole(std::string_view name) const {
  const auto number = parse_integer(text(name));
  FF_ASSERT(number, "a setting is not the whole number that it was checked to be");
  return *number;
}

double Settings::number(std::string_view name) const {
  const auto number = parse_double(text(name));
  FF_ASSERT(number, "a setting is not the number that it was checked to be");
  return *number;
}

bool Settings::on(std::string_view name) const {
  return text(name) == "on" || text(name) == "true";
}

std::uint64_t seed_of(const Settings& settings) {
  return settings.is_empty("seed") ? fresh_seed()
                                   : static_cast<std::uint64_t>(settings.whole("seed"));
}

}  // namespace footfall::cli
