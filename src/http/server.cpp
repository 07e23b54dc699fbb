#include "http/server.hpp"

#include <fmt/format.h>

#include <atomic>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "base/random.hpp"
#include "http/listening.hpp"
#include "http/worker.hpp"

namespace footfall::http {
namespace {

// Files that the rest of the program has open: databases, logs.
constexpr std::uint64_t kOtherDescriptors = 1'000;

}  // namespace

struct Server::State {
  State(const ServerOptions& chosen, MakeHandler maker) : options(chosen), make(std::move(maker)) {}

  ServerOptions options;
  MakeHandler make;
  std::atomic<int> open{0};
  std::atomic<int> stops{0};
  std::uint16_t port = 0;
  std::vector<std::unique_ptr<Worker>> workers;

  void cut_all() {
    for (const auto& worker : workers) worker->cut_all();
  }
  // `failed`: where an exception is left.
  void run_worker(std::size_t index, std::exception_ptr& failed) {
    try {
      workers[index]->run(make, static_cast<int>(index));
    } catch (...) {
      failed = std::current_exception();
      cut_all();
    }
  }
};

Server::Server(const ServerOptions& options, MakeHandler make, telemetry::Log& log,
               telemetry::Log* access_log)
    : state_(std::make_unique<State>(options, std::move(make))) {
  FF_ASSERT(options.threads >= 1 && options.connections_max >= 1, "a server needs threads");
  const std::uint64_t process = fresh_seed() ^ (fresh_seed() << 20U);
  for (int i = 0; i < options.threads; ++i) {
    state_->workers.push_back(std::make_unique<Worker>(
        state_->options, log, access_log, fmt::format("{:016x}-{}-", process, i), state_->open));
  }
}

Server::~Server() = default;

Result<void> Server::listen() {
  raise_descriptor_limit(static_cast<std::uint64_t>(state_->options.connections_max) +
                         kOtherDescriptors);
  std::vector<Acceptor*> acceptors;
  for (const auto& worker : state_->workers) acceptors.push_back(&worker->acceptor());
  const auto port = listen_together(acceptors, state_->options.address, state_->options.port);
  if (!port) return port.error();
  state_->port = *port;
  return {};
}

std::uint16_t Server::port() const { return state_->port; }

std::vector<boost::asio::any_io_executor> Server::executors() const {
  std::vector<boost::asio::any_io_executor> found;
  for (const auto& worker : state_->workers) found.push_back(worker->executor());
  return found;
}

void Server::run() {
  FF_ASSERT(state_->port != 0, "listen() comes before run()");
  std::vector<std::exception_ptr> failed(state_->workers.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < failed.size(); ++i) {
    threads.emplace_back([this, i, &failed] { state_->run_worker(i, failed[i]); });
  }
  state_->run_worker(0, failed[0]);
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& error : failed) {
    if (error) std::rethrow_exception(error);
  }
}

void Server::stop() {
  const bool is_first = state_->stops.fetch_add(1) == 0;
  for (const auto& worker : state_->workers) is_first ? worker->begin_drain() : worker->cut_all();
}

ServerCounts Server::counts() const {
  ServerCounts counts;
  counts.connections = state_->open.load(std::memory_order_relaxed);
  for (const auto& worker : state_->workers) worker->add_to(counts);
  return counts;
}

}  // namespace footfall::http
