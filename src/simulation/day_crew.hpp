// Threads that work on one day together: each job is handed to all, and run() returns when the
// last is done. The calling thread does the first share, so a crew of one starts no thread.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace footfall::simulation {

class DayCrew {
 public:
  explicit DayCrew(int size);
  ~DayCrew();
  DayCrew(const DayCrew&) = delete;
  DayCrew& operator=(const DayCrew&) = delete;

  // Calls job(0) … job(size-1), each on its own thread. The first exception is rethrown here after
  // all have ended. Not reentrant.
  void run(const std::function<void(int)>& job);

 private:
  void work(int share);
  void do_share(int share);

  int size_;
  std::mutex mutex_;
  std::condition_variable started_, done_;
  const std::function<void(int)>* job_ = nullptr;
  std::int64_t round_ = 0;
  int busy_ = 0;
  bool closing_ = false;
  std::exception_ptr error_;
  std::vector<std::thread> threads_;
};

}  // namespace footfall::simulation
