#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "store/wall_clock.hpp"
#include "tests/api/api_world.hpp"

namespace footfall::tests {
namespace {

std::string base64url(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  while (out.ends_with('=')) out.pop_back();
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

}  // namespace

std::string person_token(int who, std::int64_t expires_in_seconds) {
  const std::int64_t now = store::wall_clock_us() / 1'000'000;
  const std::string text =
      base64url(R"({"alg":"HS256","typ":"JWT"})") + "." +
      base64url(fmt::format(
          R"({{"iss":"{}","aud":"authenticated","role":"authenticated","sub":"{}","email":"p{}@example.com","iat":{},"exp":{},"is_anonymous":false}})",
          kIssuer, subject_of(who), who, now - 10, now + expires_in_seconds));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), kJwtSecret.data(), static_cast<int>(kJwtSecret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return text + "." + base64url({reinterpret_cast<const char*>(digest), size});
}

}  // namespace footfall::tests
