// Goal: fetch() takes https and loopback URLs and nothing else, gives the body of a 200 answer and
// a sentence for everything else, and keeps its limits in bytes and time. Method: our own server on
// loopback, and one that answers what the test says.
#include "http/fetch.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "http/aside.hpp"
#include "http/server_fixture.hpp"

namespace footfall::http {
namespace {

using boost::asio::ip::tcp;
using std::chrono::milliseconds;

Task<void> keep(std::string url, FetchLimits limits, std::string& said) {
  const Result<std::string> body = co_await fetch(std::move(url), limits);
  said = body ? *body : "error: " + body.error().message();
}

std::string fetched(const std::string& url, FetchLimits limits = {}) {
  boost::asio::io_context io;
  std::string said;
  boost::asio::co_spawn(io, keep(url, limits, said), boost::asio::detached);
  io.run();
  return said;
}

bool says(const std::string& said, const std::string& part) {
  return said.rfind("error: ", 0) == 0 && said.find(part) != said.npos;
}

TEST(FetchUrl, MustBeHttpsOrLoopback) {
  for (const char* url :
       {"https://example.com/keys", "https://example.com", "https://example.com:8443/a?b=c",
        "https://[2001:db8::1]:443/", "http://localhost/", "http://LOCALHOST:80/",
        "http://127.0.0.1:8080/x", "http://127.1.2.3/", "http://[::1]:8080/x"}) {
    const Result<void> checked = check_fetch_url(url);
    EXPECT_TRUE(checked) << checked.error().message();
  }
  for (const char* url : {"",
                          "example.com",
                          "ftp://example.com/",
                          "http://example.com/",
                          "http://127.0.0.1.example.com/",
                          "http://localhost.example.com/",
                          "http://10.0.0.1/",
                          "http://0.0.0.0/",
                          "https://",
                          "https:///path",
                          "https://user@example.com/",
                          "https://user:secret@example.com/",
                          "http://localhost@example.com/",
                          "http://localhost:80@example.com/",
                          "https://a b/",
                          "https://a/b c",
                          "https://a/\r\nX: y",
                          "https://a/#b",
                          "https://a:0/",
                          "https://a:65536/",
                          "https://a:/",
                          "https://a:x/",
                          "https://a:-1/",
                          "https://a:+1/",
                          "https://[::1/",
                          "https://[::1]x/",
                          "HTTPS://a/",
                          "https://a\\b/",
                          "http://[::1]@b/"}) {
    const Result<void> checked = check_fetch_url(url);
    EXPECT_FALSE(checked) << url;
    if (checked) continue;
    EXPECT_EQ(checked.error().code(), Errc::invalid_input);
    EXPECT_EQ(checked.error().message().find("secret"), std::string::npos);
  }
  EXPECT_TRUE(says(fetched("http://example.com/"), "no https://"));
}

class FetchTest : public ServerTest {
 protected:
  std::string url(const std::string& target) const {
    return "http://127.0.0.1:" + std::to_string(server_->port()) + target;
  }
};

TEST_F(FetchTest, GivesTheBody) {
  start();
  EXPECT_EQ(fetched(url("/ok")), "{\"ok\":true}");
  EXPECT_EQ(fetched(url("/big?60000")), std::string(60'000, 'x'));
  EXPECT_EQ(fetched("http://localhost:" + std::to_string(server_->port()) + "/ok"),
            "{\"ok\":true}");
  EXPECT_NE(fetched(url("/show?a=b")).find("GET|/show|a=b|127.0.0.1|"), std::string::npos);
}

TEST_F(FetchTest, TakesNoOtherStatus) {
  start();
  EXPECT_TRUE(says(fetched(url("/status?302")), "status 302"));
  EXPECT_TRUE(says(fetched(url("/status?404")), "status 404"));
  EXPECT_TRUE(says(fetched(url("/throw")), "status 500"));
}

TEST_F(FetchTest, BoundsTheBody) {
  start();
  FetchLimits limits;
  limits.body_max = 1000;
  EXPECT_EQ(fetched(url("/big?1000"), limits).size(), 1000U);
  EXPECT_TRUE(says(fetched(url("/big?1001"), limits), "larger"));
}

TEST_F(FetchTest, BoundsTheTime) {
  start();
  FetchLimits limits;
  limits.timeout = milliseconds(50);
  EXPECT_TRUE(says(fetched(url("/wait"), limits), "more than 50 ms"));
}

TEST(Fetch, SaysThatNobodyListens) {
  boost::asio::io_context io;
  tcp::acceptor unused(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  const std::string url = "http://127.0.0.1:" + std::to_string(unused.local_endpoint().port());
  unused.close();
  EXPECT_TRUE(says(fetched(url), "refused"));
}

// Answers one connection with `bytes` and closes it.
class CannedServer {
 public:
  explicit CannedServer(std::string bytes) : bytes_(std::move(bytes)) {
    thread_ = std::thread([this] {
      boost::system::error_code error;
      tcp::socket socket = acceptor_.accept(error);
      std::string request;
      boost::asio::read_until(socket, boost::asio::dynamic_buffer(request), "\r\n\r\n", error);
      boost::asio::write(socket, boost::asio::buffer(bytes_), error);
    });
  }
  ~CannedServer() { thread_.join(); }
  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/";
  }

 private:
  std::string bytes_;
  boost::asio::io_context io_;
  tcp::acceptor acceptor_{io_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
  std::thread thread_;
};

std::string fetched_from(const std::string& answer) {
  const CannedServer server(answer);
  return fetched(server.url());
}

TEST(Fetch, TakesAnswersOfAllForms) {
  EXPECT_EQ(fetched_from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), "ok");
  EXPECT_EQ(fetched_from("HTTP/1.1 200 OK\r\n\r\nuntil the end"), "until the end");
  EXPECT_EQ(
      fetched_from("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
      "ok");
}

TEST(Fetch, RefusesAnswersThatAreNone) {
  for (const std::string& answer :
       {std::string(), std::string("rubbish\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Len"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ncut"),
        "HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n" + std::string(70'000, 'x')}) {
    EXPECT_TRUE(says(fetched_from(answer), "cannot be fetched")) << answer.substr(0, 100);
  }
}

Task<void> run_and_note(std::shared_ptr<std::atomic<bool>> gate, bool& done) {
  std::function<void()> work = [gate] {
    while (!*gate) std::this_thread::yield();
  };
  co_await run_aside(std::move(work));
  done = true;
}

TEST(RunAside, WaitsForTheWorkAndBlocksNobody) {
  boost::asio::io_context io;
  const auto gate = std::make_shared<std::atomic<bool>>(false);
  bool done = false;
  boost::asio::co_spawn(io, run_and_note(gate, done), boost::asio::detached);
  io.poll();
  EXPECT_FALSE(done);
  *gate = true;
  io.run();
  EXPECT_TRUE(done);
}

TEST(RunAside, MayOutliveTheCaller) {
  const auto gate = std::make_shared<std::atomic<bool>>(false);
  bool done = false;
  {
    boost::asio::io_context io;
    boost::asio::co_spawn(io, run_and_note(gate, done), boost::asio::detached);
    io.poll();
  }
  *gate = true;
  EXPECT_TRUE(eventually([&] { return gate.use_count() == 1; }));
  EXPECT_FALSE(done);
}

}  // namespace
}  // namespace footfall::http
