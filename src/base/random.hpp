// Chance without state. Every draw is a pure function of (run seed, who, when, what for, which
// draw), so threads, batches, ranks, restarts and worlds never change a decision, and two arms of
// an experiment share their chance (DESIGN section 4).
//
// Generator: Philox 4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As Easy as 1, 2,
// 3, SC'11), from Random123. Any thread may use its own stream; a stream is 48 bytes on the stack.
#pragma once

#include <Random123/philox.h>

#include <array>
#include <cstdint>

namespace footfall {

// What a stream of draws is for. Values are part of every golden run: append, never renumber.
enum class Purpose : std::uint8_t {
  thoughts = 1,        // at which moments of a day a shopper thinks of shopping
  trip = 2,            // everything decided on one trip
  idle = 3,            // whether and when an idle agent browses
  stagger = 4,         // a shopper's own refresh day
  assignment = 5,      // which coupons a refresh gives
  allotment = 6,       // who gets a capped coupon
  deals = 7,           // which products are on deal in an offer cycle
  persona = 8,         // a made persona's attributes
  thought_times = 10,  // the hours and minutes of a day's thoughts
  backoff = 12,        // how long a call waits before it is sent again; decides nothing
  coupon_order = 9,    // the order in which a policy walks through the coupons of a cycle
  ramp = 11,           // an agent's place in the queue for admission to a live run
};

class RandomStream {
 public:
  // `who`: a shopper, product or coupon number below 2^32; `when`: an hour, day or cycle number.
  RandomStream(std::uint64_t seed, std::uint32_t who, std::uint32_t when, Purpose purpose)
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        who_(who),
        when_(when),
        purpose_(static_cast<std::uint32_t>(purpose) << 24) {}

  // 32 random bits: a block of the generator holds four. At most 2^26 draws from one stream.
  std::uint32_t bits() {
    if (next_ == 4) refill();
    return block_[next_++];
  }

  // Uniform on [0, 1), a multiple of 2^-32: fine enough for every choice here, and exact in a
  // double.
  double uniform() { return bits() * 0x1.0p-32; }

  // Uniform on (0, 1], for logarithms.
  double uniform_open_closed() { return (bits() + 1.0) * 0x1.0p-32; }

  // Uniform on 0 … n-1, n in [1, 2^32]. The bias is below n / 2^32.
  std::uint32_t below(std::uint64_t n) { return static_cast<std::uint32_t>((bits() * n) >> 32); }

 private:
  void refill() {
    const r123::Philox4x32::ctr_type counter = {{who_, when_, purpose_ | block_number_, 0}};
    const r123::Philox4x32::key_type key = {{key_[0], key_[1]}};
    block_ = r123::Philox4x32()(counter, key);
    ++block_number_;
    next_ = 0;
  }

  std::array<std::uint32_t, 2> key_;
  std::uint32_t who_;
  std::uint32_t when_;
  std::uint32_t purpose_;  // in the top 8 bits; the block number fills the rest
  std::uint32_t block_number_ = 0;
  r123::Philox4x32::ctr_type block_{};
  std::size_t next_ = 4;
};

// A seed from the system, for runs that were given none (R20). Positive, so that it fits a signed
// column and is easy to type.
std::uint64_t fresh_seed();

}  // namespace footfall
