// Files for the tests of intake: small workbooks as zip files made by hand, so that each byte of
// them can be wrong on purpose. Used by tests only.
#pragma once

#include <gtest/gtest.h>

#include <boost/crc.hpp>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "base/test_folder.hpp"

namespace footfall::intake::fixture {

using Parts = std::vector<std::pair<std::string, std::string>>;

inline std::string temp_path(const std::string& name) { return (test_folder() / name).string(); }

inline void write_file(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void put(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
}

// Overwrites `bytes` bytes at `at` with `value`, little-endian.
inline void patch(std::string& zip, std::size_t at, std::uint32_t value, int bytes) {
  std::string field;
  put(field, value, bytes);
  zip.replace(at, field.size(), field);
}

// A zip file whose parts are stored, not packed.
inline std::string make_zip(const Parts& parts) {
  std::string zip;
  std::string directory;
  for (const auto& [name, content] : parts) {
    boost::crc_32_type checksum;
    checksum.process_bytes(content.data(), content.size());
    const std::uint32_t size = static_cast<std::uint32_t>(content.size());
    std::string common;  // what the local header and the directory share
    for (int i = 0; i < 3; ++i) put(common, i == 0 ? 20 : 0, 2);
    put(common, 0x21'0000, 4);
    put(common, checksum.checksum(), 4);
    put(common, size, 4);
    put(common, size, 4);
    put(common, static_cast<std::uint32_t>(name.size()), 2);
    put(common, 0, 2);
    directory += std::string("PK\x01\x02\x14\x00", 6) + common;
    put(directory, 0, 2);
    put(directory, 0, 4);
    put(directory, 0, 4);
    put(directory, static_cast<std::uint32_t>(zip.size()), 4);
    directory += name;
    zip += "PK\x03\x04" + common + name + content;
  }
  const std::uint32_t begin = static_cast<std::uint32_t>(zip.size());
  zip += directory + "PK\x05\x06";
  put(zip, 0, 4);
  for (int i = 0; i < 2; ++i) put(zip, static_cast<std::uint32_t>(parts.size()), 2);
  put(zip, static_cast<std::uint32_t>(directory.size()), 4);
  put(zip, begin, 4);
  put(zip, 0, 2);
  return zip;
}

inline const std::string kRelations =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

// The parts of a workbook with one sheet "Data", whose sheetId is not its position.
inline Parts workbook_parts(const std::string& sheet_xml,
                            const std::string& strings_xml = "<sst/>") {
  return {{"[Content_Types].xml", "<Types/>"},
          {"xl/workbook.xml", "<workbook xmlns:r=\"" + kRelations +
                                  "\"><sheets><sheet name=\"Data\" sheetId=\"7\" r:id=\"rId1\"/>"
                                  "</sheets></workbook>"},
          {"xl/_rels/workbook.xml.rels",
           "<Relationships><Relationship Id=\"rId1\" Type=\"" + kRelations +
               "/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"" +
               kRelations + "/sharedStrings\" Target=\"/xl/sharedStrings.xml\"/></Relationships>"},
          {"xl/sharedStrings.xml", strings_xml},
          {"xl/worksheets/sheet1.xml", sheet_xml}};
}

// A workbook whose sheetData holds `rows` and is followed by `tail`.
inline std::string make_workbook(const std::string& rows, const std::string& tail = "",
                                 const std::string& strings_xml = "<sst/>") {
  return make_zip(workbook_parts(
      "<worksheet><sheetData>" + rows + "</sheetData>" + tail + "</worksheet>", strings_xml));
}

// An inline text cell.
inline std::string text_cell(const std::string& address, const std::string& text) {
  return "<c r=\"" + address + "\" t=\"inlineStr\"><is><t>" + text + "</t></is></c>";
}

}  // namespace footfall::intake::fixture
