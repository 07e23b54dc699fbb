#include "screen/frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "screen/words.hpp"

namespace footfall::screen {
namespace {

constexpr int kReasonLinesMax = 3;
// Widths: from here on a frozen band has blank rows around it, and notes are longer.
constexpr int kRoomy = 70, kWide = 110;

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if ('a' <= c && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

Style status_style(Status status) {
  switch (status) {
    case Status::running:
    case Status::finished:
      return Style::good;
    case Status::frozen:
    case Status::failed:
      return Style::alarm;
    case Status::paused:
    case Status::resuming:
    case Status::stopping:
      return Style::notice;
  }
  return Style::plain;
}

bool is_alarm(Status status) { return status == Status::frozen || status == Status::failed; }

// In one row where that is possible.
std::string what_to_do(const State& state, bool has_keys, int width) {
  if (!state.to_do.empty()) return join(state.to_do, " · ");
  if (state.status == Status::failed) return has_keys ? "q quit" : "footfall ctl quit";
  if (!has_keys) return "footfall ctl resume · footfall ctl quit (saves first)";
  for (const char* text : {"r resume · q quit (saves first) · or: footfall ctl resume",
                           "r resume · q quit (saves first)"}) {
    if (columns(text) <= width) return text;
  }
  return "r resume · q quit";
}

std::string band_heading(const State& state, bool has_keys, int width) {
  const bool is_wide = width >= kRoomy;
  const std::string since = " for " + duration_words(state.halted_seconds);
  const std::string in_cycle = " in cycle " + with_commas(state.cycle);
  switch (state.status) {
    case Status::frozen:
      return "FROZEN" + since + (is_wide ? "," + in_cycle + ". Simulated time stands still." : "");
    case Status::failed:
      return "FAILED" + in_cycle;
    case Status::paused:
      return "PAUSED" + since + (is_wide ? ". Simulated time stands still" : "") + " · " +
             (has_keys ? "r resume" : "footfall ctl resume");
    case Status::resuming:
      return is_wide ? "RESUMING: asking whether the service is back" : "RESUMING";
    case Status::stopping:
      return is_wide ? "STOPPING: saving, then the run ends" : "STOPPING";
    case Status::running:
    case Status::finished:
      return {};
  }
  return {};
}

// At most `rows_max`: the reason gives way first.
std::vector<std::u32string> band_lines(const State& state, bool has_keys, int width, int rows_max,
                                       Glyphs glyphs) {
  const int room = width - 4;
  std::vector<std::u32string> lines = wrapped(band_heading(state, has_keys, width), room, glyphs);
  if (is_alarm(state.status)) {
    const std::vector<std::u32string> to_do =
        wrapped(what_to_do(state, has_keys, room), room, glyphs);
    std::vector<std::u32string> reason = wrapped(state.halted_because, room, glyphs);
    const auto used = static_cast<int>(lines.size() + to_do.size());
    const auto most = static_cast<std::size_t>(std::clamp(rows_max - used, 0, kReasonLinesMax));
    if (reason.size() > most) {
      reason.resize(most);
      // Longer than the row, so that it is cut visibly.
      if (most > 0) reason.back() += std::u32string(static_cast<std::size_t>(width), U' ');
    }
    lines.insert(lines.end(), reason.begin(), reason.end());
    lines.insert(lines.end(), to_do.begin(), to_do.end());
    if (width >= kRoomy && static_cast<int>(lines.size()) + 2 <= rows_max) {
      lines.insert(lines.begin(), std::u32string());
      lines.emplace_back();
    }
  }
  if (static_cast<int>(lines.size()) > rows_max) {
    lines.resize(static_cast<std::size_t>(std::max(rows_max, 0)));
  }
  return lines;
}

// Columns behind a progress bar.
int note_width(int width) { return width >= kWide ? 44 : width >= kRoomy ? 31 : 18; }

// "Run    ███████░░░░   24 %  2 h 5 min left": the bar takes what the rest leaves.
void draw_progress(Area row, std::string_view label, double share, std::string_view note) {
  constexpr int kLabel = 7, kPercent = 5;
  const int bar_width = row.width() - kLabel - kPercent - note_width(row.width()) - 3;
  row.text(0, 0, label, Style::dim);
  row.bar(kLabel, 0, bar_width, share, Style::bar);
  row.text_right(kLabel + bar_width + 1 + kPercent, 0, percent_words(share), Style::bold);
  row.text(kLabel + bar_width + kPercent + 3, 0, note, Style::dim);
}

struct KeyHelp {
  std::string_view key, meaning;
};

std::vector<KeyHelp> keys_of(Status status) {
  constexpr KeyHelp kPause{"p", "pause"}, kResume{"r", "resume"}, kCheckpoint{"c", "checkpoint"};
  constexpr KeyHelp kAgents{"a", "agents"}, kHelp{"?", "help"}, kQuit{"q", "quit"};
  constexpr KeyHelp kSaveAndQuit{"q", "quit (saves first)"};
  switch (status) {
    case Status::running:
      return {kPause, kCheckpoint, kAgents, kHelp, kSaveAndQuit};
    case Status::paused:
    case Status::frozen:
      return {kResume, kCheckpoint, kAgents, kHelp, kSaveAndQuit};
    case Status::resuming:
      return {kAgents, kHelp, kSaveAndQuit};
    case Status::stopping:
      return {kAgents, kHelp};
    case Status::finished:
    case Status::failed:
      return {kAgents, kHelp, kQuit};
  }
  return {};
}

}  // namespace

int band_rows(const State& state, bool has_keys, int width, int rows_max, Glyphs glyphs) {
  return static_cast<int>(band_lines(state, has_keys, width, rows_max, glyphs).size());
}

void draw_band(const State& state, bool has_keys, Area area) {
  const Style style = status_style(state.status);
  area.fill(style);
  const std::vector<std::u32string> lines =
      band_lines(state, has_keys, area.width(), area.height(), area.glyphs());
  Area inside = area.part(2, 0, area.width() - 4, area.height());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    inside.text(0, static_cast<int>(i), lines[i], style);
  }
}

void draw_head(const State& state, Area area) {
  const std::string name = state.run > 0 ? fmt::format("footfall · run {}", state.run) : "footfall";
  const std::string status = fmt::format(" {} ", upper(to_string(state.status)));
  const int name_end = area.text(0, 0, name, Style::bold);
  const int end = area.text(name_end + 2, 0, status, status_style(state.status));
  const std::string of = with_commas(state.cycles), cycle = with_commas(state.cycle);
  const std::string moment = moment_words(state.now);
  Area rest = area.part(end + 2, 0, area.width() - end - 2, 1);
  for (const std::string& text : {fmt::format("{}   cycle {} of {}", moment, cycle, of),
                                  fmt::format("{}  {}/{}", moment, cycle, of), moment}) {
    if (columns(text) > rest.width()) continue;
    rest.text_right(rest.width(), 0, text, Style::bold);
    break;
  }

  const std::string scale =
      state.time_scale ? fmt::format("scale {:g}", *state.time_scale) : "not paced";
  const int begin =
      area.text_right(area.width(), 1, fmt::format("seed {} · {}", state.seed, scale), Style::dim);
  area.part(0, 1, begin - 2, 1).text(0, 0, state.shops_in, Style::dim);
}

void draw_bars(const State& state, Area area) {
  const double whole = static_cast<double>((state.until - state.start).us);
  const double run = whole > 0 ? static_cast<double>((state.now - state.start).us) / whole : 0;
  const std::string left =
      state.left_seconds ? duration_words(*state.left_seconds) + " left" : std::string();
  draw_progress(area.row(0), "Run", run, left);
  const double batch = state.batch_trips > 0 ? static_cast<double>(state.batch_done) /
                                                   static_cast<double>(state.batch_trips)
                                             : 0;
  const std::string trips =
      fmt::format("{} of {} trips", with_commas(state.batch_done), with_commas(state.batch_trips));
  std::string note = trips;
  if (state.next_cycle_seconds) note += ", next in " + duration_words(*state.next_cycle_seconds);
  draw_progress(area.row(1), "Batch", batch,
                columns(note) <= note_width(area.width()) ? note : trips);
}

void draw_foot(const State& state, bool has_keys, Area area) {
  if (!has_keys) {
    area.text(0, 0, "no keyboard here: footfall ctl pause, resume, checkpoint, stop", Style::dim);
    return;
  }
  int x = 0;
  for (const KeyHelp& help : keys_of(state.status)) {
    const int end = area.text(x, 0, help.key, Style::bold) + 1;
    // What does not fit is also in the help.
    const bool fits = end + columns(help.meaning) <= area.width();
    x = area.text(end, 0, fits ? help.meaning : help.meaning.substr(0, help.meaning.find(' ')),
                  Style::dim) +
        2;
  }
}

}  // namespace footfall::screen
