// Goal: what counts as this machine is this machine. Method: both lists.
#include "base/loopback.hpp"

#include <gtest/gtest.h>

namespace footfall {
namespace {

TEST(Loopback, IsThisMachine) {
  for (const char* host :
       {"localhost", "LocalHost", "127.0.0.1", "127.0.0.2", "127.255.255.255", "::1", "[::1]"}) {
    EXPECT_TRUE(is_loopback_host(host)) << host;
  }
}

TEST(Loopback, IsNothingElse) {
  for (const char* host :
       {"", "0.0.0.0", "128.0.0.1", "10.0.0.1", "127.evil.example", "127.0.0.1.example", "127.1",
        "localhost.example", "::", "[::]", "[127.0.0.1]", "[localhost]", "::ffff:128.0.0.1",
        "2001:db8::1", "[::1"}) {
    EXPECT_FALSE(is_loopback_host(host)) << host;
  }
}

}  // namespace
}  // namespace footfall
