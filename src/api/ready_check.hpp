// Does the database answer? For those who ask often and do not wait long.
#pragma once

#include <chrono>
#include <memory>

#include "base/task.hpp"
#include "store/live_store.hpp"

namespace footfall::api {

// One io_context thread's. One question at a time is with the database; who asks meanwhile waits
// for the same answer, and nobody longer than `wait_max` from when it was asked: a question may
// wait for a connection as long as any other (LiveLimits). It goes on after that, and keeps the
// database open until it ends.
class ReadyCheck {
 public:
  static constexpr std::chrono::milliseconds kWaitMax{2'000};

  explicit ReadyCheck(std::shared_ptr<store::LiveDatabase> database,
                      std::chrono::milliseconds wait_max = kWaitMax)
      : database_(std::move(database)), wait_max_(wait_max) {}

  // Throws Failure as LiveDatabase::ping(). Where the answer is not there in time: what the
  // question before came to if that failed, else busy. The check must live until the task ends.
  Task<void> ask();

 private:
  struct Question;
  static Task<void> put(std::shared_ptr<store::LiveDatabase> database,
                        std::shared_ptr<Question> question);

  std::shared_ptr<store::LiveDatabase> database_;
  std::chrono::milliseconds wait_max_;
  std::shared_ptr<Question> question_;  // the last one; null: none yet
  std::exception_ptr last_failure_;     // of the one before
};

}  // namespace footfall::api
