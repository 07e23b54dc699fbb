// The addresses of a host.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <string>
#include <vector>

namespace footfall::http {

// Blocks while the system looks the name up. `is_loopback`: the host is one of is_loopback_host(),
// which never leave the machine, whatever its resolver says, and for which this does not block.
// `port`: digits, 1 … 65535. Empty if and only if `error` is set.
std::vector<boost::asio::ip::tcp::endpoint> find_addresses(const std::string& host,
                                                           const std::string& port,
                                                           bool is_loopback,
                                                           boost::system::error_code& error);

}  // namespace footfall::http
