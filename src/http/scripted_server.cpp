#include "http/scripted_server.hpp"

#include <poll.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <stdexcept>

#include "base/text.hpp"

namespace footfall::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds kPatience{10};

bool is_readable(tcp::socket& socket, std::chrono::milliseconds patience) {
  pollfd waited{socket.native_handle(), POLLIN, 0};
  return ::poll(&waited, 1, static_cast<int>(patience.count())) == 1;
}

// What a head says its body has.
std::size_t content_length(std::string_view head) {
  constexpr std::string_view kName = "Content-Length: ";
  const std::size_t at = head.find(kName);
  if (at == head.npos) return 0;
  const std::string_view rest = head.substr(at + kName.size());
  return static_cast<std::size_t>(parse_integer(rest.substr(0, rest.find('\r'))).value_or(0));
}

}  // namespace

bool Peer::begin_tls(asio::ssl::context& context) {
  tls_ = std::make_unique<asio::ssl::stream<tcp::socket&>>(socket_, context);
  error_code error;
  tls_->handshake(asio::ssl::stream_base::server, error);
  return !error;
}

std::size_t Peer::some(std::string& out, std::chrono::milliseconds patience) {
  char bytes[16 * 1024];
  error_code error;
  const bool may_read = !is_ended_ && (tls_ || is_readable(socket_, patience));
  if (!may_read) return 0;
  const asio::mutable_buffer space = asio::buffer(bytes);
  const std::size_t count = tls_ ? tls_->read_some(space, error) : socket_.read_some(space, error);
  is_ended_ = error || count == 0;
  out.append(bytes, count);
  return count;
}

std::string Peer::head() {
  while (received_.find("\r\n\r\n") == received_.npos) {
    if (some(received_, kPatience) == 0) return {};
  }
  return received_.substr(0, received_.find("\r\n\r\n") + 4);
}

std::string Peer::request() {
  const std::string before_body = head();
  if (before_body.empty()) return {};
  const std::size_t size = before_body.size() + content_length(before_body);
  while (received_.size() < size) {
    if (some(received_, kPatience) == 0) return {};
  }
  const std::string request = received_.substr(0, size);
  received_.erase(0, size);
  return request;
}

void Peer::send(std::string_view bytes) {
  error_code error;
  if (tls_) {
    asio::write(*tls_, asio::buffer(bytes), error);
  } else {
    asio::write(socket_, asio::buffer(bytes), error);
  }
  is_ended_ = is_ended_ || error;
}

bool Peer::is_left_within(std::chrono::milliseconds patience) {
  std::string dropped;
  while (some(dropped, patience) > 0) dropped.clear();
  return is_ended_;
}

void Peer::close() {
  error_code ignored;
  socket_.close(ignored);
  is_ended_ = true;
}

void Peer::reset() {
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  close();
}

ScriptedServer::ScriptedServer(std::vector<Script> scripts, const asio::ip::address& address,
                               std::uint16_t port)
    : scripts_(std::move(scripts)) {
  const tcp::endpoint endpoint(address, port);
  acceptor_.open(endpoint.protocol());
  if (address.is_v6()) acceptor_.set_option(asio::ip::v6_only(true));
  acceptor_.set_option(asio::socket_base::reuse_address(true));
  acceptor_.bind(endpoint);
  acceptor_.listen();
  port_ = acceptor_.local_endpoint().port();
  thread_ = std::thread([this] { accept_all(); });
}

// Connects to itself, so that the accept that waits returns.
ScriptedServer::~ScriptedServer() {
  is_over_ = true;
  error_code ignored;
  const tcp::endpoint endpoint = acceptor_.local_endpoint(ignored);
  asio::io_context io;
  tcp::socket(io).connect(endpoint, ignored);
  thread_.join();
  for (std::thread& player : players_) player.join();
}

void ScriptedServer::accept_all() {
  while (true) {
    error_code error;
    tcp::socket socket = acceptor_.accept(error);
    if (error || is_over_) return;
    const auto number = static_cast<std::size_t>(accepted_++);
    const Script script = scripts_[std::min(number, scripts_.size() - 1)];
    players_.emplace_back([script, peer = std::make_shared<Peer>(std::move(socket))] {
      script(*peer);
      peer->close();
    });
  }
}

std::string ScriptedServer::url(std::string_view scheme, std::string_view host) const {
  return std::string(scheme) + "://" + std::string(host) + ":" + std::to_string(port_);
}

BlackHole::BlackHole() {
  const tcp::endpoint any(asio::ip::address_v4::loopback(), 0);
  acceptor_.open(any.protocol());
  acceptor_.bind(any);
  acceptor_.listen(0);
  filler_.connect(acceptor_.local_endpoint());
}

std::uint16_t unused_port() {
  asio::io_context io;
  tcp::acceptor unused(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  return unused.local_endpoint().port();
}

std::string ok(std::string_view body, std::string_view headers) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(headers) + "\r\n" + std::string(body);
}

namespace {

Task<void> keep(Client& client, ClientCall call,
                std::shared_ptr<std::unique_ptr<ClientAnswer>> kept) {
  ClientAnswer answer = co_await client.call(call);
  *kept = std::make_unique<ClientAnswer>(std::move(answer));
}

}  // namespace

Caller::Caller(const std::string& url, const ClientLimits& limits) {
  const Result<ServiceUrl> service = parse_service_url(url);
  if (!service) throw std::invalid_argument(service.error().message());
  client_ = std::make_unique<Client>(io_.get_executor(), *service, limits);
}

// Calls that a test has left end here.
Caller::~Caller() {
  client_->close();
  EXPECT_TRUE(run_until([this] { return client_->counts().busy == 0; }));
}

std::shared_ptr<std::unique_ptr<ClientAnswer>> Caller::begin(const ClientCall& call) {
  auto kept = std::make_shared<std::unique_ptr<ClientAnswer>>();
  asio::co_spawn(io_, keep(*client_, call, kept), [](const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  });
  io_.restart();
  io_.poll();
  return kept;
}

bool Caller::run_until(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    io_.restart();
    io_.run_one_for(std::chrono::milliseconds(5));
  }
  return true;
}

ClientAnswer Caller::call(const ClientCall& call) {
  const auto kept = begin(call);
  if (run_until([&] { return *kept != nullptr; })) return std::move(**kept);
  ADD_FAILURE() << "the call does not end";
  return {};
}

ClientAnswer Caller::get(std::string_view target) {
  ClientCall call;
  call.target = target;
  return this->call(call);
}

}  // namespace footfall::http
