// One connection: reads requests, asks the handler, sends answers, one after another, until either
// side ends it. Lives on one thread.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <cstdint>
#include <exception>
#include <string>

#include "base/task.hpp"
#include "http/answer_head.hpp"
#include "http/input_buffer.hpp"
#include "http/request_head.hpp"
#include "http/thread_context.hpp"
#include "http/wire.hpp"

namespace footfall::http {

// What an exception says, for the log.
std::string what(const std::exception_ptr& error);

// In the list of its thread while it lives.
using InList =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

class Connection : public InList {
 public:
  // `turned_away`: null, or what is answered at once instead of reading anything.
  Connection(ThreadContext& thread, boost::asio::ip::tcp::socket socket,
             const ProblemKind* turned_away);

  // Until the connection is closed. What escapes is a fault of ours, or the end that cut() makes.
  Task<void> run();
  // What run() has to be spawned with for cut() to reach into a handler that waits.
  boost::asio::cancellation_slot cancellation() { return cancellation_.slot(); }

  bool was_turned_away() const { return turned_away_ != nullptr; }
  bool was_cut() const { return is_cut_; }

  void check(Wire::Clock::time_point now) { wire_.check(now); }
  void drain();  // the thread is draining now: closes if it waits for a request
  void cut();    // closes at once, and the handler's wait ends with an exception

 private:
  // False: no request came; refusal_ says what to answer, if anything.
  Task<bool> receive();
  Task<bool> receive_head();
  Task<bool> receive_body();
  Task<bool> receive_sized_body();
  Task<bool> receive_chunked_body();
  void forget_request();
  void forget_head();
  void note_arrival();
  void take_id();
  bool refuse(const ProblemKind& kind, std::string_view detail);  // false
  bool nothing_came(std::string_view what);                       // false

  Task<void> answer();
  Response failed(const std::exception_ptr& error);
  Task<void> answer_refusal();
  Task<void> send(const Response& response, bool keep_open);
  void account(const Response& response, std::size_t bytes);

  ThreadContext& thread_;
  Wire wire_;
  const ProblemKind* turned_away_;
  boost::asio::cancellation_signal cancellation_;

  InputBuffer input_;
  std::size_t used_ = 0;  // bytes at the front of input_ that belong to request_
  std::string kept_head_, body_, answer_head_;
  Request request_;
  Framing framing_;
  Refusal refusal_;
  Wire::Clock::time_point now_;      // when something last arrived or was sent
  Wire::Clock::time_point arrived_;  // when the request's head had
  int in_a_row_ = 0;                 // requests that were there before they were waited for
  bool waits_ = false;               // for a request's first byte
  bool is_open_ = true;              // for another request
  bool said_goodbye_ = false;        // the last answer was one, and the client shall read it
  bool is_cut_ = false;
};

}  // namespace footfall::http
