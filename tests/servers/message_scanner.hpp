// Where the messages of a PostgreSQL connection begin and end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace footfall::tests {

// Follows one direction of one connection, protocol version 3: a letter and a length that counts
// itself, big-endian; the client's first packets have no letter (PostgreSQL documentation, chapter
// "Frontend/Backend Protocol", section "Message Formats").
class MessageScanner {
 public:
  enum class Sender { client, server };

  struct Piece {
    std::size_t size = 0;  // bytes of the input; the rest belongs to further pieces
    char letter = 0;       // as in CuttingProxy::Seen, if a message begins here; else 0
    bool ends = false;     // the message ends with this piece
  };

  explicit MessageScanner(Sender sender) : typed_(sender == Sender::server) {}

  // The piece at the start of `data`: a message, or what there is of it. `size` is at least 1.
  // The letter of a packet without type comes with its eighth byte.
  Piece next(const char* data, std::size_t size);

  // The answer to a request for TLS is a lone byte.
  void expect_lone_byte() { lone_byte_ = true; }
  // Encrypted from here: one endless piece.
  void give_up() { opaque_ = true; }
  bool gave_up() const { return opaque_; }

 private:
  char begin_body();

  bool typed_;
  bool lone_byte_ = false;
  bool opaque_ = false;
  std::string header_;
  bool in_body_ = false;
  std::int64_t left_ = 0;  // bytes of the body
};

}  // namespace footfall::tests
