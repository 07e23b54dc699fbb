#include "http/server_fixture.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "base/task_group.hpp"
#include "base/text.hpp"
#include "http/problem.hpp"

namespace footfall::http {
namespace {

constexpr std::chrono::seconds kPatience{10};

class TestHandler final : public Handler {
 public:
  TestHandler(Stage& stage, boost::asio::any_io_executor executor)
      : stage_(stage), executor_(std::move(executor)) {
    ++stage_.handlers;
  }
  ~TestHandler() override { --stage_.handlers; }

  Task<Response> handle(const Request& request) override {
    if (request.path == "/wait") co_await wait();
    if (request.path == "/wait-together") co_await wait_together();
    co_return answer(request);
  }

 private:
  // Counts how a wait ends, also when it is by an exception.
  struct Waiting {
    explicit Waiting(Stage& s) : stage(s) { ++stage.waiting; }
    ~Waiting() { ++stage.ended_waits; }
    Stage& stage;
  };

  Task<void> wait() {
    const Waiting waiting(stage_);
    boost::asio::steady_timer timer(executor_);
    while (!stage_.open) {
      timer.expires_after(std::chrono::milliseconds(2));
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
  }

  Task<void> wait_together() {
    TaskGroup group(executor_);
    for (int i = 0; i < 3; ++i) group.start(wait());
    co_await group.wait();
  }

  static std::string shown(const Request& request) {
    std::string text = std::string(to_string(request.method)) + "|" + std::string(request.path) +
                       "|" + std::string(request.query) + "|" + std::string(request.peer) + "|" +
                       request.id + "|" + std::string(request.body);
    for (const auto& [name, value] : request.headers) {
      text.append("|").append(name).append("=").append(value);
    }
    return text;
  }

  static Response answer(const Request& request) {
    static const auto fixed = std::make_shared<const std::string>("{\"ok\":true}");
    const auto number = static_cast<int>(parse_integer(request.query).value_or(0));
    Response response;
    if (request.path == "/echo") {
      response.body = request.body;
    } else if (request.path == "/show") {
      response.body = shown(request);
    } else if (request.path == "/throw") {
      throw std::runtime_error("the secret of the handler");
    } else if (request.path == "/big") {
      response.body.assign(static_cast<std::size_t>(number), 'x');
    } else if (request.path == "/status") {
      response.status = std::clamp(number, 200, 599);
      response.body = "{}";
    } else if (request.path == "/headers") {
      response.content_type = "text/plain; charset=utf-8";
      response.headers = {{"Cache-Control", "max-age=60"},
                          {"Location", "/x\r\nSet-Cookie: stolen=1"}};
    } else {
      response.shared_body = fixed;
      response.caller = "agent:42";
      response.code = "fine";
    }
    return response;
  }

  Stage& stage_;
  boost::asio::any_io_executor executor_;
};

bool wait_for(int socket, short events) {
  pollfd waited{socket, events, 0};
  const int milliseconds = std::chrono::milliseconds(kPatience).count();
  return ::poll(&waited, 1, milliseconds) == 1;
}

// The head of an answer, checked.
Answer parse_answer(const std::string& head) {
  Answer answer;
  EXPECT_EQ(head.substr(0, 9), "HTTP/1.1 ") << head;
  if (head.size() < 13) return answer;
  const auto parsed = std::from_chars(&head[9], &head[12], answer.status);
  EXPECT_TRUE(parsed.ptr == &head[12] && head[12] == ' ') << head;
  std::size_t at = head.find("\r\n") + 2;
  while (at < head.size()) {
    const std::size_t end = head.find("\r\n", at);
    const std::string line = head.substr(at, end - at);
    const std::size_t colon = line.find(": ");
    EXPECT_NE(colon, line.npos) << head;
    EXPECT_EQ(line.find_first_of("\r\n"), line.npos) << head;
    if (colon == line.npos) break;
    const bool is_new =
        answer.headers.emplace(lower(line.substr(0, colon)), line.substr(colon + 2)).second;
    EXPECT_TRUE(is_new) << head;
    at = end + 2;
  }
  for (const char* always : {"date", "x-request-id", "x-content-type-options", "cache-control"}) {
    EXPECT_NE(answer.header(always), "") << always << " in " << head;
  }
  return answer;
}

}  // namespace

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

std::unique_ptr<Handler> make_test_handler(Stage& stage, boost::asio::any_io_executor executor) {
  return std::make_unique<TestHandler>(stage, std::move(executor));
}

std::string problem_code(const Answer& answer) {
  EXPECT_EQ(answer.header("content-type"), "application/problem+json");
  return std::string(boost::json::parse(answer.body).at("code").as_string());
}

BareClient::BareClient(std::uint16_t port, int receive_buffer_bytes)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer_bytes > 0) {
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
                 sizeof receive_buffer_bytes);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int result = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address);
  EXPECT_EQ(result, 0) << "port " << port << ", socket " << socket_;
  ::fcntl(socket_, F_SETFL, O_NONBLOCK);
}

BareClient::BareClient(BareClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}

BareClient::~BareClient() { close(); }

void BareClient::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

bool BareClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && (errno != EAGAIN || !wait_for(socket_, POLLOUT))) return false;
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::string BareClient::some(std::size_t most) {
  if (received_.empty() && !fill()) return {};
  const std::string taken = received_.substr(0, most);
  received_.erase(0, taken.size());
  return taken;
}

bool BareClient::fill() {
  char bytes[16 * 1024];
  while (true) {
    const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
    if (count > 0) {
      received_.append(bytes, static_cast<std::size_t>(count));
      return true;
    }
    was_reset_ = count < 0 && errno == ECONNRESET;
    if (count == 0 || errno != EAGAIN) return false;
    if (!wait_for(socket_, POLLIN)) {
      ADD_FAILURE() << "the server neither answers nor closes";
      return false;
    }
  }
}

std::optional<Answer> BareClient::answer(bool to_head) {
  std::size_t end = received_.npos;
  while ((end = received_.find("\r\n\r\n")) == received_.npos) {
    if (fill()) continue;
    EXPECT_EQ(received_, "") << "an answer is cut off";
    return std::nullopt;
  }
  Answer answer = parse_answer(received_.substr(0, end + 2));
  received_.erase(0, end + 4);
  if (answer.status < 200 || answer.status == 204 || answer.status == 304 || to_head) return answer;
  const auto length = parse_integer(answer.header("content-length"));
  EXPECT_TRUE(length) << "status " << answer.status;
  const auto bytes = static_cast<std::size_t>(length.value_or(0));
  while (received_.size() < bytes && fill()) continue;
  EXPECT_GE(received_.size(), bytes) << "a body is cut off";
  answer.body = received_.substr(0, bytes);
  received_.erase(0, bytes);
  return answer;
}

Answer BareClient::ask(std::string_view request) {
  send(request);  // where the server answers before it has read all, this may fail
  const std::optional<Answer> came = answer(request.substr(0, 5) == "HEAD ");
  EXPECT_TRUE(came) << "no answer to " << request.substr(0, 200);
  return came.value_or(Answer{});
}

bool BareClient::is_closed() {
  if (received_.empty()) fill();
  EXPECT_EQ(received_, "");
  return received_.empty();
}

void BareClient::end_sending() { ::shutdown(socket_, SHUT_WR); }

std::string get(std::string_view target, std::string_view headers) {
  std::string text = "GET ";
  return text.append(target).append(" HTTP/1.1\r\nHost: x\r\n").append(headers).append("\r\n");
}

std::string post(std::string_view target, std::string_view body, std::string_view headers) {
  std::string text = "POST ";
  text.append(target).append(" HTTP/1.1\r\nHost: x\r\n").append(headers);
  return text.append("Content-Length: ")
      .append(std::to_string(body.size()))
      .append("\r\n\r\n")
      .append(body);
}

ServerTest::ServerTest() {
  std::string name = (std::filesystem::temp_directory_path() / "footfall-http-XXXXXX").string();
  folder_ = ::mkdtemp(name.data());
  log_ = telemetry::Log::open(folder_ + "/log").value();
  access_log_ = telemetry::Log::open(folder_ + "/access").value();
}

ServerTest::~ServerTest() {
  if (thread_.joinable()) {
    stop();
    stop();
    join();
  }
  EXPECT_EQ(stage_.handlers, 0);
  std::filesystem::remove_all(folder_);
}

void ServerTest::start() {
  server_ = std::make_unique<Server>(
      options_,
      [this](int, const boost::asio::any_io_executor& executor) {
        return make_test_handler(stage_, executor);
      },
      *log_, access_log_.get());
  const Result<void> listening = server_->listen();
  ASSERT_TRUE(listening) << listening.error().message();
  thread_ = std::thread([this] { server_->run(); });
}

void ServerTest::join() { thread_.join(); }

Answer ServerTest::ask(std::string_view request) const { return connect().ask(request); }

void ServerTest::expect_still_serves() const { EXPECT_EQ(ask(get("/ok")).body, "{\"ok\":true}"); }

std::vector<std::string> ServerTest::lines(const std::string& name) const {
  log_->flush();
  access_log_->flush();
  std::ifstream stream(folder_ + "/" + name);
  std::vector<std::string> found;
  for (std::string line; std::getline(stream, line);) found.push_back(line);
  return found;
}

}  // namespace footfall::http
