#include "cli/live_target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "base/text.hpp"
#include "cli/files.hpp"

namespace footfall::cli {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kProfileBytesMax = 64 * 1024;
constexpr std::size_t kTokensBytesMax = 512 * 1024 * 1024;

milliseconds ms(const Settings& settings, std::string_view name) {
  return milliseconds(static_cast<std::int64_t>(1000 * settings.number(name)));
}

Error wrong(std::string text) { return Error(Errc::invalid_input, std::move(text)); }

// What a flag says of itself: where it came from, and what it was.
std::string given(const Settings& settings, std::string_view name) {
  const Settings::Value& value = settings.value(name);
  return fmt::format("{}: '{}'", value.source, value.text);
}

Result<simulation::OnFreeze> on_freeze(const Settings& settings, bool has_service) {
  using Then = simulation::OnFreeze::Then;
  simulation::OnFreeze choice;
  const std::string& text = settings.text("on-freeze");
  if (text.empty()) {
    choice.then = has_service ? Then::wait : Then::exit;
    return choice;
  }
  if (text == "wait" || text == "exit") {
    choice.then = text == "wait" ? Then::wait : Then::exit;
    return choice;
  }
  constexpr std::string_view kRetry = "retry:";
  if (text.starts_with(kRetry)) {
    const auto seconds = parse_double(std::string_view(text).substr(kRetry.size()));
    if (seconds && *seconds >= 0.1 && *seconds <= 86'400) {
      choice.then = Then::retry;
      choice.retry = milliseconds(static_cast<std::int64_t>(1000 * *seconds));
      return choice;
    }
  }
  return wrong(
      fmt::format("{} is not allowed for on-freeze: wait, exit, or retry:SECONDS with 0.1 "
                  "to 86400 seconds",
                  given(settings, "on-freeze")));
}

// A function of its own, since g++ 12 warns wrongly of a Result<Tokens> among others at -O3.
Result<void> take_tokens(const std::string& file, LiveTarget& target) {
  auto tokens = read_tokens(file);
  if (!tokens) return tokens.error();
  std::swap(target.tokens, *tokens);
  return {};
}

Result<void> read_service(const Settings& settings, LiveTarget& target) {
  const auto url = http::parse_service_url(settings.text("api"));
  if (!url) {
    return wrong(fmt::format("{}: {}", given(settings, "api"), url.error().message()));
  }
  target.url = *url;
  if (!settings.is_empty("api-profile")) {
    auto profile = read_profile(settings.text("api-profile"));
    if (!profile) return profile.error();
    target.profile = std::move(*profile);
  }
  if (!settings.is_empty("api-tokens")) {
    const auto taken = take_tokens(settings.text("api-tokens"), target);
    if (!taken) return taken.error();
  }
  if (target.profile.needs_token() && target.tokens.size() == 0) {
    return wrong(
        fmt::format("the profile '{}' sends {{token}}: name the file of the agents' tokens "
                    "with --api-tokens (docs/PROFILES.md)",
                    target.profile.name()));
  }
  if (!target.profile.is_footfall()) return {};
  const char* const admin = std::getenv("FOOTFALL_ADMIN_TOKEN");
  target.admin_token = admin ? admin : "";
  if (target.admin_token.size() < 32) {
    return wrong(
        "FOOTFALL_ADMIN_TOKEN must hold the server's admin token (32 characters or more): "
        "a run starts there, and moves its time");
  }
  return {};
}

Result<void> read_run(const Settings& settings, bool has_service, LiveTarget& target) {
  simulation::LiveOptions& run = target.options;
  if (!settings.is_empty("batch-size")) {
    run.batch_size = static_cast<int>(settings.whole("batch-size"));
  }
  const bool chosen = !settings.is_empty("ramp");
  const std::string_view stages = chosen        ? std::string_view(settings.text("ramp"))
                                  : has_service ? simulation::Ramp::kDefault
                                                : "off";
  const auto ramp = simulation::Ramp::parse(stages);
  if (!ramp) return wrong(fmt::format("{}: {}", given(settings, "ramp"), ramp.error().message()));
  run.ramp = *ramp;
  target.commit_by_cycle = settings.text("commit") == "cycle";
  run.breaker_share = settings.number("breaker") / 100;
  const auto freeze = on_freeze(settings, has_service);
  if (!freeze) return freeze.error();
  run.on_freeze = *freeze;
  if (!settings.is_empty("checkpoint-every")) {
    run.checkpoint_every = settings.whole("checkpoint-every");
  }
  if (const double minutes = settings.number("checkpoint-minutes"); minutes > 0) {
    run.checkpoint_after = std::chrono::milliseconds(static_cast<std::int64_t>(minutes * 60'000));
  }
  if (settings.is_empty("for")) return {};
  const auto at_most = parse_real_time(settings.text("for"));
  if (!at_most)
    return wrong(fmt::format("{}: {}", given(settings, "for"), at_most.error().message()));
  run.at_most = *at_most;
  return {};
}

void choose_defaults(Settings& settings, bool has_service) {
  if (!has_service) return;
  const auto put = [&](std::string_view name, std::string_view text) {
    if (!settings.is_default(name)) return;
    settings.set(name, text, "default against a service").value();
  };
  put("time-scale", "48");
  put("activity", "crowd");
}

// A run for a real time lasts as many simulated weeks as that may take; one that does not wait for
// them lives the days that it would come to.
void choose_end(Settings& settings, const LiveTarget& target, double scale, bool dry) {
  if (!target.options.at_most || !settings.is_default("weeks") || !settings.is_empty("until")) {
    return;
  }
  constexpr double kDayMs = 86'400e3;
  constexpr double kWeeksMax = 595;
  const auto real_ms = static_cast<double>(target.options.at_most->count());
  if (dry) {
    const double days = std::min(7 * kWeeksMax, std::ceil(real_ms * scale / kDayMs));
    const SimTime start = parse_sim_time(settings.text("start")).value();
    const SimTime until = start + kDay * static_cast<std::int64_t>(days);
    settings.set("until", to_date_string(until), std::string(kEndOfFor)).value();
    return;
  }
  const double weeks = target.scale ? real_ms * *target.scale / (7 * kDayMs) + 1 : kWeeksMax;
  settings
      .set("weeks", fmt::format("{}", static_cast<int>(std::min(weeks, kWeeksMax))),
           std::string(kEndOfFor))
      .value();
}

}  // namespace

Result<commerce::Profile> read_profile(const std::string& file) {
  const auto text = read_text_file(file, kProfileBytesMax);
  if (!text) return text.error();
  return commerce::Profile::parse(*text, file);
}

Result<commerce::Tokens> read_tokens(const std::string& file) {
  const auto text = read_text_file(file, kTokensBytesMax);
  if (!text) return text.error();
  return commerce::Tokens::parse(*text, file);
}

void read_limits(const Settings& settings, commerce::ApiLimits& limits) {
  limits.sessions = static_cast<int>(settings.whole("http-sessions"));
  limits.client.connections_max = static_cast<int>(settings.whole("http-connections"));
  limits.client.connect_timeout = ms(settings, "http-connect-timeout");
  limits.client.first_byte_timeout = ms(settings, "http-first-byte-timeout");
  limits.client.call_timeout = ms(settings, "http-timeout");
  limits.client.authorities = settings.text("http-authorities");
  limits.tries_max = static_cast<int>(settings.whole("http-tries"));
  const std::string& policy = settings.text("rate-policy");
  limits.rate.policy = policy == "off"        ? http::RatePolicy::off
                       : policy == "adaptive" ? http::RatePolicy::adaptive
                                              : http::RatePolicy::bucket;
  limits.rate.per_second = settings.number("rate");
}

Result<milliseconds> parse_real_time(std::string_view text) {
  double unit_ms = 0;
  if (text.ends_with("s")) unit_ms = 1e3;
  if (text.ends_with("m")) unit_ms = 60e3;
  if (text.ends_with("h")) unit_ms = 3600e3;
  if (text.ends_with("d")) unit_ms = 86'400e3;
  constexpr double kTenYearsMs = 3650 * 86'400e3;
  const auto number = unit_ms > 0 ? parse_double(text.substr(0, text.size() - 1)) : std::nullopt;
  if (number && *number * unit_ms >= 1 && *number * unit_ms <= kTenYearsMs) {
    return milliseconds(static_cast<std::int64_t>(*number * unit_ms));
  }
  return wrong("must be a number with its unit, as 90s, 45m, 6h or 2d, up to ten years");
}

Result<LiveTarget> service_target(const Settings& settings) {
  LiveTarget target;
  target.shop = LiveTarget::Shop::api;
  target.keep = LiveTarget::Keep::nothing;
  if (const auto read = read_service(settings, target); !read) return read.error();
  read_limits(settings, target.limits);
  return target;
}

Result<LiveTarget> live_target(Settings& settings, const SimulateOptions& options) {
  LiveTarget target;
  const bool mock_api = options.mock_api || options.dry_run;
  const bool mock_db = options.mock_db || options.dry_run;
  const bool has_api = !settings.is_empty("api") && !options.direct;
  if (options.direct && mock_api) {
    return wrong(
        "--direct shops in the database, and --mock-api (or --dry-run) in nothing: leave "
        "one of them out");
  }
  if (options.direct && mock_db) {
    return wrong(
        "--direct keeps shop and journal in one database, so --mock-db would leave "
        "nothing: say --dry-run instead");
  }
  target.shop = mock_api  ? LiveTarget::Shop::mock
                : has_api ? LiveTarget::Shop::api
                          : LiveTarget::Shop::database;
  const bool has_service = target.shop != LiveTarget::Shop::database;
  const bool by_api = settings.text("journal") == "api";
  target.keep = mock_db  ? LiveTarget::Keep::nothing
                : by_api ? LiveTarget::Keep::api
                         : LiveTarget::Keep::database;
  if (has_api && target.shop == LiveTarget::Shop::api) {
    if (const auto read = read_service(settings, target); !read) return read.error();
  }
  if (target.keep == LiveTarget::Keep::api && !target.is_footfall_api()) {
    return wrong(
        "--journal api needs footfall's own API (--api URL, without another profile): "
        "other shops keep no journal");
  }
  read_limits(settings, target.limits);
  if (const auto read = read_run(settings, has_service, target); !read) return read.error();
  const bool touches_nothing = mock_api && mock_db;  // nothing that would have to bear it
  const bool paced = !settings.is_default("time-scale") || (has_service && !touches_nothing);
  choose_defaults(settings, has_service);
  const double scale = settings.number("time-scale");
  if (paced && !options.unpaced) target.scale = scale;
  choose_end(settings, target, scale, touches_nothing && !target.scale && !options.unpaced);
  return target;
}

std::string LiveTarget::shop_name() const {
  if (shop == Shop::database) return "database";
  if (shop == Shop::mock) return "mock";
  return is_foreign() ? url->origin + url->base : "api";
}

}  // namespace footfall::cli
