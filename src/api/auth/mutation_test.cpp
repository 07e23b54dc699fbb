// Goal: no text but a signed token itself is accepted as that token. Method: a good token with
// characters changed, taken out or put in at random places, from a printed seed; the good token is
// asked too, so that it is remembered while its likes are tried.
#include <gtest/gtest.h>

#include <random>

#include "api/auth/verifier_fixture.hpp"

namespace footfall::api::tests {
namespace {

constexpr std::string_view kCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+/= \t\n\"{}:,%";

std::size_t below(std::mt19937_64& random, std::size_t limit) { return random() % limit; }

std::string mutated(std::string token, std::mt19937_64& random) {
  const std::size_t changes = 1 + below(random, 3);
  for (std::size_t i = 0; i < changes && !token.empty(); ++i) {
    const std::size_t at = below(random, token.size());
    const char character = random() % 4 == 0 ? static_cast<char>(random())
                                             : kCharacters[below(random, kCharacters.size())];
    switch (below(random, 5)) {
      case 0:
        token.erase(at, 1 + below(random, 3));
        break;
      case 1:
        token.insert(at, 1, character);
        break;
      case 2:
        std::swap(token[at], token[below(random, token.size())]);
        break;
      default:
        token[at] = character;
    }
  }
  return token;
}

class Mutation : public VerifierTest {
 protected:
  void try_mutants(const std::string& token, int count) {
    const std::uint64_t seed = 20261107;
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    ASSERT_EQ(failure(token), AuthFailure::none);
    for (int i = 0; i < count; ++i) {
      const std::string text = mutated(token, random);
      ASSERT_EQ(failure(text) == AuthFailure::none, text == token) << text;
    }
    EXPECT_EQ(failure(token), AuthFailure::none);
  }
};

TEST_F(Mutation, NoMutantOfAnES256TokenIsAccepted) { try_mutants(ec_token(), 5000); }

TEST_F(Mutation, NoMutantOfAnRS256TokenIsAccepted) { try_mutants(rsa_token(), 5000); }

TEST_F(Mutation, NoMutantOfAnHS256TokenIsAccepted) {
  settings_.allow_hs256 = true;
  settings_.hs256_secret = kSecret;
  try_mutants(hs256_token(kSecret, R"({"alg":"HS256"})", boost::json::serialize(user_claims())),
              5000);
}

// Each character of the token once, by each other character of the alphabet that could stand there.
TEST_F(Mutation, NoSingleCharacterMayDiffer) {
  const std::string token = ec_token();
  ASSERT_EQ(failure(token), AuthFailure::none);
  for (std::size_t at = 0; at < token.size(); ++at) {
    for (const int step : {1, 2, 16, 32}) {  // each bit of a base64url digit, more or less
      std::string text = token;
      const std::size_t digit = kCharacters.find(text[at]);
      text[at] = kCharacters[(digit ^ static_cast<std::size_t>(step)) % 64];
      ASSERT_EQ(failure(text) == AuthFailure::none, text == token) << at;
    }
  }
}

}  // namespace
}  // namespace footfall::api::tests
