#include "api/auth/signing_fixture.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/assert.hpp"

namespace footfall::api::tests {

namespace json = boost::json;

namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string big_endian(const BIGNUM* number, int bytes) {
  std::string out(bytes, '\0');
  FF_ASSERT(BN_bn2binpad(number, bytes_of(out), bytes) == bytes, "the number is longer");
  return out;
}

std::string taken_from(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string out(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return out;
}

std::string compact(std::string_view alg, const std::string& kid) {
  return json::serialize(json::object{
      {"alg", json::string_view(alg.data(), alg.size())}, {"kid", kid}, {"typ", "JWT"}});
}

}  // namespace

std::string encode_base64url(std::string_view bytes) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    for (std::size_t j = i; j < i + 3; ++j) {
      group = group << 8 | (j < bytes.size() ? static_cast<unsigned char>(bytes[j]) : 0u);
    }
    const std::size_t digits = std::min<std::size_t>(bytes.size() - i, 3) + 1;
    for (std::size_t j = 0; j < digits; ++j) out += kAlphabet[group >> (18 - 6 * j) & 63];
  }
  return out;
}

SigningKey SigningKey::ec(const char* curve) { return SigningKey(EVP_EC_gen(curve)); }

SigningKey SigningKey::rsa(unsigned bits, unsigned exponent) {
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nullptr);
  BIGNUM* e = BN_new();
  BN_set_word(e, exponent);
  EVP_PKEY* key = nullptr;
  FF_ASSERT(EVP_PKEY_keygen_init(context) == 1 &&
                EVP_PKEY_CTX_set_rsa_keygen_bits(context, static_cast<int>(bits)) == 1 &&
                EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, e) == 1 &&
                EVP_PKEY_keygen(context, &key) == 1,
            "no RSA key was made");
  BN_free(e);
  EVP_PKEY_CTX_free(context);
  return SigningKey(key);
}

// bytes 0: as many as it takes.
std::string SigningKey::number(const char* parameter, int bytes) const {
  BIGNUM* value = nullptr;
  FF_ASSERT(EVP_PKEY_get_bn_param(key_.get(), parameter, &value) == 1, "no such parameter");
  const std::string out = big_endian(value, bytes > 0 ? bytes : BN_num_bytes(value));
  BN_free(value);
  return encode_base64url(out);
}

json::object SigningKey::jwk(const std::string& kid) const {
  if (EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_RSA) {
    return {{"kid", kid},
            {"kty", "RSA"},
            {"alg", "RS256"},
            {"use", "sig"},
            {"n", number(OSSL_PKEY_PARAM_RSA_N, 0)},
            {"e", number(OSSL_PKEY_PARAM_RSA_E, 0)}};
  }
  const int bytes = (EVP_PKEY_get_bits(key_.get()) + 7) / 8;
  return {{"kid", kid},
          {"kty", "EC"},
          {"alg", bytes == 32 ? "ES256" : "ES384"},
          {"crv", bytes == 32 ? "P-256" : "P-384"},
          {"key_ops", {"verify"}},
          {"x", number(OSSL_PKEY_PARAM_EC_PUB_X, bytes)},
          {"y", number(OSSL_PKEY_PARAM_EC_PUB_Y, bytes)}};
}

std::string SigningKey::sign_plainly(std::string_view input) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  std::string out(1024, '\0');
  std::size_t size = out.size();
  FF_ASSERT(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
                EVP_DigestSign(context, bytes_of(out), &size, bytes_of(input), input.size()) == 1,
            "not signed");
  EVP_MD_CTX_free(context);
  out.resize(size);
  return out;
}

std::string SigningKey::sign(std::string_view input) const {
  const std::string plain = sign_plainly(input);
  if (EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_RSA) return plain;
  const unsigned char* der = bytes_of(plain);
  ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(plain.size()));
  const int bytes = (EVP_PKEY_get_bits(key_.get()) + 7) / 8;
  const std::string out = big_endian(ECDSA_SIG_get0_r(signature), bytes) +
                          big_endian(ECDSA_SIG_get0_s(signature), bytes);
  ECDSA_SIG_free(signature);
  return out;
}

std::string SigningKey::public_pem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(bio, key_.get());
  return taken_from(bio);
}

std::string SigningKey::public_der() const {
  BIO* bio = BIO_new(BIO_s_mem());
  i2d_PUBKEY_bio(bio, key_.get());
  return taken_from(bio);
}

std::string hmac_sha256(std::string_view secret, std::string_view input) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(input), input.size(),
       bytes_of(out), &size);
  out.resize(size);
  return out;
}

std::string signing_input(std::string_view header, std::string_view claims) {
  return encode_base64url(header) + "." + encode_base64url(claims);
}

std::string with_signature(const std::string& input, std::string_view signature) {
  return input + "." + encode_base64url(signature);
}

std::string signed_token(const SigningKey& key, std::string_view header, std::string_view claims) {
  const std::string input = signing_input(header, claims);
  return with_signature(input, key.sign(input));
}

std::string signed_token(const SigningKey& key, const std::string& kid, std::string_view alg,
                         const json::object& claims) {
  return signed_token(key, compact(alg, kid), json::serialize(claims));
}

std::string hs256_token(std::string_view secret, std::string_view header, std::string_view claims) {
  const std::string input = signing_input(header, claims);
  return with_signature(input, hmac_sha256(secret, input));
}

std::string key_list(std::initializer_list<json::object> entries) {
  json::array keys;
  for (const json::object& entry : entries) keys.push_back(entry);
  return json::serialize(json::object{{"keys", std::move(keys)}});
}

const SigningKey& ec_key() {
  static const SigningKey key = SigningKey::ec();
  return key;
}

const SigningKey& rsa_key() {
  static const SigningKey key = SigningKey::rsa();
  return key;
}

}  // namespace footfall::api::tests
