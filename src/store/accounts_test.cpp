// Goal: an account keeps an address that is its own, and none that could stand in the way of
// others. Method: addresses as tokens may have them. R14.
#include "store/accounts.hpp"

#include <gtest/gtest.h>

namespace footfall::store {
namespace {

TEST(EmailToKeep, IsTheTokensIfItCanBeOne) {
  for (const char* email : {"me@shop.example", "Ünal@shop.example", "a+b@invalid.example"}) {
    EXPECT_EQ(email_to_keep("sub", email), email);
  }
}

TEST(EmailToKeep, IsAStandInOtherwise) {
  const std::string longest = std::string(Accounts::kEmailBytesMax - 4, 'a') + "@b.c";
  EXPECT_EQ(email_to_keep("sub", longest), longest);
  for (const std::string& email :
       {std::string(), std::string("nobody"), "a" + longest, std::string("a\0b@c.d", 7),
        std::string("a\n@b.c"), std::string("P-1@agents.footfall.invalid"),
        std::string("other@users.INVALID")}) {
    EXPECT_EQ(email_to_keep("sub", email), "sub@users.invalid") << email;
  }
}

}  // namespace
}  // namespace footfall::store
