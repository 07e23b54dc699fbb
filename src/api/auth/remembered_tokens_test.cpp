// Goal: a remembered token counts only while its time and its keys stand, and the table never
// grows. Method: digests of numbers; four threads for the locks (worth most under the thread
// sanitizer).
#include "api/auth/remembered_tokens.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace footfall::api {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;
const Validity kHour{kNow, kNow + 3600};

Principal person(const std::string& subject) {
  Principal who;
  who.kind = PrincipalKind::person;
  who.subject = subject;
  return who;
}

TEST(RememberedTokens, FindsWhoBearsAToken) {
  RememberedTokens table;
  EXPECT_FALSE(table.find(sha256("a"), 1, kNow));
  table.remember(sha256("a"), person("ana"), kHour, 1);
  ASSERT_TRUE(table.find(sha256("a"), 1, kNow));
  EXPECT_EQ(table.find(sha256("a"), 1, kNow)->subject, "ana");
  EXPECT_FALSE(table.find(sha256("b"), 1, kNow));
}

TEST(RememberedTokens, ATokenEndsWithItsTime) {
  RememberedTokens table;
  table.remember(sha256("a"), person("ana"), kHour, 1);
  EXPECT_TRUE(table.find(sha256("a"), 1, kNow + 3629));
  EXPECT_FALSE(table.find(sha256("a"), 1, kNow + 3630));
  EXPECT_TRUE(table.find(sha256("a"), 1, kNow - 30));
  EXPECT_FALSE(table.find(sha256("a"), 1, kNow - 31));
}

TEST(RememberedTokens, ATokenEndsWithItsKeyList) {
  RememberedTokens table;
  table.remember(sha256("a"), person("ana"), kHour, 1);
  table.remember(sha256("h"), person("hal"), kHour, 0);
  for (const std::int64_t generation : {0, 2}) {
    EXPECT_FALSE(table.find(sha256("a"), generation, kNow));
    EXPECT_TRUE(table.find(sha256("h"), generation, kNow));
  }
  table.remember(sha256("a"), person("ana"), kHour, 2);
  EXPECT_TRUE(table.find(sha256("a"), 2, kNow));
}

// A set that is full gives the place of the token that ends first.
TEST(RememberedTokens, KeepsTheTokensThatLastLongest) {
  RememberedTokens table;
  Digest token = {};  // the first eight bytes choose the set
  for (unsigned char i = 0; i < 5; ++i) {
    token[31] = i;
    const std::int64_t life = i == 2 ? 100 : 1000 + i;
    table.remember(token, person("p"), {kNow, static_cast<double>(kNow + life)}, 1);
  }
  for (unsigned char i = 0; i < 5; ++i) {
    token[31] = i;
    EXPECT_EQ(table.find(token, 1, kNow).has_value(), i != 2) << int{i};
  }
}

TEST(RememberedTokens, NeverHoldsMoreThanItsPlaces) {
  RememberedTokens table;
  const int tokens = 30'000;
  for (int i = 0; i < tokens; ++i) {
    table.remember(sha256(std::to_string(i)), person(std::to_string(i)), kHour, 1);
  }
  std::size_t found = 0;
  for (int i = 0; i < tokens; ++i) {
    const auto who = table.find(sha256(std::to_string(i)), 1, kNow);
    found += who.has_value();
    if (who) {
      EXPECT_EQ(who->subject, std::to_string(i));
    }
  }
  EXPECT_LE(found, RememberedTokens::kSets * RememberedTokens::kPlaces);
  EXPECT_GT(found, RememberedTokens::kSets * RememberedTokens::kPlaces * 9 / 10);
}

void remember_and_find(RememberedTokens* table, int from) {
  for (int i = 0; i < 5000; ++i) {
    const std::string name = std::to_string((from + i) % 3000);
    table->remember(sha256(name), person(name), kHour, 1);
    const auto who = table->find(sha256(name), 1, kNow);
    if (who) {
      EXPECT_EQ(who->subject, name);
    }
  }
}

TEST(RememberedTokens, ServesSeveralThreads) {
  RememberedTokens table;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(remember_and_find, &table, 700 * i);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace footfall::api
