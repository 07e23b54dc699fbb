// Money as a whole number of minor units (cents). Never a float: sums are exact.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace footfall {

// An amount in minor units of the currency that its owner (catalogue, order) names.
struct Money {
  std::int64_t minor = 0;

  friend constexpr auto operator<=>(Money, Money) = default;
  constexpr Money& operator+=(Money other) { return minor += other.minor, *this; }
  constexpr Money& operator-=(Money other) { return minor -= other.minor, *this; }
  friend constexpr Money operator+(Money a, Money b) { return {a.minor + b.minor}; }
  friend constexpr Money operator-(Money a, Money b) { return {a.minor - b.minor}; }
  friend constexpr Money operator*(Money a, std::int64_t n) { return {a.minor * n}; }
};

// No price, budget or order of footfall is larger: sums of thousands of them stay far from 2^63.
inline constexpr Money kMoneyMax{100'000'000'000};  // a thousand million, in a currency with cents

// "12.34", "-0.05": two digits, no currency.
std::string to_string(Money amount);

// Reads "12", "12.3" or "12.34". Errors: invalid_input for anything else, and past kMoneyMax.
Result<Money> parse_money(std::string_view text);

// `total` shared over `weights` in proportion, as whole minor units that sum to `total` exactly
// (largest remainder, ties to the lower index). Writes `parts[i]` for each of the `n` weights.
// Requires 0 <= total, every weight >= 0, and a positive weight sum unless total is 0.
// With total <= sum of weights, no part exceeds its weight.
void allocate(Money total, const Money* weights, Money* parts, int n);

// Half-up share of an amount in basis points (1 bp = 0.01 %): (amount*bps + 5000) / 10000.
Money share_bps(Money amount, int bps);

}  // namespace footfall
