// What the flags of a live run choose (R24, R55): where its agents shop, where its data are kept,
// how fast, and what happens when something fails.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "cli/commands.hpp"
#include "cli/settings.hpp"
#include "commerce/http/api_sessions.hpp"
#include "commerce/http/profile.hpp"
#include "commerce/http/tokens.hpp"
#include "http/client.hpp"
#include "simulation/live_run.hpp"

namespace footfall::cli {

struct LiveTarget {
  enum class Shop : std::uint8_t { database, api, mock };
  enum class Keep : std::uint8_t { database, api, nothing };

  Shop shop = Shop::database;
  Keep keep = Keep::database;
  std::optional<http::ServiceUrl> url;
  commerce::Profile profile = commerce::Profile::footfall();
  commerce::Tokens tokens;
  std::string admin_token;  // of footfall's API
  commerce::ApiLimits limits;
  std::optional<double> scale;  // simulated seconds per real second; nothing: unpaced
  bool commit_by_cycle = false;
  simulation::LiveOptions options;

  // The orders live in a shop that is not ours.
  bool is_foreign() const { return shop == Shop::api && !profile.is_footfall(); }
  // As store::Run::shop.
  std::string shop_name() const;
  bool is_footfall_api() const { return shop == Shop::api && profile.is_footfall(); }
};

// Defaults that are other against a service are put into `settings`: scale 48, activity crowd
// (R6, R18). Errors: invalid_input for what is malformed and for what does not go together; io for
// files that cannot be read.
Result<LiveTarget> live_target(Settings& settings, const SimulateOptions& options);

// Whose length --for has chosen: the source of the setting `weeks`.
inline constexpr std::string_view kEndOfFor = "as --for needs";

// Only the service that --api names, and how it is spoken to: nothing is kept. Errors: as above.
Result<LiveTarget> service_target(const Settings& settings);

// Its parts. Errors: not_found, io; invalid_input with all that is wrong in the file.
Result<commerce::Profile> read_profile(const std::string& file);
Result<commerce::Tokens> read_tokens(const std::string& file);
void read_limits(const Settings& settings, commerce::ApiLimits& limits);

// "90s", "45m", "6h", "2d", "1.5h"; above 0, at most ten years. Error: invalid_input, a sentence.
Result<std::chrono::milliseconds> parse_real_time(std::string_view text);

}  // namespace footfall::cli
