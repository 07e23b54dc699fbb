// Goal: a stop is graceful (what is under way is answered, what waits is closed, nobody new is let
// in) and ends: at its deadline, or at the second call, everything is closed and no coroutine is
// left. Method: a handler that waits for the test.
#include <gtest/gtest.h>

#include <vector>

#include "http/server_fixture.hpp"

namespace footfall::http {
namespace {

using std::chrono::milliseconds;

class ServerStop : public ServerTest {
 protected:
  BareClient waiting_client(std::string_view path = "/wait") {
    const int before = stage_.waiting;
    BareClient client = connect();
    client.send(get(path));
    EXPECT_TRUE(eventually([&] { return stage_.waiting > before; }));
    return client;
  }
};

TEST_F(ServerStop, AnswersWhatIsUnderWayAndClosesTheRest) {
  options_.threads = 2;
  start();
  BareClient idle = connect(), used = connect();
  EXPECT_FALSE(used.ask(get("/ok")).closes());
  std::vector<BareClient> waiting;
  for (int i = 0; i < 4; ++i) waiting.push_back(waiting_client());
  stop();
  EXPECT_TRUE(idle.is_closed());
  EXPECT_TRUE(used.is_closed());
  stage_.open = true;
  for (BareClient& client : waiting) {
    const std::optional<Answer> answer = client.answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_TRUE(answer->closes());
    EXPECT_TRUE(client.is_closed());
  }
  waiting.clear();
  join();
  EXPECT_EQ(stage_.handlers, 0);
  EXPECT_EQ(server_->counts().connections, 0);
}

TEST_F(ServerStop, FinishesARequestThatIsStillArriving) {
  start();
  BareClient body = connect(), head = connect();
  body.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_NE(body.some(100), "");
  body.send("bo");
  head.send("GET /ok HT");
  BareClient idle = connect();
  // The bytes of `head` have arrived when a later connection has been served.
  expect_still_serves();
  stop();
  EXPECT_TRUE(idle.is_closed());
  const Answer answer = body.ask("dy");
  EXPECT_EQ(answer.body, "body");
  EXPECT_TRUE(answer.closes());
  EXPECT_EQ(head.ask("TP/1.1\r\nHost: x\r\n\r\n").status, 200);
  body.close();
  head.close();
  join();
}

TEST_F(ServerStop, LetsNobodyIn) {
  start();
  BareClient waiting = waiting_client();
  const std::uint16_t port = server_->port();
  stop();
  ServerOptions options;
  options.port = port;
  // The port is free again while the last requests are answered.
  EXPECT_TRUE(eventually([&] { return bool(Server(options, nullptr, *log_, nullptr).listen()); }));
  stage_.open = true;
  EXPECT_EQ(waiting.answer().value_or(Answer{}).status, 200);
  waiting.close();
  join();
}

TEST_F(ServerStop, ClosesAllAtItsDeadline) {
  options_.drain = milliseconds(50);
  options_.threads = 2;
  start();
  std::vector<BareClient> waiting;
  for (int i = 0; i < 4; ++i) waiting.push_back(waiting_client());
  stop();
  join();
  EXPECT_EQ(stage_.ended_waits, 4);
  EXPECT_EQ(stage_.handlers, 0);
  for (BareClient& client : waiting) EXPECT_TRUE(client.is_closed());
  EXPECT_TRUE(lines("log").empty());
}

TEST_F(ServerStop, ClosesAllAtTheSecondCall) {
  options_.drain = std::chrono::hours(1);
  start();
  BareClient waiting = waiting_client();
  BareClient half = connect();
  half.send("GET /");
  BareClient stuck = connect(/*receive_buffer_bytes=*/4096);
  stuck.send(get("/big?50000000"));
  EXPECT_NE(stuck.some(1), "");
  stop();
  stop();
  join();
  EXPECT_TRUE(waiting.is_closed());
  EXPECT_TRUE(half.is_closed());
  EXPECT_EQ(stage_.ended_waits, 1);
}

// What a handler has started at once ends before the handler does (base/task_group.hpp), so the
// stop takes as long as that.
TEST_F(ServerStop, WaitsForWhatAHandlerDoesAtOnce) {
  start();
  BareClient client = waiting_client("/wait-together");
  EXPECT_TRUE(eventually([&] { return stage_.waiting == 3; }));
  stop();
  stage_.open = true;
  EXPECT_EQ(client.answer().value_or(Answer{}).status, 200);
  client.close();
  join();
  EXPECT_EQ(stage_.ended_waits, 3);
}

TEST_F(ServerStop, ItsDeadlineClosesButWaitsForWhatAHandlerDoesAtOnce) {
  options_.drain = milliseconds(50);
  start();
  BareClient client = waiting_client("/wait-together");
  EXPECT_TRUE(eventually([&] { return stage_.waiting == 3; }));
  stop();
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(stage_.ended_waits, 0);  // they use what is the handler's
  stage_.open = true;
  join();
  EXPECT_EQ(stage_.ended_waits, 3);
  EXPECT_EQ(stage_.handlers, 0);
  EXPECT_TRUE(lines("log").empty());
}

TEST_F(ServerStop, MayComeBeforeTheStart) {
  server_ = std::make_unique<Server>(
      options_,
      [this](int, const boost::asio::any_io_executor& executor) {
        return make_test_handler(stage_, executor);
      },
      *log_, nullptr);
  server_->stop();
  ASSERT_TRUE(server_->listen());
  server_->run();
  EXPECT_EQ(stage_.handlers, 0);
}

TEST_F(ServerStop, TellsThoseInTheQueueWhy) {
  // The connection is the system's before anybody accepts it.
  server_ = std::make_unique<Server>(
      options_,
      [this](int, const boost::asio::any_io_executor& executor) {
        return make_test_handler(stage_, executor);
      },
      *log_, nullptr);
  ASSERT_TRUE(server_->listen());
  BareClient client = connect();
  client.send(get("/ok"));
  server_->stop();
  thread_ = std::thread([this] { server_->run(); });
  const std::optional<Answer> answer = client.answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(problem_code(*answer), "shutting_down");
  EXPECT_TRUE(client.is_closed());
  client.close();
  join();
}

}  // namespace
}  // namespace footfall::http
