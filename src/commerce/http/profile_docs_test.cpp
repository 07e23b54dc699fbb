// Goal: docs/PROFILES.md names every key, place, action and meaning of the code and no others, and
// its example is the profile that the tests use.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "base/text.hpp"
#include "commerce/http/profile_words.hpp"

namespace footfall::commerce {
namespace {

std::string file_text(const std::string& name) {
  std::ifstream file(FOOTFALL_SOURCE_DIR "/" + name, std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// What stands under a heading, up to the next one.
std::string section(const std::string& heading) {
  const std::string text = file_text("docs/PROFILES.md");
  const std::size_t at = text.find("\n" + heading + "\n");
  EXPECT_NE(at, text.npos) << heading;
  if (at == text.npos) return "";
  const std::size_t start = at + heading.size() + 2;
  return text.substr(start, text.find("\n#", start) - start);
}

// What stands in backquotes in the first column of the section's tables, headed by `head`.
std::set<std::string> column(const std::string& heading, const std::string& head) {
  std::set<std::string> out;
  bool inside = false;
  std::istringstream lines(section(heading));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("|")) {
      inside = false;
      continue;
    }
    const std::string cell(trimmed(std::string_view(line).substr(1, line.find('|', 1) - 1)));
    inside = inside || cell == head;
    if (!inside) continue;
    for (std::size_t from = 0; (from = cell.find('`', from)) != cell.npos;) {
      const std::size_t to = cell.find('`', from + 1);
      out.insert(cell.substr(from + 1, to - from - 1));
      from = to + 1;
    }
  }
  return out;
}

std::set<std::string> names(std::span<const std::string_view> all) {
  return {all.begin(), all.end()};
}

TEST(ProfileDocs, ListEveryKey) {
  EXPECT_EQ(column("### `[service]`", "key"), names(service_keys()));
  EXPECT_EQ(column("### `[actions.…]`", "key"), names(action_keys()));
  EXPECT_EQ(column("### `[[refusals]]`", "key"), names(rule_keys()));
  EXPECT_EQ(column("### `read`", "key"), names(read_names()));
}

TEST(ProfileDocs, ListEveryAction) {
  EXPECT_EQ(column("### `[actions.…]`", "action"), names(action_names()));
}

TEST(ProfileDocs, ListEveryPlace) {
  std::set<std::string> places;
  for (const std::string_view name : place_names()) places.insert("{" + std::string(name) + "}");
  EXPECT_EQ(column("### Places", "place"), places);
}

TEST(ProfileDocs, SayOfWhichActionsEachKeyIsRead) {
  const std::string text = section("### `read`");
  for (int i = 0; i < kReadKeyCount; ++i) {
    const auto key = static_cast<ReadKey>(i);
    const std::string quoted = "`" + std::string(to_string(key)) + "`";
    std::istringstream lines(text);
    int rows = 0;
    for (std::string line; std::getline(lines, line);) {
      const std::size_t end = line.starts_with("|") ? line.find('|', 1) : 0;
      if (line.substr(0, end).find(quoted) == line.npos) continue;
      ++rows;
      const std::string of = line.substr(end + 1, line.find('|', end + 1) - end - 1);
      const std::vector<std::string> told = split_list(of, ',');
      for (int a = 0; a < kApiActionCount; ++a) {
        const auto action = static_cast<ApiAction>(a);
        const bool is_told = std::find(told.begin(), told.end(), to_string(action)) != told.end();
        EXPECT_EQ(is_told, may_read(action, key)) << quoted << " of " << to_string(action);
      }
    }
    EXPECT_EQ(rows, 1) << quoted;
  }
}

TEST(ProfileDocs, ListEveryMeaningOfARule) {
  const std::string text = section("### `[[refusals]]`");
  for (int i = 1; i < retail::kRefusalCount; ++i) {
    const std::string name(to_string(static_cast<retail::Refusal>(i)));
    EXPECT_NE(text.find("`" + name + "`"), text.npos) << name;
  }
  for (const std::string_view name : {kDoneBefore, kNothing}) {
    EXPECT_NE(text.find("`" + std::string(name) + "`"), text.npos) << name;
  }
}

TEST(ProfileDocs, ShowTheProfileThatTheTestsUse) {
  const std::string text = file_text("docs/PROFILES.md");
  const std::size_t start = text.find("```toml\n") + 8;
  EXPECT_EQ(text.substr(start, text.find("```", start) - start),
            file_text("tests/foreign/foreign.toml"));
}

}  // namespace
}  // namespace footfall::commerce
