// Reads what came with a request: parameters of path, query and headers, and the JSON body.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "api/api.hpp"
#include "base/text.hpp"

namespace footfall::api {
namespace {

namespace json = boost::json;
using Errors = std::vector<http::FieldError>;

constexpr std::size_t kDepthMax = 32;

const Parameter* find_parameter(const Route& route, Parameter::In in, std::string_view name) {
  for (const Parameter& parameter : route.parameters) {
    if (parameter.in == in && parameter.name == name) return &parameter;
  }
  return nullptr;
}

void unknown_parameter(const Route& route, const std::string& name, Errors& errors) {
  std::vector<std::string> known;
  for (const Parameter& parameter : route.parameters) {
    if (parameter.in == Parameter::In::query) known.emplace_back(parameter.name);
  }
  const std::string near = nearest(name, known);
  errors.push_back(
      {name.substr(0, 60), !near.empty() ? fmt::format("is no parameter; did you mean '{}'?", near)
                           : known.empty()
                               ? "is no parameter: this route has none"
                               : fmt::format("is no parameter; known are {}", join(known, ", "))});
}

void read_query(const Route& route, std::string_view query,
                std::map<std::string_view, std::string>& out, Errors& errors) {
  while (!query.empty() && errors.size() < 20) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::string_view raw_name = pair.substr(0, pair.find('='));
    const std::string_view raw_value =
        raw_name.size() == pair.size() ? std::string_view() : pair.substr(raw_name.size() + 1);
    std::string name, value;
    if (!http::percent_decode(raw_name, true, name) ||
        !http::percent_decode(raw_value, true, value)) {
      errors.push_back({"query", "holds something that is not percent-encoded UTF-8"});
      continue;
    }
    const Parameter* parameter = find_parameter(route, Parameter::In::query, name);
    if (!parameter) {
      unknown_parameter(route, name, errors);
      continue;
    }
    check_text(value, parameter->schema, name, errors);
    if (!out.emplace(parameter->name, value).second) errors.push_back({name, "is there twice"});
  }
}

// A structured-field string has quotes; many clients leave them out.
std::string_view unquoted(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

bool is_key(std::string_view text) {
  return !text.empty() && text.size() <= 255 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool is_json(std::string_view content_type) {
  const std::string type = lower(trimmed(content_type.substr(0, content_type.find(';'))));
  return type == "application/json" ||
         (type.starts_with("application/") && type.ends_with("+json"));
}

}  // namespace

std::optional<std::int64_t> parse_id(std::string_view text) {
  const auto number = parse_integer(text);
  return number && *number > 0 && text.front() != '0' && text.front() != '+' ? number
                                                                             : std::nullopt;
}

std::int64_t Call::number(std::string_view name, std::int64_t otherwise) const {
  const std::string* text = find(name);
  return text ? parse_integer(*text).value_or(otherwise) : otherwise;
}

Api::Refused Api::read_parameters(Call& call, const Match& match) const {
  Errors errors;
  std::size_t at = 0;
  for (const Parameter& parameter : call.route.parameters) {
    if (parameter.in != Parameter::In::path) continue;
    std::string value;
    if (!http::percent_decode(match.values[at++], false, value)) {
      errors.push_back({std::string(parameter.name), "is not percent-encoded UTF-8"});
      continue;
    }
    check_text(value, parameter.schema, std::string(parameter.name), errors);
    call.parameters.emplace(parameter.name, std::move(value));
  }
  read_query(call.route, call.request.query, call.parameters, errors);
  for (const Parameter& parameter : call.route.parameters) {
    if (parameter.in == Parameter::In::header) {
      const std::string name = lower(parameter.name);
      if (call.request.count(name) > 1) {
        errors.push_back({std::string(parameter.name), "is there twice"});
      }
      const std::string_view value = call.request.header(name);
      if (!value.empty()) {
        check_text(value, parameter.schema, std::string(parameter.name), errors);
        call.parameters.emplace(parameter.name, std::string(value));
      }
    }
    if (parameter.required && !call.find(parameter.name)) {
      errors.push_back({std::string(parameter.name), "is missing"});
    }
  }
  if (call.route.with_key) {
    const std::string_view key = unquoted(call.request.header("idempotency-key"));
    if (key.empty()) return refuse(call, kIdempotencyKeyRequired, kIdempotencyKeyRequired.about);
    if (!is_key(key) || call.request.count("idempotency-key") > 1) {
      errors.push_back(
          {"Idempotency-Key", "must be one text of 1 to 255 visible ASCII characters"});
    }
    call.parameters.emplace("Idempotency-Key", std::string(key));
  }
  if (errors.empty()) return std::nullopt;
  return refuse(call, errors);
}

Api::Refused Api::read_body(Call& call) const {
  const std::string_view text = call.request.body;
  if (text.empty()) {
    if (!call.route.body || !call.route.body_required) return std::nullopt;
    return refuse(call, kInvalidRequest, "a JSON body is needed");
  }
  if (!call.route.body) return refuse(call, kInvalidRequest, "this route takes no body");
  if (!is_json(call.request.header("content-type"))) {
    return refuse(call, kUnsupportedMediaType, kUnsupportedMediaType.remedy);
  }
  json::parse_options options;
  options.max_depth = kDepthMax;
  json::stream_parser parser({}, options);
  boost::system::error_code error;
  const std::size_t read = parser.write_some(text.data(), text.size(), error);
  if (!error && read < text.size()) error = json::error::extra_data;
  if (!error) parser.finish(error);
  if (error) {
    return refuse(call, kInvalidJson,
                  fmt::format("reading stopped at byte {}: {}", read, error.message()));
  }
  call.body = parser.release();
  Errors errors;
  check(call.body, *call.route.body, "", errors);
  if (errors.empty()) return std::nullopt;
  return refuse(call, errors);
}

}  // namespace footfall::api
