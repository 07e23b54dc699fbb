#include "http/listening.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace footfall::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Only Linux spreads connections over sockets that share a port; elsewhere one socket is shared.
#if defined(SO_REUSEPORT) && defined(__linux__)
constexpr bool kHasReusePort = true;
bool share_port(Acceptor& acceptor) {
  const int on = 1;
  return ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0;
}
#else
constexpr bool kHasReusePort = false;
bool share_port(Acceptor&) { return true; }
#endif

error_code open_one(Acceptor& acceptor, const tcp::endpoint& endpoint, bool shared) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && shared && !share_port(acceptor))
    error.assign(errno, boost::system::system_category());
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  return error;
}

error_code lend_socket(Acceptor& from, Acceptor& to, const tcp::endpoint& endpoint) {
  const int copy = ::dup(from.native_handle());
  if (copy < 0) return {errno, boost::system::system_category()};
  error_code error;
  to.assign(endpoint.protocol(), copy, error);
  if (error) ::close(copy);
  return error;
}

error_code open_all(std::span<Acceptor* const> acceptors, tcp::endpoint endpoint) {
  Acceptor& first = *acceptors.front();
  const bool shared = kHasReusePort && acceptors.size() > 1;
  // Sockets that share a port would also share it with another server of the same user, and each
  // would get half of the requests. One that does not share finds out whether the port is free.
  error_code error = open_one(first, endpoint, false);
  if (error) return error;
  endpoint = first.local_endpoint(error);
  if (error || acceptors.size() == 1) return error;
  if (shared) {
    first.close(error);
    error = open_one(first, endpoint, true);
  }
  for (Acceptor* acceptor : acceptors.subspan(1)) {
    if (error) break;
    error = shared ? open_one(*acceptor, endpoint, true) : lend_socket(first, *acceptor, endpoint);
  }
  return error;
}

std::string why_not(const error_code& error) {
  if (error == asio::error::address_in_use) {
    return "another program listens there. Stop it, or choose another port";
  }
  if (error == asio::error::access_denied) {
    return "this user may not listen there. Ports below 1024 are for root: choose a higher one";
  }
  if (error.value() == EADDRNOTAVAIL) {
    return "this machine has no such address. Choose one of its own, or 0.0.0.0 for all";
  }
  return error.message();
}

}  // namespace

Result<std::uint16_t> listen_together(std::span<Acceptor* const> acceptors,
                                      const std::string& address, std::uint16_t port) {
  error_code error;
  const asio::ip::address parsed = asio::ip::make_address(address, error);
  if (error) {
    return Error(Errc::invalid_input,
                 fmt::format("\"{}\" is no address to listen on: give a numeric IPv4 or IPv6 "
                             "address, as 127.0.0.1 or ::1",
                             address));
  }
  error = open_all(acceptors, tcp::endpoint(parsed, port));
  if (!error) return acceptors.front()->local_endpoint().port();
  for (Acceptor* acceptor : acceptors) {
    error_code ignored;
    acceptor->close(ignored);
  }
  return Error(Errc::io,
               fmt::format("cannot listen on {} port {}: {}.", address, port, why_not(error)));
}

void raise_descriptor_limit(std::uint64_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, wanted);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace footfall::http
