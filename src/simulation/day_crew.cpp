#include "simulation/day_crew.hpp"

namespace footfall::simulation {

DayCrew::DayCrew(int size) : size_(size) {
  for (int share = 1; share < size; ++share) threads_.emplace_back([this, share] { work(share); });
}

DayCrew::~DayCrew() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  started_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void DayCrew::run(const std::function<void(int)>& job) {
  {
    const std::lock_guard lock(mutex_);
    job_ = &job;
    busy_ = size_ - 1;
    error_ = nullptr;
    ++round_;
  }
  started_.notify_all();
  do_share(0);
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return busy_ == 0; });
  if (error_) std::rethrow_exception(error_);
}

void DayCrew::do_share(int share) {
  try {
    (*job_)(share);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::current_exception();
  }
}

void DayCrew::work(int share) {
  std::int64_t seen = 0;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      started_.wait(lock, [&] { return closing_ || round_ != seen; });
      if (closing_) return;
      seen = round_;
    }
    do_share(share);
    const std::lock_guard lock(mutex_);
    if (--busy_ == 0) done_.notify_one();
  }
}

}  // namespace footfall::simulation
