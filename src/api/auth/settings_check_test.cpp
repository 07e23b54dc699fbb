// Goal: settings that would let the wrong people in, or nobody, stop the program with a sentence
// that names the variable. Method: good settings, one thing wrong at a time.
#include <gtest/gtest.h>

#include <string>

#include "api/auth/verifier.hpp"

namespace footfall::api {
namespace {

AuthSettings good() {
  AuthSettings settings;
  settings.jwks_url = "https://ref.supabase.co/auth/v1/.well-known/jwks.json";
  settings.issuer = "https://ref.supabase.co/auth/v1";
  return settings;
}

void expect_wrong(const AuthSettings& settings, const std::string& variable) {
  const Result<void> result = check(settings);
  ASSERT_FALSE(result) << variable;
  EXPECT_EQ(result.error().code(), Errc::invalid_input);
  EXPECT_NE(result.error().message().find(variable), std::string::npos) << result.error().message();
}

TEST(AuthSettingsCheck, GoodSettingsAreGood) {
  EXPECT_TRUE(check(good()));
  EXPECT_TRUE(check(AuthSettings()));  // nobody can sign in, which is no error
  AuthSettings local = good();
  local.issuer = "http://localhost:54321/auth/v1";
  local.jwks_url = "http://127.0.0.1:54321/auth/v1/.well-known/jwks.json";
  local.admin_token = std::string(32, 'x');
  local.dev_tokens = true;
  EXPECT_TRUE(check(local));
  local.jwks_url = "http://[::1]:54321/jwks";
  EXPECT_TRUE(check(local));
}

TEST(AuthSettingsCheck, TheIssuerMustBeATrustedUrl) {
  for (const char* issuer :
       {"", "supabase", "ref.supabase.co", "http://ref.supabase.co/auth/v1", "https://",
        "https:///auth", "https://:443/x", "ftp://x", "http://localhost.evil.example/",
        "http://127.0.0.1.evil.example", "http://localhost@evil.example", "http://[::1].evil",
        "https://user@host/", "https://ref.supabase.co/ auth", " https://ref.supabase.co",
        "http://127.0.0.1\\@evil", "HTTPS://ref.supabase.co"}) {
    AuthSettings settings = good();
    settings.issuer = issuer;
    expect_wrong(settings, "SUPABASE_JWT_ISSUER");
  }
}

TEST(AuthSettingsCheck, TheKeyListMustBeATrustedUrl) {
  for (const char* url : {"http://ref.supabase.co/jwks", "file:///etc/jwks", "jwks"}) {
    AuthSettings settings = good();
    settings.jwks_url = url;
    expect_wrong(settings, "SUPABASE_JWKS_URL");
  }
}

TEST(AuthSettingsCheck, ASecretCountsOnlyWhereItIsAllowed) {
  AuthSettings settings = good();
  settings.hs256_secret = "short";
  EXPECT_TRUE(check(settings));
  settings.allow_hs256 = true;
  expect_wrong(settings, "SUPABASE_JWT_SECRET");
  settings.hs256_secret = std::string(31, 'x');
  expect_wrong(settings, "SUPABASE_JWT_SECRET");
  settings.hs256_secret = std::string(32, 'x');
  EXPECT_TRUE(check(settings));
  settings.hs256_secret.clear();
  expect_wrong(settings, "SUPABASE_ALLOW_HS256");
}

TEST(AuthSettingsCheck, EitherWayNeedsAnIssuer) {
  AuthSettings settings;
  settings.allow_hs256 = true;
  settings.hs256_secret = std::string(32, 'x');
  expect_wrong(settings, "SUPABASE_JWT_ISSUER");
}

TEST(AuthSettingsCheck, AudienceAndRoleMayNotBeEmpty) {
  AuthSettings settings = good();
  settings.audience.clear();
  expect_wrong(settings, "audience");
  settings = good();
  settings.role.clear();
  expect_wrong(settings, "role");
}

TEST(AuthSettingsCheck, TheAdminTokenMustBeLongAndFitAHeader) {
  for (const std::string& token :
       {std::string("x"), std::string(31, 'x'), std::string(1025, 'x'), std::string(32, ' '),
        std::string(40, 'x') + "\n", std::string(40, '\xc3')}) {
    AuthSettings settings = good();
    settings.admin_token = token;
    expect_wrong(settings, "FOOTFALL_ADMIN_TOKEN");
  }
}

TEST(AuthSettingsCheck, ASentenceNeverShowsASecret) {
  AuthSettings settings = good();
  settings.admin_token = "swordfish";
  EXPECT_EQ(check(settings).error().message().find("swordfish"), std::string::npos);
  settings = good();
  settings.allow_hs256 = true;
  settings.hs256_secret = "swordfish";
  EXPECT_EQ(check(settings).error().message().find("swordfish"), std::string::npos);
}

}  // namespace
}  // namespace footfall::api
