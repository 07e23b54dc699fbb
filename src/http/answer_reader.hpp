// Takes answers apart as their bytes arrive: those with a length, in chunks, without a body, until
// the end of the connection; interim answers (1xx) are skipped. No I/O. The parser is Beast's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "http/client.hpp"
#include "http/input_buffer.hpp"

namespace footfall::http {

class AnswerReader {
 public:
  enum class State : std::uint8_t { more_needed, done, malformed };

  // In bytes; of an answer's head, and of its body.
  AnswerReader(std::size_t head_max, std::size_t body_max);
  ~AnswerReader();

  // Before each answer. `to_head`: to a HEAD request, so it has no body whatever it says.
  void expect(bool to_head);
  // Uses up what belongs to the answer. After `done` nothing may be taken until expect().
  State take(InputBuffer& input);
  // The connection has ended: done if that is how the answer ends, more_needed if it is cut off.
  State end();

  // Whether something of the answer itself has come, an interim answer left out.
  bool has_begun() const { return has_begun_; }

  // After `done`: its status, headers and body. The body is moved.
  void give(ClientAnswer& answer);
  bool keeps_alive() const;  // the service will answer on this connection again

  // After `malformed`, what is wrong, as a clause: "its head has more than 32768 bytes".
  const std::string& fault() const { return fault_; }

 private:
  struct Parser;

  void begin();
  State take_bytes(InputBuffer& input);
  State failed(std::string fault);

  std::size_t head_max_, body_max_;
  std::unique_ptr<Parser> parser_;
  bool to_head_ = false;
  bool has_begun_ = false;
  std::string fault_;
};

}  // namespace footfall::http
