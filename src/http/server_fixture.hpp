// A server of our own and clients made of bare sockets, for tests: what is sent is exactly what the
// test says, and every answer is checked to be well formed.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "http/server.hpp"

namespace footfall::http {

// True as soon as `condition` is; false if it is not after ten seconds.
bool eventually(const std::function<bool()>& condition);

struct Answer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
  bool closes() const { return header("connection") == "close"; }
};

// The code of the problem document that it holds.
std::string problem_code(const Answer& answer);

// Blocks at most ten seconds in any call.
class BareClient {
 public:
  explicit BareClient(std::uint16_t port, int receive_buffer_bytes = 0);
  BareClient(BareClient&& other) noexcept;
  BareClient& operator=(BareClient&&) = delete;
  ~BareClient();

  // False if the server does not take it: it has closed, or its buffers are full.
  bool send(std::string_view bytes);
  // Nothing if the connection ended first. A malformed answer fails the test.
  std::optional<Answer> answer(bool to_head = false);
  Answer ask(std::string_view request);          // an answer must come
  bool is_closed();                              // the server's end arrives, and nothing before it
  bool was_reset() const { return was_reset_; }  // it ended by losing what was under way
  void end_sending();
  // The next bytes as they come; empty at the end.
  std::string some(std::size_t most);
  void close();

 private:
  bool fill();

  int socket_ = -1;
  bool was_reset_ = false;
  std::string received_;
};

// "GET /path HTTP/1.1" with Host, and more header lines, each with its CRLF.
std::string get(std::string_view target, std::string_view headers = "");
std::string post(std::string_view target, std::string_view body, std::string_view headers = "");

// What the test and its handlers share.
struct Stage {
  std::atomic<int> waiting{0};  // requests to /wait that have arrived
  std::atomic<bool> open{false};
  std::atomic<int> handlers{0};  // alive
  std::atomic<int> ended_waits{0};
};

// Answers: /ok a fixed JSON; /echo the body; /show what it was asked; /wait once the stage is open,
// /wait-together after three such waits at once;
// /throw an exception; /big?N N bytes; /status?N that status; /headers headers of all kinds.
std::unique_ptr<Handler> make_test_handler(Stage& stage, boost::asio::any_io_executor executor);

class ServerTest : public testing::Test {
 protected:
  ServerTest();
  ~ServerTest() override;

  // With options_; once.
  void start();
  void stop() { server_->stop(); }
  void join();  // waits until run() has returned
  BareClient connect(int receive_buffer_bytes = 0) const {
    return BareClient(server_->port(), receive_buffer_bytes);
  }
  // One request on a connection of its own.
  Answer ask(std::string_view request) const;
  void expect_still_serves() const;
  std::vector<std::string> lines(const std::string& name) const;  // of the log or access log

  ServerOptions options_;
  Stage stage_;
  std::string folder_;
  std::unique_ptr<telemetry::Log> log_, access_log_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

}  // namespace footfall::http
