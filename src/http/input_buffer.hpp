// Bytes that have arrived and are not used yet. Grows as far as its user lets it.
#pragma once

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <string>
#include <string_view>

namespace footfall::http {

class InputBuffer {
 public:
  // `first`: bytes of room to begin with, and kept by shrink().
  explicit InputBuffer(std::size_t first = 2 * 1024) : first_(first) {}

  std::string_view bytes() const { return std::string_view(memory_).substr(begin_, end_ - begin_); }

  // `count` bytes at the front are used up. Nothing moves: views of them stay good until space().
  void consume(std::size_t count) { begin_ += count; }

  // Room for what arrives next, at least one byte; moves what is there to the front. Grows to
  // `most` bytes in all.
  boost::asio::mutable_buffer space(std::size_t most) {
    std::copy(memory_.begin() + static_cast<std::ptrdiff_t>(begin_),
              memory_.begin() + static_cast<std::ptrdiff_t>(end_), memory_.begin());
    end_ -= begin_;
    begin_ = 0;
    if (end_ == memory_.size()) {
      memory_.resize(std::max({first_, end_ + 1, std::min(2 * end_, most)}));
    }
    return boost::asio::buffer(memory_.data() + end_, memory_.size() - end_);
  }
  void commit(std::size_t count) { end_ += count; }

  // Gives memory back that an ordinary request does not need.
  void shrink() {
    if (begin_ == end_ && memory_.capacity() > 2 * first_) *this = InputBuffer(first_);
  }

 private:
  std::size_t first_;
  std::string memory_;  // used and unused bytes, and room
  std::size_t begin_ = 0, end_ = 0;
};

}  // namespace footfall::http
