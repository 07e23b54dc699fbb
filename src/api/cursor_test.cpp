// Goal: a cursor is good for the list and key it was made with, and for nothing else. Method: round
// trips, every other list and key, and every change of one character.
#include "api/cursor.hpp"

#include <gtest/gtest.h>

#include <random>

namespace footfall::api {
namespace {

TEST(Cursor, ReadsWhatWasMade) {
  for (const std::int64_t position :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{50}, INT64_MAX}) {
    const std::string cursor = make_cursor("key", "orders:1:2", position);
    EXPECT_EQ(read_cursor("key", "orders:1:2", cursor), position);
  }
}

TEST(Cursor, IsGoodForNoOtherListOrKey) {
  const std::string cursor = make_cursor("key", "orders:1:2", 7);
  for (const char* list : {"orders:1:3", "orders:1:", "orders:1:22", "products", ""}) {
    EXPECT_FALSE(read_cursor("key", list, cursor)) << list;
  }
  for (const char* key : {"", "kez", "key2", "ke"}) {
    EXPECT_FALSE(read_cursor(key, "orders:1:2", cursor)) << key;
  }
  // What one text ends with cannot be moved to the start of the next.
  EXPECT_FALSE(read_cursor("a", "b\nc", make_cursor("a\nb", "c", 7)));
}

TEST(Cursor, IsGoodUnchangedOnly) {
  const std::string cursor = make_cursor("key", "list", 1234567);
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    for (int c = 0; c < 256; ++c) {
      std::string other = cursor;
      other[i] = static_cast<char>(c);
      if (other == cursor) continue;
      EXPECT_FALSE(read_cursor("key", "list", other)) << other;
    }
    EXPECT_FALSE(read_cursor("key", "list", cursor.substr(0, i)));
    EXPECT_FALSE(read_cursor("key", "list", cursor.substr(i + 1)));
    EXPECT_FALSE(read_cursor("key", "list", cursor.substr(0, i) + "0" + cursor.substr(i)));
  }
}

TEST(Cursor, RefusesRubbish) {
  for (const char* text : {"", "-", "0-", "-0", "1", "1-abcdefabcdef", "--", "0-000000000000",
                           "9223372036854775808-000000000000", "' OR 1=1 --"}) {
    EXPECT_FALSE(read_cursor("key", "list", text)) << text;
  }
  EXPECT_FALSE(read_cursor("key", "list", make_cursor("key", "list", -1)));
  EXPECT_FALSE(read_cursor("key", "list", std::string(100'000, '1')));
  std::mt19937 rng(4);
  for (int i = 0; i < 5000; ++i) {
    std::string text(rng() % 40, '\0');
    for (char& c : text) c = "0123456789-abcdef\xff"[rng() % 18];
    EXPECT_FALSE(read_cursor("key", "list", text)) << text;
  }
}

}  // namespace
}  // namespace footfall::api
