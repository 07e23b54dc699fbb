// One thread of the server: its io_context, listening socket, handler and connections.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <exception>
#include <memory>
#include <string>

#include "base/task.hpp"
#include "http/connection.hpp"
#include "http/server.hpp"
#include "http/thread_context.hpp"

namespace footfall::http {

class Worker {
 public:
  // `open`: connections of all threads that are served. All references must outlive it.
  Worker(const ServerOptions& options, telemetry::Log& log, telemetry::Log* access_log,
         std::string id_prefix, std::atomic<int>& open);

  boost::asio::ip::tcp::acceptor& acceptor() { return acceptor_; }
  boost::asio::any_io_executor executor() { return io_.get_executor(); }
  void add_to(ServerCounts& counts) const;  // any thread

  // Makes the handler, accepts, and returns when all has ended after a stop. Throws what making the
  // handler threw, or what made it impossible to go on.
  void run(const MakeHandler& make, int index);

  // From any thread, also before run().
  void begin_drain();
  void cut_all();

 private:
  // What becomes of a connection when its coroutine ends.
  struct Ended {
    Worker* worker;
    std::unique_ptr<Connection> connection;
    void operator()(const std::exception_ptr& error);
  };

  Task<void> accept_all();
  void admit(boost::asio::ip::tcp::socket socket, const ProblemKind* turned_away);
  bool take_place();
  void ended(std::unique_ptr<Connection> connection, const std::exception_ptr& error);
  void watch();
  void drain();
  void cut();
  void fail(const std::exception_ptr& error);
  void finish_if_done();

  boost::asio::io_context io_{1};
  ThreadContext context_;
  std::atomic<int>& open_;
  boost::asio::ip::tcp::acceptor acceptor_{io_};
  boost::asio::steady_timer pause_{io_};  // after the system refused one more socket
  boost::asio::steady_timer watch_{io_};
  Wire::Clock::time_point drain_deadline_ = Wire::Clock::time_point::max();
  int turned_away_open_ = 0;
  bool accepts_ = false;  // accept_all() runs
  std::exception_ptr failure_;
  boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>> connections_;
  std::unique_ptr<Handler> handler_;
};

}  // namespace footfall::http
