// Goal: of what nobody uses a bounded number is kept, the last used. Method: a map of numbers.
#include "api/idle.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace footfall::api {
namespace {

struct Entry {
  bool idle = true;
  int used = 0;
};

TEST(ForgetIdle, KeepsTheLastUsedAndAllThatAreInUse) {
  std::map<std::string, Entry> kept = {
      {"a", {true, 5}}, {"b", {true, 1}}, {"c", {false, 0}}, {"d", {true, 3}}, {"e", {true, 4}}};
  const auto is_idle = [](const Entry& entry) { return entry.idle; };
  forget_idle(kept, 2, is_idle);
  std::string left;
  for (const auto& [name, entry] : kept) left += name;
  EXPECT_EQ(left, "ace");
  forget_idle(kept, 2, is_idle);
  EXPECT_EQ(kept.size(), 3u);
  forget_idle(kept, 0, is_idle);
  EXPECT_EQ(kept.size(), 1u);
}

}  // namespace
}  // namespace footfall::api
