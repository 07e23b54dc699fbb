// Goal: what is not plainly the address of a service is refused with a sentence that repeats no
// secret; the rest is taken apart.
#include <gtest/gtest.h>

#include "http/client.hpp"

namespace footfall::http {
namespace {

TEST(ServiceUrl, IsTakenApart) {
  const ServiceUrl https = parse_service_url("https://shop.example/v1/").value();
  EXPECT_TRUE(https.is_https);
  EXPECT_EQ(https.host, "shop.example");
  EXPECT_EQ(https.port, "443");
  EXPECT_EQ(https.base, "/v1");
  EXPECT_EQ(https.origin, "https://shop.example");
  EXPECT_FALSE(https.is_loopback);

  const ServiceUrl http = parse_service_url("http://[::1]:8080").value();
  EXPECT_FALSE(http.is_https);
  EXPECT_EQ(http.host, "::1");
  EXPECT_EQ(http.port, "8080");
  EXPECT_EQ(http.base, "");
  EXPECT_EQ(http.origin, "http://[::1]:8080");
  EXPECT_TRUE(http.is_loopback);

  EXPECT_EQ(parse_service_url("http://shop.example/").value().port, "80");
  EXPECT_EQ(parse_service_url("http://shop.example/").value().base, "");
  EXPECT_EQ(parse_service_url("https://a/b/c").value().base, "/b/c");
  EXPECT_TRUE(parse_service_url("http://LOCALHOST/").value().is_loopback);
}

TEST(ServiceUrl, IsRefusedIfItIsNone) {
  for (const std::string url : {"",
                                "shop.example",
                                "ftp://shop.example",
                                "https://",
                                "https:///x",
                                "https://:443",
                                "https://user@a",
                                "https://user:secret@a",
                                "http://localhost@a/",
                                "https://a?secret=1",
                                "https://a/b?secret=1",
                                "https://a/#b",
                                "https://a b",
                                "https://a/\r\nX: y",
                                "https://a/\x7F",
                                "https://a:0",
                                "https://a:65536",
                                "https://a:",
                                "https://a:x",
                                "https://a:-1",
                                "https://[::1",
                                "https://[::1]x",
                                "https://a\\b",
                                "HTTPS://a"}) {
    const Result<ServiceUrl> parsed = parse_service_url(url);
    EXPECT_FALSE(parsed) << url;
    if (parsed) continue;
    EXPECT_EQ(parsed.error().code(), Errc::invalid_input);
    EXPECT_EQ(parsed.error().message().find("secret"), std::string::npos);
    EXPECT_EQ(parsed.error().message().find('\n'), std::string::npos);
    EXPECT_NE(parsed.error().message().find("It must be https://host"), std::string::npos);
  }
  EXPECT_FALSE(parse_service_url(std::string("http://a/\0b", 11)));
  EXPECT_FALSE(parse_service_url("http://a/" + std::string(3000, 'x')));
}

}  // namespace
}  // namespace footfall::http
