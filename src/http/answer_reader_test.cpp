// Goal: an answer means the same however its bytes are cut, and what is broken does no harm.
// Method: answers of all forms, mutated at random, taken whole and in random pieces.
#include "http/answer_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <random>

#include "http/mutation_fixture.hpp"

namespace footfall::http {
namespace {

struct Outcome {
  // False: broken or not whole. When a broken one is noticed depends on how it is cut.
  bool is_answer = false;
  ClientAnswer answer;
  bool keeps_alive = false;
  std::size_t left = 0;  // bytes that are no part of it

  bool operator==(const Outcome& other) const {
    return is_answer == other.is_answer && answer.status == other.answer.status &&
           answer.body == other.answer.body && answer.headers == other.answer.headers &&
           keeps_alive == other.keeps_alive && left == other.left;
  }
};

Outcome taken(std::string_view bytes, const std::function<std::size_t()>& piece) {
  InputBuffer input(64);
  AnswerReader reader(200, 100);
  reader.expect(false);
  AnswerReader::State state = AnswerReader::State::more_needed;
  while (!bytes.empty() && state == AnswerReader::State::more_needed) {
    const auto space = input.space(4096);
    const std::size_t count = std::min({piece(), bytes.size(), space.size()});
    std::memcpy(space.data(), bytes.data(), count);
    bytes.remove_prefix(count);
    input.commit(count);
    state = reader.take(input);
  }
  if (state == AnswerReader::State::more_needed) state = reader.end();
  Outcome outcome;
  outcome.is_answer = state == AnswerReader::State::done;
  if (!outcome.is_answer) return outcome;
  outcome.left = bytes.size() + input.bytes().size();
  outcome.keeps_alive = reader.keeps_alive();
  reader.give(outcome.answer);
  return outcome;
}

TEST(AnswerReader, ReadsTheSameHoweverItIsCut) {
  const std::string seeds[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 11\r\nX-Long: a b\tc\r\n\r\nhello world",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
      "chunked\r\n\r\n5\r\nhello\r\n1;a=b\r\n!\r\n0\r\nT: x\r\n\r\n",
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\n{}",
      "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nuntil the end",
      "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"};
  std::mt19937 rng(20261122);
  int answers = 0;
  for (int i = 0; i < 30'000; ++i) {
    const std::string bytes = mutated(seeds[rng() % 5], rng);
    const Outcome whole = taken(bytes, [] { return std::size_t{4096}; });
    const Outcome cut = taken(bytes, [&] { return std::size_t{1 + rng() % 9}; });
    ASSERT_TRUE(whole == cut) << bytes;
    answers += whole.is_answer ? 1 : 0;
  }
  EXPECT_GT(answers, 3'000);
}

}  // namespace
}  // namespace footfall::http
