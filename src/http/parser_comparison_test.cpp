// Goal: whatever we accept, another parser accepts and reads the same: two that differ are how
// requests are smuggled. Method: valid requests mutated at random, taken apart by ours and by
// Beast's parser, which is no part of the server.
#include <gtest/gtest.h>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <random>

#include "http/chunked_body.hpp"
#include "http/mutation_fixture.hpp"
#include "http/request_head.hpp"

namespace footfall::http {
namespace {

namespace beast = boost::beast::http;

// What Beast makes of a whole request.
boost::system::error_code beast_reads(const std::string& bytes,
                                      beast::request_parser<beast::string_body>& parser) {
  boost::system::error_code error;
  parser.eager(true);
  parser.put(boost::asio::buffer(bytes), error);
  if (!error && !parser.is_done()) error = beast::error::need_more;
  return error;
}

// What we make of it.
struct Ours {
  std::string bytes;  // of the request alone
  Request request;    // views of bytes
  Framing framing;
  std::string body;
};

bool reads(const std::string& bytes, Ours& ours) {
  HeadScanner scanner;
  if (scanner.scan(bytes) != HeadScanner::Found::head) return false;
  ours.bytes = bytes;
  const std::string_view all = ours.bytes;
  const std::string_view head = all.substr(0, scanner.head_bytes());
  std::string_view rest = all.substr(scanner.head_bytes());
  if (parse_head(head, 4096, ours.request, ours.framing)) return false;
  if (ours.framing.chunked) {
    ChunkedBody chunks(1000);
    if (chunks.take(rest, ours.body) != ChunkedBody::State::done) return false;
  } else {
    if (ours.framing.content_length > rest.size()) return false;
    ours.body = rest.substr(0, ours.framing.content_length);
    rest.remove_prefix(ours.body.size());
  }
  ours.bytes.resize(all.size() - rest.size());  // never moves what the views look at
  return true;
}

TEST(Parser, AcceptsNothingThatBeastReadsOtherwise) {
  const std::string seeds[] = {
      "GET /a/b?c=d HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\nX-Long: a b\tc\r\n\r\n",
      "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\nConnection: close\r\n\r\nhello world",
      "PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
      "chunked\r\n\r\n5\r\nhello\r\n1;a=b\r\n!\r\n0\r\nT: x\r\n\r\n",
      "DELETE /a HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"};
  std::mt19937 rng(20261121);
  int accepted = 0;
  for (int i = 0; i < 300'000; ++i) {
    const std::string bytes = mutated(seeds[rng() % 4], rng);
    Ours ours;
    if (!reads(bytes, ours)) continue;
    beast::request_parser<beast::string_body> theirs;
    const auto error = beast_reads(ours.bytes, theirs);
    if (error == beast::error::bad_chunk_extension) continue;  // we do not look into them
    // Beast reads trailers as if they were headers; we drop them.
    if (ours.framing.chunked && (error == beast::error::bad_transfer_encoding ||
                                 error == beast::error::bad_content_length)) {
      continue;
    }
    ++accepted;
    ASSERT_FALSE(error) << error.message() << " in " << bytes;
    const auto& message = theirs.get();
    ASSERT_EQ(message.method_string(), to_string(ours.request.method)) << bytes;
    ASSERT_EQ(message.target(), ours.request.target) << bytes;
    ASSERT_EQ(message.body(), ours.body) << bytes;
    // Beast looks at one Connection header, the standard at the list they make together.
    if (ours.request.count("connection") > 1) continue;
    ASSERT_EQ(message.keep_alive(), ours.framing.keep_alive) << bytes;
  }
  EXPECT_GT(accepted, 5'000);
}

}  // namespace
}  // namespace footfall::http
