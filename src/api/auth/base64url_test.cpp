// Goal: base64url has one spelling, and every bytes come back. Method: RFC 4648's examples, odd
// texts, and random bytes by an encoder of the test's own.
#include "api/auth/base64url.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "api/auth/signing_fixture.hpp"

namespace footfall::api {
namespace {

TEST(Base64Url, ReadsTheExamplesOfTheStandard) {
  EXPECT_EQ(decode_base64url(""), "");
  EXPECT_EQ(decode_base64url("Zg"), "f");
  EXPECT_EQ(decode_base64url("Zm8"), "fo");
  EXPECT_EQ(decode_base64url("Zm9v"), "foo");
  EXPECT_EQ(decode_base64url("Zm9vYmFy"), "foobar");
  EXPECT_EQ(decode_base64url("-_8"), "\xfb\xff");
}

TEST(Base64Url, RefusesWhatIsSpeltOtherwise) {
  for (const char* text : {"Zg==", "Zm8=", "Z", "Zm9vY", "+_8", "-/8", "Zm 9v", "Zm9v\n", " Zm9v",
                           "Zm9v.", "Zm9\xc3\xa9", "="}) {
    EXPECT_FALSE(decode_base64url(text)) << text;
  }
  EXPECT_FALSE(decode_base64url(std::string_view("Zm9\0", 4)));
}

TEST(Base64Url, RefusesBitsLeftOver) {
  for (const char* text : {"Zh", "Zv", "Zm9", "Zm-"}) {
    EXPECT_FALSE(decode_base64url(text)) << text;
  }
}

RC_GTEST_PROP(Base64Url, AllBytesComeBack, (const std::string& bytes)) {
  RC_ASSERT(decode_base64url(tests::encode_base64url(bytes)) == bytes);
}

}  // namespace
}  // namespace footfall::api
