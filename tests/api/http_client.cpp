#include "tests/api/http_client.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <stdexcept>

namespace footfall::tests {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

void HttpClient::set(const std::string& name, const std::string& value) {
  std::erase_if(common_, [&](const auto& header) { return header.first == name; });
  common_.emplace_back(name, value);
}

void HttpClient::connect() {
  socket_ = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  buffer_.clear();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int one = 1;
  ::setsockopt(socket_.number(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  const timeval patience{60, 0};  // so that a test ends when the server hangs
  ::setsockopt(socket_.number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (::connect(socket_.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    socket_.close();
    throw std::runtime_error(fmt::format("nobody listens on port {}", port_));
  }
}

void HttpClient::write(std::string_view bytes) {
  if (!socket_.is_open()) connect();
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) throw std::runtime_error("the server closed while a request was sent");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::optional<HttpAnswer> HttpClient::read(bool without_body) {
  std::size_t head = std::string::npos;
  std::size_t wanted = 0;
  HttpAnswer answer;
  for (;;) {
    if (head == std::string::npos) {
      head = buffer_.find("\r\n\r\n");
      if (head != std::string::npos) {
        if (!buffer_.starts_with("HTTP/1.")) throw std::runtime_error("no HTTP: " + buffer_);
        answer.status = std::stoi(buffer_.substr(9, 3));
        for (std::size_t at = buffer_.find("\r\n") + 2; at < head;) {
          const std::size_t end = buffer_.find("\r\n", at);
          const std::string line = buffer_.substr(at, end - at);
          const std::size_t colon = line.find(':');
          answer.headers[lower(line.substr(0, colon))] = line.substr(colon + 2);
          at = end + 2;
        }
        const std::string length = answer.header("content-length");
        wanted = without_body || length.empty() ? 0 : std::stoul(length);
      }
    }
    if (head != std::string::npos && buffer_.size() >= head + 4 + wanted) break;
    char chunk[16384];
    const ssize_t got = ::recv(socket_.number(), chunk, sizeof chunk, 0);
    if (got <= 0) {
      socket_.close();
      return std::nullopt;
    }
    buffer_.append(chunk, static_cast<std::size_t>(got));
  }
  answer.body = buffer_.substr(head + 4, wanted);
  buffer_.erase(0, head + 4 + wanted);
  if (answer.header("connection") == "close") socket_.close();
  return answer;
}

HttpAnswer HttpClient::send(std::string_view method, std::string_view target, std::string_view body,
                            const HttpHeaders& headers) {
  std::string request = fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\n", method, target);
  for (const auto& list : {common_, headers}) {
    for (const auto& [name, value] : list) request += fmt::format("{}: {}\r\n", name, value);
  }
  if (!body.empty()) request += fmt::format("Content-Length: {}\r\n", body.size());
  request += "\r\n";
  request += body;
  write(request);
  auto answer = read(method == "HEAD");
  if (!answer) throw std::runtime_error("the server closed without an answer");
  if (check_) check_(method, target, *answer);
  return std::move(*answer);
}

HttpAnswer HttpClient::post(std::string_view target, std::string_view json, HttpHeaders headers) {
  headers.emplace_back("Content-Type", "application/json");
  return send("POST", target, json, headers);
}

boost::json::value json_of(const HttpAnswer& answer) { return boost::json::parse(answer.body); }

std::string text_at(const boost::json::value& value, const std::string& pointer) {
  const boost::json::string& text = value.at_pointer(pointer).as_string();
  return {text.data(), text.size()};
}

std::int64_t number_at(const boost::json::value& value, const std::string& pointer) {
  return value.at_pointer(pointer).as_int64();
}

}  // namespace footfall::tests
