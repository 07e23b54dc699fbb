// TCP sockets on 127.0.0.1: close-on-exec, non-blocking, without Nagle's delay, no SIGPIPE.
#pragma once

#include "tests/servers/child.hpp"

namespace footfall::tests {

struct Listener {
  Descriptor socket;
  int port;
};

// On a free port. Throws std::runtime_error.
Listener listen_on_loopback();

// A port that was free just now: whoever listens on it must be ready for a clash.
int free_port();

// Closed if there is nobody to accept.
Descriptor accept_from(const Descriptor& listener);
// Under way on return: once the socket can be written to, is_connected() tells the outcome.
Descriptor start_connecting(int port);
bool is_connected(const Descriptor& socket);

// Both return -1 with errno as ever; is_temporary() tells whether to try again.
ssize_t receive(const Descriptor& socket, char* bytes, std::size_t size);
ssize_t send(const Descriptor& socket, const char* bytes, std::size_t size);
bool is_temporary(int error);

// A reset throws away what the kernel has not yet handed over; what it has, the peer can still
// read. Waits at most 2 s.
void wait_until_handed_over(const Descriptor& socket);
void close_by_reset(Descriptor& socket);

}  // namespace footfall::tests
