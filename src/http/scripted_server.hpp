// A service on loopback that does what a test says, and calls to it, for the tests of Client.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "http/client.hpp"

namespace footfall::http {

// The service's end of one connection. Blocks at most ten seconds in any call; what fails after the
// client has gone is nobody's business.
class Peer {
 public:
  explicit Peer(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

  bool begin_tls(boost::asio::ssl::context& context);
  std::string request();  // head and body; empty if there is none
  std::string head();     // of the next request, its body unread for the most part
  void send(std::string_view bytes);
  // True once the client has closed; what it sends is dropped.
  bool is_left_within(std::chrono::milliseconds patience = std::chrono::seconds(10));
  void close();  // at once, without an end of TLS
  void reset();

 private:
  std::size_t some(std::string& out, std::chrono::milliseconds patience);

  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
  std::string received_;
  bool is_ended_ = false;
};

// Plays one script a connection, each on a thread of its own; the last one for all that follow.
class ScriptedServer {
 public:
  using Script = std::function<void(Peer&)>;

  explicit ScriptedServer(
      std::vector<Script> scripts,
      const boost::asio::ip::address& address = boost::asio::ip::address_v4::loopback(),
      std::uint16_t port = 0);
  ~ScriptedServer();

  std::uint16_t port() const { return port_; }
  int accepted() const { return accepted_; }
  std::string url(std::string_view scheme = "http", std::string_view host = "127.0.0.1") const;

 private:
  void accept_all();

  std::vector<Script> scripts_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_{io_};
  std::uint16_t port_ = 0;
  std::atomic<int> accepted_{0};
  std::atomic<bool> is_over_{false};
  std::deque<std::thread> players_;
  std::thread thread_;
};

// Takes one connection into its queue and is silent to all that follow, as a firewall may be.
class BlackHole {
 public:
  BlackHole();
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_{io_};
  boost::asio::ip::tcp::socket filler_{io_};
};

// A port of 127.0.0.1 where nobody listens.
std::uint16_t unused_port();

// "HTTP/1.1 200 OK", Content-Length, and more header lines, each with its CRLF.
std::string ok(std::string_view body, std::string_view headers = "");

// A client and its io_context, which runs while a call is waited for.
class Caller {
 public:
  explicit Caller(const std::string& url, const ClientLimits& limits = {});
  ~Caller();

  Client& client() { return *client_; }
  ClientAnswer call(const ClientCall& call);
  ClientAnswer get(std::string_view target = "/");

  // Begins a call, as far as it comes without waiting; its answer is there once it is not null. The
  // target must outlive it.
  std::shared_ptr<std::unique_ptr<ClientAnswer>> begin(const ClientCall& call);
  // False if it is not true after ten seconds.
  bool run_until(const std::function<bool()>& condition);

 private:
  boost::asio::io_context io_;
  std::unique_ptr<Client> client_;
};

}  // namespace footfall::http
