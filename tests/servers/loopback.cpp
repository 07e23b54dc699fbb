#include "tests/servers/loopback.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0  // macOS has SO_NOSIGPIPE in its place
#endif

namespace footfall::tests {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

Descriptor prepared(int number) {
  Descriptor socket(number);
  if (number < 0) return socket;
  ::fcntl(number, F_SETFD, FD_CLOEXEC);
  ::fcntl(number, F_SETFL, ::fcntl(number, F_GETFL) | O_NONBLOCK);
  const int on = 1;
  ::setsockopt(number, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
#ifdef SO_NOSIGPIPE
  ::setsockopt(number, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
  return socket;
}

}  // namespace

Listener listen_on_loopback() {
  Listener listener{prepared(::socket(AF_INET, SOCK_STREAM, 0)), 0};
  const int number = listener.socket.number();
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(number, generic, size) != 0 || ::listen(number, 512) != 0 ||
      ::getsockname(number, generic, &size) != 0) {
    throw std::runtime_error(std::string("cannot listen on 127.0.0.1: ") + std::strerror(errno));
  }
  listener.port = ntohs(address.sin_port);
  return listener;
}

int free_port() { return listen_on_loopback().port; }

Descriptor accept_from(const Descriptor& listener) {
  return prepared(::accept(listener.number(), nullptr, nullptr));
}

Descriptor start_connecting(int port) {
  Descriptor socket = prepared(::socket(AF_INET, SOCK_STREAM, 0));
  const sockaddr_in address = loopback(port);
  const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
  // A refusal shows in is_connected().
  [[maybe_unused]] const int result = ::connect(socket.number(), generic, sizeof address);
  return socket;
}

bool is_connected(const Descriptor& socket) {
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  return ::getpeername(socket.number(), reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

ssize_t receive(const Descriptor& socket, char* bytes, std::size_t size) {
  return ::recv(socket.number(), bytes, size, 0);
}

ssize_t send(const Descriptor& socket, const char* bytes, std::size_t size) {
  return ::send(socket.number(), bytes, size, MSG_NOSIGNAL);
}

bool is_temporary(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

void wait_until_handed_over(const Descriptor& socket) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  while (std::chrono::steady_clock::now() < deadline) {
    int left = 0;
#ifdef SO_NWRITE
    socklen_t size = sizeof left;
    ::getsockopt(socket.number(), SOL_SOCKET, SO_NWRITE, &left, &size);
#else
    ::ioctl(socket.number(), TIOCOUTQ, &left);
#endif
    if (left == 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void close_by_reset(Descriptor& socket) {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket.number(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  socket.close();
}

}  // namespace footfall::tests
