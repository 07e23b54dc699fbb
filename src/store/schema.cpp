#include "store/schema.hpp"

#include "schema_0001.hpp"
#include "schema_0002.hpp"
#include "schema_0003.hpp"
#include "schema_0004.hpp"
#include "schema_0005.hpp"
#include "schema_0006.hpp"

namespace footfall::store {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// Takes the marks of one database's parts away, so that they count.
std::string unmarked(std::string_view sql, std::string_view mark) {
  std::string out(sql);
  for (auto at = out.find(mark); at != out.npos; at = out.find(mark, at)) {
    out.erase(at, mark.size());
    out.erase(out.find("*/", at), 2);
  }
  return out;
}

}  // namespace

const std::vector<Migration>& migrations() {
  static const std::vector<Migration> all = {{1, "shop", kSchema0001},
                                             {2, "crowd", kSchema0002},
                                             {3, "hot_paths", kSchema0003},
                                             {4, "shop_api", kSchema0004},
                                             {5, "sessions_and_orders", kSchema0005},
                                             {6, "resume", kSchema0006}};
  return all;
}

std::string for_sqlite(std::string_view sql) {
  std::string out = unmarked(sql, "/*sqlite ");
  replace_all(out, "BIGINT", "INTEGER");
  replace_all(out, "DOUBLE PRECISION", "REAL");
  return out;
}

std::string for_postgres(std::string_view sql) { return unmarked(sql, "/*postgres "); }

}  // namespace footfall::store
