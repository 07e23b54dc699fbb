// Goal: every code is unique, says what to do, and stands in docs/ERRORS.md, which is what the
// program makes; every refusal of the store has its kind. Method: the tables and the file are read.
#include "api/errors.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

namespace footfall::api {
namespace {

std::vector<const ProblemKind*> all_problems() {
  std::vector<const ProblemKind*> out(api_problems().begin(), api_problems().end());
  out.insert(out.end(), http::server_problems().begin(), http::server_problems().end());
  return out;
}

TEST(Errors, HaveUniqueCodesAndSayWhatToDo) {
  std::set<std::string_view> codes, titles;
  for (const ProblemKind* kind : all_problems()) {
    EXPECT_TRUE(codes.insert(kind->code).second) << kind->code;
    EXPECT_TRUE(titles.insert(kind->title).second) << kind->title;
    EXPECT_TRUE(std::all_of(kind->code.begin(), kind->code.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || c == '_';
    })) << kind->code;
    EXPECT_GE(kind->status, 400) << kind->code;
    EXPECT_LT(kind->status, 600) << kind->code;
    EXPECT_FALSE(kind->title.empty() || kind->title.ends_with('.')) << kind->code;
    EXPECT_TRUE(kind->about.ends_with('.')) << kind->code;
    EXPECT_TRUE(kind->remedy.ends_with('.')) << kind->code;
    for (const std::string_view text : {kind->title, kind->about, kind->remedy}) {
      EXPECT_EQ(text.find('|'), text.npos) << kind->code;  // would break the table's row
      EXPECT_EQ(text.find('\n'), text.npos) << kind->code;
    }
  }
}

TEST(Errors, StandInTheirFileAsTheProgramMakesIt) {
  std::stringstream file;
  file << std::ifstream(FOOTFALL_SOURCE_DIR "/docs/ERRORS.md").rdbuf();
  ASSERT_FALSE(file.str().empty());
  EXPECT_TRUE(file.str() == errors_markdown())
      << "run `build/footfall api errors > docs/ERRORS.md`";
  for (const ProblemKind* kind : all_problems()) {
    const std::string row = fmt::format("\n| `{}` | {} | ", kind->code, kind->status);
    EXPECT_NE(file.str().find(row), std::string::npos) << kind->code;
  }
}

TEST(Errors, EveryRefusalOfTheStoreHasAKind) {
  using store::CartStatus, store::CheckoutStatus, store::ReturnStatus, retail::Refusal;
  std::set<std::string_view> known;
  for (const ProblemKind* kind : api_problems()) known.insert(kind->code);
  for (const CartStatus status :
       {CartStatus::version_conflict, CartStatus::not_open, CartStatus::other_cart_open,
        CartStatus::too_many_lines, CartStatus::bad_quantity, CartStatus::too_many_coupons}) {
    EXPECT_TRUE(known.contains(kind_of(status).code));
  }
  for (const CheckoutStatus status :
       {CheckoutStatus::empty_cart, CheckoutStatus::insufficient_stock,
        CheckoutStatus::price_too_large, CheckoutStatus::key_reused, CheckoutStatus::not_open,
        CheckoutStatus::version_conflict, CheckoutStatus::too_many_coupons,
        CheckoutStatus::hour_taken, CheckoutStatus::session_over}) {
    EXPECT_TRUE(known.contains(kind_of(status).code));
  }
  for (const ReturnStatus status :
       {ReturnStatus::no_such_order, ReturnStatus::already_returned, ReturnStatus::no_such_line,
        ReturnStatus::too_many_units, ReturnStatus::key_reused}) {
    EXPECT_TRUE(known.contains(kind_of(status).code));
  }
  for (int i = 1; i < retail::kRefusalCount; ++i) {
    EXPECT_TRUE(known.contains(kind_of(static_cast<Refusal>(i)).code)) << i;
  }
}

}  // namespace
}  // namespace footfall::api
