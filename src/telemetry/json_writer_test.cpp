// Goal: what the writer writes is JSON and reads back as what was written. Method: cases, and
// random trees of values and random bytes as texts, read by Boost.JSON.
#include "telemetry/json_writer.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>

namespace footfall::telemetry {
namespace {

namespace json = boost::json;

TEST(JsonWriter, WritesEveryKindOfValue) {
  std::string out;
  JsonWriter(out)
      .begin_object()
      .member("text", std::string_view("a\"b\\c\n"))
      .member("literal", "x")
      .member("whole", INT64_MIN)
      .member("small", 7)
      .member("yes", true)
      .member("number", 0.1)
      .member("money", Money{1234})
      .member("moment", parse_sim_time("2026-01-05T08:30:00Z").value())
      .member("id", ProductId{9'007'199'254'740'993})
      .member("no_id", ProductId{})
      .key("nothing")
      .null()
      .key("raw")
      .raw("[1]")
      .key("list")
      .begin_array()
      .value(1)
      .begin_object()
      .end_object()
      .begin_array()
      .end_array()
      .value(2)
      .end_array()
      .end_object();
  EXPECT_EQ(out, R"({"text":"a\"b\\c\u000a","literal":"x","whole":-9223372036854775808,"small":7,)"
                 R"("yes":true,"number":0.1,"money":1234,"moment":"2026-01-05T08:30:00Z",)"
                 R"("id":"9007199254740993","no_id":null,"nothing":null,"raw":[1],)"
                 R"("list":[1,{},[],2]})");
}

TEST(JsonWriter, AppendsToWhatIsThere) {
  std::string out = ",\"a\":";
  JsonWriter(out).begin_array().value(1).end_array();
  EXPECT_EQ(out, ",\"a\":[1]");
}

TEST(JsonWriter, WritesNumbersToTheLastBit) {
  std::mt19937_64 rng(1);
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t bits = rng();
    double number = 0;
    std::memcpy(&number, &bits, sizeof number);
    if (!std::isfinite(number)) continue;
    std::string out;
    JsonWriter(out).value(number);
    EXPECT_EQ(std::strtod(out.c_str(), nullptr), number) << out;
    boost::system::error_code error;
    json::parse(out, error);
    EXPECT_FALSE(error) << out;
  }
}

TEST(JsonWriter, EscapesAnyBytes) {
  std::mt19937 rng(2);
  for (int i = 0; i < 2000; ++i) {
    std::string text(rng() % 30, '\0');
    for (char& c : text) c = static_cast<char>(rng());
    std::string out;
    JsonWriter(out).begin_array().value(text).end_array();
    boost::system::error_code error;
    const json::value read = json::parse(out, error);
    ASSERT_FALSE(error) << out;
    EXPECT_TRUE(read.at(0).is_string());
  }
  std::string every;
  for (int c = 0; c < 128; ++c) every += static_cast<char>(c);
  std::string out;
  JsonWriter(out).value(every);
  EXPECT_EQ(json::parse(out).as_string(), every);
}

// A random tree, written by the writer and made as a value beside it.
json::value grow(JsonWriter& writer, std::mt19937& rng, int depth) {
  switch (rng() % (depth > 0 ? 6 : 4)) {
    case 0:
      writer.null();
      return nullptr;
    case 1: {
      const auto number = static_cast<std::int64_t>(rng()) - 2'000'000'000;
      writer.value(number);
      return number;
    }
    case 2:
      writer.value(std::string_view("tä\"xt"));
      return "tä\"xt";
    case 3:
      writer.value(true);
      return true;
    case 4: {
      json::array list;
      writer.begin_array();
      for (std::size_t n = rng() % 4; n > 0; --n) list.push_back(grow(writer, rng, depth - 1));
      writer.end_array();
      return list;
    }
    default: {
      static constexpr std::string_view kNames[] = {"a", "b", "c", "d"};
      json::object object;
      writer.begin_object();
      for (std::size_t n = rng() % 4; n > 0; --n) {
        writer.key(kNames[n]);
        object[kNames[n]] = grow(writer, rng, depth - 1);
      }
      writer.end_object();
      return object;
    }
  }
}

TEST(JsonWriter, WritesAnyTree) {
  std::mt19937 rng(3);
  for (int i = 0; i < 1000; ++i) {
    std::string out;
    JsonWriter writer(out);
    const json::value tree = grow(writer, rng, 5);
    boost::system::error_code error;
    EXPECT_EQ(json::parse(out, error), tree) << out;
  }
}

}  // namespace
}  // namespace footfall::telemetry
