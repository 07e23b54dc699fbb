// A TCP proxy that breaks connections at a chosen byte or PostgreSQL message.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace footfall::tests {

enum class Direction { to_server, to_client };

// Listens on a free port of 127.0.0.1 and passes every connection on to `target_port`, from a
// thread of its own. All methods may be called by any thread; when one returns, it holds.
//
// At most one cut is armed. It counts the traffic of all connections from the call on, strikes one
// connection (the one whose byte or message was reached) and is then gone, so that the client's
// next attempt passes. A cut resets both sides at once (RST); what was forwarded before still
// arrives.
//
// Messages are those of the protocol, version 3, unencrypted. The start-up packet is number 0; the
// others count 1, 2, … in each direction, whether or not a start-up packet was seen since arming.
class CuttingProxy {
 public:
  // What passed since the last cut was armed (or since disarm()).
  struct Seen {
    std::string to_server, to_client;  // the type letters of the messages begun, in order; a
                                       // start-up packet is 0, a request for TLS !, a cancel x
    int cuts = 0;                      // 1 once the armed cut has struck
    int connections = 0;               // accepted
    int open_connections = 0;          // now, whenever accepted
  };

  explicit CuttingProxy(int target_port);
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;
  ~CuttingProxy();

  int port() const;
  // The server's URL with our port in place of its own.
  std::string url(const std::string& server_url) const;

  // Cuts when `count` bytes have passed; with 0, when the next byte is about to.
  void cut_after_bytes(Direction direction, std::int64_t count);
  void cut_after_bytes_to_server(std::int64_t count) {
    cut_after_bytes(Direction::to_server, count);
  }
  void cut_after_bytes_to_client(std::int64_t count) {
    cut_after_bytes(Direction::to_client, count);
  }
  // Cuts at message `number`: before its first byte, or after its last if `forward_it`.
  void cut_at_message(Direction direction, int number, bool forward_it);
  void disarm();

  // Resets every open connection.
  void cut_all();
  // While true nothing is forwarded; connections are accepted and stay open.
  void stall(bool stalled);

  Seen seen() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace footfall::tests
