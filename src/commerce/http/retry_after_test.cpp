// Goal: a service that asks to be left alone is left alone, however it says so (R26, R32). Method:
// texts as services send them, and others.
#include "commerce/http/retry_after.hpp"

#include <gtest/gtest.h>

namespace footfall::commerce {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const auto kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + std::chrono::hours(10);

TEST(RetryAfter, SecondsAreTakenUpToAMinute) {
  EXPECT_EQ(parse_retry_after("0", kNow), milliseconds(0));
  EXPECT_EQ(parse_retry_after("7", kNow), seconds(7));
  EXPECT_EQ(parse_retry_after("60", kNow), seconds(60));
  for (const char* much : {"61", "7200", "9223372036854775807"}) {
    EXPECT_EQ(parse_retry_after(much, kNow), seconds(60)) << much;
  }
}

TEST(RetryAfter, SoAreMoments) {
  EXPECT_EQ(parse_retry_after("Sat, 21 Nov 2026 10:00:09 GMT", kNow), seconds(9));
  EXPECT_EQ(parse_retry_after("Sat, 21 Nov 2026 09:59:59 GMT", kNow), milliseconds(0));
  EXPECT_EQ(parse_retry_after("Sun, 22 Nov 2026 10:00:00 GMT", kNow), seconds(60));
  EXPECT_EQ(parse_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", kNow), seconds(60));
  EXPECT_EQ(parse_retry_after("Thu, 01 Jan 1970 00:00:00 GMT", kNow), milliseconds(0));
}

TEST(RetryAfter, NothingElseIs) {
  for (const char* wrong :
       {"", "-1", "soon", "1.5", "99999999999999999999", "Sat, 21 Nov 2026 10:00:09 CET",
        "Sat, 31 Feb 2026 10:00:09 GMT", "Sat, 21 Now 2026 10:00:09 GMT",
        "Sat, 21 Nov 2026 1a:00:09 GMT", "2026-11-21T10:00:09Z"}) {
    EXPECT_FALSE(parse_retry_after(wrong, kNow)) << wrong;
  }
}

}  // namespace
}  // namespace footfall::commerce
