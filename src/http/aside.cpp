#include "http/aside.hpp"

#include <unistd.h>

#include <boost/asio/connect_pipe.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/writable_pipe.hpp>
#include <future>
#include <thread>
#include <utility>

namespace footfall::http {

namespace asio = boost::asio;

namespace {

// A descriptor that is closed when the last copy of the function that holds it is gone.
class PipeEnd {
 public:
  explicit PipeEnd(int number) : number_(number) {}
  PipeEnd(PipeEnd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  PipeEnd& operator=(PipeEnd&&) = delete;
  ~PipeEnd() {
    if (number_ >= 0) ::close(number_);
  }

 private:
  int number_;
};

}  // namespace

// The thread must not touch the caller's io_context, which may be gone before it is done: the end
// of a pipe tells the caller.
Task<void> run_aside(std::function<void()> work) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  asio::readable_pipe done(executor);
  std::packaged_task<void()> task(std::move(work));
  std::future<void> outcome = task.get_future();
  {
    asio::writable_pipe other_end(executor);
    asio::connect_pipe(done, other_end);
    PipeEnd end(other_end.release());
    std::thread([held = std::move(end), run = std::move(task)]() mutable { run(); }).detach();
  }
  char nothing = 0;
  boost::system::error_code ended;
  auto token = asio::redirect_error(asio::use_awaitable, ended);
  const asio::mutable_buffer space = asio::buffer(&nothing, 1);
  co_await done.async_read_some(space, token);
  if (ended != asio::error::eof) throw boost::system::system_error(ended);
  outcome.get();
}

}  // namespace footfall::http
