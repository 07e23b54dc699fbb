#include "http/addresses.hpp"

#include <boost/asio/io_context.hpp>

namespace footfall::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

std::vector<tcp::endpoint> loopback_addresses(const std::string& host, const std::string& port) {
  const auto number = static_cast<unsigned short>(std::stoi(port));
  error_code not_an_address;
  const asio::ip::address address = asio::ip::make_address(host, not_an_address);
  if (!not_an_address) return {tcp::endpoint(address, number)};
  return {tcp::endpoint(asio::ip::address_v4::loopback(), number),
          tcp::endpoint(asio::ip::address_v6::loopback(), number)};
}

}  // namespace

std::vector<tcp::endpoint> find_addresses(const std::string& host, const std::string& port,
                                          bool is_loopback, error_code& error) {
  error.clear();
  if (is_loopback) return loopback_addresses(host, port);
  asio::io_context io;
  const auto found = tcp::resolver(io).resolve(host, port, tcp::resolver::numeric_service, error);
  std::vector<tcp::endpoint> addresses;
  for (const auto& entry : found) addresses.push_back(entry.endpoint());
  if (addresses.empty() && !error) error = asio::error::host_not_found;
  return addresses;
}

}  // namespace footfall::http
