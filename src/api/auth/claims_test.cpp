// Goal: a rightly signed token counts only with the right claims, to the second. Method: one claim
// changed at a time, through the whole verifier. (reference/offers-and-data.md section 5)
#include "api/auth/claims.hpp"

#include <gtest/gtest.h>

#include "api/auth/verifier_fixture.hpp"

namespace footfall::api::tests {
namespace {

namespace json = boost::json;

class Claims : public VerifierTest {
 protected:
  AuthFailure with(const char* name, json::value value) {
    json::object claims = user_claims();
    claims[name] = std::move(value);
    return failure(ec_token(claims));
  }
  AuthFailure without(const char* name) {
    json::object claims = user_claims();
    claims.erase(name);
    return failure(ec_token(claims));
  }
  AuthFailure with_text(const std::string& claims) {
    return failure(signed_token(ec_key(), R"({"alg":"ES256","kid":"ec-1"})", claims));
  }
};

TEST_F(Claims, MustBeAnObjectWithEachNameOnce) {
  const std::string good = json::serialize(user_claims());
  ASSERT_EQ(with_text(good), AuthFailure::none);
  EXPECT_EQ(with_text(""), AuthFailure::invalid);
  EXPECT_EQ(with_text("[]"), AuthFailure::invalid);
  EXPECT_EQ(with_text("null"), AuthFailure::invalid);
  EXPECT_EQ(with_text(good + "x"), AuthFailure::invalid);
  EXPECT_EQ(with_text(R"({"role":"authenticated",)" + good.substr(1)), AuthFailure::invalid);
}

TEST_F(Claims, IssMustBeOursExactly) {
  EXPECT_EQ(without("iss"), AuthFailure::invalid);
  for (const std::string& iss : {std::string("supabase"), kIssuer + "/", std::string(),
                                 std::string("https://REF.supabase.co/auth/v1"),
                                 std::string("https://other.supabase.co/auth/v1")}) {
    EXPECT_EQ(with("iss", json::value(iss)), AuthFailure::invalid) << iss;
  }
  EXPECT_EQ(with("iss", json::array{json::value(kIssuer)}), AuthFailure::invalid);
}

TEST_F(Claims, AudMayBeAListThatHoldsOurs) {
  EXPECT_EQ(with("aud", json::array{"authenticated"}), AuthFailure::none);
  EXPECT_EQ(with("aud", json::array{"other", 7, "authenticated"}), AuthFailure::none);
  EXPECT_EQ(with("aud", json::array{"other"}), AuthFailure::invalid);
  EXPECT_EQ(with("aud", json::array{}), AuthFailure::invalid);
  EXPECT_EQ(with("aud", json::array{json::array{"authenticated"}}), AuthFailure::invalid);
  EXPECT_EQ(with("aud", json::object{{"authenticated", true}}), AuthFailure::invalid);
  EXPECT_EQ(with("aud", ""), AuthFailure::invalid);
  EXPECT_EQ(with("aud", "authenticated,other"), AuthFailure::invalid);
  EXPECT_EQ(without("aud"), AuthFailure::invalid);
}

TEST_F(Claims, RoleMustBeOursWhateverTheUserWrote) {
  EXPECT_EQ(without("role"), AuthFailure::invalid);
  EXPECT_EQ(with("role", "anon"), AuthFailure::invalid);
  EXPECT_EQ(with("role", "service_role"), AuthFailure::invalid);
  EXPECT_EQ(with("role", "Authenticated"), AuthFailure::invalid);
  json::object claims = user_claims();
  claims["role"] = "anon";
  claims["user_metadata"] = json::object{{"role", "authenticated"}, {"sub", kSub}};
  EXPECT_EQ(failure(ec_token(claims)), AuthFailure::invalid);
}

TEST_F(Claims, SubMustBeAUuid) {
  EXPECT_EQ(without("sub"), AuthFailure::invalid);
  for (const char* sub :
       {"", "42", "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f",
        "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f99", "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8fg",
        "{0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f}", "0a1b2c3d-4e5f-60718-293-a4b5c6d7e8f9",
        "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9\n", "0a1b2c3d_4e5f_6071_8293_a4b5c6d7e8f9"}) {
    EXPECT_EQ(with("sub", sub), AuthFailure::invalid) << sub;
  }
  EXPECT_EQ(with("sub", 42), AuthFailure::invalid);
}

TEST_F(Claims, SubIsGivenInLowerCase) {
  json::object claims = user_claims();
  claims["sub"] = "0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9";
  EXPECT_EQ(ask(ec_token(claims)).principal.subject, kSub);
}

TEST_F(Claims, ExpHasALeewayOf30Seconds) {
  EXPECT_EQ(with("exp", kNow + 1), AuthFailure::none);
  EXPECT_EQ(with("exp", kNow - 29), AuthFailure::none);
  EXPECT_EQ(with("exp", kNow - 29.5), AuthFailure::none);
  EXPECT_EQ(with("exp", kNow - 30), AuthFailure::expired);
  EXPECT_EQ(with("exp", kNow - 3600), AuthFailure::expired);
  EXPECT_EQ(with("exp", 0), AuthFailure::expired);
  EXPECT_EQ(with("exp", -1), AuthFailure::expired);
}

TEST_F(Claims, ARememberedTokenExpiresToo) {
  json::object claims = user_claims();
  claims["exp"] = kNow + 100;
  const std::string token = ec_token(claims);
  EXPECT_EQ(failure(token), AuthFailure::none);
  now_ = kNow + 129;
  EXPECT_EQ(failure(token), AuthFailure::none);
  now_ = kNow + 130;
  EXPECT_EQ(failure(token), AuthFailure::expired);
  now_ = kNow - 31;  // a clock set back: it was issued in the future
  EXPECT_EQ(failure(token), AuthFailure::invalid);
}

TEST_F(Claims, ExpMustBeASaneNumber) {
  EXPECT_EQ(without("exp"), AuthFailure::invalid);
  EXPECT_EQ(with("exp", json::string(std::to_string(kNow + 3600))), AuthFailure::invalid);
  EXPECT_EQ(with("exp", true), AuthFailure::invalid);
  EXPECT_EQ(with("exp", nullptr), AuthFailure::invalid);
  EXPECT_EQ(with("exp", 9007199254740992), AuthFailure::invalid);
  EXPECT_EQ(with("exp", 9007199254740991), AuthFailure::none);
  EXPECT_EQ(with("exp", 18446744073709551615u), AuthFailure::invalid);
  EXPECT_EQ(with("exp", 1e300), AuthFailure::invalid);
  EXPECT_EQ(with("exp", -1e300), AuthFailure::invalid);
  json::object claims = user_claims();
  claims.erase("exp");
  const std::string rest = json::serialize(claims).substr(1);
  for (const char* number : {"1e999", "-1e999", "NaN", "Infinity", "0x7fffffff", "01"}) {
    EXPECT_EQ(with_text(std::string(R"({"exp":)") + number + "," + rest), AuthFailure::invalid)
        << number;
  }
}

TEST_F(Claims, NbfAndIatMayBe30SecondsAhead) {
  for (const char* name : {"nbf", "iat"}) {
    EXPECT_EQ(with(name, kNow + 30), AuthFailure::none) << name;
    EXPECT_EQ(with(name, kNow + 31), AuthFailure::invalid) << name;
    EXPECT_EQ(with(name, kNow - 1'000'000), AuthFailure::none) << name;
    EXPECT_EQ(with(name, "now"), AuthFailure::invalid) << name;
    EXPECT_EQ(with(name, nullptr), AuthFailure::invalid) << name;
    EXPECT_EQ(with(name, 1e300), AuthFailure::invalid) << name;
    EXPECT_EQ(without(name), AuthFailure::none) << name;
  }
}

TEST_F(Claims, AnonymousUsersAreRefused) {
  EXPECT_EQ(with("is_anonymous", true), AuthFailure::invalid);
  EXPECT_EQ(with("is_anonymous", "false"), AuthFailure::invalid);
  EXPECT_EQ(with("is_anonymous", 1), AuthFailure::invalid);
  EXPECT_EQ(with("is_anonymous", false), AuthFailure::none);
  EXPECT_EQ(without("is_anonymous"), AuthFailure::none);
}

TEST_F(Claims, AnonymousUsersAreAcceptedWhereTheSettingsSaySo) {
  settings_.anonymous = true;
  EXPECT_EQ(with("is_anonymous", true), AuthFailure::none);
}

TEST_F(Claims, OnlyATokenThatWasGoodIsExpired) {
  json::object claims = user_claims(kNow - 7200);
  EXPECT_EQ(failure(ec_token(claims)), AuthFailure::expired);
  EXPECT_EQ(failure(signed_token(SigningKey::ec(), "ec-1", "ES256", claims)), AuthFailure::invalid);
  for (const char* name : {"iss", "aud", "role", "sub"}) {
    json::object wrong = claims;
    wrong[name] = "other";
    EXPECT_EQ(failure(ec_token(wrong)), AuthFailure::invalid) << name;
  }
}

TEST_F(Claims, AnEmailThatCannotBeShownIsLeftOut) {
  const auto email = [&](json::value value) {
    json::object claims = user_claims();
    claims["email"] = std::move(value);
    const AuthAnswer answer = ask(ec_token(claims));
    EXPECT_EQ(answer.failure, AuthFailure::none);
    return answer.principal.email;
  };
  EXPECT_EQ(email("jos\xc3\xa9@example.com"), "jos\xc3\xa9@example.com");
  EXPECT_EQ(email(json::string(254, 'a')), std::string(254, 'a'));
  EXPECT_EQ(email(json::string(255, 'a')), "");
  EXPECT_EQ(email(nullptr), "");
  EXPECT_EQ(email(7), "");
  EXPECT_EQ(email("a\nb@example.com"), "");
  EXPECT_EQ(email(json::string("a\0b", 3)), "");
}

// After a wait for the key list the time is another.
TEST_F(Claims, TimeIsTakenAfterTheKeysHaveCome) {
  issuer_.gated = true;
  std::optional<AuthAnswer> answer;
  json::object claims = user_claims();
  claims["exp"] = kNow + 10;
  boost::asio::co_spawn(io_, ask_into(&verifier(), "Bearer " + ec_token(claims), &answer), rethrow);
  io_.poll();
  ASSERT_FALSE(answer);
  now_ = kNow + 41;
  issuer_.gate.set();
  run();
  EXPECT_EQ(answer.value().failure, AuthFailure::expired);
}

}  // namespace
}  // namespace footfall::api::tests
