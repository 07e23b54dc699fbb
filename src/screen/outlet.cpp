#include "screen/outlet.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace footfall::screen {

bool Outlet::flush_within(int wait_ms) {
  std::size_t done = 0;
  while (done < waiting_.size()) {
    pollfd ready{descriptor_, POLLOUT, 0};
    const int found = ::poll(&ready, 1, wait_ms);
    if (found < 0 && errno == EINTR) continue;
    if (found <= 0) break;
    const ssize_t written = ::write(descriptor_, waiting_.data() + done, waiting_.size() - done);
    if (written > 0) {
      done += static_cast<std::size_t>(written);
    } else if (errno == EAGAIN && wait_ms == 0) {
      break;
    } else if (errno != EAGAIN && errno != EINTR) {
      done = waiting_.size();
    }
  }
  waiting_.erase(0, done);
  return waiting_.empty();
}

}  // namespace footfall::screen
