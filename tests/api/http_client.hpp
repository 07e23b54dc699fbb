// Tests only: a plain blocking HTTP client over one keep-alive connection, and raw bytes where a
// test wants to misbehave. One thread at a time.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/servers/child.hpp"

namespace footfall::tests {

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  std::string header(const std::string& name) const {
    const auto at = headers.find(name);
    return at == headers.end() ? "" : at->second;
  }
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// Looks at each answer of send(), and fails the test where it is not as it should be.
using AnswerCheck = void (*)(std::string_view method, std::string_view target,
                             const HttpAnswer& answer);

class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port, AnswerCheck check = nullptr)
      : port_(port), check_(check) {}

  // Sent with each request: Authorization and the like.
  void set(const std::string& name, const std::string& value);

  // Connects when needed. Throws std::runtime_error if the server closes or answers no HTTP.
  HttpAnswer send(std::string_view method, std::string_view target, std::string_view body = "",
                  const HttpHeaders& headers = {});
  HttpAnswer get(std::string_view target, const HttpHeaders& headers = {}) {
    return send("GET", target, "", headers);
  }
  // With Content-Type: application/json.
  HttpAnswer post(std::string_view target, std::string_view json, HttpHeaders headers = {});

  void write(std::string_view bytes);
  // The next answer; nothing if the server closed first.
  std::optional<HttpAnswer> read(bool without_body = false);
  void close() { socket_.close(); }

 private:
  void connect();

  std::uint16_t port_;
  AnswerCheck check_;
  HttpHeaders common_;
  Descriptor socket_;
  std::string buffer_;
};

// {"a":1} of an answer; throws where it is no JSON.
boost::json::value json_of(const HttpAnswer& answer);
std::string text_at(const boost::json::value& value, const std::string& pointer);
std::int64_t number_at(const boost::json::value& value, const std::string& pointer);

}  // namespace footfall::tests
