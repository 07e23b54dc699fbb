// The inside of a Client: connections, who waits for one, and the look at deadlines. One io_context
// thread.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <memory>
#include <vector>

#include "http/client.hpp"
#include "http/client_connection.hpp"
#include "http/service_reach.hpp"
#include "http/waiting_line.hpp"

namespace footfall::http {

struct Client::State : std::enable_shared_from_this<Client::State> {
  using Moment = ServiceReach::Moment;

  State(const boost::asio::any_io_executor& on, const ServiceUrl& url, const ClientLimits& limits);

  // Once it has its turn.
  Task<void> make_call(const ClientCall& call, Moment call_by, ClientAnswer& answer);
  // The connection that was used last; null if there is none. What is no longer open goes.
  std::unique_ptr<ClientConnection> take_unused();
  void count(const ClientAnswer& answer);

  // Looks at all deadlines as long as there are calls; costs nothing while there are none.
  void start_checking();
  void check(Moment now);
  void close_unused(Moment now);
  void stop();

  boost::asio::any_io_executor executor;
  ClientSettings settings;
  std::shared_ptr<ServiceReach> reach;
  ClientCounts totals;

  boost::intrusive::list<ClientConnection, boost::intrusive::constant_time_size<false>> all;
  std::vector<std::unique_ptr<ClientConnection>> unused;  // the one used last at the back
  WaitingLine line;                                       // for a turn
  int busy = 0;                                           // calls that have one
  int stops = 0;

  boost::asio::steady_timer timer;
  bool is_checking = false;
};

}  // namespace footfall::http
