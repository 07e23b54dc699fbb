// What `footfall serve` needs to begin: its settings checked, the shop read, runs made from
// settings.
#pragma once

#include <memory>

#include "api/service.hpp"
#include "base/result.hpp"
#include "cli/run_setup.hpp"
#include "cli/settings.hpp"

namespace footfall::cli {

struct Address {
  std::string host;  // without the brackets of IPv6
  std::uint16_t port = 0;
};
// ADDRESS:PORT, as --listen takes it. Error: invalid_input.
Result<Address> parse_listen(const std::string& text);

// From settings and, for what is secret (FOOTFALL_ADMIN_TOKEN, SUPABASE_JWT_SECRET), the
// environment. Errors: invalid_input for what is malformed, and for combinations that would be
// dangerous: dev tokens in production or beyond loopback, nobody who could sign in.
Result<api::ServiceSettings> service_settings(const Settings& settings);

// The seeded shop and its agents; there may be none where people shop. Error: not_found if there is
// nothing to sell.
Result<std::shared_ptr<const World>> load_served(const Settings& settings);

// `settings`: the server's own, which those of a request replace.
api::RunFactory run_factory(const Settings& settings, std::shared_ptr<const World> world);

// Run 0, as it is made when there is none.
Result<api::NewRun> shop_run(const Settings& settings, const World& world);

}  // namespace footfall::cli
