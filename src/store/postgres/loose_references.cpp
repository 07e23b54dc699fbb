#include "store/postgres/loose_references.hpp"

#include "base/assert.hpp"
#include "base/text.hpp"
#include "store/schema.hpp"

namespace footfall::store::postgres {
namespace {

std::string first_word(std::string_view text) {
  text = trimmed(text);
  return std::string(text.substr(0, text.find_first_of(" (")));
}

}  // namespace

std::vector<LooseReference> loose_references() {
  constexpr std::string_view kTable = "CREATE TABLE ", kMark = "/*sqlite REFERENCES ";
  std::vector<LooseReference> found;
  for (const Migration& migration : migrations()) {
    std::string table;
    for (const std::string& line : split_list(migration.sql, '\n')) {
      if (line.starts_with(kTable))
        table = first_word(std::string_view(line).substr(kTable.size()));
      const auto mark = line.find(kMark);
      if (mark == line.npos) continue;
      const std::string_view target = std::string_view(line).substr(mark + kMark.size());
      const auto open = target.find('('), close = target.find(')');
      FF_ASSERT(open < close && close != target.npos, "a reference names no column");
      found.push_back({table, first_word(line), first_word(target),
                       std::string(target.substr(open + 1, close - open - 1))});
    }
  }
  return found;
}

}  // namespace footfall::store::postgres
