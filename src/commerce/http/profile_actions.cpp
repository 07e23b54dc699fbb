// What a profile's file says of each action.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "commerce/http/profile_file.hpp"

namespace footfall::commerce {
namespace {

constexpr std::pair<std::string_view, http::Method> kMethods[] = {{"GET", http::Method::get},
                                                                  {"POST", http::Method::post},
                                                                  {"PUT", http::Method::put},
                                                                  {"PATCH", http::Method::patch},
                                                                  {"DELETE", http::Method::del}};

constexpr int kOkMax = 399;

// What a path or query may hold (RFC 3986), places aside; the rest is percent-encoded.
bool is_url_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7F &&
           std::string_view("#\"<>\\^`{|}[]").find(c) == std::string_view::npos;
  });
}

bool has_url_text(const Template& text) {
  return std::all_of(text.pieces.begin(), text.pieces.end(),
                     [](const Piece& piece) { return is_url_text(piece.text); });
}

// Whether there may be a call for each line, coupon or category.
bool may_repeat(ApiAction action) {
  return action == ApiAction::list_products || action == ApiAction::browse ||
         action == ApiAction::add_to_cart || action == ApiAction::apply_coupons;
}

Per read_per(const Found& per, ApiAction action) {
  constexpr std::string_view kAllowed[] = {"call", "line"};
  if (!per) return Per::call;
  const Per out = static_cast<Per>(per.choice(kAllowed).value_or(0));
  if (out == Per::line && !may_repeat(action)) {
    per.wrong("may be \"line\" for list_products, browse, add_to_cart and apply_coupons alone");
  }
  return out;
}

http::Method read_method(const Found& method, const Found& action) {
  if (!method) {
    action.wrong("has no `method`: GET, POST, PUT, PATCH or DELETE");
    return http::Method::get;
  }
  std::vector<std::string_view> names;
  for (const auto& [name, known] : kMethods) names.push_back(name);
  return kMethods[method.choice(names).value_or(0)].second;
}

void check_says_what(const Found& found, ApiAction action, const ActionSpec& spec) {
  const auto one_of = [&](std::initializer_list<Place> places) {
    return std::any_of(places.begin(), places.end(),
                       [&](Place place) { return spec.names(place); });
  };
  if (action == ApiAction::add_to_cart && !one_of({Place::product, Place::sku})) {
    found.wrong(
        "nothing says what is put into the cart: name {product} or {sku}, in `line` or "
        "with per = \"line\"");
  }
  if (action == ApiAction::apply_coupons && !one_of({Place::coupon, Place::code})) {
    found.wrong(
        "nothing says which coupons: name {coupon} or {code}, in `coupon` or with per = "
        "\"line\"");
  }
}

void check_paging(const Found& found, ApiAction action, const ActionSpec& spec) {
  if (action != ApiAction::list_products) return;
  const bool pages = spec.reads(ReadKey::next), asks = spec.names(Place::cursor);
  if (pages && !asks) found.wrong("reads `next`, but never sends it: name {cursor}");
  if (asks && !pages)
    found.wrong("names {cursor}, but nothing is read for it: say where `next` is");
}

}  // namespace

void FileReader::read_target(const Found& path, ApiAction action, ActionSpec& spec) {
  const std::optional<std::string> given = path.text();
  if (!given) return;
  if (!given->starts_with('/') || given->size() > kPathBytesMax) {
    path.wrong(
        fmt::format("must begin with / (the base URL comes before it) and have at most {} "
                    "bytes, but there is {}",
                    kPathBytesMax, path.value->what()));
    return;
  }
  const std::size_t mark = std::min(given->find('?'), given->size());
  const std::string_view before = std::string_view(*given).substr(0, mark);
  spec.path = read_template(path, before, Part::target, action, spec.per);
  bool is_good = has_url_text(spec.path);
  if (mark < given->size()) {
    for (const std::string& parameter :
         split_list(std::string_view(*given).substr(mark + 1), '&')) {
      spec.query.push_back(read_template(path, parameter, Part::target, action, spec.per));
      is_good = is_good && has_url_text(spec.query.back());
    }
  }
  if (!is_good) {
    path.wrong(
        fmt::format("holds what a URL may not: percent-encode all but letters, digits and "
                    "-._~:/?@!$&'()*+,;=%, in {}",
                    path.value->what()));
  }
}

void FileReader::read_body(const Found& found, ApiAction action, ActionSpec& spec) {
  const std::size_t before = mistakes.count();
  const auto read = [&](std::string_view key, Part part, Template& out) {
    const Found text = found.member(key);
    const std::optional<std::string> content = text.text();
    if (!content) return text;
    if (part != Part::body && content->size() > kLineBytesMax) {
      text.wrong(fmt::format("has {} bytes, at most {}", content->size(), kLineBytesMax));
    }
    out = read_template(text, *content, part, action, spec.per);
    return text;
  };
  const Found body = read("body", Part::body, spec.body);
  const Found line = read("line", Part::line, spec.line);
  const Found coupon = read("coupon", Part::coupon, spec.coupon);
  const auto check_pair = [&](const Found& part, std::string_view key, Place place) {
    if (part && !spec.body.names(place)) {
      part.wrong(fmt::format("is never used: the body does not name {{{}}}", to_string(place)));
    }
    if (!part && spec.body.names(place) && mistakes.count() == before) {
      body.wrong(
          fmt::format("names {{{}}}, but no `{}` says what one looks like", to_string(place), key));
    }
  };
  check_pair(line, "line", Place::lines);
  check_pair(coupon, "coupon", Place::coupons);
  if (body && spec.method == http::Method::get) body.wrong("may not be there: a GET has none");
  // What has mistakes already would only be told of twice.
  if (mistakes.count() > before) return;
  if (body) check_body(body, spec);
  check_says_what(found, action, spec);
}

void FileReader::read_action(const Found& found, ApiAction action) {
  ActionSpec& spec = profile.actions[static_cast<std::size_t>(action)];
  found.check_keys(action_keys());
  spec.method = read_method(found.member("method"), found);
  spec.per = read_per(found.member("per"), action);
  if (const Found path = found.member("path")) {
    read_target(path, action, spec);
  } else {
    found.wrong("has no `path`: what comes after the base URL");
  }
  spec.headers = read_headers(found.member("headers"), action);
  if (action != ApiAction::health) {
    for (const HeaderSpec& header : service_headers_) {
      const bool is_own =
          std::any_of(spec.headers.begin(), spec.headers.end(),
                      [&](const HeaderSpec& own) { return lower(own.name) == lower(header.name); });
      if (!is_own) spec.headers.push_back(header);
    }
  }
  std::erase_if(spec.headers, [](const HeaderSpec& header) { return header.value.empty(); });
  read_body(found, action, spec);
  spec.retry = spec.method == http::Method::get ? Retry::always : Retry::unseen;
  if (const Found retry = found.member("retry")) {
    constexpr std::string_view kAllowed[] = {"always", "unseen"};
    spec.retry = static_cast<Retry>(retry.choice(kAllowed).value_or(0));
  }
  const Found ok = found.member("ok");
  for (int status = 200; !ok && status < 300; ++status) spec.ok.set(status);
  for (const Found& status : ok.list()) {
    const bool is_whole = status.value->kind == FileValue::Kind::whole;
    if (is_whole && status.value->whole >= 200 && status.value->whole <= kOkMax) {
      spec.ok.set(static_cast<std::size_t>(status.value->whole));
    } else {
      status.wrong(fmt::format("must be statuses from 200 to {}, but there is {}", kOkMax,
                               status.value->what()));
    }
  }
  read_answer(found, action, spec);
  check_paging(found, action, spec);
}

void FileReader::check_missing() {
  for (int i = 0; i < kApiActionCount; ++i) {
    const auto action = static_cast<ApiAction>(i);
    const auto named = missing_.find(action);
    const bool is_present = profile.action(action).is_present;
    if (named != missing_.end() && is_present) {
      named->second.wrong(fmt::format("{} is described, and so not missing", to_string(action)));
    } else if (named == missing_.end() && !is_present) {
      mistakes.add(0, fmt::format("actions.{}", to_string(action)),
                   "is not described: do so, or name it in service.missing");
    }
  }
  if (const auto checkout = missing_.find(ApiAction::checkout); checkout != missing_.end()) {
    checkout->second.wrong("checkout may not be missing: nobody could buy anything");
  }
  const auto add = missing_.find(ApiAction::add_to_cart);
  if (add != missing_.end() && !profile.action(ApiAction::checkout).body.names(Place::lines)) {
    add->second.wrong("add_to_cart may be missing only if the checkout's body has the {lines}");
  }
}

// A place that nobody fills would leave holes in what is sent. Headers and the query leave out what
// is not known yet.
void FileReader::check_captures(const Found& file) {
  const Found actions = file.member("actions");
  for (const auto& [place, key] :
       {std::pair(Place::cart, ReadKey::cart), std::pair(Place::order, ReadKey::order)}) {
    const auto reads = [key = key](const ActionSpec& each) { return each.reads(key); };
    const bool is_ever_read = std::any_of(profile.actions.begin(), profile.actions.end(), reads);
    bool is_read = false;
    for (int i = 0; i < kApiActionCount; ++i) {
      const auto action = static_cast<ApiAction>(i);
      const ActionSpec& now = profile.action(action);
      const bool may_name = is_of_trip(action) && action != ApiAction::enter;
      if (may_name && ((now.needs(place) && !is_read) || (now.names(place) && !is_ever_read))) {
        const Found found = actions.member(to_string(action));
        found.wrong(
            fmt::format("names {{{0}}}, but no action before it reads one: say where, as in "
                        "read = {{ {0} = \"/id\" }}",
                        to_string(place)));
      }
      is_read = is_read || now.reads(key);
    }
  }
}

}  // namespace footfall::commerce
