// What a profile's file says of answers: what is read of them, and what their refusals mean.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "commerce/http/profile_file.hpp"

namespace footfall::commerce {
namespace {

constexpr std::size_t kWordsMax = 100;

// What rules may say: the refusals of a shop, and the two that are none.
std::vector<std::string_view> meanings() {
  std::vector<std::string_view> out = {kDoneBefore, kNothing};
  for (int i = 1; i < retail::kRefusalCount; ++i) {
    out.push_back(to_string(static_cast<retail::Refusal>(i)));
  }
  return out;
}

std::vector<std::string_view> refusals() {
  std::vector<std::string_view> out = {"none"};
  for (const std::string_view name : meanings()) {
    if (find_refusal(name)) out.push_back(name);
  }
  return out;
}

std::vector<std::string_view> readable(ApiAction action) {
  std::vector<std::string_view> out;
  for (int i = 0; i < kReadKeyCount; ++i) {
    const auto key = static_cast<ReadKey>(i);
    if (may_read(action, key)) out.push_back(to_string(key));
  }
  return out;
}

bool may_find_nothing(ApiAction action) {
  return action == ApiAction::list_products || action == ApiAction::view_coupons ||
         action == ApiAction::abandon || action == ApiAction::find_order;
}

void check_read(const Found& where, ApiAction action, const ActionSpec& spec) {
  const auto need = [&](bool is_there, std::string_view sentence) {
    if (!is_there) where.wrong(std::string(sentence));
  };
  const bool items = spec.reads(ReadKey::items);
  const bool either = spec.reads(ReadKey::id) || spec.reads(ReadKey::code);
  if (action == ApiAction::list_products) {
    need(items, "must read `items`: where the list of products is");
    need(spec.reads(ReadKey::id) || spec.reads(ReadKey::sku),
         "must read `sku` or `id` of each product, to know which is which");
  } else if (action == ApiAction::view_coupons) {
    need(items, "must read `items`: where the list of coupons is");
    need(spec.reads(ReadKey::code), "must read `code` of each coupon, to know which is which");
  } else if (action == ApiAction::find_order) {
    need(spec.reads(ReadKey::order), "must read `order`: the order's id, if there is one");
  } else if (action == ApiAction::apply_coupons) {
    const bool any = items || either || spec.reads(ReadKey::refusal);
    need(!any || (items && either && spec.reads(ReadKey::refusal)),
         "reads of each coupon: `items`, `refusal`, and `id` or `code`, or none of them");
  }
}

}  // namespace

void FileReader::read_answer(const Found& found, ApiAction action, ActionSpec& spec) {
  const Found read = found.member("read");
  if (read && read.is_table()) {
    const std::vector<std::string_view> known = readable(action);
    if (known.empty()) {
      read.wrong(
          fmt::format("may not be there: nothing is read of what {} answers", to_string(action)));
    } else {
      read.check_keys(known);
    }
    for (int i = 0; i < kReadKeyCount; ++i) {
      const auto key = static_cast<ReadKey>(i);
      const Found pointer = may_read(action, key) ? read.member(to_string(key)) : Found{};
      // One that is wrong is there all the same: that it is wrong is told already.
      if (pointer) spec.read[i] = pointer.pointer().value_or(JsonPointer());
    }
  }
  check_read(read ? read : found, action, spec);
  if (const Found words = found.member("words")) read_words(words, spec);
}

void FileReader::read_words(const Found& words, ActionSpec& spec) {
  if (!words.is_table()) return;
  if (!spec.reads(ReadKey::refusal)) {
    words.wrong("is never used: no `refusal` is read");
  }
  if (words.value->items.size() > kWordsMax) {
    words.wrong(fmt::format("has {} words, at most {}", words.value->items.size(), kWordsMax));
    return;
  }
  const std::vector<std::string_view> names = refusals();
  for (const FileValue& item : words.value->items) {
    const auto choice = words.member(item.name).choice(names);
    if (choice) spec.words.emplace_back(item.name, *find_refusal(names[*choice]));
  }
}

void FileReader::read_rules(const Found& rules) {
  const std::vector<Found> all = rules.list();
  if (all.size() > kRulesMax) {
    rules.wrong(fmt::format("are {}, at most {} are allowed", all.size(), kRulesMax));
    return;
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    Found rule = all[i];
    rule.path = fmt::format("refusals[{}]", i);
    if (rule.is_table()) read_rule(rule);
  }
}

void FileReader::read_rule(const Found& found) {
  found.check_keys(rule_keys());
  Rule rule;
  if (const Found status = found.member("status")) {
    const bool is_good = status.value->kind == FileValue::Kind::whole &&
                         status.value->whole >= 200 && status.value->whole < 600;
    if (is_good) rule.status = static_cast<int>(status.value->whole);
    if (!is_good) {
      status.wrong(
          fmt::format("must be a status from 200 to 599, but there is {}", status.value->what()));
    }
  }
  const Found pointer = found.member("pointer"), equals = found.member("equals");
  rule.pointer = pointer.pointer();
  if (static_cast<bool>(pointer) != static_cast<bool>(equals)) {
    found.wrong("must have both `pointer` and `equals`, or neither");
  }
  if (!found.member("status") && !pointer) {
    found.wrong("fits every answer: give it a `status`, or a `pointer` and what it `equals`");
  }
  if (equals) {
    const FileValue::Kind kind = equals.value->kind;
    rule.equals = equals.value->text;
    if (kind != FileValue::Kind::text && kind != FileValue::Kind::whole &&
        kind != FileValue::Kind::yes_no) {
      equals.wrong(fmt::format("must be a text, a whole number, true or false, but there is {}",
                               equals.value->what()));
    }
  }
  const Found means = found.member("means");
  if (!means) found.wrong("does not say what it `means`");
  const std::vector<std::string_view> names = meanings();
  if (const auto choice = means.choice(names)) {
    const std::string_view name = names[*choice];
    rule.meaning = name == kDoneBefore ? Meaning::done_before
                   : name == kNothing  ? Meaning::nothing
                                       : Meaning::refusal;
    rule.refusal = find_refusal(name).value_or(retail::Refusal::none);
  }
  std::vector<ApiAction> actions;
  const Found of = found.member("action");
  for (const Found& one : of.list()) {
    if (const auto choice = one.choice(action_names())) {
      actions.push_back(static_cast<ApiAction>(*choice));
    }
  }
  for (int i = 0; !of && i < kApiActionCount; ++i) actions.push_back(static_cast<ApiAction>(i));
  for (const ApiAction action : actions) {
    if (rule.meaning == Meaning::nothing && !may_find_nothing(action)) {
      found.wrong(
          "\"nothing\" is found by list_products, view_coupons, abandon and find_order "
          "alone: name which in `action`");
      break;
    }
    profile.actions[static_cast<std::size_t>(action)].rules.push_back(rule);
  }
}

}  // namespace footfall::commerce
