// Goal: a text that two readers could take differently is refused. Method: texts by hand.
#include "api/auth/strict_json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace footfall::api {
namespace {

TEST(StrictJson, ReadsAnObject) {
  const auto object = parse_strict_object(R"( {"a": "x", "b": [{"a": 1}, {"a": 2}], "c": {}} )");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->size(), 3u);
  EXPECT_EQ(string_member(*object, "a"), "x");
  EXPECT_FALSE(string_member(*object, "b"));
  EXPECT_FALSE(string_member(*object, "missing"));
}

TEST(StrictJson, RefusesAMemberNamedTwiceAtAnyDepth) {
  for (const char* text :
       {R"({"a":1,"a":1})", R"({"a":1,"b":2,"a":2})", R"({"o":{"a":1,"a":2}})",
        R"({"l":[[{"a":1,"a":2}]]})", R"({"a":1,"\u0061":2})", R"({"a":{"x":1,"y":2},"a":3})"}) {
    EXPECT_FALSE(parse_strict_object(text)) << text;
  }
}

TEST(StrictJson, RefusesWhatIsNoObject) {
  for (const char* text : {"", "null", "[]", "\"a\"", "1", "{", "{}{}", "{} x", "{\"a\":}", "{a:1}",
                           "{\"a\":1,}", "/**/{}", "{\"a\":\"\xff\"}", "{\"a\":\"\\ud800\"}"}) {
    EXPECT_FALSE(parse_strict_object(text)) << text;
  }
}

TEST(StrictJson, RefusesDeepNesting) {
  const auto nested = [](int depth) {
    return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_TRUE(parse_strict_object(nested(20)));
  EXPECT_FALSE(parse_strict_object(nested(40)));
  EXPECT_FALSE(parse_strict_object(nested(4000)));
}

}  // namespace
}  // namespace footfall::api
