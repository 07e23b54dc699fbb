// Reads one small document: GET over https with the server's certificate and name checked against
// the system's authorities (or SSL_CERT_FILE), or over http from loopback.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/result.hpp"
#include "base/task.hpp"

namespace footfall::http {

struct FetchLimits {
  std::chrono::milliseconds timeout{5'000};  // for all of it, name lookup included
  std::size_t body_max = 64 * 1024;
};

// What is wrong with `url` as something to fetch; nothing if it is good: https://host[:port]/path,
// or http:// with a loopback host. Error: invalid_input, a sentence.
Result<void> check_fetch_url(const std::string& url);

// The body of a 200 answer. Redirections are not followed. Errors: invalid_input as above; io with
// the reason (not reached, certificate, another status, too large, too slow). Runs on the caller's
// executor; does not block it.
Task<Result<std::string>> fetch(std::string url, FetchLimits limits);

}  // namespace footfall::http
