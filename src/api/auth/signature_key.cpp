#include "api/auth/signature_key.hpp"

#include <cjose/cjose.h>
#include <openssl/err.h>

#include <bit>
#include <cstdint>
#include <string>
#include <utility>

namespace footfall::api {
namespace {

constexpr std::size_t kP256Bytes = 32, kHs256Bytes = 32, kSecretBytesMin = 32;
constexpr std::size_t kRsaBitsMin = 2048, kRsaBitsMax = 8192;

// cjose takes no error argument from us: its message stands in a buffer that threads share. What
// OpenSSL leaves in the thread's queue of errors would be taken for one of a TLS connection.
struct ClearErrors {
  ~ClearErrors() { ERR_clear_error(); }
};

std::string_view without_leading_zeros(std::string_view number) {
  return number.substr(std::min(number.find_first_not_of('\0'), number.size()));
}

std::size_t bits_of(std::string_view number) {
  if (number.empty()) return 0;
  return 8 * (number.size() - 1) + std::bit_width(static_cast<unsigned char>(number[0]));
}

// cjose's structures want bytes that are not const, and copies them.
std::uint8_t* bytes_of(std::string& text) { return reinterpret_cast<std::uint8_t*>(text.data()); }

Error refused(const char* why) { return Error(Errc::invalid_input, why); }

}  // namespace

struct SignatureKey::Handle {
  explicit Handle(cjose_jwk_t* made) : jwk(made) {}
  ~Handle() { cjose_jwk_release(jwk); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  cjose_jwk_t* jwk;  // its count of owners is not thread-safe: it has this one alone
};

SignatureKey::SignatureKey(Algorithm algorithm, std::size_t signature_bytes,
                           std::unique_ptr<Handle> handle)
    : algorithm_(algorithm), signature_bytes_(signature_bytes), handle_(std::move(handle)) {}
SignatureKey::SignatureKey(SignatureKey&&) noexcept = default;
SignatureKey& SignatureKey::operator=(SignatureKey&&) noexcept = default;
SignatureKey::~SignatureKey() = default;

Result<SignatureKey> SignatureKey::p256(std::string_view x, std::string_view y) {
  if (x.size() != kP256Bytes || y.size() != kP256Bytes) {
    return refused("a P-256 key has two coordinates of 32 bytes");
  }
  const ClearErrors clear;
  std::string x_bytes(x), y_bytes(y);
  cjose_jwk_ec_keyspec spec = {};
  spec.crv = CJOSE_JWK_EC_P_256;
  spec.x = bytes_of(x_bytes), spec.xlen = x_bytes.size();
  spec.y = bytes_of(y_bytes), spec.ylen = y_bytes.size();
  cjose_jwk_t* jwk = cjose_jwk_create_EC_spec(&spec, nullptr);
  if (jwk == nullptr) return refused("the point is not on P-256");
  return SignatureKey(Algorithm::es256, 2 * kP256Bytes, std::make_unique<Handle>(jwk));
}

Result<SignatureKey> SignatureKey::rsa(std::string_view modulus, std::string_view exponent) {
  std::string n(without_leading_zeros(modulus)), e(without_leading_zeros(exponent));
  // cjose itself looks at neither; it would take a modulus of 8 bits, and an exponent of 1, under
  // which every message is its own signature.
  if (bits_of(n) < kRsaBitsMin || bits_of(n) > kRsaBitsMax) {
    return refused("an RSA key has 2048 to 8192 bits");
  }
  if (bits_of(e) < 17 || bits_of(e) > 32 || e.back() % 2 == 0 || n.back() % 2 == 0) {
    return refused("an RSA key has an odd exponent of 65537 or more");
  }
  const ClearErrors clear;
  cjose_jwk_rsa_keyspec spec = {};
  spec.n = bytes_of(n), spec.nlen = n.size();
  spec.e = bytes_of(e), spec.elen = e.size();
  cjose_jwk_t* jwk = cjose_jwk_create_RSA_spec(&spec, nullptr);
  if (jwk == nullptr) return refused("OpenSSL does not take this RSA key");
  return SignatureKey(Algorithm::rs256, n.size(), std::make_unique<Handle>(jwk));
}

Result<SignatureKey> SignatureKey::shared_secret(std::string_view secret) {
  if (secret.size() < kSecretBytesMin) return refused("an HS256 secret has 32 bytes or more");
  const ClearErrors clear;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(secret.data());
  cjose_jwk_t* jwk = cjose_jwk_create_oct_spec(bytes, secret.size(), nullptr);
  if (jwk == nullptr) return refused("cjose does not take this secret");
  return SignatureKey(Algorithm::hs256, kHs256Bytes, std::make_unique<Handle>(jwk));
}

bool SignatureKey::verifies(const Jws& jws) const {
  // cjose dispatches by the token's alg, halves an ECDSA signature of any length, and does not
  // compare alg and curve: so both are settled before it is asked.
  if (jws.algorithm != algorithm_ || jws.signature.size() != signature_bytes_) return false;
  const ClearErrors clear;
  const std::unique_ptr<cjose_jws_t, decltype(&cjose_jws_release)> read(
      cjose_jws_import(jws.compact.data(), jws.compact.size(), nullptr), &cjose_jws_release);
  if (!read) return false;
  // It parsed the header again, by another library: it must have come to the same alg.
  const char* alg = cjose_header_get(cjose_jws_get_protected(read.get()), CJOSE_HDR_ALG, nullptr);
  if (alg == nullptr || alg != name_of(algorithm_)) return false;
  return cjose_jws_verify(read.get(), handle_->jwk, nullptr);
}

}  // namespace footfall::api
