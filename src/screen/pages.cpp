#include "screen/pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "screen/panels.hpp"

namespace footfall::screen {
namespace {

constexpr int kBlock = 74;  // columns of one agent's line
constexpr int kGap = 3;     // between two blocks
constexpr int kHeads = 2;   // rows: the title, the heads of the columns

// Where the columns of a block begin; the id ends before the second.
constexpr int kPersona = 10, kStatus = 28, kStore = 46, kCart = 60;

int blocks_in(int width) { return std::max(1, (width + kGap) / (kBlock + kGap)); }

void draw_line(Area line, std::string_view id, const std::array<std::string_view, 4>& texts,
               Style style) {
  line.text_right(kPersona - 2, 0, id, Style::dim);
  line.part(kPersona, 0, kStatus - kPersona - 2, 1).text(0, 0, texts[0], style);
  line.part(kStatus, 0, kStore - kStatus - 2, 1).text(0, 0, texts[1], style);
  line.part(kStore, 0, kCart - kStore - 2, 1).text(0, 0, texts[2], style);
  line.part(kCart, 0, line.width() - kCart, 1).text(0, 0, texts[3], style);
}

struct HelpLine {
  std::string_view word, meaning;
};
// As many as a terminal of 24 rows shows.
constexpr std::array<HelpLine, 16> kHelp = {{
    {"p", "pause: simulated time stands still"},
    {"r", "resume, after a pause or a freeze"},
    {"c", "write a checkpoint now"},
    {"q", "quit: what is done is saved first"},
    {"a", "the agents and their carts; a or escape goes back"},
    {"arrows, j, k", "scroll them; also page up, page down, home, end"},
    {"Ctrl-L", "draw everything anew"},
    {"batch", "the trips of the cycle at hand"},
    {"from due, sent", "to the answer; from due counts the wait in our queue too"},
    {"p50 p95 p99", "that share of the last 1,000 calls was not slower"},
    {"bucket", "how much of the rate limit is unused"},
    {"unsettled", "checkouts of which nobody knows whether they were done"},
    {"late cycles", "cycles that took longer than their real time"},
    {"freezes", "how often the run stood still because the service failed"},
    {"work", "share of the last cycle's real time that was worked"},
    {"elsewhere", "footfall ctl pause, resume, checkpoint, quit"},
}};

}  // namespace

int agents_at_once(int width, int height) {
  return std::max(1, blocks_in(width) * std::max(height - kHeads, 1));
}

void draw_agents(const State& state, int first, Area area) {
  const auto count = static_cast<int>(state.agents_shown.size());
  const int rows = std::max(area.height() - kHeads, 1), blocks = blocks_in(area.width());
  const int begin = std::clamp(first, 0, std::max(count - rows * blocks, 0));
  const int end = std::min(begin + rows * blocks, count);
  draw_title(area, count == 0 ? "Agents: none yet"
                              : fmt::format("Agents {} to {} of {}", with_commas(begin + 1),
                                            with_commas(end), with_commas(count)));
  const int width = (area.width() - kGap * (blocks - 1)) / blocks;
  for (int block = 0; block < blocks; ++block) {
    const Area here = area.part(block * (width + kGap), 0, width, area.height());
    if (begin + block * rows < end) {
      draw_line(here.row(1), "agent", {"persona", "status", "store", "cart"}, Style::dim);
    }
    for (int row = 0; row < rows && begin + block * rows + row < end; ++row) {
      const auto i = static_cast<std::size_t>(begin + block * rows + row);
      const AgentLine& agent = state.agents_shown[i];
      draw_line(here.row(row + kHeads), std::to_string(agent.id),
                {agent.persona, agent.status, agent.store, agent.cart}, Style::plain);
    }
  }
}

void draw_help(Area area) {
  constexpr int kMeaning = 16;
  draw_title(area, "Help");
  int y = 1;
  for (const HelpLine& line : kHelp) {
    area.text(0, y, line.word, Style::bold);
    area.text(kMeaning, y, line.meaning, Style::plain);
    ++y;
  }
}

}  // namespace footfall::screen
