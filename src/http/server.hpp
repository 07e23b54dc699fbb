// An HTTP/1.1 server: one io_context a thread, each with its own listening socket (SO_REUSEPORT)
// and its own handler, so that request code takes no locks. Keep-alive and pipelined requests are
// answered in order, one at a time per connection. Whatever is sent, the answer is a problem
// document or a closed connection, and memory stays bounded.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "http/message.hpp"
#include "telemetry/log.hpp"

namespace footfall::http {

struct ServerOptions {
  std::string address = "127.0.0.1";  // numeric, IPv4 or IPv6
  std::uint16_t port = 0;             // 0: any free one
  int threads = 1;
  std::size_t header_max = 16 * 1024;  // bytes of request line and headers together: 431
  std::size_t target_max = 4 * 1024;   // 414
  std::size_t body_max = 1024 * 1024;  // 413
  int connections_max = 10'000;        // over all threads; one more is answered 503 and closed
  std::chrono::milliseconds header_timeout{10'000};  // from its first byte to its last: 408
  std::chrono::milliseconds body_timeout{30'000};    // the same: 408
  std::chrono::milliseconds idle_timeout{75'000};    // between requests: closed
  std::chrono::milliseconds write_timeout{30'000};   // of an answer: closed
  std::chrono::milliseconds user_timeout{30'000};    // TCP_USER_TIMEOUT, where the system has it
  std::chrono::milliseconds drain{10'000};           // of a graceful stop; then all is closed
};

// For the status page and tests.
struct ServerCounts {
  std::int64_t connections = 0;  // open now
  std::int64_t accepted = 0, refused = 0, requests = 0;
  std::int64_t server_errors = 0;  // answers 5xx
};

class Handler {
 public:
  // On its thread, while its io_context still runs: after the last request of a stop.
  virtual ~Handler() = default;
  // Called for each request on the thread of its connection. A Failure (or any exception) that
  // escapes becomes 500 internal_error without its text, which goes to the log. No deadline holds
  // for it; when a stop gives up waiting, the wait it is in ends by an exception (Asio's terminal
  // cancellation), which it must let through.
  virtual Task<Response> handle(const Request& request) = 0;
};

// Makes the handler of thread `index`; called on that thread before it accepts. Throws Failure.
using MakeHandler =
    std::function<std::unique_ptr<Handler>(int index, const boost::asio::any_io_executor&)>;

class Server {
 public:
  // `log` must outlive it: notices, and unless `access_log` is null one JSON line a request there:
  // {"time","request_id","method","path","status","bytes","duration_us","peer","caller","code"}.
  // No query, header or body is ever logged.
  Server(const ServerOptions& options, MakeHandler make, telemetry::Log& log,
         telemetry::Log* access_log);
  ~Server();

  // Binds and listens. Errors: io, naming address and port and why (in use, no right to, no such
  // address); invalid_input for an address that is none. From here on port() answers.
  Result<void> listen();
  std::uint16_t port() const;
  // Of each thread, in the order of the indexes that handlers are made with; from the start on. For
  // what has to live on a thread before its handler does.
  std::vector<boost::asio::any_io_executor> executors() const;

  // Serves until stop(); then answers what is under way (with Connection: close) for at most
  // `drain`. Returns when every handler has ended. Throws what a handler's making threw, or
  // what made it impossible to go on. Once.
  void run();
  // From any thread, also from a signal handler's relay; a second call closes everything at once.
  void stop();

  ServerCounts counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace footfall::http
