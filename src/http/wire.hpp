// The socket of one connection with a deadline. Deadlines cost nothing while they are kept: nobody
// sets a timer, the thread looks at all its connections now and then (check).
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/task.hpp"

namespace footfall::http {

// One thread; one read or write at a time.
class Wire {
 public:
  using Clock = std::chrono::steady_clock;

  Wire(boost::asio::ip::tcp::socket socket, std::chrono::milliseconds user_timeout);

  const std::string& peer() const { return peer_; }  // without the port; may be empty

  // What waits later than `deadline` is given up, at the next check().
  void set_deadline(Clock::time_point deadline);
  bool is_overdue() const { return is_overdue_; }  // since the last set_deadline()
  void check(Clock::time_point now);

  // Some bytes; 0 is the end: closed by the other side, failed, or overdue.
  Task<std::size_t> read(boost::asio::mutable_buffer space);

  // What the system takes of both without waiting, in bytes; 0 also if it failed.
  std::size_t write_now(std::string_view head, std::string_view body);
  // The rest after the first `done` bytes of both; false if it failed or was overdue.
  Task<bool> write_rest(std::string_view head, std::string_view body, std::size_t done);

  // Says that nothing more is coming and waits a moment for the other side's end, dropping what it
  // still sends: closing with bytes unread would take away the answer that it has not read yet.
  Task<void> close_politely();
  void close();  // at once; also ends what waits

 private:
  boost::asio::ip::tcp::socket socket_;
  Clock::time_point deadline_ = Clock::time_point::max();
  bool is_overdue_ = false;
  std::string peer_;
};

}  // namespace footfall::http
