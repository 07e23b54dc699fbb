// Requests as a bad network or a bad client would make them, for tests.
#pragma once

#include <cstddef>
#include <random>
#include <string>

namespace footfall::http {

// `text`, which is not empty, with up to four bytes or pieces changed, put in, taken out or
// doubled; most of the new bytes are ones that mean something in HTTP.
inline std::string mutated(std::string text, std::mt19937& rng) {
  constexpr char kLikely[] = "\r\n\t :;,\0\x7F\xFF/HTTP10chunked";
  for (std::size_t changes = 1 + rng() % 4; changes > 0 && !text.empty(); --changes) {
    const std::size_t at = rng() % text.size();
    const char c = rng() % 4 == 0 ? static_cast<char>(rng()) : kLikely[rng() % sizeof kLikely];
    switch (rng() % 4) {
      case 0:
        text[at] = c;
        break;
      case 1:
        text.insert(at, 1, c);
        break;
      case 2:
        text.erase(at, 1 + rng() % 3);
        break;
      default:
        text.insert(at, text.substr(rng() % text.size(), rng() % 30));
    }
  }
  return text;
}

}  // namespace footfall::http
