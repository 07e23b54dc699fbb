// Tokens that were found good, so that each is verified once and then only looked up.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "api/auth/claims.hpp"
#include "api/auth/principal.hpp"

namespace footfall::api {

using Digest = std::array<unsigned char, 32>;

Digest sha256(std::string_view text);
// Takes as long whatever the digests are.
bool same_digest(const Digest& a, const Digest& b);

// A table of fixed size, by a token's SHA-256: the tokens themselves are not kept. The digest names
// a set of four places; where all are taken, the token that ends first gives way. Any thread.
class RememberedTokens {
 public:
  RememberedTokens();

  // `generation`: of the key list under which it was verified (KnownKeys); 0: no list, for HS256.
  void remember(const Digest& token, const Principal& who, const Validity& validity,
                std::int64_t generation);

  // Who bears it, if it is remembered, counts at `now`, and was verified under `generation` or
  // under no list.
  std::optional<Principal> find(const Digest& token, std::int64_t generation, std::int64_t now);

  static constexpr std::size_t kSets = 2500, kPlaces = 4;

 private:
  struct Entry {
    Digest token = {};
    Principal who;
    Validity validity;
    std::int64_t generation = 0;
    bool taken = false;
  };
  using Set = std::array<Entry, kPlaces>;

  static constexpr std::size_t kLocks = 64;

  std::size_t set_of(const Digest& token) const;

  std::array<std::mutex, kLocks> locks_;  // of the sets whose number leaves this remainder
  std::vector<Set> sets_;
};

}  // namespace footfall::api
