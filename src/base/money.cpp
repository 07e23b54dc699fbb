#include "base/money.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/assert.hpp"

namespace footfall {
namespace {

__extension__ typedef __int128 Int128;

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string to_string(Money amount) {
  const std::int64_t size = amount.minor < 0 ? -amount.minor : amount.minor;
  return fmt::format("{}{}.{:02}", amount.minor < 0 ? "-" : "", size / 100, size % 100);
}

Result<Money> parse_money(std::string_view text) {
  const auto bad = [text] {
    return Error(Errc::invalid_input,
                 fmt::format("'{}' is no amount of money: write it like 12.34, at most {}",
                             text.substr(0, 40), to_string(kMoneyMax)));
  };
  const bool negative = text.starts_with('-');
  const std::string_view digits = negative ? text.substr(1) : text;
  const std::size_t point = digits.find('.');
  const std::string_view whole = digits.substr(0, point);
  const std::string_view cents = point == digits.npos ? "" : digits.substr(point + 1);
  if (whole.empty() || whole.size() > 12 || cents.size() > 2 || !all_digits(whole) ||
      !all_digits(cents) || (point != digits.npos && cents.empty())) {
    return bad();
  }
  std::int64_t minor = 0;
  std::from_chars(whole.data(), whole.data() + whole.size(), minor);
  minor *= 100;
  if (!cents.empty()) minor += (cents[0] - '0') * 10 + (cents.size() == 2 ? cents[1] - '0' : 0);
  if (minor > kMoneyMax.minor) return bad();
  return Money{negative ? -minor : minor};
}

void allocate(Money total, const Money* weights, Money* parts, int n) {
  Int128 weight_sum = 0;
  for (int i = 0; i < n; ++i) {
    FF_ASSERT(weights[i].minor >= 0, "a weight is negative");
    weight_sum += weights[i].minor;
  }
  FF_ASSERT(total.minor >= 0 && (weight_sum > 0 || total.minor == 0), "nothing to share over");
  // Almost every cart has fewer lines than this; the rest take the heap.
  std::array<Int128, 64> small;
  std::vector<Int128> large;
  Int128* remainders = small.data();
  if (n > static_cast<int>(small.size())) {
    large.resize(static_cast<std::size_t>(n));
    remainders = large.data();
  }
  std::int64_t left = total.minor;
  for (int i = 0; i < n; ++i) {
    const Int128 product = static_cast<Int128>(total.minor) * weights[i].minor;
    parts[i].minor = weight_sum == 0 ? 0 : static_cast<std::int64_t>(product / weight_sum);
    remainders[i] = weight_sum == 0 ? 0 : product % weight_sum;
    left -= parts[i].minor;
  }
  for (; left > 0; --left) {
    int best = 0;
    for (int i = 1; i < n; ++i) {
      if (remainders[i] > remainders[best]) best = i;
    }
    ++parts[best].minor;
    remainders[best] = -1;
  }
}

Money share_bps(Money amount, int bps) {
  const Int128 product = static_cast<Int128>(amount.minor) * bps + 5000;
  return Money{static_cast<std::int64_t>(product / 10000)};
}

}  // namespace footfall
