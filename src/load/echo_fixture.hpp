// For tests: an echo that answers on a thread of its own.
#pragma once

#include <gtest/gtest.h>

#include <thread>

#include "http/client.hpp"
#include "load/echo.hpp"

namespace footfall::load {

class RunningEcho {
 public:
  explicit RunningEcho(const retail::Catalogue& catalogue)
      : log_(telemetry::Log::open("off").value()),
        echo_(Echo::create(catalogue, {}, *log_).value()) {
    echo_->listen().value();
    thread_ = std::thread([this] { echo_->run(); });
  }
  ~RunningEcho() {
    echo_->stop();
    thread_.join();
  }

  http::ServiceUrl url() const {
    return http::parse_service_url("http://127.0.0.1:" + std::to_string(echo_->port())).value();
  }
  Echo* operator->() { return echo_.get(); }

 private:
  std::unique_ptr<telemetry::Log> log_;
  std::unique_ptr<Echo> echo_;
  std::thread thread_;
};

}  // namespace footfall::load
