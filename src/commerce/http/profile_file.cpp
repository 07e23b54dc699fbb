#include "commerce/http/profile_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "http/text.hpp"

namespace footfall::commerce {
namespace {

constexpr std::size_t kMistakesShown = 50;
// The client writes these itself, or they would change what its bytes mean.
constexpr std::string_view kOwnHeaders[] = {
    "host", "content-length", "content-type", "connection", "keep-alive", "transfer-encoding",
    "te",   "trailer",        "upgrade",      "expect",     "user-agent", "accept-encoding"};

}  // namespace

void Mistakes::add(int line, std::string place, std::string sentence) {
  all_.push_back({line, std::move(place), std::move(sentence)});
}

std::string Mistakes::text(const std::string& file_name) const {
  std::vector<Mistake> sorted = all_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Mistake& a, const Mistake& b) { return a.line < b.line; });
  std::string out;
  for (std::size_t i = 0; i < std::min(sorted.size(), kMistakesShown); ++i) {
    const Mistake& mistake = sorted[i];
    if (i > 0) out += '\n';
    out += file_name;
    if (mistake.line > 0) out += fmt::format(", line {}", mistake.line);
    if (!mistake.place.empty()) out += fmt::format(": {}", mistake.place);
    out += fmt::format(": {}", mistake.sentence);
  }
  if (sorted.size() > kMistakesShown) {
    out += fmt::format("\n{}: and {} mistakes more", file_name, sorted.size() - kMistakesShown);
  }
  return out;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
  const std::vector<std::string> names(known.begin(), known.end());
  const std::string near = nearest(word, names);
  return near.empty() ? fmt::format("; known are {}", join(names, ", "))
                      : fmt::format("; did you mean '{}'?", near);
}

Found Found::member(std::string_view key) const {
  for (const FileValue& item : value->items) {
    if (item.name != key) continue;
    return {&item, path.empty() ? std::string(key) : fmt::format("{}.{}", path, key), mistakes};
  }
  return {nullptr, {}, mistakes};
}

std::optional<std::string> Found::text() const {
  if (!value) return std::nullopt;
  if (value->kind == FileValue::Kind::text) return value->text;
  wrong(fmt::format("must be a text, but there is {}", value->what()));
  return std::nullopt;
}

std::vector<Found> Found::list() const {
  if (!value) return {};
  if (value->kind != FileValue::Kind::list) return {*this};
  std::vector<Found> out;
  for (const FileValue& item : value->items) out.push_back({&item, path, mistakes});
  return out;
}

bool Found::is_table() const {
  if (!value) return false;
  if (value->kind == FileValue::Kind::table) return true;
  wrong(fmt::format("must be a table, but there is {}", value->what()));
  return false;
}

void Found::check_keys(std::span<const std::string_view> known) const {
  for (const FileValue& item : value->items) {
    if (std::find(known.begin(), known.end(), item.name) != known.end()) continue;
    mistakes->add(item.line, path,
                  fmt::format("there is no key '{}' here{}", shown(item.name, 40),
                              suggestion(item.name, known)));
  }
}

std::optional<std::size_t> Found::choice(std::span<const std::string_view> allowed) const {
  const std::optional<std::string> word = text();
  if (!word) return std::nullopt;
  const auto at = std::find(allowed.begin(), allowed.end(), *word);
  if (at != allowed.end()) return static_cast<std::size_t>(at - allowed.begin());
  const std::vector<std::string> names(allowed.begin(), allowed.end());
  wrong(fmt::format("must be one of {}, but there is {}", join(names, ", "), value->what()));
  return std::nullopt;
}

std::optional<JsonPointer> Found::pointer() const {
  const std::optional<std::string> given = text();
  if (!given) return std::nullopt;
  const auto bad = [&] {
    wrong(
        fmt::format("must be a JSON pointer like /data/id (RFC 6901; \"\" is the whole answer; "
                    "at most {} bytes), but there is {}",
                    kPointerBytesMax, value->what()));
    return std::nullopt;
  };
  JsonPointer out{*given, {}};
  if (given->size() > kPointerBytesMax || (!given->empty() && given->front() != '/')) return bad();
  for (std::size_t i = 0; i < given->size(); ++i) {
    char c = (*given)[i];
    if (c == '/') {
      out.steps.emplace_back();
      continue;
    }
    if (c == '~') {
      const char which = i + 1 < given->size() ? (*given)[++i] : '\0';
      if (which != '0' && which != '1') return bad();
      c = which == '0' ? '~' : '/';
    }
    out.steps.back() += c;
  }
  return out;
}

std::vector<HeaderSpec> FileReader::read_headers(const Found& headers,
                                                 std::optional<ApiAction> action) {
  Headers out;
  if (!headers || !headers.is_table()) return out;
  if (headers.value->items.size() > kHeadersMax) {
    headers.wrong(
        fmt::format("are {}, at most {} are allowed", headers.value->items.size(), kHeadersMax));
    return out;
  }
  for (const FileValue& item : headers.value->items) {
    const Found header = headers.member(item.name);
    const std::string low = lower(item.name);
    const std::optional<std::string> content = header.text();
    if (!http::is_token(item.name)) {
      header.wrong("is no name of a header: letters, digits and - are");
    } else if (std::find(std::begin(kOwnHeaders), std::end(kOwnHeaders), low) !=
               std::end(kOwnHeaders)) {
      header.wrong("is a header that footfall writes itself (bodies are application/json)");
    } else if (std::any_of(out.begin(), out.end(),
                           [&](const HeaderSpec& other) { return lower(other.name) == low; })) {
      header.wrong("is there twice: case makes no difference to a header's name");
    } else if (content && content->size() > kHeaderBytesMax) {
      header.wrong(fmt::format("has {} bytes, at most {}", content->size(), kHeaderBytesMax));
    } else if (content && !http::is_field_text(*content)) {
      header.wrong("holds a line's end or another control character, which no header may");
    } else if (content) {
      const Part part = action ? Part::header : Part::service_header;
      out.push_back({item.name, read_template(header, *content, part, action, Per::call)});
    }
  }
  return out;
}

void FileReader::read_service(const Found& service) {
  if (!service.is_table()) return;
  service.check_keys(service_keys());
  if (const Found name = service.member("name")) {
    profile.name = name.text().value_or("");
    if (name.value->kind == FileValue::Kind::text &&
        (trimmed(profile.name).empty() || profile.name.size() > 60 ||
         shown(profile.name, 60) != profile.name)) {
      name.wrong("must be 1 to 60 bytes of text on one line");
    }
  } else {
    service.wrong("has no `name`: what messages call the service");
  }
  if (const Found steering = service.member("steering")) {
    constexpr std::string_view kAllowed[] = {"footfall"};
    profile.is_footfall = steering.choice(kAllowed).has_value();
  }
  if (const Found prices = service.member("prices")) {
    constexpr std::string_view kAllowed[] = {"minor", "decimal"};
    profile.prices = static_cast<Prices>(prices.choice(kAllowed).value_or(0));
  } else {
    service.wrong("has no `prices`: \"minor\" (1234 is 12.34) or \"decimal\" (12.34)");
  }
  for (const Found& pointer : service.member("problem").list()) {
    if (const auto read = pointer.pointer()) profile.problem.push_back(*read);
  }
  if (const Found authorization = service.member("authorization")) {
    const std::string content = authorization.text().value_or("");
    if (!http::is_field_text(content) || content.size() > kHeaderBytesMax) {
      authorization.wrong(
          fmt::format("must be at most {} bytes without control characters", kHeaderBytesMax));
    } else {
      service_headers_.push_back(
          {"Authorization",
           read_template(authorization, content, Part::service_header, std::nullopt, Per::call)});
    }
  }
  const Found table = service.member("headers");
  for (HeaderSpec& header : read_headers(table, std::nullopt)) {
    if (lower(header.name) == "authorization" && !service_headers_.empty()) {
      table.member(header.name).wrong("is there twice: `authorization` is the same header");
    }
    service_headers_.push_back(std::move(header));
  }
  for (const Found& missing : service.member("missing").list()) {
    const std::optional<std::string> name = missing.text();
    if (!name) continue;
    if (const auto action = find_action(*name)) {
      missing_.emplace(*action, missing);
    } else {
      missing.wrong(fmt::format("there is no action '{}'{}", shown(*name, 40),
                                suggestion(*name, action_names())));
    }
  }
}

void FileReader::read(const FileValue& file) {
  const Found root{&file, "", &mistakes};
  root.check_keys(file_keys());
  if (const Found service = root.member("service")) {
    read_service(service);
  } else {
    mistakes.add(0, "service", "this table is missing: name, prices and what else holds for all");
  }
  if (const Found actions = root.member("actions"); actions && actions.is_table()) {
    actions.check_keys(action_names());
    for (int i = 0; i < kApiActionCount; ++i) {
      const auto action = static_cast<ApiAction>(i);
      const Found found = actions.member(to_string(action));
      if (!found) continue;
      profile.actions[static_cast<std::size_t>(i)].is_present = true;
      if (found.is_table()) read_action(found, action);
    }
  }
  if (const Found rules = root.member("refusals")) read_rules(rules);
  check_missing();
  check_captures(root);
}

Result<Profile> Profile::parse(std::string_view toml, const std::string& file_name) {
  const Result<FileValue> file = read_toml(toml, file_name);
  if (!file) return file.error();
  FileReader reader;
  reader.read(*file);
  if (reader.mistakes.count() > 0) {
    return Error(Errc::invalid_input, reader.mistakes.text(file_name));
  }
  return Profile(std::make_shared<const Spec>(std::move(reader.profile)));
}

}  // namespace footfall::commerce
