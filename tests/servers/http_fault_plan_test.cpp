// Goal: a plan gives each request the fault that its seed says, whatever else arrives, and HTTP
// messages end where they end. Method: the schedule alone, without sockets.
#include "tests/servers/http_fault_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/servers/http_framing.hpp"

namespace footfall::tests {
namespace {

// Keeps the text that `seen` looks at.
struct Made {
  explicit Made(std::string_view target, std::string_view body = "", std::string_view headers = "",
                std::string_view method = "POST") {
    text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: x\r\n");
    text.append(headers).append("\r\n");
    const std::size_t head_bytes = text.size();
    text.append(body);
    seen = seen_request(text, head_bytes);
  }
  Made(const Made&) = delete;
  std::string text;
  SeenRequest seen;
};

HttpFaultPlan plan_of(std::map<HttpFault, double> shares) {
  HttpFaultPlan plan;
  plan.rules = {{.shares = std::move(shares)}};
  return plan;
}

HttpFaultPlan mixed_plan(std::uint64_t seed) {
  HttpFaultPlan plan = plan_of({{HttpFault::answer_500, 0.2},
                                {HttpFault::reset_before, 0.2},
                                {HttpFault::reset_after, 0.1},
                                {HttpFault::delay, 0.1}});
  plan.seed = seed;
  return plan;
}

using Drawn = std::map<std::pair<int, int>, HttpFault>;  // by request and attempt

// 200 requests, 5 attempts each, in the order that `step` makes of them.
Drawn drawn(const HttpFaultPlan& plan, int step) {
  HttpFaultSchedule schedule(plan);
  std::map<int, int> attempts;
  Drawn all;
  for (int i = 0; i < 1000; ++i) {
    const int request = (i * step) % 200;
    const Made made("/api/carts/" + std::to_string(request));
    all[{request, ++attempts[request]}] = schedule.next(made.seen);
  }
  return all;
}

TEST(HttpFaultSchedule, DoesNotDependOnTheOrderOfArrival) {
  const Drawn in_turn = drawn(mixed_plan(7), 1);
  EXPECT_EQ(in_turn.size(), 1000U);
  EXPECT_EQ(drawn(mixed_plan(7), 77), in_turn);
  EXPECT_NE(drawn(mixed_plan(8), 1), in_turn);
}

TEST(HttpFaultSchedule, DrawsEachAttemptAnew) {
  std::set<std::vector<HttpFault>> courses;
  const Drawn all = drawn(mixed_plan(7), 1);
  for (int request = 0; request < 200; ++request) {
    std::vector<HttpFault> course;
    for (int attempt = 1; attempt <= 5; ++attempt) course.push_back(all.at({request, attempt}));
    courses.insert(course);
  }
  // Were the attempts alike, there would be five courses.
  EXPECT_GT(courses.size(), 100U);
}

// The standard error of a share p among n draws is sqrt(p (1 - p) / n): at most 0.002 here, and the
// tolerance is five of them.
TEST(HttpFaultSchedule, KeepsToTheShares) {
  const int draws = 40'000;
  const HttpFaultPlan plan = mixed_plan(7);
  HttpFaultSchedule schedule(plan);
  std::map<HttpFault, int> count;
  for (int i = 0; i < draws; ++i) {
    const Made made("/" + std::to_string(i));
    ++count[schedule.next(made.seen)];
  }
  for (const auto& [fault, share] : plan.rules[0].shares) {
    EXPECT_NEAR(static_cast<double>(count[fault]) / draws, share, 0.01) << to_string(fault);
  }
  EXPECT_EQ(count.size(), 5U);
}

TEST(HttpFaultSchedule, HitsNoRequestMoreOftenThanAllowed) {
  HttpFaultPlan plan = plan_of({{HttpFault::answer_503, 1.0}});
  plan.hits_max = 2;
  plan.rules[0].exactly[3] = HttpFault::delay;
  HttpFaultSchedule schedule(plan);
  const Made one("/one"), other("/other");
  EXPECT_EQ(schedule.next(one.seen), HttpFault::answer_503);
  EXPECT_EQ(schedule.next(one.seen), HttpFault::answer_503);
  EXPECT_EQ(schedule.next(one.seen), HttpFault::none) << "an exact one neither";
  EXPECT_EQ(schedule.next(one.seen), HttpFault::none);
  EXPECT_EQ(schedule.next(other.seen), HttpFault::answer_503);
}

TEST(HttpFaultSchedule, StrikesExactRequestsOfThoseMeant) {
  HttpFaultPlan plan;
  const auto is_checkout = [](const SeenRequest& request) {
    return request.method == "POST" && request.path == "/api/checkout";
  };
  plan.rules = {{.applies = is_checkout, .exactly = {{2, HttpFault::reset_after}}},
                {.exactly = {{1, HttpFault::answer_500}}}};
  HttpFaultSchedule schedule(plan);
  const Made checkout("/api/checkout?x=1"), look("/api/checkout", "", "", "GET");
  EXPECT_EQ(schedule.next(checkout.seen), HttpFault::none);
  EXPECT_EQ(schedule.next(look.seen), HttpFault::answer_500);
  EXPECT_EQ(schedule.next(look.seen), HttpFault::none);
  EXPECT_EQ(schedule.next(checkout.seen), HttpFault::reset_after);
  EXPECT_EQ(schedule.next(checkout.seen), HttpFault::none);
}

// Two requests are the same if the second finds that the first has used up the only hit.
bool are_the_same(HttpFaultPlan plan, const Made& first, const Made& second) {
  plan.rules = {{.shares = {{HttpFault::delay, 1.0}}}};
  plan.hits_max = 1;
  HttpFaultSchedule schedule(plan);
  schedule.next(first.seen);
  return schedule.next(second.seen) == HttpFault::none;
}

TEST(HttpFaultSchedule, TellsRequestsApartAsThePlanSays) {
  HttpFaultPlan plan;
  const Made one("/a?x=1", "body", "Key: 1\r\nDate: 1\r\n");
  EXPECT_TRUE(are_the_same(plan, one, Made("/a?x=1", "body", "Key: 2\r\n")));
  EXPECT_FALSE(are_the_same(plan, one, Made("/a?x=1", "another")));
  EXPECT_FALSE(are_the_same(plan, one, Made("/a?x=2", "body")));
  EXPECT_FALSE(are_the_same(plan, one, Made("/a?x=1", "body", "", "PUT")));
  plan.identity = identity_by_headers({"key"});
  EXPECT_TRUE(are_the_same(plan, one, Made("/a?x=2", "another", "KEY:  1 \r\n")));
  EXPECT_FALSE(are_the_same(plan, one, Made("/a?x=1", "body", "Key: 2\r\n")));
  EXPECT_FALSE(are_the_same(plan, one, Made("/b", "body", "Key: 1\r\n")));
}

TEST(HttpFaultSchedule, RefusesWhatCannotBe) {
  for (const double share : {-0.1, 1.1, std::nan("")}) {
    EXPECT_THROW(HttpFaultSchedule(plan_of({{HttpFault::delay, share}})), std::invalid_argument);
  }
  EXPECT_THROW(HttpFaultSchedule(plan_of({{HttpFault::delay, 0.6}, {HttpFault::answer_500, 0.6}})),
               std::invalid_argument);
  HttpFaultPlan no_piece, early;
  no_piece.slow_pieces = 0;
  early.delay = std::chrono::milliseconds(-1);
  EXPECT_THROW(HttpFaultSchedule{no_piece}, std::invalid_argument);
  EXPECT_THROW(HttpFaultSchedule{early}, std::invalid_argument);
}

TEST(SeenRequest, NamesItsParts) {
  const Made made("/a/b?c=d", "body", "Idempotency-Key: k-1 \r\nX-Empty:\r\n");
  EXPECT_EQ(made.seen.method, "POST");
  EXPECT_EQ(made.seen.target, "/a/b?c=d");
  EXPECT_EQ(made.seen.path, "/a/b");
  EXPECT_EQ(made.seen.body, "body");
  EXPECT_EQ(made.seen.header("idempotency-key"), "k-1");
  EXPECT_EQ(made.seen.header("x-empty"), "");
  EXPECT_EQ(made.seen.header("key"), "");
}

// However the bytes arrive, the message is whole with its last byte and not before.
void expect_end(HttpFraming::Kind kind, const std::string& message) {
  const std::string bytes = message + "GET / HTTP/1.1";
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, bytes.size()}) {
    HttpFraming framing(kind);
    std::size_t arrived = 0;
    while (!framing.is_whole(std::string_view(bytes).substr(0, arrived))) {
      ASSERT_LT(arrived, bytes.size()) << message;
      arrived = std::min(arrived + step, bytes.size());
    }
    EXPECT_EQ(framing.bytes(), message.size()) << message;
    EXPECT_EQ(framing.head_bytes(), message.find("\r\n\r\n") + 4);
    if (step == 1) {
      EXPECT_EQ(arrived, message.size()) << message;
    }
  }
}

TEST(HttpFraming, FindsTheEndOfAMessage) {
  using Kind = HttpFraming::Kind;
  const std::string chunks = "4;x=y\r\nbo\r\n\r\nA\r\n0123456789\r\n0\r\n";
  expect_end(Kind::request, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  expect_end(Kind::request, "POST / HTTP/1.1\r\ncontent-LENGTH: 4\r\n\r\nbody");
  expect_end(Kind::request,
             "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "\r\n");
  expect_end(Kind::answer, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  expect_end(Kind::answer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks +
                               "Trailer: x\r\n\r\n");
  expect_end(Kind::answer, "HTTP/1.1 204 No Content\r\n\r\n");
  expect_end(Kind::answer, "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n");
  expect_end(Kind::answer_without_body, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
}

TEST(HttpFraming, KnowsAnswersThatEndWithTheConnection) {
  HttpFraming framing(HttpFraming::Kind::answer);
  EXPECT_FALSE(framing.ends_with_connection());
  EXPECT_FALSE(framing.is_whole("HTTP/1.0 200 OK\r\n\r\nand on, and on"));
  EXPECT_TRUE(framing.ends_with_connection());
}

TEST(HttpFraming, RefusesWhatIsNoHttp) {
  for (const char* text : {"hello\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                           "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n"}) {
    HttpFraming framing(HttpFraming::Kind::request);
    EXPECT_THROW(framing.is_whole(text), std::runtime_error) << text;
  }
}

}  // namespace
}  // namespace footfall::tests
