#include "http/answer_head.hpp"

#include <fmt/format.h>

#include <chrono>
#include <iterator>

#include "base/assert.hpp"
#include "http/text.hpp"
#include "telemetry/log.hpp"

namespace footfall::http {
namespace {

// For people; clients do not read it (RFC 9112 section 4).
struct Reason {
  int status;
  std::string_view text;
};

constexpr Reason kReasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

std::string_view reason(int status) {
  for (const Reason& known : kReasons) {
    if (known.status == status) return known.text;
  }
  return {};
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  const std::size_t start = out.size();
  out.append(value);
  for (std::size_t i = start; i < out.size(); ++i) {
    const auto byte = static_cast<unsigned char>(out[i]);
    if (byte < 0x20 || byte == 0x7F) out[i] = ' ';
  }
  out += "\r\n";
}

void append_number(std::string& out, std::int64_t number) {
  const fmt::format_int digits(number);
  out.append(digits.data(), digits.size());
}

// ,"name":"value", of a text that needs no escaping or is escaped here.
void append_text_member(std::string& out, std::string_view name, std::string_view value) {
  out.append(",\"").append(name).append("\":\"");
  telemetry::append_escaped(out, value);
  out += '"';
}

void append_number_member(std::string& out, std::string_view name, std::int64_t number) {
  out.append(",\"").append(name).append("\":");
  append_number(out, number);
}

}  // namespace

std::string_view DateText::at(std::int64_t wall_us) {
  constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (wall_us / 1'000'000 == second_) return text_;
  second_ = wall_us / 1'000'000;
  const std::chrono::sys_seconds moment{std::chrono::seconds(second_)};
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(moment - day);
  text_.clear();
  fmt::format_to(std::back_inserter(text_), "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                 kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                 kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                 clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  return text_;
}

bool has_content(int status) { return status != 204 && status != 304; }

void compose_head(std::string& out, const Response& response, std::string_view request_id,
                  KeepOpen keep_open, std::string_view date) {
  FF_ASSERT(response.status >= 200 && response.status <= 599, "an answer's status is 200 … 599");
  out.assign("HTTP/1.1 ");
  append_number(out, response.status);
  out.append(" ").append(reason(response.status)).append("\r\nDate: ").append(date);
  if (has_content(response.status)) {
    out.append("\r\nContent-Type: ").append(response.content_type).append("\r\nContent-Length: ");
    append_number(out, static_cast<std::int64_t>(response.content().size()));
  }
  out.append("\r\nX-Content-Type-Options: nosniff\r\nX-Request-Id: ").append(request_id);
  out += "\r\n";
  bool says_caching = false;
  for (const auto& [name, value] : response.headers) {
    says_caching = says_caching || equals_lower(name, "cache-control");
    append_header(out, name, value);
  }
  if (!says_caching) out += "Cache-Control: no-store\r\n";
  if (keep_open == KeepOpen::yes_said) out += "Connection: keep-alive\r\n";
  if (keep_open == KeepOpen::no) out += "Connection: close\r\n";
  out += "\r\n";
}

void compose_access_line(std::string& out, const AccessEntry& entry) {
  const Request& request = *entry.request;
  out.assign("{\"time\":\"");
  telemetry::append_time(out, request.wall_us);
  out += '"';
  append_text_member(out, "request_id", request.id);
  append_text_member(out, "method", entry.method);
  append_text_member(out, "path", request.path);
  append_number_member(out, "status", entry.response->status);
  append_number_member(out, "bytes", static_cast<std::int64_t>(entry.bytes));
  append_number_member(out, "duration_us", entry.duration_us);
  append_text_member(out, "peer", request.peer);
  append_text_member(out, "caller", entry.response->caller);
  append_text_member(out, "code", entry.response->code);
  out += '}';
}

}  // namespace footfall::http
