#include "api/ready_check.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

#include "base/failure.hpp"

namespace footfall::api {

namespace asio = boost::asio;

struct ReadyCheck::Question {
  explicit Question(const asio::any_io_executor& executor, std::chrono::milliseconds wait_max)
      : in_time(executor, wait_max) {}

  asio::steady_timer in_time;  // all who wait do so on it; cancelled by the answer
  bool answered = false;
  std::exception_ptr failure;
};

Task<void> ReadyCheck::put(std::shared_ptr<store::LiveDatabase> database,
                           std::shared_ptr<Question> question) {
  try {
    co_await database->ping();
  } catch (...) {
    question->failure = std::current_exception();
  }
  question->answered = true;
  question->in_time.cancel();
}

Task<void> ReadyCheck::ask() {
  if (!question_ || question_->answered) {
    if (question_) last_failure_ = question_->failure;
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    question_ = std::make_shared<Question>(executor, wait_max_);
    asio::co_spawn(executor, put(database_, question_), [](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
    });
  }
  const std::shared_ptr<Question> question = question_;
  boost::system::error_code cancelled;
  co_await question->in_time.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (!question->answered) {
    if (last_failure_) std::rethrow_exception(last_failure_);
    throw Failure("the database did not answer in time", Failure::Kind::busy);
  }
  if (question->failure) std::rethrow_exception(question->failure);
}

}  // namespace footfall::api
