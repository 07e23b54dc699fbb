// A client of one HTTP/1.1 service over keep-alive connections (R25). It tells what happened and
// leaves it to the caller to try again. One io_context thread; any number of calls at once.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "http/message.hpp"

namespace footfall::http {

// Where a service is: https://host[:port][/base] or http://host[:port][/base].
struct ServiceUrl {
  bool is_https = true;
  std::string host;    // without the brackets of IPv6
  std::string port;    // digits
  std::string base;    // "/v1", without a slash at its end; may be empty
  std::string origin;  // "https://host:port" as it was written; what messages name
  bool is_loopback = false;
};

// Error: invalid_input, a sentence. User names, queries and fragments are refused.
Result<ServiceUrl> parse_service_url(std::string_view url);

// Times may pass by 50 ms before somebody looks.
struct ClientLimits {
  int connections_max = 100;                             // more calls wait for one that is free
  std::chrono::milliseconds connect_timeout{5'000};      // name lookup and TLS included
  std::chrono::milliseconds first_byte_timeout{15'000};  // from sent to the answer's first byte
  std::chrono::milliseconds call_timeout{30'000};        // all of it, waiting for a connection too
  // Then an unused connection is closed: at once while there are calls, else at the next call.
  std::chrono::milliseconds idle_timeout{55'000};
  std::size_t head_max = 32 * 1024;
  std::size_t body_max = 8 * 1024 * 1024;
  std::string authorities;  // a file of certificates (PEM) instead of the system's; empty: those
};

using HeaderView = std::pair<std::string_view, std::string_view>;

// Host, Content-Length, User-Agent and Connection are the client's own. Views are valid until the
// call answers. Asserted: the target begins with '/' and holds neither spaces nor control
// characters nor '#', header values hold no line ends or other control characters, names are none
// of the above.
struct ClientCall {
  Method method = Method::get;
  std::string_view target;  // after the base: "/api/wallet?x=1", percent-encoded
  std::span<const HeaderView> headers;
  std::string_view content_type;  // sent if there is a body, or the method is post, put or patch
  std::string_view body;
};

enum class CallEnd : std::uint8_t {
  answered,
  no_connection,    // refused, no such host, lost before anything was sent
  bad_certificate,  // TLS: not trusted, wrong name, no TLS at all
  connect_timeout,
  first_byte_timeout,
  call_timeout,
  lost,       // the connection broke after the call was sent, before its answer was whole
  malformed,  // what came back is not HTTP, or past the limits
  stopped,    // close() was called
};
std::string_view to_string(CallEnd end);

struct ClientAnswer {
  CallEnd end = CallEnd::answered;
  std::string why;  // a sentence, if it was not answered
  // Whether the service may have seen the call: false only where it surely has not.
  bool maybe_seen = false;
  int status = 0;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  // From just before the first byte was sent to the answer's last; 0 if nothing was sent.
  std::int64_t sent_us = 0;

  bool answered() const { return end == CallEnd::answered; }
  std::string_view header(std::string_view name) const;  // empty if there is none
};

struct ClientCounts {
  std::int64_t calls = 0, connects = 0, lost = 0, timeouts = 0;
  int connections = 0, busy = 0, waiting = 0;
};

class Client {
 public:
  // Connects at the first call. Must not outlive its executor's io_context.
  Client(const boost::asio::any_io_executor& executor, const ServiceUrl& url,
         const ClientLimits& limits);
  // No call may be under way.
  ~Client();

  // Follows no redirection. A connection that the service has closed while it was unused is noticed
  // before it is used. Cancelled by close() only.
  Task<ClientAnswer> call(const ClientCall& call);
  // Ends calls under way (CallEnd::stopped), closes all connections; later calls connect anew.
  void close();

  ClientCounts counts() const;
  const ServiceUrl& url() const;

 private:
  struct State;
  class Turn;
  std::shared_ptr<State> state_;
};

}  // namespace footfall::http
