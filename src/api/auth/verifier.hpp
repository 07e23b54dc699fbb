// From an Authorization header to who calls. Chosen once when the server starts, from its settings;
// never per request (reference/offers-and-data.md section 5).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "api/auth/dev_tokens.hpp"
#include "api/auth/principal.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace footfall::api {

struct AuthSettings {
  // ES256 and RS256 by the keys that this URL lists; empty: none.
  std::string jwks_url;
  std::string issuer;                      // required with either way: iss must be exactly this
  std::string audience = "authenticated";  // aud must be or hold this
  std::string role = "authenticated";      // role must be this
  bool anonymous = false;                  // accept tokens with is_anonymous
  // HS256, legacy: only where both are given.
  std::string hs256_secret;
  bool allow_hs256 = false;
  std::string admin_token;  // empty: nobody is admin
  bool dev_tokens = false;  // Bearer dev:<agent_id>
};

// What is wrong with them, as a sentence that names the environment variable: an issuer that is
// missing or no URL, a jwks_url that may not be fetched, a secret shorter than 32 bytes,
// allow_hs256 without a secret, an admin token shorter than 32 characters or that no header can
// carry, dev_tokens where the program was built without them. A secret without allow_hs256 is no
// error: it is not used.
Result<void> check(const AuthSettings& settings);

// Fetches the key list: its text, or why not. Ends by itself (a deadline); one at a time, on
// `home`.
using FetchKeys = std::function<Task<Result<std::string>>()>;
using WallClock = std::function<std::int64_t()>;  // seconds since 1970; called on any thread

enum class AuthFailure : std::uint8_t {
  none,
  missing,      // no Authorization header, or not "Bearer …"
  invalid,      // any token that is not good: one answer for all, with no hint why
  expired,      // a good signature, but its time is over: clients renew it
  unavailable,  // the key list cannot be had, and what is known of it is too old
};

struct AuthAnswer {
  AuthFailure failure = AuthFailure::missing;
  Principal principal;
  // Why, for the log alone: never with any part of the token. A literal or short sentence.
  std::string reason;
};

struct AuthCounts {
  std::int64_t accepted = 0, refused = 0;  // requests without a Bearer token are neither
  std::int64_t dev_accepted = 0;           // of accepted
  std::int64_t fetches = 0, fetch_failures = 0;
  std::string fetch_problem;  // why the last fetch failed; empty if it did not. No secrets
  // Of the key list as it is now. Ignored keys without usable ones: the issuer signs with what we
  // do not support.
  std::int64_t keys = 0, keys_ignored = 0;
};

class Verifier {
 public:
  virtual ~Verifier() = default;
  // `authorization`: the header's value, "" where there is none; must live until the task ends. May
  // be called on any thread, many at once; answers on the caller's executor. A good token costs one
  // look into a table after its first time. Tasks end (TaskGroup) before their io_context does: one
  // may be waiting for a fetch on `home`.
  virtual Task<AuthAnswer> verify(std::string_view authorization) = 0;
  // Fetches the key list ahead of the first request; false if it could not be had (it is tried
  // again).
  virtual Task<bool> prefetch() = 0;
  virtual AuthCounts counts() const = 0;
};

// `settings` were checked. `home`: the executor on which keys are fetched (single flight); its
// context must outlive the verifier, and the verifier the tasks that it was asked for. A fetch
// under way may end after it.
std::unique_ptr<Verifier> make_verifier(const AuthSettings& settings, FetchKeys fetch,
                                        WallClock clock, boost::asio::any_io_executor home);

}  // namespace footfall::api
