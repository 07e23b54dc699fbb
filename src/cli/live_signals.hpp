// Signals that steer a live run: SIGUSR1 pauses it, SIGUSR2 resumes it, SIGINT (Ctrl-C) and SIGTERM
// end it after the cycle at hand, a second one ends the program at once (what was committed stays).
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "simulation/run_control.hpp"

namespace footfall::cli {

class LiveSignals {
 public:
  // Both must outlive it. It keeps the io_context from running out of work.
  LiveSignals(boost::asio::io_context& io, simulation::RunControl& control);

 private:
  void listen();
  void take(int signal);

  boost::asio::signal_set signals_;
  simulation::RunControl& control_;
};

}  // namespace footfall::cli
