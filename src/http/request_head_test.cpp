// Goal: heads are taken apart as RFC 9110 and 9112 say, and what could be read in two ways is
// refused. Method: cases, and any split of the bytes into arrivals.
#include "http/request_head.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace footfall::http {
namespace {

struct Parsed {
  Request request;
  Framing framing;
  Refusal refusal;
};

Parsed parsed(std::string_view head) {
  Parsed result;
  result.refusal = parse_head(head, 4096, result.request, result.framing);
  return result;
}

// The code of the refusal of these header lines; empty if they are taken.
std::string_view refused(const std::string& lines,
                         const std::string& start = "GET / HTTP/1.1\r\nHost: x\r\n") {
  const std::string head = start + lines + "\r\n";
  const Parsed result = parsed(head);
  return result.refusal ? result.refusal.kind->code : "";
}

TEST(RequestHead, TellsThePartsOfARequest) {
  const Parsed result = parsed(
      "POST /a/b%20c?d=e?f HTTP/1.1\r\nhOST: example.com:80\r\nX-Padded: \t a b\t \r\nEmpty:\r\n"
      "Content-Length: 12\r\nExpect: 100-Continue\r\nConnection: foo , Close\r\n\r\n");
  ASSERT_FALSE(result.refusal) << result.refusal.detail;
  EXPECT_EQ(result.request.method, Method::post);
  EXPECT_EQ(result.request.target, "/a/b%20c?d=e?f");
  EXPECT_EQ(result.request.path, "/a/b%20c");
  EXPECT_EQ(result.request.query, "d=e?f");
  EXPECT_EQ(result.request.header("x-padded"), "a b");
  EXPECT_EQ(result.request.count("empty"), 1);
  EXPECT_EQ(result.framing.content_length, 12U);
  EXPECT_TRUE(result.framing.expects_continue);
  EXPECT_FALSE(result.framing.keep_alive);
  EXPECT_FALSE(result.framing.chunked);
}

TEST(RequestHead, KeepsTheConnectionAsTheVersionSays) {
  EXPECT_TRUE(parsed("GET / HTTP/1.1\r\nHost: x\r\n\r\n").framing.keep_alive);
  EXPECT_FALSE(parsed("GET / HTTP/1.0\r\n\r\n").framing.keep_alive);
  EXPECT_TRUE(parsed("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").framing.keep_alive);
  EXPECT_FALSE(
      parsed("GET / HTTP/1.0\r\nConnection: close, keep-alive\r\n\r\n").framing.keep_alive);
}

TEST(RequestHead, RefusesRequestLinesThatAreNone) {
  for (const char* line : {"",
                           "GET",
                           "GET /",
                           "GET  / HTTP/1.1",
                           "GET / HTTP/1.1 ",
                           " GET / HTTP/1.1",
                           "GET /a b HTTP/1.1",
                           "GET / HTTP/1.2",
                           "GET / HTTP/2.0",
                           "GET / http/1.1",
                           "GET / HTTP/1.1x",
                           "GET\t/ HTTP/1.1",
                           "G(T / HTTP/1.1",
                           "GET / HTTP/01.1",
                           "GET /\r HTTP/1.1",
                           "GET * HTTP/1.1",
                           "GET host:443 HTTP/1.1",
                           "GET http://x/ HTTP/1.1",
                           "GET ftp://x/ HTTP/1.1",
                           "GET /a#b HTTP/1.1",
                           "GET /\x7F HTTP/1.1",
                           "GET /\x01 HTTP/1.1",
                           "GET /\xC3\xA4 HTTP/1.1"}) {
    EXPECT_EQ(refused("Host: x\r\n", std::string(line) + "\r\n"), "malformed_request") << line;
  }
}

TEST(RequestHead, KnowsTheMethodsThatAreServed) {
  for (const char* method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}) {
    EXPECT_EQ(refused("Host: x\r\n", std::string(method) + " / HTTP/1.1\r\n"), "") << method;
  }
  for (const char* method : {"OPTIONS", "TRACE", "CONNECT", "get", "GETS", "PROPFIND"}) {
    EXPECT_EQ(refused("Host: x\r\n", std::string(method) + " / HTTP/1.1\r\n"),
              "method_not_implemented")
        << method;
  }
}

TEST(RequestHead, RefusesHeadersThatCouldBeReadInTwoWays) {
  for (const char* lines : {"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
                            "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
                            "Content-Length: 1\r\nContent-Length: 1\r\n",
                            "Content-Length: 1, 1\r\n",
                            "Content-Length: +1\r\n",
                            "Content-Length: -1\r\n",
                            "Content-Length: 0x1\r\n",
                            "Content-Length: 1 2\r\n",
                            "Content-Length: 1a\r\n",
                            "Content-Length:\r\n",
                            "Content-Length: \r\n",
                            "Transfer-Encoding: gzip\r\n",
                            "Transfer-Encoding: gzip, chunked\r\n",
                            "Transfer-Encoding: chunked, chunked\r\n",
                            "Transfer-Encoding: identity\r\n",
                            "Transfer-Encoding: xchunked\r\n",
                            "Transfer-Encoding:\r\n",
                            "Transfer-Encoding: \"chunked\"\r\n",
                            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                            "Transfer-Encoding: \x0B"
                            "chunked\r\n",
                            "Transfer-Encoding : chunked\r\n",
                            "X: a\r\n b\r\n",
                            "X: a\r\n\tb\r\n",
                            " X: a\r\n",
                            "X : a\r\n",
                            "X\t: a\r\n",
                            "X Y: a\r\n",
                            "X\r\n",
                            ": a\r\n",
                            "X: a\rb\r\n",
                            "X: a\x01\r\n",
                            "X: a\x7F\r\n",
                            "X(: a\r\n",
                            "\xC3\xA4: a\r\n",
                            "Host: x\r\n",
                            "Host: y\r\n"}) {
    EXPECT_EQ(refused(lines), "malformed_request") << lines;
  }
  using std::string_literals::operator""s;
  EXPECT_EQ(refused("X: a\0b\r\n"s), "malformed_request");
  EXPECT_EQ(refused("X\0: a\r\n"s), "malformed_request");
}

TEST(RequestHead, NeedsOneHost) {
  EXPECT_EQ(refused("", "GET / HTTP/1.1\r\n"), "malformed_request");
  EXPECT_EQ(refused("", "GET / HTTP/1.0\r\n"), "");
  EXPECT_EQ(refused("Host: a\r\nHost: a\r\n", "GET / HTTP/1.0\r\n"), "malformed_request");
  EXPECT_EQ(refused("Transfer-Encoding: chunked\r\n", "GET / HTTP/1.0\r\n"), "malformed_request");
  for (const char* host : {"a b", "a/b", "user@a", "a,b?", "a\\b", "a<b"}) {
    EXPECT_EQ(refused(std::string("Host: ") + host + "\r\n", "GET / HTTP/1.1\r\n"),
              "malformed_request")
        << host;
  }
  for (const char* host : {"a", "a.b:80", "[::1]:80", "", "127.0.0.1", "x_y"}) {
    EXPECT_EQ(refused(std::string("Host: ") + host + "\r\n", "GET / HTTP/1.1\r\n"), "") << host;
  }
}

TEST(RequestHead, BoundsTargetAndHeaders) {
  EXPECT_EQ(refused("Host: x\r\n", "GET /" + std::string(4095, 'a') + " HTTP/1.1\r\n"), "");
  EXPECT_EQ(refused("Host: x\r\n", "GET /" + std::string(4096, 'a') + " HTTP/1.1\r\n"),
            "target_too_long");
  std::string lines;
  for (int i = 0; i < 99; ++i) lines += "X: a\r\n";
  EXPECT_EQ(refused(lines), "");
  EXPECT_EQ(refused(lines + "X: a\r\n"), "header_too_large");
}

TEST(RequestHead, ALengthThatDoesNotFitIsTheMost) {
  const Parsed result =
      parsed("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999999\r\n\r\n");
  ASSERT_FALSE(result.refusal);
  EXPECT_EQ(result.framing.content_length, ~std::uint64_t{0});
  EXPECT_EQ(parsed("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551615\r\n\r\n")
                .framing.content_length,
            ~std::uint64_t{0});
}

TEST(HeadScanner, FindsTheEndHoweverBytesArrive) {
  const std::string head = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string bytes = head + "GET /next HTTP/1.1\r\n\r\n";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    HeadScanner scanner;
    std::size_t have = 0;
    auto found = HeadScanner::Found::more_needed;
    while (found == HeadScanner::Found::more_needed && have < bytes.size()) {
      have = std::min(have + step, bytes.size());
      found = scanner.scan(std::string_view(bytes).substr(0, have));
    }
    ASSERT_EQ(found, HeadScanner::Found::head) << "in steps of " << step;
    ASSERT_EQ(scanner.head_bytes(), head.size());
    ASSERT_GE(have, head.size());
  }
}

TEST(HeadScanner, RefusesBareLineFeeds) {
  for (const char* bytes :
       {"\n", "GET / HTTP/1.1\n", "GET / HTTP/1.1\r\nHost: x\n", "GET / HTTP/1.1\r\nHost: x\r\n\n",
        "GET / HTTP/1.1\r\n\nHost: x\r\n\r\n"}) {
    EXPECT_EQ(HeadScanner().scan(bytes), HeadScanner::Found::bare_line_feed) << bytes;
  }
}

}  // namespace
}  // namespace footfall::http
