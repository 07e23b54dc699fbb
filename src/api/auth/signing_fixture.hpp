// Signs tokens for tests, by OpenSSL's EVP alone: what checks them (cjose, our base64url) has no
// part in making them.
#pragma once

#include <openssl/evp.h>

#include <boost/json/object.hpp>
#include <memory>
#include <string>
#include <string_view>

namespace footfall::api::tests {

std::string encode_base64url(std::string_view bytes);

// A key pair made for the test.
class SigningKey {
 public:
  static SigningKey ec(const char* curve = "P-256");
  static SigningKey rsa(unsigned bits = 2048, unsigned exponent = 65537);

  // The public half as an entry of a key list, with kid and alg.
  boost::json::object jwk(const std::string& kid) const;
  // As JWS writes it: R||S for EC, PKCS #1 for RSA, over SHA-256.
  std::string sign(std::string_view input) const;
  // As OpenSSL writes it: DER for EC.
  std::string sign_plainly(std::string_view input) const;
  std::string public_pem() const;
  std::string public_der() const;

 private:
  explicit SigningKey(EVP_PKEY* key) : key_(key, &EVP_PKEY_free) {}
  std::string number(const char* parameter, int bytes) const;

  std::shared_ptr<EVP_PKEY> key_;
};

std::string hmac_sha256(std::string_view secret, std::string_view input);

// "header.claims" in base64url, and with a signature behind it.
std::string signing_input(std::string_view header, std::string_view claims);
std::string with_signature(const std::string& input, std::string_view signature);

std::string signed_token(const SigningKey& key, std::string_view header, std::string_view claims);
std::string signed_token(const SigningKey& key, const std::string& kid, std::string_view alg,
                         const boost::json::object& claims);
std::string hs256_token(std::string_view secret, std::string_view header, std::string_view claims);

// {"keys":[…]}
std::string key_list(std::initializer_list<boost::json::object> entries);

// Made once for all tests: RSA keys are slow to find.
const SigningKey& ec_key();
const SigningKey& rsa_key();

}  // namespace footfall::api::tests
