#include "screen/vt_fixture.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/utf8.hpp"

namespace footfall::screen {

void Vt::resize(int width, int height) {
  width_ = width;
  height_ = height;
  cells_.assign(static_cast<std::size_t>(height),
                std::vector<std::string>(static_cast<std::size_t>(width), " "));
  x_ = y_ = top_ = 0;
  bottom_ = height - 1;
}

std::string Vt::row(int y) const {
  std::string all;
  for (const std::string& cell : cells_[static_cast<std::size_t>(y)]) all += cell;
  all.erase(all.find_last_not_of(' ') + 1);
  return all;
}

std::string Vt::text() const {
  std::string all;
  for (int y = 0; y < height_; ++y) all += row(y) + "\n";
  return all;
}

void Vt::feed(std::string_view bytes) {
  for (const char byte : bytes) take(static_cast<unsigned char>(byte));
}

void Vt::take(unsigned char byte) {
  if (pending_.empty() && byte >= 0x20 && byte < 0x7F) {
    put(std::string(1, static_cast<char>(byte)));
  } else if (pending_.empty() && byte < 0x20 && byte != 0x1B) {
    if (byte == '\r') x_ = 0;
    if (byte == '\n') line_feed();
    if (byte == '\b') x_ = std::max(std::min(x_, width_ - 1) - 1, 0);
    if (byte == '\t') x_ = std::min((x_ / 8 + 1) * 8, width_ - 1);
    if (byte < 7) ++unknown_;
  } else if (pending_.empty() || pending_[0] != 0x1B) {
    pending_ += static_cast<char>(byte);
    if (byte == 0x1B) return;
    if (utf8_bytes(pending_) == pending_.size()) {
      put(std::exchange(pending_, {}));
    } else if (pending_.size() >= 4) {
      ++unknown_;
      pending_.clear();
    }
  } else {
    pending_ += static_cast<char>(byte);
    const bool is_csi = pending_[1] == '[';
    if (!is_csi) {
      const bool has_argument = pending_[1] == '(' || pending_[1] == ')';
      if (has_argument && pending_.size() < 3) return;
      if (pending_[1] == 'M') {
        if (y_ == top_)
          scroll(top_, -1);
        else
          y_ = std::max(y_ - 1, 0);
      } else if (!has_argument && pending_[1] != '=' && pending_[1] != '>') {
        ++unknown_;
      }
      pending_.clear();
    } else if (pending_.size() > 2 && byte >= 0x40 && byte <= 0x7E) {
      parameters_ = pending_.substr(2, pending_.size() - 3);
      pending_.clear();
      sequence(static_cast<char>(byte));
    }
  }
}

void Vt::scroll(int from_y, int lines) {
  for (; lines > 0; --lines) {
    cells_.erase(cells_.begin() + from_y);
    cells_.emplace(cells_.begin() + bottom_, static_cast<std::size_t>(width_), " ");
  }
  for (; lines < 0; ++lines) {
    cells_.erase(cells_.begin() + bottom_);
    cells_.emplace(cells_.begin() + from_y, static_cast<std::size_t>(width_), " ");
  }
}

void Vt::line_feed() {
  if (y_ == bottom_)
    scroll(top_, 1);
  else
    y_ = std::min(y_ + 1, height_ - 1);
}

void Vt::put(std::string character) {
  if (x_ >= width_) {
    x_ = 0;
    y_ = std::min(y_ + 1, height_ - 1);
  }
  cells_[static_cast<std::size_t>(y_)][static_cast<std::size_t>(x_)] = character;
  ++x_;
  last_ = std::move(character);
}

int Vt::parameter(std::size_t i, int otherwise) const {
  std::size_t begin = 0;
  for (; i > 0; --i) {
    begin = parameters_.find(';', begin);
    if (begin == std::string::npos) return otherwise;
    ++begin;
  }
  const int value = std::atoi(parameters_.c_str() + begin);
  return value > 0 ? value : otherwise;
}

// Both ends included.
void Vt::erase(int from_x, int from_y, int to_x, int to_y) {
  for (int y = from_y; y <= to_y; ++y) {
    const int begin = y == from_y ? from_x : 0, end = y == to_y ? to_x : width_ - 1;
    for (int x = begin; x <= std::min(end, width_ - 1); ++x) {
      cells_[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)] = " ";
    }
  }
}

void Vt::mode(bool on) {
  if (parameters_ == "?1049") is_alternate_ = on;
  if (parameters_.find("?25") != std::string::npos) shows_cursor_ = on;
  if (parameters_.find("?12;25") != std::string::npos) shows_cursor_ = on;
}

void Vt::sequence(char last) {
  const int count = parameter(0, 1);
  std::vector<std::string>& line = cells_[static_cast<std::size_t>(y_)];
  switch (last) {
    case 'H':
      y_ = std::min(count, height_) - 1;
      x_ = std::min(parameter(1, 1), width_) - 1;
      break;
    case 'A':
      y_ = std::max(y_ - count, 0);
      break;
    case 'B':
      y_ = std::min(y_ + count, height_ - 1);
      break;
    case 'C':
      x_ = std::min(x_ + count, width_ - 1);
      break;
    case 'D':
      x_ = std::max(std::min(x_, width_ - 1) - count, 0);
      break;
    case 'G':
      x_ = std::min(count, width_) - 1;
      break;
    case 'd':
      y_ = std::min(count, height_) - 1;
      break;
    case 'J':
      if (parameters_ == "2" || (parameters_.empty() && x_ == 0 && y_ == 0)) ++clears_;
      if (parameters_ == "2") erase(0, 0, width_ - 1, height_ - 1);
      if (parameters_.empty()) erase(x_, y_, width_ - 1, height_ - 1);
      break;
    case 'K':
      if (parameters_ == "1") {
        erase(0, y_, x_, y_);
      } else {
        erase(x_, y_, width_ - 1, y_);
      }
      break;
    case 'X':
      erase(x_, y_, x_ + count - 1, y_);
      break;
    case 'P':
      for (int i = 0; i < count && x_ < width_; ++i) {
        line.erase(line.begin() + x_);
        line.emplace_back(" ");
      }
      break;
    case '@':
      for (int i = 0; i < count; ++i) line.insert(line.begin() + x_, " ");
      line.resize(static_cast<std::size_t>(width_));
      break;
    case 'b':
      for (int i = 0; i < count; ++i) put(std::string(last_));
      break;
    case 'h':
    case 'l':
      mode(last == 'h');
      break;
    case 'm':
    case 't':
      break;
    default:
      scrolling(last, count);
  }
}

void Vt::scrolling(char last, int count) {
  switch (last) {
    case 'r':
      top_ = std::min(count, height_) - 1;
      bottom_ = std::min(parameter(1, height_), height_) - 1;
      x_ = y_ = 0;
      break;
    case 'L':
      scroll(y_, -count);
      break;
    case 'M':
      scroll(y_, count);
      break;
    case 'S':
      scroll(top_, count);
      break;
    case 'T':
      scroll(top_, -count);
      break;
    default:
      ++unknown_;
  }
}

}  // namespace footfall::screen
