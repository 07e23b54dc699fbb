#include "http/fetch.hpp"

#include <fmt/format.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/failure.hpp"
#include "http/aside.hpp"
#include "http/fetch_url.hpp"

namespace footfall::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::uint32_t kHeaderMax = 16 * 1024;

// What takes the system a while, on a thread of its own: the name's addresses, and the authorities
// that are trusted (a file of several hundred kilobytes).
struct Prepared {
  std::vector<tcp::endpoint> endpoints;
  std::optional<asio::ssl::context> authorities;
  error_code error;
};

void look_up(const FetchUrl& url, Prepared& prepared) {
  asio::io_context io;
  const auto found =
      tcp::resolver(io).resolve(url.host, url.port, tcp::resolver::numeric_service, prepared.error);
  for (const auto& entry : found) prepared.endpoints.push_back(entry.endpoint());
}

// These never leave the machine, whatever its resolver says.
void take_loopback(const FetchUrl& url, Prepared& prepared) {
  const auto port = static_cast<unsigned short>(std::stoi(url.port));
  error_code not_an_address;
  const asio::ip::address address = asio::ip::make_address(url.host, not_an_address);
  if (!not_an_address) {
    prepared.endpoints = {tcp::endpoint(address, port)};
  } else {
    prepared.endpoints = {tcp::endpoint(asio::ip::address_v4::loopback(), port),
                          tcp::endpoint(asio::ip::address_v6::loopback(), port)};
  }
}

void trust_authorities(Prepared& prepared) {
  prepared.authorities.emplace(asio::ssl::context::tls_client);
  asio::ssl::context& context = *prepared.authorities;
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  context.set_verify_mode(asio::ssl::verify_peer, prepared.error);
  if (!prepared.error) context.set_default_verify_paths(prepared.error);
}

void prepare(const FetchUrl& url, Prepared& prepared) {
  if (url.is_loopback) {
    take_loopback(url, prepared);
  } else {
    look_up(url, prepared);
  }
  if (!prepared.error && url.is_https) trust_authorities(prepared);
}

template <typename Stream>
Task<std::string> exchange(Stream& stream, const FetchUrl& url, std::size_t body_max) {
  beast::http::request<beast::http::empty_body> request(beast::http::verb::get, url.target, 11);
  request.set(beast::http::field::host, url.origin.substr(url.origin.find("//") + 2));
  request.set(beast::http::field::user_agent, "footfall");
  request.set(beast::http::field::accept, "*/*");
  request.keep_alive(false);
  co_await beast::http::async_write(stream, request, asio::use_awaitable);

  beast::http::response_parser<beast::http::string_body> parser;
  parser.header_limit(kHeaderMax);
  parser.body_limit(body_max);
  beast::flat_buffer buffer(kHeaderMax + 1024);
  co_await beast::http::async_read(stream, buffer, parser, asio::use_awaitable);
  if (parser.get().result_int() != 200) {
    throw Failure(fmt::format("it answered with status {}", parser.get().result_int()));
  }
  co_return std::move(parser.get().body());
}

// OpenSSL itself compares the certificate with the name, and says why when it does not fit.
void expect_name(SSL* ssl, const std::string& host) {
  error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  const bool is_set = not_an_address
                          ? SSL_set1_host(ssl, host.c_str()) == 1 &&
                                SSL_set_tlsext_host_name(ssl, host.c_str()) == 1
                          : X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  if (!is_set) throw Failure("its host cannot be checked against a certificate");
}

Task<void> shake_hands(asio::ssl::stream<tcp::socket>& stream, const std::string& host) {
  expect_name(stream.native_handle(), host);
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await stream.async_handshake(asio::ssl::stream_base::client, token);
  if (!error) co_return;
  const long verified = SSL_get_verify_result(stream.native_handle());
  throw Failure(verified == X509_V_OK ? error.message()
                                      : fmt::format("its certificate is not accepted ({})",
                                                    X509_verify_cert_error_string(verified)));
}

Task<std::string> fetch_parsed(const FetchUrl& url, std::size_t body_max) {
  const auto prepared = std::make_shared<Prepared>();
  std::function<void()> preparation = [prepared, url] { prepare(url, *prepared); };
  co_await run_aside(std::move(preparation));
  if (prepared->error) throw boost::system::system_error(prepared->error);

  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  tcp::socket socket(executor);
  co_await asio::async_connect(socket, prepared->endpoints, asio::use_awaitable);
  if (!url.is_https) co_return co_await exchange(socket, url, body_max);
  asio::ssl::stream<tcp::socket> stream(std::move(socket), *prepared->authorities);
  co_await shake_hands(stream, url.host);
  co_return co_await exchange(stream, url, body_max);
}

std::string reason(const error_code& error) {
  if (error == beast::http::error::body_limit || error == beast::http::error::header_limit) {
    return "its answer is larger than is accepted";
  }
  return error.message();
}

Task<Result<std::string>> fetch_or_error(const FetchUrl& url, std::size_t body_max) {
  std::string why;
  try {
    co_return co_await fetch_parsed(url, body_max);
  } catch (const boost::system::system_error& error) {
    why = reason(error.code());
  } catch (const std::exception& error) {
    why = error.what();
  }
  co_return Error(Errc::io, fmt::format("{} cannot be fetched from: {}", url.origin, why));
}

Task<void> wait(asio::steady_timer& timer) { co_await timer.async_wait(asio::use_awaitable); }

}  // namespace

Result<void> check_fetch_url(const std::string& url) {
  const Result<FetchUrl> parsed = parse_fetch_url(url);
  if (!parsed) return parsed.error();
  return {};
}

Task<Result<std::string>> fetch(std::string url, FetchLimits limits) {
  using namespace asio::experimental::awaitable_operators;
  const Result<FetchUrl> parsed = parse_fetch_url(url);
  if (!parsed) co_return parsed.error();
  asio::steady_timer deadline(co_await asio::this_coro::executor, limits.timeout);
  Task<Result<std::string>> work = fetch_or_error(*parsed, limits.body_max);
  Task<void> time = wait(deadline);
  auto first = co_await (std::move(work) || std::move(time));
  if (first.index() == 0) co_return std::move(std::get<0>(first));
  co_return Error(Errc::io, fmt::format("{} cannot be fetched from: it took more than {} ms",
                                        parsed->origin, limits.timeout.count()));
}

}  // namespace footfall::http
