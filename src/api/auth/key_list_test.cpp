// Goal: only keys that are fit for ES256 and RS256 are taken from a key list, each bound to one of
// them; what is not for us is counted, what is no list is an error. Method: lists made of keys of
// the test's own, one member changed at a time.
#include "api/auth/key_list.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "api/auth/signing_fixture.hpp"

namespace footfall::api {
namespace {

namespace json = boost::json;
using tests::ec_key;
using tests::key_list;
using tests::rsa_key;
using tests::SigningKey;

json::object changed(json::object entry, const char* member, json::value value) {
  entry[member] = std::move(value);
  return entry;
}

json::object changed(json::object entry, const char* member, const std::string& text) {
  return changed(std::move(entry), member, json::value(json::string(text)));
}

json::object changed(json::object entry, const char* member, const char* text) {
  return changed(std::move(entry), member, std::string(text));
}

json::object without(json::object entry, const char* member) {
  entry.erase(member);
  return entry;
}

void expect_ignored(const json::object& entry) {
  const Result<KeyList> list = parse_key_list(key_list({entry}));
  ASSERT_TRUE(list) << list.error().message();
  EXPECT_TRUE(list->by_kid.empty()) << json::serialize(entry);
  EXPECT_EQ(list->ignored, 1) << json::serialize(entry);
}

TEST(KeyListText, HoldsEachKeyBoundToItsAlgorithm) {
  const Result<KeyList> list =
      parse_key_list(key_list({ec_key().jwk("e"), rsa_key().jwk("r"),
                               without(without(ec_key().jwk("bare"), "alg"), "key_ops")}));
  ASSERT_TRUE(list);
  EXPECT_EQ(list->ignored, 0);
  ASSERT_EQ(list->by_kid.size(), 3u);
  EXPECT_EQ(list->find("e")->algorithm(), Algorithm::es256);
  EXPECT_EQ(list->find("r")->algorithm(), Algorithm::rs256);
  EXPECT_EQ(list->find("bare")->algorithm(), Algorithm::es256);
  EXPECT_EQ(list->find("none"), nullptr);
}

TEST(KeyListText, AnEmptyListIsAList) {
  const Result<KeyList> list = parse_key_list(R"({"keys":[]})");
  ASSERT_TRUE(list);
  EXPECT_TRUE(list->by_kid.empty());
  EXPECT_EQ(list->ignored, 0);
}

TEST(KeyListText, IgnoresEllipticKeysThatAreNotForES256) {
  const json::object good = ec_key().jwk("k");
  expect_ignored(SigningKey::ec("P-384").jwk("k"));
  expect_ignored(changed(SigningKey::ec("P-384").jwk("k"), "alg", "ES256"));
  expect_ignored(changed(good, "crv", "secp256k1"));
  expect_ignored(changed(good, "alg", "RS256"));
  expect_ignored(changed(good, "alg", "HS256"));
  expect_ignored(changed(good, "alg", json::value()));
  expect_ignored(changed(good, "kty", "OKP"));
  expect_ignored(changed(good, "x", std::string(43, 'A')));  // not on the curve
  expect_ignored(changed(good, "x", std::string(42, 'A')));
  expect_ignored(changed(good, "x", std::string(good.at("x").as_string()) + "="));
  expect_ignored(without(good, "y"));
}

TEST(KeyListText, IgnoresRsaKeysThatAreTooWeak) {
  const json::object good = rsa_key().jwk("k");
  expect_ignored(SigningKey::rsa(1024).jwk("k"));
  expect_ignored(SigningKey::rsa(2047).jwk("k"));  // as many bytes as 2048 bits
  expect_ignored(SigningKey::rsa(2048, 3).jwk("k"));
  expect_ignored(changed(good, "e", "AQ"));    // 1: each message signs itself
  expect_ignored(changed(good, "e", "AQAA"));  // even
  expect_ignored(changed(good, "e", ""));
  expect_ignored(changed(good, "n", ""));
  expect_ignored(changed(good, "alg", "RS512"));
  expect_ignored(changed(good, "alg", "PS256"));
  // Zeros in front make no number longer.
  expect_ignored(changed(good, "n", tests::encode_base64url(std::string(255, '\0') + "\x07")));
}

TEST(KeyListText, IgnoresKeysOfAnotherUse) {
  const json::object good = ec_key().jwk("k");
  expect_ignored(changed(good, "use", "enc"));
  expect_ignored(changed(good, "key_ops", json::array{"sign"}));
  expect_ignored(changed(good, "key_ops", "verify"));
  expect_ignored(changed(good, "d", good.at("x")));  // its private half is out
}

TEST(KeyListText, NeverTakesASharedSecret) {
  const std::string secret = tests::encode_base64url(std::string(32, 's'));
  expect_ignored({{"kid", "k"}, {"kty", "oct"}, {"alg", "HS256"}, {"k", secret}});
  expect_ignored({{"kid", "k"}, {"kty", "oct"}, {"alg", "ES256"}, {"k", secret}});
}

TEST(KeyListText, IgnoresKeysThatNoTokenCanName) {
  expect_ignored(without(ec_key().jwk("k"), "kid"));
  expect_ignored(ec_key().jwk(""));
  expect_ignored(changed(ec_key().jwk("k"), "kid", 7));
}

TEST(KeyListText, OfTwoKeysWithOneKidTheFirstCounts) {
  const Result<KeyList> list = parse_key_list(key_list({ec_key().jwk("k"), rsa_key().jwk("k")}));
  ASSERT_TRUE(list);
  EXPECT_EQ(list->find("k")->algorithm(), Algorithm::es256);
  EXPECT_EQ(list->ignored, 1);
}

TEST(KeyListText, RefusesWhatIsNoKeyList) {
  for (const char* text : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":null})", "<html>",
                           R"({"keys":[],"keys":[]})"}) {
    const Result<KeyList> list = parse_key_list(text);
    ASSERT_FALSE(list) << text;
    EXPECT_EQ(list.error().code(), Errc::invalid_input);
  }
  EXPECT_EQ(parse_key_list(R"({"keys":[1,null,"x",[]]})")->ignored, 4);
}

TEST(KeyListText, RefusesMoreThanItsLimits) {
  json::array keys;
  for (int i = 0; i < 33; ++i) keys.push_back(json::object());
  EXPECT_EQ(parse_key_list(json::serialize(json::object{{"keys", keys}})).error().code(),
            Errc::too_large);
  keys.pop_back();
  EXPECT_TRUE(parse_key_list(json::serialize(json::object{{"keys", keys}})));
  const std::string long_text = R"({"keys":[]})" + std::string(64 * 1024, ' ');
  EXPECT_EQ(parse_key_list(long_text).error().code(), Errc::too_large);
}

}  // namespace
}  // namespace footfall::api
