// How another process steers a live run (R38): a local socket that only its owner may open, one
// request a connection, a line of JSON each way: {"do":"pause"} is answered with the run's state.
// One io_context thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "simulation/run_control.hpp"

namespace footfall::cli {

class ControlSocket {
 public:
  // `state`: the run as a JSON object. Both must outlive it.
  ControlSocket(boost::asio::io_context& io, simulation::RunControl& control,
                std::function<std::string()> state);
  ~ControlSocket();  // takes the socket away

  // Listens at `path`, whose folder is made where it is missing, for its owner alone. Errors: io,
  // with the reason; invalid_input for a path that is too long for a socket.
  Result<void> listen(const std::filesystem::path& path);

  // What a request's line is answered. Pure but for what it does to the run.
  std::string answer(const std::string& line);

 private:
  struct Listening;

  boost::asio::io_context& io_;
  simulation::RunControl& control_;
  std::function<std::string()> state_;
  std::shared_ptr<Listening> listening_;
};

// Of a run's simulator: in the folder that --control names.
std::filesystem::path control_path(const std::string& folder, std::int64_t run);

// Sends one request and answers its line. Errors: not_found where nobody listens; io.
Result<std::string> ask_simulator(const std::filesystem::path& path, const std::string& line);

}  // namespace footfall::cli
