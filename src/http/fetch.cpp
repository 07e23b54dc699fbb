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
#include "http/addresses.hpp"
#include "http/aside.hpp"
#include "http/tls.hpp"
#include "http/url_parts.hpp"

namespace footfall::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::uint32_t kHeaderMax = 16 * 1024;

// A query, or a name and password before the host, may be secret: shown_url() leaves them out.
Error refused(std::string_view url, std::string_view why) {
  return Error(
      Errc::invalid_input,
      fmt::format("\"{}\" cannot be fetched from: {}. It must be https://host[:port]/path, "
                  "or http:// with a loopback host",
                  shown_url(url), why));
}

Result<UrlParts> parse_fetch_url(const std::string& url) {
  Result<UrlParts> parts = split_url(url);
  if (!parts) return refused(url, parts.error().message());
  if (!parts->is_https && !parts->is_loopback) return refused(url, "no https://");
  if (parts->target.empty() || parts->target.front() != '/') parts->target.insert(0, "/");
  return parts;
}

// What takes the system a while, on a thread of its own.
struct Prepared {
  std::vector<tcp::endpoint> endpoints;
  std::optional<asio::ssl::context> authorities;
  error_code error;
};

void prepare(const UrlParts& url, Prepared& prepared) {
  prepared.endpoints = find_addresses(url.host, url.port, url.is_loopback, prepared.error);
  if (!prepared.error && url.is_https) prepared.authorities = trust("", prepared.error);
}

template <typename Stream>
Task<std::string> exchange(Stream& stream, const UrlParts& url, std::size_t body_max) {
  beast::http::request<beast::http::empty_body> request(beast::http::verb::get, url.target, 11);
  request.set(beast::http::field::host, url.authority());
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

Task<void> shake_hands(asio::ssl::stream<tcp::socket>& stream, const std::string& host) {
  if (!expect_host(stream.native_handle(), host)) {
    throw Failure("its host cannot be checked against a certificate");
  }
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await stream.async_handshake(asio::ssl::stream_base::client, token);
  if (error) throw Failure(why_no_handshake(stream.native_handle(), error));
}

Task<std::string> fetch_parsed(const UrlParts& url, std::size_t body_max) {
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

Task<Result<std::string>> fetch_or_error(const UrlParts& url, std::size_t body_max) {
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
  const Result<UrlParts> parsed = parse_fetch_url(url);
  if (!parsed) return parsed.error();
  return {};
}

Task<Result<std::string>> fetch(std::string url, FetchLimits limits) {
  using namespace asio::experimental::awaitable_operators;
  const Result<UrlParts> parsed = parse_fetch_url(url);
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
