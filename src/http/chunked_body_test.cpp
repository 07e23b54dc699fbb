// Goal: chunked bodies are put together as RFC 9112 says, what is not exactly the format is
// refused, and what is read is bounded. Method: cases, in any split of the bytes into arrivals.
#include "http/chunked_body.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace footfall::http {
namespace {

using ChunkState = ChunkedBody::State;

ChunkState read_chunks(std::string_view bytes, std::size_t step, std::string& body,
                       std::string& left, std::size_t body_max = 1000) {
  ChunkedBody chunks(body_max);
  std::string waiting;
  ChunkState state = ChunkState::more_needed;
  while (!bytes.empty() && state == ChunkState::more_needed) {
    waiting += bytes.substr(0, step);
    bytes.remove_prefix(std::min(step, bytes.size()));
    std::string_view view = waiting;
    state = chunks.take(view, body);
    waiting.erase(0, waiting.size() - view.size());
  }
  left = waiting + std::string(bytes);
  return state;
}

TEST(ChunkedBody, PutsChunksTogetherHoweverTheyArrive) {
  const std::string bytes =
      "5\r\nhello\r\n00b ; name=value\r\n, \r\nworld!\n\r\n0\r\nTrailer: dropped\r\n\r\nGET / "
      "next";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    std::string body, left;
    ASSERT_EQ(read_chunks(bytes, step, body, left), ChunkState::done) << "in steps of " << step;
    ASSERT_EQ(body, "hello, \r\nworld!\n");
    ASSERT_EQ(left, "GET / next");
  }
}

TEST(ChunkedBody, RefusesWhatIsNotTheFormat) {
  for (const char* bytes : {"\r\n",
                            "x\r\n",
                            "-1\r\n",
                            "+1\r\n",
                            "0x1\r\na\r\n",
                            " 1\r\na\r\n",
                            "1\na\r\n",
                            "1\r\nab\r\n",
                            "1\r\na\n0\r\n\r\n",
                            "1\r\na0\r\n\r\n",
                            "1 2\r\na\r\n",
                            "1;\x01\r\na\r\n",
                            "1;a=\"b\"\r\na\r\n",
                            "1 a\r\na\r\n",
                            "1;a\rb\r\na\r\n",
                            "0\r\nno trailer\r\n\r\n",
                            "0\r\n: x\r\n\r\n",
                            "0\r\n X: y\r\n\r\n",
                            "0\r\nX: y\n\r\n",
                            "0\r\n\n"}) {
    std::string body, left;
    EXPECT_EQ(read_chunks(bytes, 100, body, left), ChunkState::malformed) << bytes;
  }
}

TEST(ChunkedBody, BoundsWhatItReads) {
  std::string body, left;
  EXPECT_EQ(read_chunks("5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n", 99, body, left, 10),
            ChunkState::done);
  body.clear();
  EXPECT_EQ(read_chunks("5\r\nhello\r\n6\r\n", 99, body, left, 10), ChunkState::too_large);
  body.clear();
  EXPECT_EQ(read_chunks("ffffffffffffffff\r\n", 99, body, left), ChunkState::too_large);
  EXPECT_EQ(read_chunks("1;" + std::string(1100, 'a'), 99, body, left), ChunkState::malformed);
  std::string trailers = "0\r\n";
  for (int i = 0; i < 20; ++i) trailers += "X: " + std::string(500, 'a') + "\r\n";
  EXPECT_EQ(read_chunks(trailers, 99, body, left), ChunkState::malformed);
}

}  // namespace
}  // namespace footfall::http
