#include "checkpoint/checkpoint.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <utility>

#include "base/sha256.hpp"
#include "telemetry/json_writer.hpp"

namespace footfall::checkpoint {
namespace {

namespace json = boost::json;
using simulation::LiveProgress;
using simulation::Tally;
using telemetry::JsonWriter;

constexpr std::string_view kMark = "footfall_checkpoint";
constexpr std::string_view kSum = ",\n\"sha256\": \"";

constexpr std::array<std::pair<std::string_view, std::int64_t Tally::*>, 17> kCounts = {
    {{"thoughts", &Tally::thoughts},
     {"sessions", &Tally::sessions},
     {"idle_sessions", &Tally::idle_sessions},
     {"trips", &Tally::trips},
     {"orders", &Tally::orders},
     {"abandoned", &Tally::abandoned},
     {"failed_checkouts", &Tally::failed},
     {"order_lines", &Tally::order_lines},
     {"events", &Tally::events},
     {"decisions", &Tally::decisions},
     {"dropped_out", &Tally::dropped_out},
     {"coupons_assigned", &Tally::coupons_assigned},
     {"coupons_redeemed", &Tally::coupons_redeemed},
     {"coupons_expired", &Tally::coupons_expired},
     {"coupons_superseded", &Tally::coupons_superseded},
     {"wallet_views", &Tally::wallet_views},
     {"calls", &Tally::calls}}};
constexpr std::array<std::pair<std::string_view, Money Tally::*>, 3> kSums = {
    {{"gross_minor", &Tally::gross},
     {"discount_minor", &Tally::discount},
     {"revenue_minor", &Tally::revenue}}};
constexpr std::array<std::pair<std::string_view, std::int64_t LiveProgress::*>, 6> kProgress = {
    {{"failed_trips", &LiveProgress::failures},
     {"unsettled", &LiveProgress::unsettled},
     {"held_back", &LiveProgress::held_back},
     {"late_cycles", &LiveProgress::late_cycles},
     {"freezes", &LiveProgress::freezes},
     {"checkpoints", &LiveProgress::checkpoints}}};

std::string counts_text(const LiveProgress& progress) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  for (const auto& [name, member] : kCounts) json.member(name, progress.tally.*member);
  for (const auto& [name, member] : kSums) json.member(name, progress.tally.*member);
  for (const auto& [name, member] : kProgress) json.member(name, progress.*member);
  json.key("failures_of").begin_object();
  for (std::size_t i = 0; i < progress.failures_of.size(); ++i) {
    json.member(to_string(static_cast<commerce::TripFailure::Kind>(i)), progress.failures_of[i]);
  }
  json.end_object().end_object();
  return out;
}

std::string left_text(const std::vector<AgentId>& left) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const AgentId agent : left) json.value(agent.value);
  json.end_array();
  return out;
}

// Products, categories and brands by their places in the catalogue, which the run's hash names.
std::string kept_text(const std::vector<simulation::KeptCart>& kept) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const simulation::KeptCart& cart : kept) {
    json.begin_object().member("agent", cart.agent.value).key("lines").begin_array();
    for (const retail::CartLine& line : cart.lines) {
      json.begin_object()
          .member("product", int{line.product})
          .member("category", int{line.category})
          .member("brand", int{line.brand})
          .member("quantity", int{line.qty})
          .member("price_minor", line.unit_price)
          .end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
  return out;
}

Error bad(std::string why) { return Error(Errc::invalid_input, std::move(why)); }

// Members of an object that must be there. What is not, or is of another kind, is noted once.
class Members {
 public:
  explicit Members(const json::object& object) : object_(object) {}

  std::int64_t whole(std::string_view name) {
    const json::value* const found = find(name);
    if (found && found->is_int64()) return found->as_int64();
    if (found && found->is_uint64()) return static_cast<std::int64_t>(found->as_uint64());
    note(name);
    return 0;
  }
  std::string text(std::string_view name) {
    const json::value* const found = find(name);
    if (found && found->is_string()) return std::string(found->as_string());
    note(name);
    return {};
  }
  SimTime moment(std::string_view name) {
    const auto moment = parse_sim_time(text(name));
    if (moment) return *moment;
    note(name);
    return {};
  }
  const json::array& array(std::string_view name) {
    const json::value* const found = find(name);
    if (found && found->is_array()) return found->as_array();
    note(name);
    return kNoArray;
  }
  const json::object& object(std::string_view name) {
    const json::value* const found = find(name);
    if (found && found->is_object()) return found->as_object();
    note(name);
    return kNoObject;
  }
  bool has(std::string_view name) const { return object_.contains(name); }
  void note(std::string_view name) {
    if (missing_.empty()) missing_ = name;
  }
  const std::string& missing() const { return missing_; }

 private:
  const json::value* find(std::string_view name) const { return object_.if_contains(name); }

  static inline const json::array kNoArray{};
  static inline const json::object kNoObject{};
  const json::object& object_;
  std::string missing_;
};

void read_counts(Members& of, LiveProgress& progress) {
  Members counts(of.object("counts"));
  for (const auto& [name, member] : kCounts) progress.tally.*member = counts.whole(name);
  for (const auto& [name, member] : kSums) progress.tally.*member = Money{counts.whole(name)};
  for (const auto& [name, member] : kProgress) progress.*member = counts.whole(name);
  Members failures(counts.object("failures_of"));
  for (std::size_t i = 0; i < progress.failures_of.size(); ++i) {
    progress.failures_of[i] =
        failures.whole(to_string(static_cast<commerce::TripFailure::Kind>(i)));
  }
  if (!counts.missing().empty()) of.note(counts.missing());
  if (!failures.missing().empty()) of.note(failures.missing());
}

void read_kept(Members& of, std::vector<simulation::KeptCart>& kept) {
  for (const json::value& row : of.array("kept_carts")) {
    if (!row.is_object()) return of.note("kept_carts");
    Members cart(row.as_object());
    simulation::KeptCart& one = kept.emplace_back();
    one.agent = AgentId{cart.whole("agent")};
    for (const json::value& line_row : cart.array("lines")) {
      if (!line_row.is_object()) return of.note("lines");
      Members line(line_row.as_object());
      retail::CartLine& read = one.lines.emplace_back();
      read.product = static_cast<std::uint16_t>(line.whole("product"));
      read.category = static_cast<std::uint16_t>(line.whole("category"));
      read.brand = static_cast<std::uint16_t>(line.whole("brand"));
      read.qty = static_cast<std::int32_t>(line.whole("quantity"));
      read.unit_price = Money{line.whole("price_minor")};
      if (!line.missing().empty()) of.note(line.missing());
    }
    if (!cart.missing().empty()) of.note(cart.missing());
  }
}

Checkpoint read(Members& of) {
  Checkpoint read;
  read.run = RunId{of.whole("run")};
  read.mode = of.text("mode");
  const std::string seed = of.text("seed");
  if (std::from_chars(seed.data(), seed.data() + seed.size(), read.seed).ptr !=
      seed.data() + seed.size()) {
    of.note("seed");
  }
  read.begun_us = of.whole("begun_us");
  read.config_hash = of.text("config_hash");
  read.engine = of.text("engine");
  read.written_us = of.moment("written").us;
  read.start = of.moment("start");
  read.state.progress.now = of.moment("simulated");
  read.state.progress.cycle = read.cycle();
  read_counts(of, read.state.progress);
  for (const json::value& agent : of.array("left")) {
    if (!agent.is_int64()) of.note("left");
    if (agent.is_int64()) read.state.left.push_back(AgentId{agent.as_int64()});
  }
  read_kept(of, read.state.kept);
  if (of.has("shard")) {
    Members shard(of.object("shard"));
    read.shard = Shard{shard.text("file"), shard.whole("bytes"), shard.text("sha256")};
    if (!shard.missing().empty()) of.note(shard.missing());
  }
  return read;
}

// The text but for its checksum, and whether that is right.
Result<std::string_view> checked(std::string_view text) {
  const auto sum = text.rfind(kSum);
  if (sum == std::string_view::npos) return bad("it is cut short: its checksum is missing");
  const std::string_view rest = text.substr(sum + kSum.size());
  if (rest.size() < 64 || rest.substr(64) != "\"\n}\n") return bad("it is cut short");
  const std::string_view before = text.substr(0, sum);
  if (sha256_hex(before) != rest.substr(0, 64)) {
    return bad("it was changed after it was written: its checksum is another");
  }
  return before;
}

}  // namespace

std::string to_text(const Checkpoint& checkpoint) {
  const auto quoted = [](std::string_view text) {
    std::string out;
    JsonWriter(out).value(text);
    return out;
  };
  std::string out = fmt::format("{{\n\"{}\": {}", kMark, kVersion);
  const auto member = [&](std::string_view name, const std::string& value) {
    fmt::format_to(std::back_inserter(out), ",\n\"{}\": {}", name, value);
  };
  const simulation::LiveState& state = checkpoint.state;
  member("written", quoted(to_string(SimTime{checkpoint.written_us / 1'000'000 * 1'000'000})));
  member("engine", quoted(checkpoint.engine));
  member("run", fmt::format("{}", checkpoint.run.value));
  member("mode", quoted(checkpoint.mode));
  member("seed", fmt::format("\"{}\"", checkpoint.seed));
  member("begun_us", fmt::format("{}", checkpoint.begun_us));
  member("config_hash", quoted(checkpoint.config_hash));
  member("start", quoted(to_string(checkpoint.start)));
  member("simulated", quoted(to_string(state.progress.now)));
  member("cycle", fmt::format("{}", checkpoint.cycle()));
  member("counts", counts_text(state.progress));
  member("left", left_text(state.left));
  member("kept_carts", kept_text(state.kept));
  if (checkpoint.shard) {
    member("shard", fmt::format("{{\"file\": {}, \"bytes\": {}, \"sha256\": {}}}",
                                quoted(checkpoint.shard->file), checkpoint.shard->bytes,
                                quoted(checkpoint.shard->sha256)));
  }
  const std::string sum = sha256_hex(out);
  return fmt::format("{}{}{}\"\n}}\n", out, kSum, sum);
}

Result<Checkpoint> from_text(std::string_view text) {
  boost::system::error_code error;
  const json::value whole = json::parse(text, error);
  if (!error && whole.is_object()) {  // a newer one may have another kind of checksum
    const json::value* const version = whole.as_object().if_contains(kMark);
    if (!version || !version->is_int64()) return bad("it is no checkpoint of footfall's");
    if (version->as_int64() > kVersion) {
      return Error(Errc::incompatible,
                   fmt::format("a newer footfall wrote it (version {}; this one reads up to {})",
                               version->as_int64(), kVersion));
    }
  }
  const Result<std::string_view> before = checked(text);
  if (!before) return before.error();
  if (error || !whole.is_object()) return bad("it is no JSON");
  Members members(whole.as_object());
  Checkpoint read_one = read(members);
  if (!members.missing().empty()) {
    return bad(fmt::format("its \"{}\" is missing, or not what it should be", members.missing()));
  }
  return read_one;
}

}  // namespace footfall::checkpoint
