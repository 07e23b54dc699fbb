#include "cli/live_signals.hpp"

#include <csignal>
#include <cstdlib>

#include "screen/terminal.hpp"

namespace footfall::cli {

LiveSignals::LiveSignals(boost::asio::io_context& io, simulation::RunControl& control)
    : signals_(io, SIGINT, SIGTERM), control_(control) {
  signals_.add(SIGUSR1);
  signals_.add(SIGUSR2);
  listen();
}

void LiveSignals::listen() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    take(signal);
    listen();
  });
}

void LiveSignals::take(int signal) {
  if (signal == SIGUSR1) {
    control_.pause();
  } else if (signal == SIGUSR2) {
    control_.resume();
  } else if (!control_.is_stopping()) {
    control_.stop();
  } else {
    screen::Terminal::emergency_restore();
    std::_Exit(128 + signal);
  }
}

}  // namespace footfall::cli
