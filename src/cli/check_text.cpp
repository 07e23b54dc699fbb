#include "cli/check_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace footfall::cli {
namespace {

using store::CheckedTable;
using store::DatabaseCheck;

constexpr std::size_t kValueWidth = 18;  // the least room for a sample: ids have 16 digits

std::string overview_text(const DatabaseCheck& check, const TextStyle& style) {
  std::string out = heading(fmt::format("Tables of {}", printable(check.database)), style);
  out.erase(0, 1);  // no empty line above the first
  TextTable table({{"table"}, {"columns", Align::right}, {"rows", Align::right}, {""}});
  for (const CheckedTable& t : check.tables) {
    table.add({t.name, fmt::format("{}", t.columns.size()), with_commas(t.rows),
               t.ours ? "" : "not footfall's"});
  }
  out += table.text(style);
  if (!check.views.empty()) {
    for (const std::string& line :
         wrapped("Views: " + printable(join(check.views, ", ")), style.width - 2)) {
      out += "  " + line + "\n";
    }
  }
  return out;
}

std::string sample_cell(const store::Sample& sample, std::size_t room, const TextStyle& style) {
  if (!sample) return "NULL";
  return sample->empty() ? "''" : cut_to_width(printable(*sample), room, style);
}

// A table lies on its side: a line per column, the rows side by side, as many as fit.
std::string samples_text(const CheckedTable& table, const TextStyle& style) {
  std::string out = heading(fmt::format("{} ({} {})", printable(table.name),
                                        with_commas(table.rows), table.rows == 1 ? "row" : "rows"),
                            style);
  std::size_t names = 6;
  for (const std::string& column : table.columns) {
    names = std::max(names, std::min<std::size_t>(24, display_width(printable(column))));
  }
  const std::size_t space = style.width - 2 - names;
  const std::size_t side_by_side =
      std::max<std::size_t>(1, std::min(table.samples.size(), space / (kValueWidth + 2)));
  const std::size_t room = space / side_by_side - 2;
  for (std::size_t first = 0; first < table.samples.size(); first += side_by_side) {
    const std::size_t end = std::min(first + side_by_side, table.samples.size());
    std::vector<Column> columns = {{"column"}};
    for (std::size_t r = first; r < end; ++r) columns.push_back({fmt::format("row {}", r + 1)});
    TextTable block(columns);
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      std::vector<std::string> cells = {cut_to_width(printable(table.columns[c]), names, style)};
      for (std::size_t r = first; r < end; ++r) {
        cells.push_back(sample_cell(table.samples[r][c], room, style));
      }
      block.add(std::move(cells));
    }
    out += (first > 0 ? "\n" : "") + block.text(style);
  }
  return out;
}

std::string list_text(std::string_view title, const std::vector<std::string>& sentences,
                      const TextStyle& style) {
  if (sentences.empty()) return "";
  std::string out = heading(title, style);
  for (const std::string& sentence : sentences) {
    std::string_view lead = "  - ";
    for (const std::string& line : wrapped(printable(sentence), style.width - 4)) {
      out += fmt::format("{}{}\n", lead, line);
      lead = "    ";
    }
  }
  return out;
}

std::string verdict_text(const DatabaseCheck& check, const TextStyle& style) {
  const std::string version =
      check.schema_version == 0 ? "unknown" : fmt::format("{}", check.schema_version);
  const std::size_t n = check.problems.size();
  const std::string verdict =
      check.good() ? fmt::format("All is well: {} has schema version {}, as this program expects.",
                                 printable(check.database), version)
                   : fmt::format("{} in {} (schema version {}; this program makes version {}).",
                                 n == 1 ? "1 problem" : fmt::format("{} problems", n),
                                 printable(check.database), version, check.newest_version);
  if (!style.colour) return "\n" + verdict + "\n";
  return fmt::format("\n\x1b[{}m{}\x1b[0m\n", check.good() ? 32 : 31, verdict);
}

}  // namespace

std::string check_text(const DatabaseCheck& check, const TextStyle& style) {
  std::string out = overview_text(check, style);
  for (const CheckedTable& table : check.tables) {
    if (!table.samples.empty()) out += samples_text(table, style);
  }
  out += list_text("Problems", check.problems, style);
  out += list_text("Notes", check.notes, style);
  return out + verdict_text(check, style);
}

}  // namespace footfall::cli
