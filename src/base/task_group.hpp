// Coroutines that belong together: started, counted, and waited for (STYLE section 6). One
// io_context thread.
//
//   TaskGroup group(executor);
//   group.start(one()), group.start(other());
//   co_await group.wait();
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>

#include "base/task.hpp"

namespace footfall {

class TaskGroup {
 public:
  explicit TaskGroup(const boost::asio::any_io_executor& executor);
  ~TaskGroup();  // asserts that all have ended
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // What the task refers to must live until wait() has returned.
  void start(Task<void> task);

  // Returns when all have ended; the first exception that escaped one of them is thrown then.
  Task<void> wait();

  int running() const { return running_; }

 private:
  void ended(std::exception_ptr error);

  boost::asio::any_io_executor executor_;
  boost::asio::steady_timer all_ended_;  // never expires: cancelled when the last has ended
  int running_ = 0;
  std::exception_ptr error_;
};

// Something that happens once, for coroutines to wait for. One io_context thread.
class Event {
 public:
  explicit Event(const boost::asio::any_io_executor& executor);

  void set();
  bool is_set() const { return set_; }
  Task<void> wait();

 private:
  boost::asio::steady_timer timer_;
  bool set_ = false;
};

}  // namespace footfall
