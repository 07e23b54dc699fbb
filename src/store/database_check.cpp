#include "store/database_check.hpp"

namespace footfall::store {

std::string sample_text(std::string_view value) {
  if (value.size() <= kSampleBytesMax) return std::string(value);
  std::size_t end = kSampleBytesMax - 3;
  while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xc0) == 0x80) --end;
  return std::string(value.substr(0, end)) + "…";
}

std::string quoted_name(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace footfall::store
