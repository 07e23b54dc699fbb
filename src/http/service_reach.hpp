// How a service is reached: its addresses and, for https, the authorities that are trusted. Found
// aside (run_aside) for all connections that wait for it at once, and kept. Addresses are found
// again after some minutes, and when a connection failed. One io_context thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "http/client.hpp"
#include "http/waiting_line.hpp"

namespace footfall::http {

class ServiceReach : public std::enable_shared_from_this<ServiceReach> {
 public:
  using Endpoint = boost::asio::ip::tcp::endpoint;
  using Moment = WaitingLine::Moment;

  struct Problem {
    CallEnd end;      // no_connection, bad_certificate
    std::string why;  // a clause after the service's name: "cannot be found (…)"
  };
  // What one search has found; a problem leaves what it concerns empty.
  struct Found {
    std::vector<Endpoint> endpoints;
    std::optional<boost::asio::ssl::context> authorities;
    std::optional<Problem> problem;
  };
  // Blocks; on a thread of its own, so it owns what it uses.
  using Find = std::function<void(Found& found, bool with_authorities)>;
  static Find finder(const ServiceUrl& url, std::string authorities);

  ServiceReach(const boost::asio::any_io_executor& executor, bool is_https, Find find);

  // Whether what is known can be used as it is; if not, prepare() first.
  bool is_ready(Moment now) const;
  // Searches, or waits for the search that is under way. With Woken::go problem() tells whether
  // endpoints() and authorities() can be used.
  Task<void> prepare(Moment now, Moment deadline, Woken& woken);

  const std::optional<Problem>& problem() const { return problem_; }

  // In the order in which to try them: those that worked last come first.
  const std::vector<Endpoint>& endpoints() const { return endpoints_; }
  boost::asio::ssl::context& authorities() { return *authorities_; }

  void note_connected(const Endpoint& endpoint);
  void note_unreachable() { is_doubted_ = true; }

  void check(Moment now) { waiting_.check(now); }
  void stop();  // wakes who waits, and ends the search

 private:
  static Task<void> search(std::shared_ptr<ServiceReach> self);
  void start();
  void take(Found& found);
  void ended(const std::exception_ptr& error);

  boost::asio::any_io_executor executor_;
  bool is_https_;
  Find find_;
  WaitingLine waiting_;
  std::shared_ptr<boost::asio::cancellation_signal> search_;  // null: none is under way
  bool is_doubted_ = false;  // the addresses may be those of the past
  Moment searched_at_;
  std::vector<Endpoint> endpoints_;
  std::optional<boost::asio::ssl::context> authorities_;
  std::optional<Problem> problem_;
};

}  // namespace footfall::http
