// Goal: what a schema says is what is accepted, every finding names its place, and the JSON Schema
// says the same. Method: values on both sides of each limit, for each kind.
#include "api/schema.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace footfall::api {
namespace {

namespace json = boost::json;
using Errors = std::vector<http::FieldError>;

Errors findings(std::string_view text, const Schema& schema) {
  Errors errors;
  check(json::parse(text), schema, "", errors);
  return errors;
}

bool takes(const Schema& schema, std::string_view text) { return findings(text, schema).empty(); }

bool takes_text(const Schema& schema, std::string_view text) {
  Errors errors;
  check_text(text, schema, "name", errors);
  return errors.empty();
}

void expect_taken(const Schema& schema, std::initializer_list<const char*> good,
                  std::initializer_list<const char*> bad) {
  for (const char* value : good) EXPECT_TRUE(takes(schema, value)) << value;
  for (const char* value : bad) {
    const Errors errors = findings(value, schema);
    ASSERT_EQ(errors.size(), 1U) << value;
    EXPECT_EQ(errors[0].pointer, "") << value;
    EXPECT_NE(errors[0].detail.find("must be"), std::string::npos) << errors[0].detail;
  }
}

TEST(Schema, TakesTextsByTheirCharacters) {
  expect_taken(text(1, 3), {R"("a")", R"("abc")", R"("äöü")", R"("\u20ac€€")"},
               {R"("")", R"("abcd")", R"("äöüä")", R"("a\u0000")", "1", "null", "[]", "{}"});
  EXPECT_TRUE(takes(text(0, 3), R"("")"));
}

TEST(Schema, TakesWholeNumbersWithinTheirLimits) {
  expect_taken(whole(-1, 9), {"-1", "0", "9"},
               {"-2", "10", "1.0", "1e0", "9223372036854775808", "-9223372036854775809", R"("1")",
                "true", "null"});
  expect_taken(count(), {"0", "9223372036854775807"}, {"-1", "9223372036854775808"});
  expect_taken(money(), {"0", "9223372036854775807"}, {"-1", "0.5", R"("5")"});
}

TEST(Schema, TakesNumbersAndDecimals) {
  expect_taken(number(), {"-1", "0.5", "1e308", "18446744073709551615"}, {R"("1")", "true", "{}"});
  expect_taken(decimal(), {"0.5", R"("0.5")", R"("0.1000000000000000055")", "1"},
               {R"("")", R"("x")", R"("nan")", R"("inf")", R"(" 1")", R"("0x1p3")", "false"});
}

TEST(Schema, TakesIdsAsTextsAndNumbers) {
  expect_taken(id(), {R"("1")", R"("9223372036854775807")", "1", "9223372036854775807"},
               {R"("0")", R"("01")", R"("+1")", R"("-1")", R"("1 ")", R"("")", R"("1.0")",
                R"("9223372036854775808")", "0", "-1", "1.5", "9223372036854775808", "true"});
}

TEST(Schema, TakesMoments) {
  expect_taken(moment(), {R"("2026-01-05T08:30:00Z")", R"("2026-01-05")", R"("2199-12-31")"},
               {R"("2026-13-05")", R"("2026-02-29")", R"("1969-12-31")", R"("2200-01-01")",
                R"("2026-01-05T24:00:00Z")", R"("now")", R"("")", "1767225600"});
}

TEST(Schema, TakesTheRest) {
  expect_taken(yes_no(), {"true", "false"}, {"0", "1", R"("true")", "null"});
  expect_taken(choice({"all", "partial"}), {R"("all")", R"("partial")"},
               {R"("All")", R"("")", R"("al")", "0"});
  expect_taken(any_object(), {"{}", R"({"a":[1]})"}, {"[]", "1", R"("{}")", "null"});
  for (const char* value : {"null", "1", "[]", R"("x")"}) EXPECT_TRUE(takes(any(), value));
  EXPECT_TRUE(takes(nullable(id()), "null"));
  EXPECT_FALSE(takes(nullable(id()), "0"));
  EXPECT_EQ(findings("[]", object("A", {})).size(), 1U);
  EXPECT_EQ(findings("{}", array(any(), 0, 1)).size(), 1U);
}

Schema basket() {
  return object(
      "Basket",
      {{"lines",
        array(object("Line", {{"product", id()}, optional("quantity", whole(1, 9))}), 1, 30)},
       optional("note", text(0, 5))});
}

TEST(Schema, NamesThePlaceOfWhatIsWrong) {
  EXPECT_TRUE(takes(basket(), R"({"lines":[{"product":"1","quantity":9},{"product":2}]})"));
  const Errors errors = findings(
      R"({"lines":[{"product":"1"},{"product":"x","quantity":10},{"quantity":1}],"note":1})",
      basket());
  ASSERT_EQ(errors.size(), 4U);
  EXPECT_EQ(errors[0].pointer, "/lines/1/product");
  EXPECT_EQ(errors[1].pointer, "/lines/1/quantity");
  EXPECT_EQ(errors[2].pointer, "/lines/2/product");
  EXPECT_EQ(errors[2].detail, "is missing");
  EXPECT_EQ(errors[3].pointer, "/note");
  const Errors none = findings(R"({"lines":[]})", basket());
  ASSERT_EQ(none.size(), 1U);
  EXPECT_EQ(none[0].detail, "has 0 items, must have 1 to 30");
}

TEST(Schema, RefusesMembersItDoesNotKnow) {
  const Errors errors =
      findings(R"({"lines":[{"product":1,"quantiti":1,"zzzzzzzz":2}]})", basket());
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0].pointer, "/lines/0");
  EXPECT_NE(errors[0].detail.find("did you mean 'quantity'?"), std::string::npos);
  EXPECT_NE(errors[1].detail.find("known are product, quantity"), std::string::npos);
  const Errors at_top = findings(R"({"lines":[{"product":1}],"x":1})", basket());
  ASSERT_EQ(at_top.size(), 1U);
  EXPECT_EQ(at_top[0].pointer, "");
}

TEST(Schema, StopsAtTwentyFindings) {
  json::object many;
  json::array lines;
  for (int i = 0; i < 30; ++i) lines.push_back(json::object{{"product", 0}, {"quantity", 0}});
  many["lines"] = lines;
  for (int i = 0; i < 5000; ++i) many[std::to_string(i)] = i;
  EXPECT_EQ(findings(json::serialize(many), basket()).size(), 20U);
}

TEST(Schema, ChecksParametersThatAreTexts) {
  EXPECT_TRUE(takes_text(whole(1, 200), "200"));
  for (const char* bad : {"201", "0", "", "1.5", "1 ", "x", "99999999999999999999"}) {
    EXPECT_FALSE(takes_text(whole(1, 200), bad)) << bad;
  }
  EXPECT_TRUE(takes_text(yes_no(), "true"));
  EXPECT_FALSE(takes_text(yes_no(), "1"));
  EXPECT_TRUE(takes_text(id(), "17"));
  EXPECT_FALSE(takes_text(id(), "017"));
  EXPECT_TRUE(takes_text(text(1, 3), "abc"));
  EXPECT_FALSE(takes_text(text(1, 3), "abcd"));
  Errors errors;
  check_text("x", id(), "order_id", errors);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].pointer, "order_id");
}

TEST(Schema, IsDeterministic) {
  const char* text = R"({"lines":[{"product":0,"b":1,"a":2},3],"z":null,"y":[]})";
  const Errors first = findings(text, basket()), second = findings(text, basket());
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].pointer, second[i].pointer);
    EXPECT_EQ(first[i].detail, second[i].detail);
  }
}

TEST(Schema, BecomesJsonSchema) {
  std::vector<const Schema*> named;
  const Schema schema = basket();
  EXPECT_EQ(json_schema(schema, true, named),
            json::parse(R"({"$ref":"#/components/schemas/Basket"})"));
  ASSERT_EQ(named.size(), 1U);
  EXPECT_EQ(object_schema(*named[0], true, named), json::parse(R"({"type":"object","properties":{
    "lines":{"type":"array","items":{"$ref":"#/components/schemas/Line"},"minItems":1,"maxItems":30},
    "note":{"type":"string","minLength":0,"maxLength":5}},
    "required":["lines"],"additionalProperties":false})"));
  ASSERT_EQ(named.size(), 2U);
  EXPECT_EQ(named[1]->name, "Line");
  EXPECT_EQ(json_schema(about(nullable(whole(0, 9)), "A digit."), false, named),
            json::parse(R"({"type":["integer","null"],"format":"int64","minimum":0,"maximum":9,
                            "description":"A digit."})"));
  EXPECT_EQ(json_schema(money(), false, named),
            json::parse(R"({"type":"integer","format":"int64","minimum":0})"));
  EXPECT_EQ(json_schema(nullable(choice({"a"})), false, named),
            json::parse(R"({"type":["string","null"],"enum":["a",null]})"));
  EXPECT_EQ(json_schema(nullable(object("N", {})), false, named),
            json::parse(R"({"oneOf":[{"$ref":"#/components/schemas/N"},{"type":"null"}]})"));
}

}  // namespace
}  // namespace footfall::api
