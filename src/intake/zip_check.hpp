// Looks at a zip file's directory before anything is unpacked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace footfall::intake {

inline constexpr int kZipEntriesMax = 2'000;
inline constexpr std::int64_t kZipRatioMax = 200;  // unpacked to packed, for entries larger than:
inline constexpr std::int64_t kZipRatioBytesMin = 10LL << 20;

// What the directory says about one part. The reader compares it with what it unpacks.
struct ZipEntry {
  std::string name;
  std::uint32_t crc32 = 0;
  std::uint32_t packed_bytes = 0;
  std::uint32_t unpacked_bytes = 0;
};

// The entries of the workbook `content`, in the order of its directory; `file` names it in
// messages. Nothing is unpacked. Field names and offsets: PKWARE APPNOTE 6.3.10, sections 4.3.7
// to 4.3.16. Errors: invalid_input (no zip file, an old .xls, cut short, encrypted, zip64, no
// workbook inside, names that point outside, parts that overlap), too_large (entries, unpacked
// size, ratio).
Result<std::vector<ZipEntry>> check_zip(std::string_view content, const std::string& file,
                                        std::int64_t unpacked_bytes_max);

}  // namespace footfall::intake
