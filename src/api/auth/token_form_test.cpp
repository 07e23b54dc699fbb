// Goal: whatever is not exactly the form of our tokens is refused, and nothing in a header chooses
// a key but kid. Method: forms by hand, each rightly signed by a key that the issuer lists, so that
// the form alone can be what is wrong. (reference/offers-and-data.md section 5)
#include <gtest/gtest.h>

#include "api/auth/verifier_fixture.hpp"

namespace footfall::api::tests {
namespace {

namespace json = boost::json;

class TokenForm : public VerifierTest {
 protected:
  void expect_invalid_header(const std::string& header) {
    const AuthAnswer answer = ask(signed_token(ec_key(), header, json::serialize(user_claims())));
    EXPECT_EQ(answer.failure, AuthFailure::invalid) << header << ": " << answer.reason;
  }
};

TEST_F(TokenForm, AGoodTokenSaysWhoCalls) {
  for (const std::string& token : {ec_token(), rsa_token()}) {
    const AuthAnswer answer = ask(token);
    ASSERT_EQ(answer.failure, AuthFailure::none) << answer.reason;
    EXPECT_EQ(answer.principal.kind, PrincipalKind::person);
    EXPECT_EQ(answer.principal.subject, kSub);
    EXPECT_EQ(answer.principal.email, "ana@example.com");
    EXPECT_FALSE(answer.principal.agent);
  }
  EXPECT_EQ(verifier().counts().accepted, 2);
  EXPECT_EQ(verifier().counts().refused, 0);
  EXPECT_EQ(verifier().counts().keys, 2);
}

TEST_F(TokenForm, AlgNoneIsRefusedInAllSpellings) {
  for (const char* alg : {"none", "None", "NONE", "nOnE", "", " none", "none ", "no\\u006ee"}) {
    const std::string header = std::string(R"({"alg":")") + alg + R"(","kid":"ec-1"})";
    const std::string input = signing_input(header, json::serialize(user_claims()));
    EXPECT_EQ(failure(input + "."), AuthFailure::invalid) << alg;
    EXPECT_EQ(failure(input), AuthFailure::invalid) << alg;
    EXPECT_EQ(failure(with_signature(input, ec_key().sign(input))), AuthFailure::invalid) << alg;
  }
}

TEST_F(TokenForm, OtherAlgorithmsAreRefused) {
  for (const char* alg : {"es256", "ES384", "ES256K", "RS384", "RS512", "PS256", "EdDSA", "HS384",
                          "HS512", "ES256 ", "ES256\\u0000"}) {
    expect_invalid_header(std::string(R"({"alg":")") + alg + R"(","kid":"ec-1"})");
  }
}

TEST_F(TokenForm, HeadersThatAreNoPlainObjectAreRefused) {
  for (const char* header :
       {"", "null", "[]", "\"ES256\"", "{", R"({"alg":"ES256","kid":"ec-1"}x)", R"({"kid":"ec-1"})",
        R"({"alg":7,"kid":"ec-1"})", R"({"alg":["ES256"],"kid":"ec-1"})",
        R"({"alg":null,"kid":"ec-1"})", R"({"Alg":"ES256","kid":"ec-1"})"}) {
    expect_invalid_header(header);
  }
}

TEST_F(TokenForm, HeadersWithANameTwiceAreRefused) {
  expect_invalid_header(R"({"alg":"ES256","alg":"ES256","kid":"ec-1"})");
  expect_invalid_header(R"({"alg":"none","kid":"ec-1","alg":"ES256"})");
  expect_invalid_header(R"({"alg":"ES256","kid":"x","kid":"ec-1"})");
  expect_invalid_header(R"({"alg":"ES256","kid":"ec-1","\u0061lg":"ES256"})");
}

TEST_F(TokenForm, CriticalExtensionsAreRefused) {
  expect_invalid_header(R"({"alg":"ES256","kid":"ec-1","crit":["b64"],"b64":false})");
  expect_invalid_header(R"({"alg":"ES256","kid":"ec-1","crit":["alg"]})");
  expect_invalid_header(R"({"alg":"ES256","kid":"ec-1","crit":[]})");
  expect_invalid_header(R"({"alg":"ES256","kid":"ec-1","crit":null})");
}

TEST_F(TokenForm, TypMustBeJwtWhereItIsGiven) {
  const std::string claims = json::serialize(user_claims());
  for (const char* header :
       {R"({"alg":"ES256","kid":"ec-1"})", R"({"alg":"ES256","kid":"ec-1","typ":"jwt"})",
        R"({"alg":"ES256","kid":"ec-1","typ":"JWT"})"}) {
    EXPECT_EQ(failure(signed_token(ec_key(), header, claims)), AuthFailure::none) << header;
  }
  expect_invalid_header(R"({"alg":"ES256","kid":"ec-1","typ":"JWE"})");
  expect_invalid_header(R"({"alg":"ES256","kid":"ec-1","typ":"at+jwt"})");
  expect_invalid_header(R"({"alg":"ES256","kid":"ec-1","typ":1})");
}

TEST_F(TokenForm, KidIsRequiredAndIsAString) {
  expect_invalid_header(R"({"alg":"ES256"})");
  expect_invalid_header(R"({"alg":"ES256","kid":""})");
  expect_invalid_header(R"({"alg":"ES256","kid":1})");
  expect_invalid_header(R"({"alg":"ES256","kid":null})");
  expect_invalid_header(R"({"alg":"ES256","kid":["ec-1"]})");
  expect_invalid_header(R"({"alg":"ES256","kid":"EC-1"})");
  expect_invalid_header(R"({"alg":"ES256","kid":"ec-1\u0000"})");
}

// The attacker's own key, whose public half the token brings along.
TEST_F(TokenForm, KeysInTheHeaderAreNeverUsed) {
  const SigningKey theirs = SigningKey::ec();
  const std::string jwk = json::serialize(theirs.jwk("ec-1"));
  for (const std::string& extra :
       {R"("jwk":)" + jwk, std::string(R"("jku":"https://evil.example/jwks.json")"),
        std::string(R"("x5u":"https://evil.example/cert.pem")"),
        std::string(R"("x5c":["MIIB"])")}) {
    const std::string header = R"({"alg":"ES256","kid":"ec-1",)" + extra + "}";
    EXPECT_EQ(failure(signed_token(theirs, header, json::serialize(user_claims()))),
              AuthFailure::invalid)
        << extra;
  }
  EXPECT_EQ(issuer_.fetches, 1);
}

TEST_F(TokenForm, OnlyThreePartsAreAToken) {
  const std::string token = ec_token();
  const std::size_t second = token.rfind('.');
  for (const std::string& text :
       {token + ".", token + ".AAAA", "." + token, token.substr(0, second),
        token.substr(0, second + 1), token.substr(token.find('.')), std::string(".."),
        std::string("."), std::string("..."), std::string("a.b.c"), std::string("garbage"),
        token.substr(0, second) + "." + token.substr(second)}) {
    EXPECT_EQ(failure(text), AuthFailure::invalid) << text;
  }
}

TEST_F(TokenForm, PaddingAndWhiteSpaceAreRefused) {
  const std::string token = ec_token();
  const std::size_t first = token.find('.'), second = token.rfind('.');
  for (const char* extra : {"=", "==", " ", "\n", "\r\n", "\t"}) {
    for (const std::size_t at :
         {std::size_t{0}, first, first + 1, second, second + 1, token.size(), token.size() / 2}) {
      std::string text = token;
      text.insert(at, extra);
      EXPECT_EQ(failure(text), AuthFailure::invalid) << at << " '" << extra << "'";
    }
  }
}

// 64 bytes end in four bits that do not count: sixteen spellings, of which one is canonical.
TEST_F(TokenForm, ASignatureHasOneSpelling) {
  const std::string token = ec_token();
  ASSERT_EQ(failure(token), AuthFailure::none);
  int accepted = 0;
  for (const char c :
       std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")) {
    accepted += failure(token.substr(0, token.size() - 1) + c) == AuthFailure::none;
  }
  EXPECT_EQ(accepted, 1);
}

TEST_F(TokenForm, HugeTokensAreRefusedUnread) {
  json::object claims = user_claims();
  claims["filler"] = std::string(5000, 'x');
  EXPECT_EQ(failure(ec_token(claims)), AuthFailure::none);
  claims["filler"] = std::string(6000, 'x');
  const std::string huge = ec_token(claims);
  ASSERT_GT(huge.size(), 8 * 1024u);
  EXPECT_EQ(failure(huge), AuthFailure::invalid);
  EXPECT_EQ(failure(std::string(10'000'000, 'A')), AuthFailure::invalid);
  EXPECT_EQ(failure(std::string(8000, '.')), AuthFailure::invalid);
}

TEST_F(TokenForm, TheReasonNeverHoldsAPartOfTheToken) {
  const std::string mark = "Zm9vdGZhbGxfbWFyaw";
  json::object claims = user_claims();
  for (const char* name : {"iss", "aud", "role", "sub", "exp", "nbf", "is_anonymous"}) {
    json::object marked = user_claims();
    marked[name] = mark;
    EXPECT_EQ(ask(ec_token(marked)).reason.find(mark), std::string::npos) << name;
    EXPECT_FALSE(ask(ec_token(marked)).reason.empty()) << name;
  }
  const std::string plain = json::serialize(claims);
  for (const std::string& token :
       {mark, mark + "." + mark + "." + mark, "dev:" + mark,
        signed_token(ec_key(), R"({"alg":")" + mark + R"("})", plain),
        signed_token(ec_key(), R"({"alg":"ES256","kid":")" + mark + R"("})", plain),
        signed_token(ec_key(), R"({"alg":"ES256","kid":"ec-1","typ":")" + mark + R"("})", plain),
        signed_token(ec_key(), R"({"alg":"ES256","kid":"ec-1"})", mark),
        signing_input(R"({"alg":"ES256","kid":"ec-1"})", plain) + "." + mark}) {
    const AuthAnswer answer = ask(token);
    EXPECT_NE(answer.failure, AuthFailure::none);
    EXPECT_EQ(answer.reason.find(mark), std::string::npos) << answer.reason;
    EXPECT_FALSE(answer.reason.empty());
  }
  EXPECT_EQ(ask_header(mark + " x").reason.find(mark), std::string::npos);
}

}  // namespace
}  // namespace footfall::api::tests
