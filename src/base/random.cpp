#include "base/random.hpp"

#include <random>

namespace footfall {

std::uint64_t fresh_seed() {
  std::random_device device;  // tree_check allows it here and nowhere else
  const std::uint64_t bits = static_cast<std::uint64_t>(device()) << 32 | device();
  return (bits % 999'999'999'999'999) + 1;
}

}  // namespace footfall
