#include "cli/profile_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace footfall::cli {
namespace {

using commerce::ApiAction;
using State = ProfileStep::State;

constexpr std::size_t kActionWidth = 15, kStateWidth = 10;
constexpr std::size_t kIndent = 2 + kActionWidth + kStateWidth;

std::string_view word_of(State state) {
  static constexpr std::string_view kWords[] = {"ok",       "refused",  "FAILED",
                                                "left out", "not sent", "missing"};
  return kWords[static_cast<std::size_t>(state)];
}

std::string took(std::int64_t us) {
  return us < 10'000 ? fmt::format("{:.1f} ms", static_cast<double>(us) / 1000)
                     : fmt::format("{} ms", us / 1000);
}

std::string indented(const std::string& text) { return std::string(kIndent, ' ') + text + "\n"; }

// The call, and at the line's end its status and how long it took.
std::string first_line(const ProfileStep& step, const std::string& call, const TextStyle& style) {
  std::string end;
  if (step.status > 0) end = fmt::format("{:>5} {:>9}", step.status, took(step.took_us));
  const std::size_t room = style.width - kIndent - end.size();
  const std::string shown = cut_to_width(call, room, style);
  const std::size_t gap = room - std::min(room, display_width(shown));
  std::string line = fmt::format("  {:<{}}{:<{}}{}", to_string(step.action), kActionWidth,
                                 word_of(step.state), kStateWidth, shown);
  if (!end.empty()) line += std::string(gap, ' ') + end;
  return line + "\n";
}

std::string step_text(const ProfileStep& step, std::string_view token, std::string& last_headers,
                      const TextStyle& style) {
  const auto shown = [token](const std::string& text) { return printable(masked(text, token)); };
  const std::size_t room = style.width - kIndent;
  std::string out = first_line(
      step, step.call.empty() ? std::string(without(step.action)) : shown(step.call), style);
  if (step.call.empty() && step.state != State::missing) {
    out = first_line(step, step.learned.empty() ? "" : printable(step.learned.front()), style);
    return out;
  }
  if (!step.headers.empty() && step.headers != last_headers) {
    out += indented(cut_to_width("with " + shown(step.headers), room, style));
    last_headers = step.headers;
  }
  if (!step.body.empty()) out += indented(cut_to_width("sent " + shown(step.body), room, style));
  for (const std::string& line : step.learned) {
    for (const std::string& part : wrapped(shown(line), room)) out += indented(part);
  }
  return out;
}

std::string last_lines(const ProfileCheck& check) {
  const int failures = check.failures();
  std::string out = failures == 0
                        ? "All that was tried was understood."
                        : fmt::format("{} of {} actions failed.", failures, check.steps.size());
  std::vector<std::string> missing;
  for (const ProfileStep& step : check.steps) {
    const std::string_view effect = without(step.action);
    if (step.state != State::missing) continue;
    missing.push_back(fmt::format("{} ({})", to_string(step.action), effect));
  }
  if (!missing.empty()) out += fmt::format(" A live run goes without {}.", join(missing, ", "));
  const bool kept = std::any_of(check.steps.begin(), check.steps.end(),
                                [](const auto& step) { return step.state == State::not_sent; });
  if (kept) out += " Nothing was bought: --buy sends the checkout too.";
  if (check.bought) out += " An order was placed.";
  return out;
}

}  // namespace

int ProfileCheck::failures() const {
  return static_cast<int>(std::count_if(steps.begin(), steps.end(), [](const ProfileStep& step) {
    return step.state == State::failed;
  }));
}

std::string masked(std::string text, std::string_view token) {
  if (token.empty()) return text;
  for (std::size_t at = 0; (at = text.find(token, at)) != std::string::npos; at += 3) {
    text.replace(at, token.size(), "***");
  }
  return text;
}

std::string_view without(ApiAction action) {
  switch (action) {
    case ApiAction::health:
      return "nobody asks whether the service is there";
    case ApiAction::list_products:
      return "the catalogue's own products and prices hold";
    case ApiAction::add_to_cart:
      return "the checkout tells the lines";
    case ApiAction::view_coupons:
      return "wallets are empty, no coupon is used";
    case ApiAction::apply_coupons:
      return "the checkout tells the coupons, or nobody does";
    case ApiAction::find_order:
      return "a checkout whose answer is lost may stay unsettled";
    case ApiAction::abandon:
      return "carts stay open";
    case ApiAction::enter:
    case ApiAction::browse:
    case ApiAction::view_product:
    case ApiAction::checkout:
      break;
  }
  return "nothing is sent";
}

std::string profile_check_text(const ProfileCheck& check, const TextStyle& style) {
  std::string out = fmt::format("Profile '{}' ({}) at {}\nas {}, with {}\n",
                                printable(check.profile), printable(check.file), check.service,
                                printable(check.who), printable(check.goods));
  for (const std::string& line : wrapped(check.run, style.width)) out += line + "\n";
  out += '\n';
  std::string last_headers;
  for (const ProfileStep& step : check.steps) {
    out += step_text(step, check.token, last_headers, style);
  }
  out += '\n';
  for (const std::string& line : wrapped(last_lines(check), style.width)) out += line + "\n";
  return out;
}

}  // namespace footfall::cli
