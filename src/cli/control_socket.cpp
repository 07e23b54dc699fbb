#include "cli/control_socket.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>
#include <chrono>

#include "telemetry/json_writer.hpp"

namespace footfall::cli {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using Local = asio::local::stream_protocol;

constexpr std::size_t kLineMax = 1024, kAnswerMax = 1 << 20;
constexpr std::chrono::seconds kPatience{5};
constexpr std::size_t kPathMax = 100;  // of sockaddr_un, with room

// Whoever has connected: read, answered, closed; or closed when it takes too long.
struct Visitor : std::enable_shared_from_this<Visitor> {
  Visitor(Local::socket connected, ControlSocket& owner, const asio::any_io_executor& executor)
      : socket(std::move(connected)), control(owner), patience(executor) {}

  void begin() {
    patience.expires_after(kPatience);
    patience.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error) self->close();
    });
    asio::async_read_until(
        socket, line, '\n',
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t length) {
          if (error) return self->close();
          self->reply(length);
        });
  }

  void reply(std::size_t length) {
    const auto data = line.data();
    const std::string text(asio::buffers_begin(data),
                           asio::buffers_begin(data) + static_cast<std::ptrdiff_t>(length));
    out = control.answer(text) + "\n";
    asio::async_write(socket, asio::buffer(out),
                      [self = shared_from_this()](const boost::system::error_code&, std::size_t) {
                        self->close();
                      });
  }

  void close() {
    patience.cancel();
    boost::system::error_code ignored;
    socket.close(ignored);
  }

  Local::socket socket;
  ControlSocket& control;
  asio::steady_timer patience;
  asio::streambuf line{kLineMax};
  std::string out;
};

std::string refused(std::string_view why) {
  std::string out;
  telemetry::JsonWriter(out).begin_object().member("error", why).end_object();
  return out;
}

}  // namespace

struct ControlSocket::Listening : std::enable_shared_from_this<Listening> {
  Listening(asio::io_context& io, ControlSocket& owner)
      : acceptor(io), control(&owner), executor(io.get_executor()) {}

  void accept() {
    acceptor.async_accept([self = shared_from_this()](const boost::system::error_code& error,
                                                      Local::socket connected) {
      if (error == asio::error::operation_aborted || !self->control) return;
      if (error) return self->accept_later();
      std::make_shared<Visitor>(std::move(connected), *self->control, self->executor)->begin();
      self->accept();
    });
  }

  // There may be no descriptor left for a while.
  void accept_later() {
    again.expires_after(std::chrono::seconds(1));
    again.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error && self->control) self->accept();
    });
  }

  Local::acceptor acceptor;
  asio::steady_timer again{acceptor.get_executor()};
  ControlSocket* control;
  asio::any_io_executor executor;
  fs::path path;
};

ControlSocket::ControlSocket(asio::io_context& io, simulation::RunControl& control,
                             std::function<std::string()> state)
    : io_(io), control_(control), state_(std::move(state)) {}

ControlSocket::~ControlSocket() {
  if (!listening_) return;
  listening_->control = nullptr;
  listening_->again.cancel();
  boost::system::error_code ignored;
  listening_->acceptor.close(ignored);
  ::unlink(listening_->path.c_str());
}

Result<void> ControlSocket::listen(const fs::path& path) {
  if (path.string().size() > kPathMax) {
    return Error(Errc::invalid_input,
                 fmt::format("--control: {} is too long for a socket's path ({} bytes at most)",
                             path.string(), kPathMax));
  }
  std::error_code made;
  if (fs::create_directories(path.parent_path(), made)) ::chmod(path.parent_path().c_str(), 0700);
  ::unlink(path.c_str());  // of a process with our number that is gone
  const auto listening = std::make_shared<Listening>(io_, *this);
  boost::system::error_code error;
  const mode_t before = ::umask(0177);  // the socket is its owner's from the first moment
  listening->acceptor.open(Local(), error);
  if (!error) listening->acceptor.bind(Local::endpoint(path.string()), error);
  ::umask(before);
  if (!error) listening->acceptor.listen(4, error);
  if (error) {
    return Error(Errc::io, fmt::format("the control socket {} cannot be made: {}", path.string(),
                                       error.message()));
  }
  listening->path = path;
  listening_ = listening;
  listening_->accept();
  return {};
}

std::string ControlSocket::answer(const std::string& line) {
  boost::system::error_code error;
  const boost::json::value request = boost::json::parse(line, error);
  const boost::json::value* const what =
      error || !request.is_object() ? nullptr : request.as_object().if_contains("do");
  if (!what || !what->is_string()) return refused("say {\"do\":\"status\"}");
  const std::string_view wanted(what->as_string().data(), what->as_string().size());
  if (wanted == "pause")
    control_.pause();
  else if (wanted == "resume")
    control_.resume();
  else if (wanted == "checkpoint")
    control_.ask_checkpoint();
  else if (wanted == "quit")
    control_.stop();
  else if (wanted != "status")
    return refused("it can do status, pause, resume, checkpoint and quit");
  return state_();
}

fs::path control_path(const std::string& folder, std::int64_t run) {
  return fs::path(folder) / fmt::format("run-{}-{}.sock", run, ::getpid());
}

Result<std::string> ask_simulator(const fs::path& path, const std::string& line) {
  asio::io_context io;
  Local::socket socket(io);
  boost::system::error_code error;
  socket.open(Local(), error);
  if (!error) socket.non_blocking(true, error);  // a stopped one's line of visitors may be full
  if (!error) socket.connect(Local::endpoint(path.string()), error);
  if (error) {
    const bool is_dead = error == asio::error::connection_refused ||
                         error == boost::system::errc::no_such_file_or_directory;
    return Error(
        is_dead ? Errc::not_found : Errc::io,
        fmt::format("the simulator at {} cannot be reached: {}", path.string(), error.message()));
  }
  std::string answer;
  std::optional<boost::system::error_code> ended;
  asio::async_write(
      socket, asio::buffer(line), [&](const boost::system::error_code& failed, std::size_t) {
        if (failed) {
          ended = failed;
          return;
        }
        asio::async_read_until(
            socket, asio::dynamic_buffer(answer, kAnswerMax), '\n',
            [&](const boost::system::error_code& read, std::size_t) { ended = read; });
      });
  io.run_for(kPatience);
  if (!ended || *ended) {
    return Error(Errc::io, fmt::format("the simulator at {} does not answer{}", path.string(),
                                       ended ? ": " + ended->message() : std::string()));
  }
  return answer;
}

}  // namespace footfall::cli
