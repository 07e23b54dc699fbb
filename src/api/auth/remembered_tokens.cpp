#include "api/auth/remembered_tokens.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstring>

namespace footfall::api {

Digest sha256(std::string_view text) {
  Digest digest;
  static_assert(std::tuple_size_v<Digest> == SHA256_DIGEST_LENGTH);
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

bool same_digest(const Digest& a, const Digest& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

RememberedTokens::RememberedTokens() : sets_(kSets) {}

std::size_t RememberedTokens::set_of(const Digest& token) const {
  std::uint64_t number = 0;
  std::memcpy(&number, token.data(), sizeof number);
  return number % kSets;
}

void RememberedTokens::remember(const Digest& token, const Principal& who, const Validity& validity,
                                std::int64_t generation) {
  const std::size_t number = set_of(token);
  const std::lock_guard lock(locks_[number % kLocks]);
  Set& set = sets_[number];
  auto place =
      std::find_if(set.begin(), set.end(), [&](const Entry& one) { return one.token == token; });
  if (place == set.end()) {
    place = std::min_element(set.begin(), set.end(), [](const Entry& a, const Entry& b) {
      return a.taken != b.taken ? !a.taken : a.validity.until < b.validity.until;
    });
  }
  *place = Entry{token, who, validity, generation, /*taken=*/true};
}

std::optional<Principal> RememberedTokens::find(const Digest& token, std::int64_t generation,
                                                std::int64_t now) {
  const std::size_t number = set_of(token);
  const std::lock_guard lock(locks_[number % kLocks]);
  for (const Entry& one : sets_[number]) {
    if (!one.taken || one.token != token) continue;
    const bool keys_stand = one.generation == 0 || one.generation == generation;
    if (!keys_stand || one.validity.is_over(now) || !one.validity.has_begun(now)) break;
    return one.who;
  }
  return std::nullopt;
}

}  // namespace footfall::api
