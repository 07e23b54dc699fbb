// Goal: a token counts only if the key that its issuer lists under its kid signed it, by the one
// algorithm of that key. Method: the known confusions, each with a token that a verifier which
// falls for it would accept. (reference/offers-and-data.md section 5, traps 1 and 2; invariant 38)
#include <gtest/gtest.h>
#include <openssl/err.h>

#include "api/auth/verifier_fixture.hpp"

namespace footfall::api::tests {
namespace {

namespace json = boost::json;

class Signature : public VerifierTest {
 protected:
  void allow_hs256(const std::string& secret = kSecret) {
    settings_.allow_hs256 = true;
    settings_.hs256_secret = secret;
  }
  static std::string es256_input(const std::string& kid = "ec-1") {
    return signing_input(R"({"alg":"ES256","kid":")" + kid + R"("})",
                         json::serialize(user_claims()));
  }
};

TEST_F(Signature, AnotherKeysSignatureIsRefused) {
  EXPECT_EQ(failure(signed_token(SigningKey::ec(), "ec-1", "ES256", user_claims())),
            AuthFailure::invalid);
  EXPECT_EQ(failure(signed_token(SigningKey::rsa(), "rsa-1", "RS256", user_claims())),
            AuthFailure::invalid);
}

TEST_F(Signature, AKidOfAnotherKeyIsRefused) {
  issuer_.text = key_list({ec_key().jwk("ec-1"), SigningKey::ec().jwk("ec-2")});
  EXPECT_EQ(failure(ec_token(user_claims(), "ec-2")), AuthFailure::invalid);
  EXPECT_EQ(failure(ec_token(user_claims(), "ec-1")), AuthFailure::none);
  EXPECT_EQ(failure(ec_token(user_claims(), "unheard-of")), AuthFailure::invalid);
}

TEST_F(Signature, AKeyIsBoundToItsAlgorithm) {
  EXPECT_EQ(failure(signed_token(ec_key(), "rsa-1", "ES256", user_claims())), AuthFailure::invalid);
  EXPECT_EQ(failure(signed_token(rsa_key(), "ec-1", "RS256", user_claims())), AuthFailure::invalid);
  EXPECT_EQ(failure(signed_token(ec_key(), "ec-1", "RS256", user_claims())), AuthFailure::invalid);
  EXPECT_EQ(failure(signed_token(rsa_key(), "rsa-1", "ES256", user_claims())),
            AuthFailure::invalid);
}

// arun11299/cpp-jwt#102: the public key, which everybody has, as an HMAC secret.
TEST_F(Signature, APublicKeyIsNoSecret) {
  allow_hs256();
  const std::string claims = json::serialize(user_claims());
  for (const auto& [key, kid] : {std::pair(rsa_key(), "rsa-1"), std::pair(ec_key(), "ec-1")}) {
    const std::string header = std::string(R"({"alg":"HS256","kid":")") + kid + R"("})";
    const json::object jwk = key.jwk(kid);
    for (const std::string& secret :
         {key.public_pem(), key.public_der(), json::serialize(jwk),
          std::string(jwk.contains("n") ? jwk.at("n").as_string() : jwk.at("x").as_string())}) {
      EXPECT_EQ(failure(hs256_token(secret, header, claims)), AuthFailure::invalid) << kid;
    }
  }
}

TEST_F(Signature, ASecretThatTheKeyListShowsIsNotUsed) {
  allow_hs256();
  const std::string shown(32, 's');
  issuer_.text = key_list(
      {ec_key().jwk("ec-1"), {{"kid", "oct-1"}, {"kty", "oct"}, {"k", encode_base64url(shown)}}});
  const std::string claims = json::serialize(user_claims());
  EXPECT_EQ(failure(hs256_token(shown, R"({"alg":"HS256","kid":"oct-1"})", claims)),
            AuthFailure::invalid);
  EXPECT_EQ(failure(ec_token()), AuthFailure::none);
  EXPECT_EQ(verifier().counts().keys_ignored, 1);
}

TEST_F(Signature, ES256TakesOnlyRawSignatures) {
  const std::string input = es256_input();
  const std::string raw = ec_key().sign(input);
  ASSERT_EQ(raw.size(), 64u);
  EXPECT_EQ(failure(with_signature(input, raw)), AuthFailure::none);
  EXPECT_EQ(failure(with_signature(input, ec_key().sign_plainly(input))), AuthFailure::invalid);
}

TEST_F(Signature, ES256TakesOnly64Bytes) {
  const std::string input = es256_input();
  const std::string raw = ec_key().sign(input);
  const std::string r = raw.substr(0, 32), s = raw.substr(32), zero(1, '\0');
  for (const std::string& signature :
       {std::string(), r, raw.substr(0, 63), raw + zero, zero + raw, zero + r + zero + s, raw + raw,
        std::string(32, '\0') + r + std::string(32, '\0') + s}) {
    EXPECT_EQ(failure(with_signature(input, signature)), AuthFailure::invalid) << signature.size();
  }
}

// CVE-2022-21449 ("psychic signatures"), and numbers that are no less zero modulo the order.
TEST_F(Signature, ES256RefusesZeroAndTheOrder) {
  const std::string input = es256_input();
  const std::string raw = ec_key().sign(input);
  const std::string r = raw.substr(0, 32), s = raw.substr(32), zero(32, '\0');
  const std::string order = "\xff\xff\xff\xff" + std::string(4, '\0') +
                            "\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3"
                            "\xb9\xca\xc2\xfc\x63\x25\x51";
  ASSERT_EQ(order.size(), 32u);
  for (const std::string& signature : {zero + zero, zero + s, r + zero, order + order, order + s,
                                       r + order, std::string(64, '\xff')}) {
    EXPECT_EQ(failure(with_signature(input, signature)), AuthFailure::invalid);
  }
}

TEST_F(Signature, AKeyOfAnotherCurveIsNotUsed) {
  const SigningKey wide = SigningKey::ec("P-384");
  json::object entry = wide.jwk("wide");
  entry["alg"] = "ES256";
  issuer_.text = key_list({ec_key().jwk("ec-1"), entry});
  EXPECT_EQ(failure(signed_token(wide, "wide", "ES256", user_claims())), AuthFailure::invalid);
  EXPECT_EQ(failure(signed_token(wide, "wide", "ES384", user_claims())), AuthFailure::invalid);
  EXPECT_EQ(failure(signed_token(wide, "ec-1", "ES256", user_claims())), AuthFailure::invalid);
}

TEST_F(Signature, RS256TakesOnlyTheModulusLength) {
  const std::string input =
      signing_input(R"({"alg":"RS256","kid":"rsa-1"})", json::serialize(user_claims()));
  const std::string good = rsa_key().sign(input);
  EXPECT_EQ(failure(with_signature(input, good)), AuthFailure::none);
  const std::string zero(1, '\0');
  for (const std::string& signature : {std::string(), good.substr(1), good + zero, zero + good,
                                       std::string(256, '\0'), std::string(255, '\0') + "\x01"}) {
    EXPECT_EQ(failure(with_signature(input, signature)), AuthFailure::invalid);
  }
}

TEST_F(Signature, HS256IsRefusedUnlessAllowed) {
  settings_.hs256_secret = kSecret;  // known, but not allowed
  EXPECT_EQ(failure(hs256_token(kSecret, R"({"alg":"HS256"})", json::serialize(user_claims()))),
            AuthFailure::invalid);
  EXPECT_EQ(issuer_.fetches, 0);
}

TEST_F(Signature, HS256IsAcceptedWhereAllowedWhateverItsKid) {
  allow_hs256();
  settings_.jwks_url.clear();
  const std::string claims = json::serialize(user_claims());
  for (const char* header : {R"({"alg":"HS256","typ":"JWT"})", R"({"alg":"HS256","kid":"any"})"}) {
    EXPECT_EQ(failure(hs256_token(kSecret, header, claims)), AuthFailure::none);
    EXPECT_EQ(failure(hs256_token(kSecret + "x", header, claims)), AuthFailure::invalid);
  }
  EXPECT_EQ(failure(ec_token()), AuthFailure::invalid);
  EXPECT_EQ(issuer_.fetches, 0);
}

// During a migration both kinds of token are alive.
TEST_F(Signature, BothKindsWorkSideBySide) {
  allow_hs256();
  const std::string claims = json::serialize(user_claims());
  EXPECT_EQ(failure(hs256_token(kSecret, R"({"alg":"HS256"})", claims)), AuthFailure::none);
  EXPECT_EQ(failure(ec_token()), AuthFailure::none);
  EXPECT_EQ(failure(rsa_token()), AuthFailure::none);
}

// Trap 1: these two keys are published with every web page of a project, signed by the very secret.
TEST_F(Signature, ThePublishedLegacyKeysDoNotSignIn) {
  allow_hs256();
  for (const char* role : {"anon", "service_role"}) {
    const json::object claims = {
        {"iss", "supabase"}, {"ref", "ref"}, {"role", role}, {"iat", kNow}, {"exp", kNow + 1e8}};
    const std::string token =
        hs256_token(kSecret, R"({"alg":"HS256","typ":"JWT"})", json::serialize(claims));
    EXPECT_EQ(failure(token), AuthFailure::invalid) << role;
    EXPECT_EQ(failure(token), AuthFailure::invalid) << role << ", again";
  }
}

// Errors left in OpenSSL's queue would be taken for errors of the next TLS connection.
TEST_F(Signature, RefusedSignaturesLeaveNoErrorsBehind) {
  const std::string input = es256_input();
  EXPECT_EQ(failure(with_signature(input, std::string(64, '\xff'))), AuthFailure::invalid);
  EXPECT_EQ(failure(with_signature(input, std::string(64, '\x01'))), AuthFailure::invalid);
  EXPECT_EQ(failure(signed_token(SigningKey::rsa(), "rsa-1", "RS256", user_claims())),
            AuthFailure::invalid);
  EXPECT_EQ(ERR_peek_error(), 0u);
}

}  // namespace
}  // namespace footfall::api::tests
