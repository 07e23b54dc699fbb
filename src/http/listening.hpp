// Listening sockets of several threads on one address and port.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.hpp"

namespace footfall::http {

using Acceptor = boost::asio::ip::tcp::acceptor;

// Opens them all; the port, which the first chooses if `port` is 0. Errors as Server::listen().
Result<std::uint16_t> listen_together(std::span<Acceptor* const> acceptors,
                                      const std::string& address, std::uint16_t port);

// As many open files as `wanted` if the system lets us, else as many as it does.
void raise_descriptor_limit(std::uint64_t wanted);

}  // namespace footfall::http
