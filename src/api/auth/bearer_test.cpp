// Goal: the header's form, the admin's token and dev tokens, where they are on. Method: headers by
// hand. (reference/offers-and-data.md section 5, dev bypass; invariant 39)
#include <gtest/gtest.h>

#include "api/auth/verifier_fixture.hpp"

namespace footfall::api::tests {
namespace {

const std::string kAdminToken = "an-admin-token-of-32-characters!";

class BearerTest : public VerifierTest {
 protected:
  AuthFailure header(const std::string& value) { return ask_header(value).failure; }
};

TEST_F(BearerTest, TheSchemeIsBearerInAnyCaseAndOneSpace) {
  const std::string token = ec_token();
  for (const char* scheme : {"Bearer ", "bearer ", "BEARER ", "bEaReR "}) {
    EXPECT_EQ(header(scheme + token), AuthFailure::none) << scheme;
  }
  for (const char* scheme :
       {"", "Basic ", "Bearer", "Bearer\t", " Bearer ", "Bearer: ", "Token "}) {
    EXPECT_EQ(header(scheme + token), AuthFailure::missing) << scheme;
  }
  EXPECT_EQ(header(""), AuthFailure::missing);
  EXPECT_EQ(header("Bearer"), AuthFailure::missing);
  EXPECT_EQ(header("Bearer "), AuthFailure::invalid);
  EXPECT_EQ(header("Bearer  " + token), AuthFailure::invalid);
  EXPECT_EQ(header("Bearer " + token + " "), AuthFailure::invalid);
  EXPECT_EQ(header("Bearer " + token + ", Bearer " + token), AuthFailure::invalid);
}

TEST_F(BearerTest, TheAdminsTokenMakesAnAdmin) {
  settings_.admin_token = kAdminToken;
  const AuthAnswer answer = ask(kAdminToken);
  EXPECT_EQ(answer.failure, AuthFailure::none);
  EXPECT_EQ(answer.principal.kind, PrincipalKind::admin);
  EXPECT_EQ(answer.principal.subject, "");
  EXPECT_EQ(issuer_.fetches, 0);
  for (const std::string& token :
       {kAdminToken + "x", kAdminToken.substr(1), kAdminToken + std::string(1, '\0'),
        std::string("AN-ADMIN-TOKEN-OF-32-CHARACTERS!"), std::string()}) {
    EXPECT_EQ(failure(token), AuthFailure::invalid) << token;
  }
}

TEST_F(BearerTest, WithoutAnAdminTokenNobodyIsAdmin) {
  EXPECT_EQ(failure(""), AuthFailure::invalid);
  EXPECT_EQ(failure(kAdminToken), AuthFailure::invalid);
}

TEST_F(BearerTest, ADevTokenIsAnAgentAndNeverMore) {
  settings_.dev_tokens = true;
  settings_.admin_token = kAdminToken;
  const AuthAnswer answer = ask("dev:42");
  EXPECT_EQ(answer.failure, AuthFailure::none);
  EXPECT_EQ(answer.principal.kind, PrincipalKind::agent);
  EXPECT_EQ(answer.principal.agent.value, 42);
  EXPECT_EQ(answer.principal.subject, "");
  EXPECT_EQ(verifier().counts().dev_accepted, 1);
  EXPECT_EQ(failure(ec_token()), AuthFailure::none);
  EXPECT_EQ(verifier().counts().dev_accepted, 1);
  EXPECT_EQ(verifier().counts().accepted, 2);
}

TEST_F(BearerTest, OtherFormsOfDevTokensAreGarbage) {
  settings_.dev_tokens = true;
  for (const char* token : {"dev:", "dev:0", "dev:01", "dev:+1", "dev:-1", "dev: 1", "dev:1 ",
                            "dev:1.0", "dev:1e3", "dev:0x1", "dev:100000000", "dev:a", "DEV:1",
                            "Dev:1", "dev1", "dev:1,2", "dev:admin", "dev:1\n"}) {
    EXPECT_EQ(failure(token), AuthFailure::invalid) << token;
  }
  EXPECT_EQ(ask("dev:99999999").principal.agent.value, 99'999'999);
}

TEST_F(BearerTest, WithDevTokensOffTheyAreAnsweredAsGarbageIs) {
  const AuthAnswer garbage = ask("garbage"), dev = ask("dev:42");
  EXPECT_EQ(dev.failure, AuthFailure::invalid);
  EXPECT_EQ(dev.failure, garbage.failure);
  EXPECT_EQ(dev.reason, garbage.reason);
  EXPECT_EQ(dev.principal.kind, PrincipalKind::nobody);
  EXPECT_FALSE(dev.principal.agent);
  EXPECT_EQ(verifier().counts().dev_accepted, 0);
  EXPECT_EQ(verifier().counts().refused, 2);
}

TEST_F(BearerTest, WhoIsRefusedIsNobody) {
  for (const std::string& token : {std::string("garbage"), ec_token(user_claims(kNow - 7200))}) {
    const AuthAnswer answer = ask(token);
    EXPECT_NE(answer.failure, AuthFailure::none);
    EXPECT_EQ(answer.principal.kind, PrincipalKind::nobody);
    EXPECT_EQ(answer.principal.subject, "");
    EXPECT_EQ(answer.principal.email, "");
  }
}

}  // namespace
}  // namespace footfall::api::tests
