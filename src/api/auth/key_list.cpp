#include "api/auth/key_list.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <utility>

#include "api/auth/base64url.hpp"
#include "api/auth/strict_json.hpp"

namespace footfall::api {

namespace json = boost::json;

namespace {

constexpr std::size_t kTextBytesMax = 64 * 1024, kEntriesMax = 32;

// A member that may be missing, but says this where it is there.
bool says_if_present(const json::object& entry, std::string_view name, std::string_view expected) {
  return !entry.contains(json::string_view(name.data(), name.size())) ||
         string_member(entry, name) == expected;
}

bool is_for_verifying(const json::object& entry) {
  const json::value* key_ops = entry.if_contains("key_ops");
  if (key_ops != nullptr) {
    const json::array* ops = key_ops->if_array();
    if (ops == nullptr || std::find(ops->begin(), ops->end(), "verify") == ops->end()) return false;
  }
  return says_if_present(entry, "use", "sig") && !entry.contains("d");
}

std::optional<std::string> bytes_member(const json::object& entry, std::string_view name) {
  const auto text = string_member(entry, name);
  return text ? decode_base64url(*text) : std::nullopt;
}

std::optional<SignatureKey> made(Result<SignatureKey> key) {
  if (!key) return std::nullopt;
  return std::move(*key);
}

std::optional<SignatureKey> read_key(const json::object& entry) {
  if (!is_for_verifying(entry)) return std::nullopt;
  const auto kty = string_member(entry, "kty");
  if (kty == "EC" && string_member(entry, "crv") == "P-256" &&
      says_if_present(entry, "alg", "ES256")) {
    const auto x = bytes_member(entry, "x"), y = bytes_member(entry, "y");
    if (x && y) return made(SignatureKey::p256(*x, *y));
  }
  if (kty == "RSA" && says_if_present(entry, "alg", "RS256")) {
    const auto n = bytes_member(entry, "n"), e = bytes_member(entry, "e");
    if (n && e) return made(SignatureKey::rsa(*n, *e));
  }
  return std::nullopt;
}

bool add_entry(const json::value& entry, KeyList& list) {
  const json::object* object = entry.if_object();
  if (object == nullptr) return false;
  const auto kid = string_member(*object, "kid");
  if (!kid || kid->empty() || list.by_kid.count(*kid) > 0) return false;
  std::optional<SignatureKey> key = read_key(*object);
  if (!key) return false;
  list.by_kid.emplace(*kid, std::move(*key));
  return true;
}

}  // namespace

const SignatureKey* KeyList::find(std::string_view kid) const {
  const auto found = by_kid.find(kid);
  return found == by_kid.end() ? nullptr : &found->second;
}

Result<KeyList> parse_key_list(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    return Error(Errc::too_large, "the key list is longer than 64 KiB");
  }
  const std::optional<json::object> document = parse_strict_object(text);
  const json::value* keys = document ? document->if_contains("keys") : nullptr;
  if (keys == nullptr || !keys->is_array()) {
    return Error(Errc::invalid_input, "the key list is not a JSON object with an array \"keys\"");
  }
  if (keys->as_array().size() > kEntriesMax) {
    return Error(Errc::too_large, "the key list has more than 32 keys");
  }
  KeyList list;
  for (const json::value& entry : keys->as_array()) {
    if (!add_entry(entry, list)) ++list.ignored;
  }
  return list;
}

}  // namespace footfall::api
