// For tests: what a terminal of the xterm family shows after what was written to it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace footfall::screen {

// As much of one as ncurses uses for a dashboard. What it does not know is counted, not guessed.
class Vt {
 public:
  Vt(int width, int height) { resize(width, height); }

  void resize(int width, int height);  // blank afterwards
  void feed(std::string_view bytes);   // may end inside a sequence

  std::string row(int y) const;  // without the blanks at its end
  std::string text() const;      // all rows
  bool is_alternate() const { return is_alternate_; }
  bool shows_cursor() const { return shows_cursor_; }
  int clears() const { return clears_; }    // of the whole screen
  int unknown() const { return unknown_; }  // sequences

 private:
  void take(unsigned char byte);
  void sequence(char last);
  void mode(bool on);
  void put(std::string character);
  void erase(int from_x, int from_y, int to_x, int to_y);
  int parameter(std::size_t i, int otherwise) const;
  void scroll(int from_y, int lines);  // up to the region's end; down where lines < 0
  void line_feed();
  void scrolling(char last, int count);

  int width_ = 0, height_ = 0, x_ = 0, y_ = 0;
  int top_ = 0, bottom_ = 0;  // of the region that scrolls
  std::vector<std::vector<std::string>> cells_;
  std::string pending_;  // an unfinished sequence or character
  std::string last_;     // for "repeat"
  std::string parameters_;
  bool is_alternate_ = false, shows_cursor_ = true;
  int clears_ = 0, unknown_ = 0;
};

}  // namespace footfall::screen
