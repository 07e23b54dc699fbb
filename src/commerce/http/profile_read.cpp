// What an answer said.
#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "commerce/http/profile_spec.hpp"
#include "http/text.hpp"

namespace footfall::commerce {
namespace {

constexpr std::size_t kProblemBytesMax = 300;
constexpr std::size_t kIdBytesMax = 200;
constexpr std::size_t kCursorBytesMax = 2'000;
// A double that was meant to be an amount with cents comes out with at least so many digits in all,
// and of those after the cents the first ones alike.
constexpr std::size_t kNoiseDigits = 15, kNoiseRun = 5;

bool all_are(std::string_view text, char c) {
  return std::all_of(text.begin(), text.end(), [c](char other) { return other == c; });
}

// "12.34", "12.3400", and 12.340000000000001, which is how others' floats look; not 12.345.
std::optional<Money> decimal_money(std::string_view text) {
  const std::size_t point = text.find('.');
  const std::string_view digits = point == text.npos ? "" : text.substr(point + 1);
  if (digits.size() <= 2) {
    const Result<Money> money = parse_money(text);
    return money ? std::optional(*money) : std::nullopt;
  }
  if (!std::all_of(digits.begin(), digits.end(), http::is_digit)) return std::nullopt;
  const std::string_view rest = digits.substr(2);
  const std::size_t before_point = text[0] == '0' ? 0 : point;
  const bool is_noisy = before_point + digits.size() >= kNoiseDigits && rest.size() > kNoiseRun;
  const bool rounds_down = all_are(is_noisy ? rest.substr(0, kNoiseRun) : rest, '0');
  const bool rounds_up = is_noisy && all_are(rest.substr(0, kNoiseRun), '9');
  const Result<Money> money = parse_money(text.substr(0, point + 3));
  if (!money || (!rounds_down && !rounds_up)) return std::nullopt;
  return rounds_up ? *money + Money{1} : *money;
}

// A whole number, or decimal text, from 0 to kMoneyMax.
std::optional<Money> money_of(std::string_view text, Prices prices) {
  if (text.starts_with('-')) return std::nullopt;
  if (prices == Prices::decimal) return decimal_money(text);
  const bool is_whole = !text.empty() && std::all_of(text.begin(), text.end(), http::is_digit);
  const auto minor = is_whole ? parse_integer(text) : std::nullopt;
  if (!minor || *minor > kMoneyMax.minor) return std::nullopt;
  return Money{*minor};
}

std::optional<int> two_digits(std::string_view text) {
  if (text.size() != 2 || !http::is_digit(text[0]) || !http::is_digit(text[1])) return std::nullopt;
  return (text[0] - '0') * 10 + (text[1] - '0');
}

// "+02:00", "-0530", "+02", "Z" or nothing, which is UTC too; in minutes.
std::optional<int> offset_minutes(std::string_view text) {
  if (text.empty() || text == "Z") return 0;
  if (text.size() < 3 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto hours = two_digits(text.substr(1, 2));
  const bool hours_only = text.size() == 3;
  const auto minutes = hours_only ? 0 : two_digits(text.substr(text[3] == ':' ? 4 : 3));
  if (!hours || !minutes || *hours > 14 || *minutes > 59) return std::nullopt;
  return (*hours * 60 + *minutes) * (text[0] == '-' ? -1 : 1);
}

// RFC 3339, and as Python's isoformat() writes moments; digits past microseconds are dropped. What
// never ends ends in the last year that we know.
std::optional<SimTime> moment_of(std::string_view text) {
  constexpr std::string_view kLastYear = "2199";
  const bool is_late = text.size() >= 10 && text[4] == '-' && text.substr(0, 4) > kLastYear;
  if (is_late && std::all_of(text.begin(), text.begin() + 4, http::is_digit)) {
    return moment_of(fmt::format("{}-12-31", kLastYear));
  }
  constexpr std::size_t kSeconds = 19;
  if (text.size() <= kSeconds) {
    const Result<SimTime> plain = parse_sim_time(text);
    return plain ? std::optional(*plain) : std::nullopt;
  }
  const Result<SimTime> whole = parse_sim_time(text.substr(0, kSeconds));
  if (!whole) return std::nullopt;
  SimDuration fraction;
  std::string_view rest = text.substr(kSeconds);
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    std::int64_t unit = 100'000;
    if (rest.empty() || !http::is_digit(rest.front())) return std::nullopt;
    for (; !rest.empty() && http::is_digit(rest.front()); rest.remove_prefix(1), unit /= 10) {
      fraction.us += (rest.front() - '0') * unit;
    }
  }
  const auto offset = offset_minutes(rest);
  if (!offset) return std::nullopt;
  return *whole + fraction - kMinute * *offset;
}

std::string describe(const JsonNode* node) {
  if (!node) return "there is nothing";
  switch (node->kind) {
    case JsonKind::null:
      return "there is null";
    case JsonKind::list:
      return "there is a list";
    case JsonKind::table:
      return "there is an object";
    case JsonKind::text:
      return fmt::format("there is \"{}\"", shown(node->text, 60));
    case JsonKind::yes_no:
    case JsonKind::number:
      break;
  }
  return fmt::format("there is {}", shown(node->text, 60));
}

// Reads one answer; the first thing that is not as the profile says ends it.
class Answer {
 public:
  Answer(const ActionSpec& spec, Prices prices, const JsonTree& tree, ApiOutcome& out)
      : spec_(spec), prices_(prices), tree_(tree), out_(out) {}

  // Empty, or what is wrong.
  std::string read(ApiAction action) {
    const JsonNode* from = &tree_.root();
    if (const JsonPointer* items = pointer(ReadKey::items)) {
      const JsonNode* list = tree_.find(*from, *items);
      if (action == ApiAction::find_order) {
        from = first_of(list, *items);
      } else {
        read_items(action, list, *items);
      }
    }
    if (from && problem_.empty()) read_scalars(*from, action);
    return std::move(problem_);
  }

 private:
  const JsonPointer* pointer(ReadKey key) const {
    const auto& found = spec_.read[static_cast<std::size_t>(key)];
    return found ? &*found : nullptr;
  }

  void wrong(const JsonPointer& at, const JsonNode* node, std::string_view wanted) {
    if (problem_.empty()) {
      problem_ = fmt::format("{}{}: must be {}, but {}", prefix_, at.text, wanted, describe(node));
    }
  }

  // Others' empty lists are null at times.
  bool is_list(const JsonNode* node, const JsonPointer& at) {
    if (node && (node->kind == JsonKind::list || node->kind == JsonKind::null)) return true;
    wrong(at, node, "a list");
    return false;
  }

  const JsonNode* first_of(const JsonNode* list, const JsonPointer& at) {
    if (!is_list(list, at)) return nullptr;
    prefix_ = at.text + "/0";
    return tree_.first(*list);
  }

  void read_items(ApiAction action, const JsonNode* list, const JsonPointer& at) {
    if (!is_list(list, at)) return;
    std::size_t number = 0;
    for (const JsonNode* item = tree_.first(*list); item; item = tree_.next(*item)) ++number;
    if (action == ApiAction::list_products) {
      out_.products.reserve(number);
    } else {
      out_.coupons.reserve(number);
    }
    number = 0;
    for (const JsonNode* item = tree_.first(*list); item && problem_.empty();
         item = tree_.next(*item), ++number) {
      item_ = item;
      if (action == ApiAction::list_products) {
        read_product();
      } else {
        read_coupon();
      }
      if (!problem_.empty()) problem_ = fmt::format("{}/{}{}", at.text, number, problem_);
    }
  }

  void read_product() {
    SeenProduct product;
    text(*item_, ReadKey::id, true, kIdBytesMax, product.id);
    text(*item_, ReadKey::sku, !pointer(ReadKey::id), kIdBytesMax, product.sku);
    text(*item_, ReadKey::name, false, JsonTree::kBytesMax, product.name);
    text(*item_, ReadKey::category, false, kIdBytesMax, product.category);
    text(*item_, ReadKey::brand, false, kIdBytesMax, product.brand);
    product.price = money(*item_, ReadKey::price, false);
    out_.products.push_back(std::move(product));
  }

  void read_coupon() {
    SeenCoupon coupon;
    const bool has_id = pointer(ReadKey::id) != nullptr;
    text(*item_, ReadKey::id, true, kIdBytesMax, coupon.id);
    text(*item_, ReadKey::code, !has_id || !pointer(ReadKey::refusal), kIdBytesMax, coupon.code);
    coupon.assigned = moment(*item_, ReadKey::assigned);
    coupon.expires = moment(*item_, ReadKey::expires);
    coupon.refusal = refusal(*item_);
    out_.coupons.push_back(std::move(coupon));
  }

  void read_scalars(const JsonNode& from, ApiAction action) {
    text(from, ReadKey::cart, true, kIdBytesMax, out_.cart);
    // That there is no order is an answer too.
    text(from, ReadKey::order, action != ApiAction::find_order, kIdBytesMax, out_.order);
    const bool is_there = action != ApiAction::find_order || !out_.order.empty();
    out_.total = money(from, ReadKey::total, is_there);
    text(from, ReadKey::next, false, kCursorBytesMax, out_.next);
  }

  // A text or whole number. What is not `needed` may be missing or null.
  void text(const JsonNode& from, ReadKey key, bool needed, std::size_t most, std::string& out) {
    const JsonPointer* at = pointer(key);
    if (!at) return;
    const JsonNode* node = tree_.find(from, *at);
    if (!needed && (!node || node->kind == JsonKind::null)) return;
    const bool is_whole = node && node->kind == JsonKind::number &&
                          node->text.find_first_of(".eE") == std::string_view::npos;
    const bool is_text = node && node->kind == JsonKind::text;
    if ((!is_whole && !is_text) || (needed && node->text.empty()) || node->text.size() > most) {
      wrong(*at, node, fmt::format("a text or whole number of at most {} bytes", most));
      return;
    }
    out = node->text;
  }

  std::optional<Money> money(const JsonNode& from, ReadKey key, bool needed) {
    const JsonPointer* at = pointer(key);
    if (!at) return std::nullopt;
    const JsonNode* node = tree_.find(from, *at);
    if (!needed && (!node || node->kind == JsonKind::null)) return std::nullopt;
    const bool has_text = node && (node->kind == JsonKind::number || node->kind == JsonKind::text);
    const auto amount = has_text ? money_of(node->text, prices_) : std::nullopt;
    if (!amount) {
      wrong(*at, node,
            prices_ == Prices::minor ? "an amount in minor units, like 1234"
                                     : "an amount like 12.34");
    }
    return amount;
  }

  std::optional<SimTime> moment(const JsonNode& from, ReadKey key) {
    const JsonPointer* at = pointer(key);
    const JsonNode* node = at ? tree_.find(from, *at) : nullptr;
    if (!node || node->kind == JsonKind::null) return std::nullopt;
    const auto when = node->kind == JsonKind::text ? moment_of(node->text) : std::nullopt;
    if (!when) wrong(*at, node, "a moment like 2026-01-05T10:00:00Z");
    return when;
  }

  retail::Refusal refusal(const JsonNode& from) {
    const JsonPointer* at = pointer(ReadKey::refusal);
    const JsonNode* node = at ? tree_.find(from, *at) : nullptr;
    if (!node || node->kind == JsonKind::null) return retail::Refusal::none;
    if (node->is_scalar()) {
      for (const auto& [word, meaning] : spec_.words) {
        if (word == node->text) return meaning;
      }
      if (const auto named = find_refusal(node->text)) return *named;
    }
    wrong(*at, node, "a refusal that footfall knows or the action's `words` translate");
    return retail::Refusal::none;
  }

  const ActionSpec& spec_;
  const Prices prices_;
  const JsonTree& tree_;
  ApiOutcome& out_;
  const JsonNode* item_ = nullptr;
  std::string prefix_, problem_;
};

// An answer's body, parsed when first asked for.
class Body {
 public:
  explicit Body(std::string_view text) : text_(text) {}

  // Null if it is no JSON.
  const JsonTree* tree() {
    // Each thread's own, and used again: an answer a microsecond leaves no time for the heap.
    thread_local JsonTree kept;
    if (!is_parsed_) is_json_ = kept.parse(text_);
    is_parsed_ = true;
    if (!is_json_) why_ = kept.problem();
    return is_json_ ? &kept : nullptr;
  }
  const std::string& why() const { return why_; }
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
  bool is_parsed_ = false, is_json_ = false;
  std::string why_;
};

bool fits(const Rule& rule, int status, Body& body) {
  if (rule.status != 0 && rule.status != status) return false;
  if (!rule.pointer) return true;
  const JsonTree* tree = body.tree();
  const JsonNode* node = tree ? tree->find(tree->root(), *rule.pointer) : nullptr;
  return node && node->is_scalar() && node->text == rule.equals;
}

// What a failure's body says of itself.
std::string quoted(const Profile::Spec& spec, Body& body) {
  std::string out;
  const JsonTree* tree = spec.problem.empty() ? nullptr : body.tree();
  for (const JsonPointer& pointer : spec.problem) {
    const JsonNode* node = tree ? tree->find(tree->root(), pointer) : nullptr;
    if (!node || !node->is_scalar() || node->text.empty()) continue;
    if (!out.empty()) out += ": ";
    out += node->text.substr(0, kProblemBytesMax);
  }
  return out.empty() ? std::string(body.text().substr(0, kProblemBytesMax)) : out;
}

}  // namespace

ApiOutcome Profile::read(ApiAction action, int status, std::string_view body_text) const {
  const ActionSpec& spec = spec_->action(action);
  FF_ASSERT(spec.is_present, "an answer is read to an action that the profile lacks");
  ApiOutcome out;
  Body body(body_text);
  const auto fail = [&](std::string_view why) {
    out = ApiOutcome();
    out.problem = shown(fmt::format("{} {}", status, why), kProblemBytesMax);
    return out;
  };
  const auto rule = std::find_if(spec.rules.begin(), spec.rules.end(),
                                 [&](const Rule& each) { return fits(each, status, body); });
  const bool has_rule = rule != spec.rules.end();
  if (has_rule && rule->meaning == Meaning::refusal) {
    out.refusal = rule->refusal;
    return out;
  }
  const bool is_ok =
      status >= 0 && static_cast<std::size_t>(status) < kStatusEnd && spec.ok[status];
  if (!has_rule && !is_ok) return fail(quoted(*spec_, body));
  out.ok = true;
  out.already_done = has_rule && rule->meaning == Meaning::done_before;
  if (!spec.reads_anything() || (has_rule && rule->meaning == Meaning::nothing)) return out;
  const JsonTree* tree = body.tree();
  if (!tree && out.already_done) return out;
  if (!tree) {
    return fail(fmt::format("the body is no JSON: {}: {}", body.why(), body_text.substr(0, 60)));
  }
  const std::string wrong = Answer(spec, spec_->prices, *tree, out).read(action);
  // What was done before may answer in a form of its own.
  return wrong.empty() || out.already_done ? out : fail(wrong);
}

}  // namespace footfall::commerce
