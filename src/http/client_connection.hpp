// One connection of a Client, with TLS or without, and the deadline of what it does: the client
// looks at it now and then (check). One io_context thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/task.hpp"
#include "http/answer_reader.hpp"
#include "http/client.hpp"
#include "http/input_buffer.hpp"
#include "http/service_reach.hpp"

namespace footfall::http {

// What all connections of a client share.
struct ClientSettings {
  ServiceUrl url;
  ClientLimits limits;
  std::string own_headers;  // lines that are the same in each call
};

class ClientConnection : public boost::intrusive::list_base_hook<
                             boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  using Moment = ServiceReach::Moment;

  // Both must outlive it.
  ClientConnection(const boost::asio::any_io_executor& executor, const ClientSettings& settings);

  // False: `answer` says why there is no connection. Once.
  Task<bool> open(ServiceReach& reach, Moment call_by, ClientAnswer& answer);

  // Sends the call and reads its answer; `answer` tells how it ended. One at a time.
  Task<void> exchange(const ClientCall& call, Moment call_by, ClientAnswer& answer);

  // After exchange(): whether another may follow.
  bool can_be_kept() const { return can_be_kept_; }
  Moment unused_since() const { return ended_at_; }
  // While it is unused: whether the service has neither closed it nor sent what nobody asked for.
  bool is_still_open();

  void check(Moment now);  // gives up what waits past its deadline
  void stop();             // gives up whatever it does

 private:
  using Socket = boost::asio::ip::tcp::socket;

  // From here on what waits is given up at `deadline` and ends as `end`.
  void set_deadline(Moment deadline, CallEnd end);
  bool is_given_up() const { return is_overdue_ || is_stopped_; }
  bool give_up(ClientAnswer& answer) const;
  bool fail(ClientAnswer& answer, CallEnd end, std::string_view why) const;  // false

  Task<bool> find_service(ServiceReach& reach, ClientAnswer& answer);
  Task<bool> connect(ServiceReach& reach, ClientAnswer& answer);
  Task<bool> shake_hands(ServiceReach& reach, ClientAnswer& answer);
  Task<bool> send(ClientAnswer& answer);
  Task<bool> receive(Moment call_by, ClientAnswer& answer);
  Task<std::size_t> read(boost::system::error_code& error);
  bool ended(const boost::system::error_code& error, ClientAnswer& answer);
  void forget_call();

  const ClientSettings& settings_;
  Socket socket_;
  std::unique_ptr<boost::asio::ssl::stream<Socket&>> tls_;  // null: plain
  AnswerReader reader_;
  InputBuffer input_;
  std::string request_;

  Moment deadline_ = Moment::max();
  CallEnd overdue_end_ = CallEnd::call_timeout;
  bool is_overdue_ = false, is_stopped_ = false;
  bool was_sent_ = false;  // a byte of the call, perhaps
  bool sent_all_ = false;
  bool can_be_kept_ = false;
  Moment sent_at_, ended_at_;
};

}  // namespace footfall::http
