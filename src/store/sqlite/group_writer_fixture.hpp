// For tests of the writer: jobs of two rows, callers that are coroutines, and a gate that makes
// jobs share a group.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "store/sqlite/group_writer.hpp"

namespace footfall::store::sqlite {

namespace asio = boost::asio;
using Job = std::function<void(Database&)>;

inline constexpr const char* kHalvesSchema =
    "CREATE TABLE halves (job INTEGER, half INTEGER, filling TEXT, PRIMARY KEY (job, half)) STRICT;"
    "CREATE TABLE parents (id INTEGER PRIMARY KEY) STRICT;"
    "CREATE TABLE children (parent INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED) "
    "STRICT;";

inline void add_half(Database& database, std::int64_t job, std::int64_t half, int filling = 0) {
  Statement insert = database.prepare("INSERT INTO halves VALUES (?, ?, ?)");
  const std::string text(static_cast<std::size_t>(filling), 'x');
  insert.bind(1, job).bind(2, half).bind(3, text).run();
}

// Adds two rows: all or none.
inline Job pair_job(std::int64_t id, int filling = 0) {
  return [=](Database& database) {
    add_half(database, id, 1, filling);
    add_half(database, id, 2, filling);
  };
}

// Adds one and gives up.
inline Job failing_job(std::int64_t id) {
  return [=](Database& database) {
    add_half(database, id, 1);
    throw std::runtime_error("changed its mind");
  };
}

inline std::int64_t rows_of(Database& database, std::int64_t job) {
  return database.integer("SELECT count(*) FROM halves WHERE job = " + std::to_string(job));
}

// How a job ended for its caller.
struct Outcome {
  bool answered = false;
  std::string failure;  // empty: it went well
  bool well() const { return answered && failure.empty(); }
};

inline Task<void> ask(GroupWriter& writer, bool reads, Job job, Outcome& outcome) {
  try {
    if (reads) {
      co_await writer.read(std::move(job));
    } else {
      co_await writer.write(std::move(job));
    }
  } catch (const std::exception& failure) {
    outcome.failure = failure.what();
  }
  outcome.answered = true;
}

// For co_spawn.
inline void rethrow(std::exception_ptr failure) {
  if (failure) std::rethrow_exception(failure);
}

// Queues a job at once, without waiting for it.
inline void start(asio::io_context& io, GroupWriter& writer, Job job, Outcome& outcome,
                  bool reads = false) {
  asio::co_spawn(io, ask(writer, reads, std::move(job), outcome), rethrow);
  io.restart();
  io.poll();
}

// Holds the writer in a group of its own, so that what is queued meanwhile makes one round.
class Gate {
 public:
  explicit Gate(GroupWriter& writer)
      : thread_([this, &writer] {
          writer.write_now([this](Database&) {
            held_.set_value();
            opened_.get_future().wait();
          });
        }) {
    held_.get_future().wait();
  }
  void open() {
    opened_.set_value();
    thread_.join();
  }

 private:
  std::promise<void> held_, opened_;
  std::thread thread_;
};

}  // namespace footfall::store::sqlite
