// Goal: percent-encoded text becomes what it stands for or is refused; headers are found in any
// case; problem documents are valid JSON whatever they hold. Method: cases, and decoding all that
// was encoded at random.
#include "http/message.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <random>
#include <set>

#include "http/problem.hpp"

namespace footfall::http {
namespace {

std::string decoded(std::string_view text, bool plus_is_space = false) {
  std::string out = "rubbish from before";
  return percent_decode(text, plus_is_space, out) ? out : "refused";
}

TEST(PercentDecode, DecodesBytesAndPluses) {
  EXPECT_EQ(decoded(""), "");
  EXPECT_EQ(decoded("plain-text_1.2~3"), "plain-text_1.2~3");
  EXPECT_EQ(decoded("a%20b%2Fc%2fd"), "a b/c/d");
  EXPECT_EQ(decoded("K%C3%A4se"), "K\u00e4se");
  EXPECT_EQ(decoded("%25%32%35"), "%25");  // once, not twice
  EXPECT_EQ(decoded("a+b%2B"), "a+b+");
  EXPECT_EQ(decoded("a+b%2B", true), "a b+");
}

TEST(PercentDecode, RefusesWhatStandsForNothing) {
  for (const char* text : {"%", "%4", "a%", "a%4", "%zz", "%4g", "%g4", "%%41", "% 41", "%+1",
                           "%00", "a%00b", "%FF", "%C3", "%C3%28", "%ED%A0%80", "%C0%AF"}) {
    EXPECT_EQ(decoded(text), "refused") << text;
  }
  EXPECT_EQ(decoded(std::string_view("a\0b", 3)), "refused");
}

TEST(PercentDecode, UndoesAnyEncoding) {
  std::mt19937 rng(7);
  for (int i = 0; i < 2'000; ++i) {
    std::string text, encoded;
    for (std::size_t n = rng() % 20; n > 0; --n) {
      const char c = static_cast<char>(1 + rng() % 127);
      text += c;
      const bool as_it_is = c != '%' && rng() % 2 == 0;
      char hex[4];
      std::snprintf(hex, sizeof hex, rng() % 2 == 0 ? "%%%02x" : "%%%02X", c);
      encoded += as_it_is ? std::string(1, c) : hex;
    }
    ASSERT_EQ(decoded(encoded), text) << encoded;
  }
}

TEST(Utf8, KnowsItsOwn) {
  for (const char* text : {"", "abc", "\u00e4", "\u20ac", "\U0001F600", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  for (const char* text : {"\x80", "\xC1\xBF", "\xE0\x80\x80", "\xF0\x80\x80\x80",
                           "\xF5\x80\x80\x80", "\xF4\x90\x80\x80", "\xE2\x82", "a\xFF"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

TEST(Request, FindsHeadersInAnyCase) {
  Request request;
  request.headers = {{"Accept", "a"}, {"X-Two", "1"}, {"x-tWO", "2"}};
  EXPECT_EQ(request.header("accept"), "a");
  EXPECT_EQ(request.header("x-two"), "1");
  EXPECT_EQ(request.header("x-three"), "");
  EXPECT_EQ(request.count("x-two"), 2);
  EXPECT_EQ(request.count("x-three"), 0);
}

TEST(Problem, IsADocumentWithAllMembers) {
  const FieldError errors[] = {{"/items/0", "is \"bad\""}, {"page", "is\nworse"}};
  const Response response = problem(kBodyTooLarge, "at most 5 \\ bytes", "/a\"b\xFF", "id-1",
                                    errors, ",\"reason\":\"x\"");
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(response.code, "body_too_large");
  const boost::json::object document = boost::json::parse(response.body).as_object();
  EXPECT_EQ(document.at("type"), "/docs#body_too_large");
  EXPECT_EQ(document.at("title"), "The body is too large");
  EXPECT_EQ(document.at("status"), 413);
  EXPECT_EQ(document.at("detail"), "at most 5 \\ bytes");
  EXPECT_EQ(document.at("instance"), "/a\"b\uFFFD");
  EXPECT_EQ(document.at("code"), "body_too_large");
  EXPECT_EQ(document.at("trace_id"), "id-1");
  EXPECT_EQ(document.at("reason"), "x");
  EXPECT_EQ(document.at("errors").as_array().size(), 2U);
  EXPECT_EQ(document.at("errors").at(1).at("detail"), "is\nworse");
}

TEST(Problem, LeavesErrorsOutWhenThereAreNone) {
  const Response response = problem(kInternalError, "x", "/", "id");
  EXPECT_FALSE(boost::json::parse(response.body).as_object().contains("errors"));
}

TEST(Problem, KindsOfTheServerHaveDistinctCodesAndSayWhatToDo) {
  std::set<std::string_view> codes;
  for (const ProblemKind* kind : server_problems()) {
    EXPECT_TRUE(codes.insert(kind->code).second) << kind->code;
    EXPECT_GE(kind->status, 400) << kind->code;
    for (const std::string_view text : {kind->title, kind->about, kind->remedy}) {
      EXPECT_FALSE(text.empty()) << kind->code;
    }
  }
  EXPECT_EQ(codes.size(), 9U);
}

}  // namespace
}  // namespace footfall::http
