// The state of a fast run between two days, as bytes, and back. Shoppers one after the other, so
// any number of threads may take it up. docs/CHECKPOINTS.md has the layout; numbers are
// little-endian.
#include <algorithm>
#include <cstring>

#include "simulation/fast_run.hpp"
#include "simulation/journal_writer.hpp"

namespace footfall::simulation {
namespace {

constexpr std::string_view kMagic = "footfall fast world 1\n";

class Writer {
 public:
  explicit Writer(std::size_t room) { bytes_.reserve(room); }

  template <typename T>
  void put(T number) {
    char raw[sizeof(T)];
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      raw[i] = static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i));
    }
    bytes_.append(raw, sizeof(T));
  }
  void text(std::string_view text) { bytes_.append(text); }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Past the end everything reads as 0, and is_good() is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  T get() {
    if (bytes_.size() < sizeof(T)) {
      good_ = false;
      bytes_ = {};
      return T{};
    }
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      number |= std::uint64_t{static_cast<unsigned char>(bytes_[i])} << (8 * i);
    }
    bytes_.remove_prefix(sizeof(T));
    return static_cast<T>(number);
  }
  bool text(std::string_view wanted) {
    good_ = good_ && bytes_.starts_with(wanted);
    if (good_) bytes_.remove_prefix(wanted.size());
    return good_;
  }
  void refuse() { good_ = false; }
  bool is_good() const { return good_; }
  bool is_at_end() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool good_ = true;
};

void put_wallet(const offers::Wallet& wallet, Writer& out) {
  std::uint64_t filled = 0;
  for (int i = 0; i < offers::kSlotsMax; ++i) {
    if (!wallet.slot(i).empty()) filled |= std::uint64_t{1} << i;
  }
  out.put(filled);
  for (int i = 0; i < offers::kSlotsMax; ++i) {
    const offers::Slot& slot = wallet.slot(i);
    if (slot.empty()) continue;
    out.put(slot.coupon);
    out.put(slot.offer_cycle);
    out.put(slot.assigned_hour);
  }
}

offers::Wallet get_wallet(Reader& in, std::size_t coupons) {
  std::array<offers::Slot, offers::kSlotsMax> slots;
  const auto filled = in.get<std::uint64_t>();
  for (int i = 0; i < offers::kSlotsMax; ++i) {
    if (!(filled >> i & 1)) continue;
    offers::Slot& slot = slots[static_cast<std::size_t>(i)];
    slot.coupon = in.get<std::uint16_t>();
    slot.offer_cycle = in.get<std::uint16_t>();
    slot.assigned_hour = in.get<std::uint32_t>();
    if (slot.coupon >= coupons) in.refuse();
  }
  return offers::Wallet::of(slots);
}

void put_cart(const std::vector<retail::CartLine>& cart, Writer& out) {
  out.put(static_cast<std::uint32_t>(cart.size()));
  for (const retail::CartLine& line : cart) {
    out.put(line.product);
    out.put(line.category);
    out.put(line.brand);
    out.put(line.qty);
    out.put(line.unit_price.minor);
  }
}

std::vector<retail::CartLine> get_cart(Reader& in) {
  std::vector<retail::CartLine> cart;
  const auto lines = in.get<std::uint32_t>();
  for (std::uint32_t i = 0; i < lines && in.is_good(); ++i) {
    retail::CartLine& line = cart.emplace_back();
    line.product = in.get<std::uint16_t>();
    line.category = in.get<std::uint16_t>();
    line.brand = in.get<std::uint16_t>();
    line.qty = in.get<std::int32_t>();
    line.unit_price = Money{in.get<std::int64_t>()};
  }
  return cart;
}

}  // namespace

std::string FastRun::state() const {
  if (writer_) writer_->finish();
  const std::size_t shoppers = states_.key.size();
  constexpr std::size_t kBytesEach = 8 + 8 * 32 + 6;  // of a usual wallet
  Writer out(64 + shoppers * kBytesEach);
  out.text(kMagic);
  out.put(static_cast<std::uint64_t>(shoppers));
  out.put(static_cast<std::uint32_t>(issued_.size()));
  for (const std::int64_t issued : issued_) out.put(issued);
  const std::span<const std::int64_t> left =
      shared_ ? shared_->all_left() : std::span<const std::int64_t>();
  out.put(static_cast<std::uint32_t>(left.size()));
  for (const std::int64_t one : left) out.put(one);
  out.put(static_cast<std::uint8_t>(!states_.kept.empty()));
  for (std::size_t who = 0; who < shoppers; ++who) {
    out.put(states_.left[who]);
    out.put(states_.expired_since_refresh[who]);
    out.put(states_.next_expiry_day[who]);
    put_wallet(states_.wallets[who], out);
    if (!states_.kept.empty()) put_cart(states_.kept[who], out);
  }
  return out.take();
}

Result<void> FastRun::resume(std::string_view bytes, SimTime now, const Tally& tally) {
  const Error wrong(Errc::invalid_input, "it is not the state of a run with these shoppers");
  Reader in(bytes);
  if (!in.text(kMagic) || in.get<std::uint64_t>() != states_.key.size()) return wrong;
  if (in.get<std::uint32_t>() != issued_.size()) return wrong;
  for (std::int64_t& issued : issued_) issued = in.get<std::int64_t>();
  const std::size_t goods = shared_ ? shared_->all_left().size() : 0;
  if (in.get<std::uint32_t>() != goods) return wrong;
  std::vector<std::int64_t> left(goods);
  for (std::int64_t& one : left) one = in.get<std::int64_t>();
  if (shared_) shared_->set_left(left);
  if ((in.get<std::uint8_t>() != 0) != !states_.kept.empty()) return wrong;
  for (std::size_t who = 0; who < states_.key.size() && in.is_good(); ++who) {
    states_.left[who] = in.get<std::uint8_t>();
    states_.expired_since_refresh[who] = in.get<std::uint8_t>();
    states_.next_expiry_day[who] = in.get<std::uint32_t>();
    states_.wallets[who] = get_wallet(in, issued_.size());
    if (!states_.kept.empty()) states_.kept[who] = get_cart(in);
  }
  if (!in.is_good() || !in.is_at_end()) return wrong;
  from_ = now;
  tally_before_ = tally;
  return {};
}

}  // namespace footfall::simulation
