// A verifier with an issuer of the test's own: its keys, its clock, and how its key list fails.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/auth/signing_fixture.hpp"
#include "api/auth/verifier.hpp"
#include "base/failure.hpp"
#include "base/task_group.hpp"

namespace footfall::api::tests {

inline constexpr std::int64_t kNow = 1'800'000'000;
inline const std::string kIssuer = "https://ref.supabase.co/auth/v1";
inline const std::string kSub = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";
inline const std::string kSecret = "a-legacy-secret-that-is-long-enough-for-hs256";

// What GoTrue writes for a user.
inline boost::json::object user_claims(std::int64_t now = kNow) {
  return {{"iss", kIssuer},
          {"sub", kSub},
          {"aud", "authenticated"},
          {"exp", now + 3600},
          {"iat", now},
          {"email", "ana@example.com"},
          {"phone", ""},
          {"app_metadata", {{"provider", "email"}, {"providers", {"email"}}}},
          {"user_metadata", {{"role", "admin"}, {"sub", "x"}}},
          {"role", "authenticated"},
          {"aal", "aal1"},
          {"session_id", "4c3bd5f5-6d5c-4a3c-9d5e-6e1d0f0f3f8e"},
          {"is_anonymous", false}};
}

enum class IssuerMood { answers, refuses, throws };

// The state that the fetch function sees.
struct Issuer {
  explicit Issuer(boost::asio::io_context& io) : gate(io.get_executor()) {}

  std::string text = key_list({ec_key().jwk("ec-1"), rsa_key().jwk("rsa-1")});
  IssuerMood mood = IssuerMood::answers;
  bool gated = false;  // answers only once the gate is set
  Event gate;
  std::atomic<int> fetches{0};
};

inline Task<Result<std::string>> fetch_from(Issuer* issuer) {
  ++issuer->fetches;
  if (issuer->gated) co_await issuer->gate.wait();
  if (issuer->mood == IssuerMood::refuses) co_return Error(Errc::io, "connection refused");
  if (issuer->mood == IssuerMood::throws) throw Failure("the resolver broke");
  co_return issuer->text;
}

inline Task<void> ask_into(Verifier* verifier, std::string authorization,
                           std::optional<AuthAnswer>* answer) {
  Task<AuthAnswer> verifying = verifier->verify(authorization);
  *answer = co_await std::move(verifying);
}

inline Task<void> prefetch_into(Verifier* verifier, std::optional<bool>* answer) {
  Task<bool> fetching = verifier->prefetch();
  *answer = co_await std::move(fetching);
}

inline void rethrow(const std::exception_ptr& error) {
  if (error) std::rethrow_exception(error);
}

class VerifierTest : public testing::Test {
 protected:
  VerifierTest() : issuer_(io_) {
    settings_.jwks_url = kIssuer + "/.well-known/jwks.json";
    settings_.issuer = kIssuer;
  }

  Verifier& verifier() {
    if (!verifier_) {
      EXPECT_TRUE(check(settings_));
      verifier_ = make_verifier(
          settings_, [this] { return fetch_from(&issuer_); }, [this] { return now_.load(); },
          io_.get_executor());
    }
    return *verifier_;
  }

  void run() {
    io_.restart();
    io_.run();
  }

  AuthAnswer ask_header(const std::string& authorization) {
    std::optional<AuthAnswer> answer;
    boost::asio::co_spawn(io_, ask_into(&verifier(), authorization, &answer), rethrow);
    run();
    return answer.value();
  }
  AuthAnswer ask(const std::string& token) { return ask_header("Bearer " + token); }
  AuthFailure failure(const std::string& token) { return ask(token).failure; }

  bool prefetch() {
    std::optional<bool> answer;
    boost::asio::co_spawn(io_, prefetch_into(&verifier(), &answer), rethrow);
    run();
    return answer.value();
  }

  static std::string ec_token(const boost::json::object& claims = user_claims(),
                              const std::string& kid = "ec-1") {
    return signed_token(ec_key(), kid, "ES256", claims);
  }
  static std::string rsa_token(const boost::json::object& claims = user_claims()) {
    return signed_token(rsa_key(), "rsa-1", "RS256", claims);
  }

  boost::asio::io_context io_;
  Issuer issuer_;
  AuthSettings settings_;
  std::atomic<std::int64_t> now_{kNow};
  std::unique_ptr<Verifier> verifier_;
};

}  // namespace footfall::api::tests
