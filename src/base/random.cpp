#include "base/random.hpp"

#include <random>

#include <Random123/philox.h>

namespace footfall {

void RandomStream::refill() {
  const r123::Philox4x32 philox;
  const r123::Philox4x32::ctr_type counter = {{who_, when_, purpose_ | block_number_, 0}};
  const r123::Philox4x32::key_type key = {{key_[0], key_[1]}};
  const auto out = philox(counter, key);
  block_[0] = out[0] | static_cast<std::uint64_t>(out[1]) << 32;
  block_[1] = out[2] | static_cast<std::uint64_t>(out[3]) << 32;
  ++block_number_;
  next_ = 0;
}

std::uint64_t fresh_seed() {
  std::random_device device;  // tree_check allows it here and nowhere else
  const std::uint64_t bits = static_cast<std::uint64_t>(device()) << 32 | device();
  return (bits % 999'999'999'999'999) + 1;
}

}  // namespace footfall
