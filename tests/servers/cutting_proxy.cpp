#include "tests/servers/cutting_proxy.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "tests/servers/child.hpp"
#include "tests/servers/loopback.hpp"
#include "tests/servers/message_scanner.hpp"

namespace footfall::tests {
namespace {

constexpr std::size_t kPieceBytes = 65536;
constexpr int kSettleRoundsMax = 1000;

// One direction of one connection. What was read and not yet written waits in `pending`; nothing
// more is read until it is gone.
struct Flow {
  Flow(Direction towards, MessageScanner::Sender sender) : direction(towards), scanner(sender) {}

  Direction direction;
  MessageScanner scanner;
  std::string pending;
  bool source_ended = false;
  bool cut_after_message = false;
  bool cut_after_pending = false;
};

struct Connection {
  Descriptor client, server;
  bool connecting = true;
  bool done = false;
  Flow to_server{Direction::to_server, MessageScanner::Sender::client};
  Flow to_client{Direction::to_client, MessageScanner::Sender::server};

  bool cutting() const { return to_server.cut_after_pending || to_client.cut_after_pending; }
};

struct ArmedCut {
  Direction direction;
  std::optional<std::int64_t> bytes_left;
  int message = 0;
  bool forward_it = false;
};

void reset(Connection& connection) {
  close_by_reset(connection.client);
  close_by_reset(connection.server);
  connection.done = true;
}

}  // namespace

// Everything but the queue of requests belongs to the thread.
class CuttingProxy::Impl {
 public:
  explicit Impl(int target_port) : target_port_(target_port) {
    int both[2];
    if (::pipe(both) != 0) throw std::runtime_error("cutting proxy: no pipe");
    for (const int end : both) {
      ::fcntl(end, F_SETFD, FD_CLOEXEC);
      ::fcntl(end, F_SETFL, O_NONBLOCK);
    }
    wake_read_ = Descriptor(both[0]);
    wake_write_ = Descriptor(both[1]);
    thread_ = std::thread([this] { run(); });
  }

  ~Impl() {
    in_thread([this] { ending_ = true; });
    thread_.join();
  }

  int port() const { return listener_.port; }

  // Runs `action` in the thread, after all that was under way has been passed on, and waits for it.
  void in_thread(const std::function<void()>& action) {
    std::unique_lock<std::mutex> lock(mutex_);
    bool done = false;
    requests_.emplace_back([&] {
      action();
      done = true;
    });
    [[maybe_unused]] const auto written = ::write(wake_write_.number(), "w", 1);
    answered_.wait(lock, [&] { return done; });
  }

  void arm(std::optional<ArmedCut> cut) {
    in_thread([this, cut] {
      armed_ = cut;
      counted_ = Seen();
      messages_ = {};
      for (auto& connection : connections_) {
        connection.to_server.cut_after_message = connection.to_client.cut_after_message = false;
      }
    });
  }

  void cut_all() {
    in_thread([this] {
      for (auto& connection : connections_) reset(connection);
      connections_.clear();
    });
  }

  void stall(bool stalled) {
    in_thread([this, stalled] { stalled_ = stalled; });
  }

  Seen seen() {
    Seen copy;
    in_thread([&] {
      copy = counted_;
      copy.open_connections = static_cast<int>(connections_.size());
    });
    return copy;
  }

 private:
  void run() {
    while (!ending_) {
      if (!answer_requests()) serve(-1);
    }
  }

  bool answer_requests() {
    std::unique_lock<std::mutex> lock(mutex_);
    if (requests_.empty()) return false;
    const auto requests = std::exchange(requests_, {});
    lock.unlock();
    for (int round = 0; round < kSettleRoundsMax && serve(0); ++round) {
    }
    lock.lock();
    for (const auto& request : requests) request();
    answered_.notify_all();
    return true;
  }

  // One round of poll(). True if something was read, written, accepted or closed.
  bool serve(int timeout_ms) {
    std::vector<pollfd> polled{{wake_read_.number(), POLLIN, 0},
                               {listener_.socket.number(), POLLIN, 0}};
    for (const auto& connection : connections_) {
      polled.push_back(
          interest(connection.client, connection, connection.to_server, connection.to_client));
      polled.push_back(
          interest(connection.server, connection, connection.to_client, connection.to_server));
    }
    if (::poll(polled.data(), static_cast<nfds_t>(polled.size()), timeout_ms) <= 0) return false;
    char bytes[64];
    while (::read(wake_read_.number(), bytes, sizeof bytes) > 0) {
    }
    bool moved = false;
    std::size_t at = 2;
    for (auto& connection : connections_) {
      const bool client_ready = polled[at].revents != 0;
      const bool server_ready = polled[at + 1].revents != 0;
      at += 2;
      if (!client_ready && !server_ready) continue;
      moved = true;
      if (connection.connecting) {
        connection.connecting = false;
        if (!is_connected(connection.server)) reset(connection);
        continue;
      }
      if (client_ready)
        move(connection, connection.client, connection.to_server, connection.to_client);
      if (server_ready && !connection.done) {
        move(connection, connection.server, connection.to_client, connection.to_server);
      }
      settle(connection);
    }
    connections_.remove_if([](const Connection& connection) { return connection.done; });
    if (polled[1].revents != 0) moved = accept() || moved;
    return moved;
  }

  // What to wait for on `socket`, which `out` is read from and `in` written to. A socket with
  // nothing to wait for is left out, or poll() would report a hang-up without end.
  pollfd interest(const Descriptor& socket, const Connection& connection, const Flow& out,
                  const Flow& in) const {
    short events = 0;
    if (connection.connecting) {
      if (&socket == &connection.server) events = POLLOUT;
    } else {
      if (out.pending.empty() && !out.source_ended && !connection.cutting()) events |= POLLIN;
      if (!in.pending.empty()) events |= POLLOUT;
    }
    return {stalled_ || events == 0 ? -1 : socket.number(), events, 0};
  }

  bool accept() {
    Connection fresh;
    fresh.client = accept_from(listener_.socket);
    if (!fresh.client.is_open()) return false;
    fresh.server = start_connecting(target_port_);
    ++counted_.connections;
    connections_.push_back(std::move(fresh));
    return true;
  }

  // Writes what waits for `socket`, then reads what it has sent.
  void move(Connection& connection, const Descriptor& socket, Flow& out, Flow& in) {
    if (!flush(socket, in)) return reset(connection);
    if (!out.pending.empty() || out.source_ended || connection.cutting()) return;
    const auto size = receive(socket, piece_.data(), piece_.size());
    if (size < 0 && !is_temporary(errno)) return reset(connection);
    if (size == 0) out.source_ended = true;
    if (size <= 0) return;
    out.pending.assign(piece_.data(), allowed(connection, out, static_cast<std::size_t>(size)));
    const Descriptor& other = &socket == &connection.client ? connection.server : connection.client;
    if (!flush(other, out)) reset(connection);
  }

  static bool flush(const Descriptor& socket, Flow& flow) {
    if (flow.pending.empty()) return true;
    const auto size = send(socket, flow.pending.data(), flow.pending.size());
    if (size < 0) return is_temporary(errno);
    flow.pending.erase(0, static_cast<std::size_t>(size));
    return true;
  }

  // How many of the `size` bytes in piece_ may pass. Marks the flow if the cut follows them.
  std::size_t allowed(Connection& connection, Flow& flow, std::size_t size) {
    std::size_t limit = size;
    if (armed_ && armed_->direction == flow.direction && armed_->bytes_left) {
      auto& left = *armed_->bytes_left;
      limit = std::min<std::size_t>(size, static_cast<std::size_t>(left));
      left -= static_cast<std::int64_t>(limit);
      if (left == 0) {
        flow.cut_after_pending = true;
        armed_.reset();
      }
    }
    std::size_t passed = 0;
    while (passed < limit) {
      const auto piece = flow.scanner.next(piece_.data() + passed, limit - passed);
      if (piece.letter != 0 && strikes(connection, flow, piece.letter)) {
        flow.cut_after_pending = true;
        return passed;
      }
      passed += piece.size;
      if (piece.ends && flow.cut_after_message) {
        flow.cut_after_pending = true;
        return passed;
      }
    }
    if (flow.scanner.gave_up()) connection.to_server.scanner.give_up();
    return limit;
  }

  // Counts a message that begins. True if the cut comes before it.
  bool strikes(Connection& connection, Flow& flow, char letter) {
    const bool to_server = flow.direction == Direction::to_server;
    (to_server ? counted_.to_server : counted_.to_client) += letter;
    if (letter == '!') connection.to_client.scanner.expect_lone_byte();
    if (letter == '!' || letter == 'x') return false;
    const int number = letter == '0' ? 0 : ++messages_[to_server ? 0 : 1];
    const bool meant = armed_ && !armed_->bytes_left && armed_->direction == flow.direction &&
                       armed_->message == number;
    if (!meant) return false;
    const bool before = !armed_->forward_it;
    flow.cut_after_message = !before;
    armed_.reset();
    return before;
  }

  // Ends the connection if all that may still pass has passed.
  void settle(Connection& connection) {
    if (connection.done) return;
    for (Flow* flow : {&connection.to_server, &connection.to_client}) {
      if (!flow->pending.empty()) continue;
      if (flow->cut_after_pending) {
        const bool to_server = flow->direction == Direction::to_server;
        wait_until_handed_over(to_server ? connection.server : connection.client);
        ++counted_.cuts;
        return reset(connection);
      }
      if (flow->source_ended) connection.done = true;  // closed in peace when it is removed
    }
  }

  const int target_port_;
  const Listener listener_ = listen_on_loopback();
  Descriptor wake_read_, wake_write_;
  bool ending_ = false;
  bool stalled_ = false;
  std::list<Connection> connections_;
  std::optional<ArmedCut> armed_;
  Seen counted_;
  std::array<int, 2> messages_{};  // with a type letter: to the server, to the client
  std::vector<char> piece_ = std::vector<char>(kPieceBytes);

  std::mutex mutex_;
  std::vector<std::function<void()>> requests_;
  std::condition_variable answered_;
  std::thread thread_;
};

CuttingProxy::CuttingProxy(int target_port) : impl_(std::make_unique<Impl>(target_port)) {}

CuttingProxy::~CuttingProxy() = default;

int CuttingProxy::port() const { return impl_->port(); }

std::string CuttingProxy::url(const std::string& server_url) const {
  const std::string host = "@127.0.0.1:";
  const std::size_t start = server_url.find(host);
  if (start == std::string::npos) throw std::runtime_error(server_url + " has no @127.0.0.1:port");
  const std::size_t digits = start + host.size();
  const std::size_t end = server_url.find_first_not_of("0123456789", digits);
  return server_url.substr(0, digits) + std::to_string(port()) +
         (end == std::string::npos ? "" : server_url.substr(end));
}

void CuttingProxy::cut_after_bytes(Direction direction, std::int64_t count) {
  impl_->arm(ArmedCut{.direction = direction, .bytes_left = count});
}

void CuttingProxy::cut_at_message(Direction direction, int number, bool forward_it) {
  impl_->arm(ArmedCut{
      .direction = direction, .bytes_left = {}, .message = number, .forward_it = forward_it});
}

void CuttingProxy::disarm() { impl_->arm(std::nullopt); }

void CuttingProxy::cut_all() { impl_->cut_all(); }

void CuttingProxy::stall(bool stalled) { impl_->stall(stalled); }

CuttingProxy::Seen CuttingProxy::seen() const { return impl_->seen(); }

}  // namespace footfall::tests
