// An HTTP proxy that loses, breaks, delays and invents answers, as a plan says.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "tests/servers/http_fault_plan.hpp"

namespace footfall::tests {

// Since the proxy began. What a client has seen is counted.
struct HttpFaultCounts {
  std::int64_t connections = 0;                 // accepted
  std::int64_t open_connections = 0;            // now
  std::int64_t requests = 0;                    // that arrived whole while the proxy was up
  std::map<HttpFault, std::int64_t> faults;     // those met; never HttpFault::none
  std::map<std::string, std::int64_t> reached;  // the server, by "POST /api/checkout"
  std::int64_t passed_on = 0;                   // the server's answers, whole
  std::int64_t held = 0;  // exchanges that wait now: for an end of a stall, a delay, a pause, up()
  std::int64_t server_lost = 0;  // exchanges in which the server could not be had, or closed

  std::int64_t of(HttpFault fault) const;
  std::int64_t reached_server(const std::string& method_and_path) const;
  std::int64_t faults_in_all() const;
  std::int64_t reached_in_all() const;
};

// Listens on a free port of 127.0.0.1 and passes requests on to 127.0.0.1:`target_port`, byte by
// byte as they are, once they are whole; so with answers. Runs on a thread of its own. All methods
// may be called by any other thread; when one returns, it holds. Throws std::runtime_error where
// the system refuses a socket.
//
// Each connection of a client has one of its own to the server, kept as long; if the server closes
// it between requests, the next one gets another, unseen by the client. A request whose client has
// gone meanwhile is carried out all the same. Streams without an end, TLS and
// `Expect: 100-continue` are not known here.
class HttpFaultProxy {
 public:
  enum class Down : std::uint8_t {
    refused,  // nobody listens, open connections are reset; the port stays ours
    silent,   // connections are accepted, nothing is said or passed on; up() resets them all
  };

  // The plan: see http_fault_plan.hpp; without rules everything passes.
  explicit HttpFaultProxy(int target_port, HttpFaultPlan plan = {});
  HttpFaultProxy(const HttpFaultProxy&) = delete;
  HttpFaultProxy& operator=(const HttpFaultProxy&) = delete;
  ~HttpFaultProxy();  // resets what is open, and waits for nobody

  int port() const;
  std::string url() const;  // "http://127.0.0.1:port"

  // From the next request on; numbers, attempts and hits begin anew. What is under way goes on.
  void follow(HttpFaultPlan plan);

  void down(Down how);
  void up();
  // Ends every stall, delay and pause that is under way now.
  void release();

  HttpFaultCounts counts() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace footfall::tests
