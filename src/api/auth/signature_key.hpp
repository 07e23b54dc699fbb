// A key that can say whether a token was signed by its other half, by cjose and OpenSSL.
#pragma once

#include <memory>
#include <string_view>

#include "api/auth/jws.hpp"
#include "base/result.hpp"

namespace footfall::api {

// Bound to one algorithm for its life: which one is decided by what the key is, never by a token.
// So a public key cannot be used as an HMAC secret, nor a key of one kind for the other.
// Any thread, many at once.
class SignatureKey {
 public:
  // ES256. The point's coordinates as big-endian bytes: 32 each, and on the curve P-256.
  // Errors, here and below: invalid_input.
  static Result<SignatureKey> p256(std::string_view x, std::string_view y);
  // RS256. Modulus and exponent as big-endian bytes: 2048 to 8192 bits, and an odd exponent from
  // 65537 (FIPS 186-5 section 5.4) to 32 bits.
  static Result<SignatureKey> rsa(std::string_view modulus, std::string_view exponent);
  // HS256, 32 bytes or more.
  static Result<SignatureKey> shared_secret(std::string_view secret);

  SignatureKey(SignatureKey&&) noexcept;
  SignatureKey& operator=(SignatureKey&&) noexcept;
  ~SignatureKey();

  Algorithm algorithm() const { return algorithm_; }

  // Whether the token is of this key's algorithm and its signature is this key's.
  bool verifies(const Jws& jws) const;

 private:
  struct Handle;  // cjose's key
  SignatureKey(Algorithm algorithm, std::size_t signature_bytes, std::unique_ptr<Handle> handle);

  Algorithm algorithm_;
  std::size_t signature_bytes_;  // of each signature that this key can make
  std::unique_ptr<Handle> handle_;
};

}  // namespace footfall::api
