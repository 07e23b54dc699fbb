#include "api/auth/verifier.hpp"

#include <atomic>
#include <optional>
#include <utility>

#include "api/auth/claims.hpp"
#include "api/auth/dev_tokens.hpp"
#include "api/auth/jws.hpp"
#include "api/auth/key_cache.hpp"
#include "api/auth/remembered_tokens.hpp"
#include "base/text.hpp"

namespace footfall::api {
namespace {

constexpr std::size_t kHeaderBytesMax = 8 * 1024;

AuthAnswer refused(AuthFailure failure, std::string reason) {
  AuthAnswer answer;
  answer.failure = failure;
  answer.reason = std::move(reason);
  return answer;
}

AuthAnswer accepted(Principal who) {
  AuthAnswer answer;
  answer.failure = AuthFailure::none;
  answer.principal = std::move(who);
  return answer;
}

// What stands after "Bearer "; nothing if the header does not begin so.
std::optional<std::string_view> bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (lower(authorization.substr(0, kScheme.size())) != kScheme) return std::nullopt;
  return authorization.substr(kScheme.size());
}

// A key for a token, or why there is none.
struct FoundKey {
  const SignatureKey* key = nullptr;
  KeysPointer keys;  // owns the key, unless it is the HS256 key
  AuthAnswer refusal;

  std::int64_t generation() const { return keys ? keys->generation : 0; }
};

class TokenVerifier : public Verifier {
 public:
  TokenVerifier(const AuthSettings& settings, FetchKeys fetch, WallClock clock,
                const boost::asio::any_io_executor& home);

  Task<AuthAnswer> verify(std::string_view authorization) override;
  Task<bool> prefetch() override;
  AuthCounts counts() const override;

 private:
  std::optional<AuthAnswer> known_bearer(std::string_view token, const Digest& digest);
  Task<AuthAnswer> check_token(std::string_view token, const Digest& digest);
  Task<FoundKey> find_key(const Jws& jws);
  FoundKey find_shared_key() const;
  AuthAnswer unavailable() const;
  void count(const AuthAnswer& answer);

  const ClaimRules rules_;
  const WallClock clock_;
  const bool dev_tokens_;
  std::optional<Digest> admin_;
  std::optional<SignatureKey> hs256_;  // apart from the public keys: neither is tried for the other
  std::shared_ptr<KeyCache> cache_;    // null: no public keys
  RememberedTokens remembered_;
  std::atomic<std::int64_t> accepted_{0}, refused_{0}, dev_accepted_{0};
};

TokenVerifier::TokenVerifier(const AuthSettings& settings, FetchKeys fetch, WallClock clock,
                             const boost::asio::any_io_executor& home)
    : rules_{settings.issuer, settings.audience, settings.role, settings.anonymous},
      clock_(std::move(clock)),
      dev_tokens_(settings.dev_tokens) {
  if (!settings.admin_token.empty()) admin_ = sha256(settings.admin_token);
  if (settings.allow_hs256) {
    hs256_ = SignatureKey::shared_secret(settings.hs256_secret).value();
  }
  if (!settings.jwks_url.empty()) {
    cache_ = std::make_shared<KeyCache>(std::move(fetch), clock_, home);
  }
}

Task<AuthAnswer> TokenVerifier::verify(std::string_view authorization) {
  AuthAnswer answer = refused(AuthFailure::missing, "no Authorization header with a Bearer token");
  if (authorization.size() > kHeaderBytesMax) {
    answer = refused(AuthFailure::invalid, "the Authorization header is longer than 8 KiB");
  } else if (const auto token = bearer_token(authorization)) {
    const Digest digest = sha256(*token);
    if (std::optional<AuthAnswer> known = known_bearer(*token, digest)) {
      answer = std::move(*known);
    } else {
      Task<AuthAnswer> checking = check_token(*token, digest);
      answer = co_await std::move(checking);
    }
  }
  count(answer);
  co_return answer;
}

// Whoever can be told without verifying a signature.
std::optional<AuthAnswer> TokenVerifier::known_bearer(std::string_view token,
                                                      const Digest& digest) {
  if (admin_ && same_digest(digest, *admin_)) {
    Principal admin;
    admin.kind = PrincipalKind::admin;
    return accepted(std::move(admin));
  }
  if (dev_tokens_) {
    if (const std::optional<AgentId> id = dev_agent(token)) {
      Principal agent;
      agent.kind = PrincipalKind::agent;
      agent.agent = *id;
      return accepted(std::move(agent));
    }
  }
  const KeysPointer keys = cache_ ? cache_->good() : nullptr;
  std::optional<Principal> who = remembered_.find(digest, keys ? keys->generation : 0, clock_());
  if (!who) return std::nullopt;
  return accepted(std::move(*who));
}

Task<AuthAnswer> TokenVerifier::check_token(std::string_view token, const Digest& digest) {
  const Result<Jws> jws = parse_jws(token);
  if (!jws) co_return refused(AuthFailure::invalid, jws.error().message());
  Task<FoundKey> finding = find_key(*jws);
  const FoundKey found = co_await std::move(finding);
  if (found.key == nullptr) co_return found.refusal;
  if (!found.key->verifies(*jws)) {
    co_return refused(AuthFailure::invalid, "the signature is not that of its key");
  }
  const CheckedClaims checked = check_claims(jws->claims, rules_, clock_());
  if (checked.answer.failure == AuthFailure::none) {
    remembered_.remember(digest, checked.answer.principal, checked.validity, found.generation());
  }
  co_return checked.answer;
}

FoundKey TokenVerifier::find_shared_key() const {
  FoundKey found;
  if (hs256_) {
    found.key = &*hs256_;
  } else {
    found.refusal = refused(AuthFailure::invalid, "alg is HS256, which is not allowed here");
  }
  return found;
}

// Waits for the key list where there is none, or none with this kid.
Task<FoundKey> TokenVerifier::find_key(const Jws& jws) {
  if (jws.algorithm == Algorithm::hs256) co_return find_shared_key();
  FoundKey found;
  found.refusal = refused(AuthFailure::invalid, "no key has its kid");
  if (!cache_) found.refusal.reason = "no key list is configured for its alg";
  if (jws.kid.empty()) found.refusal.reason = "kid is missing";
  if (!cache_ || jws.kid.empty()) co_return found;
  found.keys = cache_->good();
  if (!found.keys || found.keys->list.find(jws.kid) == nullptr) {
    const auto reason = found.keys ? FetchReason::unknown_kid : FetchReason::none_good;
    Task<KeysPointer> refetching = cache_->refetched(found.keys, reason);
    found.keys = co_await std::move(refetching);
  }
  if (!found.keys) {
    found.refusal = unavailable();
    co_return found;
  }
  found.key = found.keys->list.find(jws.kid);
  if (found.key != nullptr && found.key->algorithm() != jws.algorithm) {
    found.key = nullptr;
    found.refusal.reason = "alg is not that of the key with its kid";
  }
  co_return found;
}

AuthAnswer TokenVerifier::unavailable() const {
  return refused(AuthFailure::unavailable, "the key list cannot be had: " + cache_->problem());
}

Task<bool> TokenVerifier::prefetch() {
  if (!cache_) co_return true;
  KeysPointer keys = cache_->good();
  if (!keys) {
    Task<KeysPointer> fetching = cache_->refetched(nullptr, FetchReason::none_good);
    keys = co_await std::move(fetching);
  }
  co_return keys != nullptr;
}

void TokenVerifier::count(const AuthAnswer& answer) {
  if (answer.failure == AuthFailure::missing) return;
  ++(answer.failure == AuthFailure::none ? accepted_ : refused_);
  if (answer.principal.kind == PrincipalKind::agent) ++dev_accepted_;
}

AuthCounts TokenVerifier::counts() const {
  AuthCounts counts;
  counts.accepted = accepted_;
  counts.refused = refused_;
  counts.dev_accepted = dev_accepted_;
  if (!cache_) return counts;
  const KeyCacheCounts fetched = cache_->counts();
  counts.fetches = fetched.fetches;
  counts.fetch_failures = fetched.failures;
  counts.fetch_problem = cache_->problem();
  if (const KeysPointer keys = cache_->newest()) {
    counts.keys = static_cast<std::int64_t>(keys->list.by_kid.size());
    counts.keys_ignored = keys->list.ignored;
  }
  return counts;
}

}  // namespace

std::unique_ptr<Verifier> make_verifier(const AuthSettings& settings, FetchKeys fetch,
                                        WallClock clock, boost::asio::any_io_executor home) {
  return std::make_unique<TokenVerifier>(settings, std::move(fetch), std::move(clock), home);
}

}  // namespace footfall::api
