// Goal: no directory that lies or threatens passes. Method: a good zip file made by hand, with one
// field of it wrong at a time; every truncation; random flips.
#include "intake/zip_check.hpp"

#include <gtest/gtest.h>

#include <random>

#include "intake/workbook_fixture.hpp"

namespace footfall::intake {
namespace {

using fixture::make_zip;
using fixture::Parts;
using fixture::patch;

constexpr std::int64_t kUnpackedMax = 2LL << 30;

const Parts kParts = {{"[Content_Types].xml", "<Types/>"}, {"xl/workbook.xml", "<workbook/>"}};

std::size_t first_entry(const std::string& zip) { return zip.find("PK\x01\x02"); }
std::size_t end_record(const std::string& zip) { return zip.rfind("PK\x05\x06"); }

void expect_refused(const std::string& zip, Errc code, const std::string& part,
                    std::int64_t unpacked_max = kUnpackedMax) {
  const auto entries = check_zip(zip, "t.xlsx", unpacked_max);
  ASSERT_FALSE(entries) << part;
  EXPECT_EQ(entries.error().code(), code);
  EXPECT_NE(entries.error().message().find(part), std::string::npos) << entries.error().message();
}

// The good file with `value` in a field of its first directory entry.
std::string with_field(std::size_t offset, std::uint32_t value, int bytes) {
  std::string zip = make_zip(kParts);
  patch(zip, first_entry(zip) + offset, value, bytes);
  return zip;
}

TEST(ZipCheck, ListsThePartsOfAWorkbook) {
  const auto entries = check_zip(make_zip(kParts), "t.xlsx", kUnpackedMax);
  ASSERT_TRUE(entries) << entries.error().message();
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ((*entries)[1].name, "xl/workbook.xml");
  EXPECT_EQ((*entries)[1].unpacked_bytes, 11U);
}

TEST(ZipCheck, AllowsACommentAtTheEnd) {
  std::string zip = make_zip(kParts);
  patch(zip, zip.size() - 2, 5, 2);
  EXPECT_TRUE(check_zip(zip + "hello", "t.xlsx", kUnpackedMax));
  expect_refused(zip + "hell", Errc::invalid_input, "cut short");
}

TEST(ZipCheck, TellsOtherFilesFromDamagedOnes) {
  expect_refused("", Errc::invalid_input, "not a zip file");
  expect_refused("name,price\n", Errc::invalid_input, "not a zip file");
  expect_refused("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and more", Errc::invalid_input, "old .xls");
  expect_refused("PK\x03\x04", Errc::invalid_input, "cut short");
}

TEST(ZipCheck, RefusesEveryTruncation) {
  const std::string zip = make_zip(kParts);
  for (std::size_t size = 0; size < zip.size(); ++size) {
    EXPECT_FALSE(check_zip(zip.substr(0, size), "t.xlsx", kUnpackedMax)) << size;
  }
}

TEST(ZipCheck, RefusesEncryptedParts) {
  expect_refused(with_field(8, 0x0001, 2), Errc::invalid_input, "encrypted");
  expect_refused(with_field(8, 0x0040, 2), Errc::invalid_input, "encrypted");
  std::string zip = make_zip(kParts);
  patch(zip, 6, 1, 2);
  expect_refused(zip, Errc::invalid_input, "encrypted");
}

TEST(ZipCheck, RefusesZip64AndSplitFiles) {
  expect_refused(with_field(24, 0xFFFF'FFFF, 4), Errc::invalid_input, "zip64");
  expect_refused(with_field(42, 0xFFFF'FFFF, 4), Errc::invalid_input, "zip64");
  std::string zip = make_zip(kParts);
  patch(zip, end_record(zip) + 10, 0xFFFF, 2);
  expect_refused(zip, Errc::invalid_input, "zip64");
  zip = make_zip(kParts);
  patch(zip, end_record(zip) + 4, 1, 2);
  expect_refused(zip, Errc::invalid_input, "split");
}

TEST(ZipCheck, RefusesBombs) {
  expect_refused(with_field(24, 0x0300'0000, 4), Errc::too_large, "grows from 8 to");
  expect_refused(with_field(24, 0x7FFF'FFFF, 4), Errc::too_large, "1000 bytes", 1000);
  // Just below the size from which the ratio counts.
  EXPECT_TRUE(check_zip(with_field(24, 10 << 20, 4), "t.xlsx", kUnpackedMax));
}

TEST(ZipCheck, SumsTheUnpackedSizes) {
  EXPECT_TRUE(check_zip(make_zip(kParts), "t.xlsx", 19));
  expect_refused(make_zip(kParts), Errc::too_large, "18 bytes", 18);
}

TEST(ZipCheck, RefusesPartsThatOverlap) {
  const std::string body(1000, 'x');
  Parts parts = kParts;
  for (int i = 0; i < 5; ++i) parts.emplace_back("part" + std::to_string(i), body);
  std::string zip = make_zip(parts);
  for (std::size_t at = first_entry(zip); at != std::string::npos;
       at = zip.find("PK\x01\x02", at + 4)) {
    patch(zip, at + 20, static_cast<std::uint32_t>(zip.size() / 3), 4);
  }
  expect_refused(zip, Errc::invalid_input, "overlap");
}

TEST(ZipCheck, RefusesTooManyParts) {
  Parts parts = kParts;
  while (parts.size() < kZipEntriesMax) parts.emplace_back("p" + std::to_string(parts.size()), "");
  EXPECT_TRUE(check_zip(make_zip(parts), "t.xlsx", kUnpackedMax));
  parts.emplace_back("one_more", "");
  expect_refused(make_zip(parts), Errc::too_large, "2001 parts");
}

TEST(ZipCheck, RefusesNamesThatPointOutside) {
  for (const std::string name : {"../x", "a/../b", "a/..", "..", "/etc/x", "a\\b", "C:x", ""}) {
    Parts parts = kParts;
    parts.emplace_back(name, "");
    expect_refused(make_zip(parts), Errc::invalid_input, "points outside");
  }
  Parts parts = kParts;
  parts.emplace_back("a..b", "");
  EXPECT_TRUE(check_zip(make_zip(parts), "t.xlsx", kUnpackedMax));
  parts.emplace_back("a..b", "");
  expect_refused(make_zip(parts), Errc::invalid_input, "same name");
}

TEST(ZipCheck, RefusesZipFilesThatAreNoWorkbooks) {
  expect_refused(make_zip({kParts[0]}), Errc::invalid_input, "'xl/workbook.xml'");
  expect_refused(make_zip({kParts[1]}), Errc::invalid_input, "'[Content_Types].xml'");
  expect_refused(make_zip({}), Errc::invalid_input, "without the part");
}

TEST(ZipCheck, RefusesDirectoriesThatDoNotFit) {
  expect_refused(with_field(10, 14, 2), Errc::invalid_input, "method");
  expect_refused(with_field(20, 0xFFF, 4), Errc::invalid_input, "overlap");
  expect_refused(with_field(42, 5, 4), Errc::invalid_input, "not there");
  expect_refused(with_field(28, 0xFFF, 2), Errc::invalid_input, "damaged");
  expect_refused(with_field(46, 'X', 1), Errc::invalid_input, "two different names");
  std::string zip = make_zip(kParts);
  patch(zip, end_record(zip) + 16, 3, 4);
  expect_refused(zip, Errc::invalid_input, "not where it should be");
  zip = make_zip(kParts);
  patch(zip, end_record(zip) + 8, 0x0001'0001, 4);
  expect_refused(zip, Errc::invalid_input, "belong to no part");
}

TEST(ZipCheck, AnswersRandomChangesWithoutHarm) {
  std::mt19937 random(3);
  const std::string good = make_zip(kParts);
  for (int round = 0; round < 20'000; ++round) {
    std::string zip = good;
    for (int i = 0; i < 3; ++i) zip[random() % zip.size()] = static_cast<char>(random());
    const auto entries = check_zip(zip, "t.xlsx", kUnpackedMax);
    if (!entries) {
      EXPECT_FALSE(entries.error().message().empty());
    }
  }
}

}  // namespace
}  // namespace footfall::intake
