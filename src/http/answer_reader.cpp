#include "http/answer_reader.hpp"

#include <fmt/format.h>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <utility>

#include "base/text.hpp"

namespace footfall::http {

namespace beast = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::string_view kBeginning = "HTTP/1.";

// Beast looks at nothing before the whole head is there, so a service that speaks something else
// and then waits would keep us waiting too.
bool may_be_answer(std::string_view bytes) {
  return bytes.substr(0, kBeginning.size()) == kBeginning.substr(0, bytes.size());
}

}  // namespace

struct AnswerReader::Parser {
  std::optional<beast::response_parser<beast::string_body>> answer;
};

AnswerReader::AnswerReader(std::size_t head_max, std::size_t body_max)
    : head_max_(head_max), body_max_(body_max), parser_(std::make_unique<Parser>()) {}

AnswerReader::~AnswerReader() = default;

void AnswerReader::expect(bool to_head) {
  to_head_ = to_head;
  begin();
}

void AnswerReader::begin() {
  has_begun_ = false;
  auto& answer = parser_->answer.emplace();
  answer.header_limit(static_cast<std::uint32_t>(head_max_));
  answer.body_limit(body_max_);
  answer.skip(to_head_);
  answer.eager(true);
}

AnswerReader::State AnswerReader::take(InputBuffer& input) {
  while (!input.bytes().empty()) {
    const State state = take_bytes(input);
    if (state != State::done) return state;
    const int status = parser_->answer->get().result_int();
    if (status >= 200) return State::done;
    // Nobody asked it to (RFC 9110 section 7.8).
    if (status == 101) return failed("it switches to another protocol");
    begin();
  }
  return State::more_needed;
}

AnswerReader::State AnswerReader::take_bytes(InputBuffer& input) {
  if (!has_begun_ && !may_be_answer(input.bytes())) return failed("it does not begin with HTTP/1.");
  has_begun_ = true;
  auto& answer = *parser_->answer;
  error_code error;
  const std::string_view bytes = input.bytes();
  input.consume(answer.put(boost::asio::buffer(bytes.data(), bytes.size()), error));
  if (error == beast::error::header_limit) {
    return failed(fmt::format("its head has more than {} bytes", head_max_));
  }
  if (error == beast::error::body_limit) {
    return failed(fmt::format("its body has more than {} bytes", body_max_));
  }
  if (error && error != beast::error::need_more) return failed(error.message());
  return answer.is_done() ? State::done : State::more_needed;
}

AnswerReader::State AnswerReader::end() {
  if (!has_begun_ || !parser_->answer->is_header_done()) return State::more_needed;
  error_code cut_off;
  parser_->answer->put_eof(cut_off);
  return cut_off ? State::more_needed : State::done;
}

void AnswerReader::give(ClientAnswer& answer) {
  auto& message = parser_->answer->get();
  answer.status = static_cast<int>(message.result_int());
  answer.body = std::move(message.body());
  for (const auto& field : message) {
    const auto name = field.name_string();
    const auto value = field.value();
    answer.headers.emplace_back(lower(std::string_view(name.data(), name.size())),
                                std::string(value.data(), value.size()));
  }
}

bool AnswerReader::keeps_alive() const { return parser_->answer->keep_alive(); }

AnswerReader::State AnswerReader::failed(std::string fault) {
  fault_ = std::move(fault);
  return State::malformed;
}

}  // namespace footfall::http
