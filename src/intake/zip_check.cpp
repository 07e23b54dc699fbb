#include "intake/zip_check.hpp"

#include <fmt/format.h>

#include <set>

namespace footfall::intake {
namespace {

constexpr std::string_view kOleMagic = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
constexpr std::string_view kLocalMagic = "PK\x03\x04";
constexpr std::string_view kCentralMagic = "PK\x01\x02";
constexpr std::string_view kEndMagic = "PK\x05\x06";
constexpr std::size_t kLocalBytes = 30;
constexpr std::size_t kCentralBytes = 46;
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kCommentBytesMax = 65'535;
constexpr std::uint32_t kZip64Mark16 = 0xFFFF;
constexpr std::uint32_t kZip64Mark32 = 0xFFFF'FFFF;
constexpr std::uint32_t kFlagsEncrypted = 0x0001 | 0x0040 | 0x2000;

// Little-endian. The caller has checked that the bytes are there.
std::uint32_t get_u16(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at])) |
         static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + 1])) << 8;
}

std::uint32_t get_u32(std::string_view bytes, std::size_t at) {
  return get_u16(bytes, at) | get_u16(bytes, at + 2) << 16;
}

struct Directory {
  std::uint32_t entries = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
};

class ZipCheck {
 public:
  ZipCheck(std::string_view content, const std::string& file, std::int64_t unpacked_bytes_max)
      : content_(content), file_(file), unpacked_bytes_max_(unpacked_bytes_max) {}

  Result<std::vector<ZipEntry>> run();

 private:
  Result<Directory> find_directory() const;
  Result<std::size_t> read_entry(const Directory& directory, std::size_t at);
  Result<void> check_name(const std::string& name);
  Result<void> check_sizes(const ZipEntry& entry);
  Result<void> check_local(const Directory& directory, const ZipEntry& entry, std::size_t at) const;
  Error not_workbook() const;
  Error broken(std::string_view what) const;
  Error too_large(std::string_view what) const;

  std::string_view content_;
  const std::string& file_;
  std::int64_t unpacked_bytes_max_;
  std::vector<ZipEntry> entries_;
  std::set<std::string> names_;
  std::int64_t packed_bytes_ = 0;
  std::int64_t unpacked_bytes_ = 0;
};

Error ZipCheck::not_workbook() const {
  if (content_.substr(0, kOleMagic.size()) == kOleMagic) {
    return Error(
        Errc::invalid_input,
        fmt::format("The file '{}' is an old .xls workbook, or one locked with a password; "
                    "neither can be read. Open it in a spreadsheet program, remove the "
                    "password if it has one, and save it as .xlsx.",
                    file_));
  }
  return Error(Errc::invalid_input,
               fmt::format("The file '{}' is not an .xlsx workbook, whatever its name says: it is "
                           "not a zip file. Save it again as .xlsx, or as .csv in UTF-8.",
                           file_));
}

Error ZipCheck::broken(std::string_view what) const {
  return Error(Errc::invalid_input,
               fmt::format("The workbook '{}' cannot be read: {} Open it in a spreadsheet program "
                           "and save it again as .xlsx.",
                           file_, what));
}

Error ZipCheck::too_large(std::string_view what) const {
  return Error(Errc::too_large, fmt::format("The workbook '{}' is too large: {}", file_, what));
}

// The end record is the last thing in the file, behind it only its own comment.
Result<Directory> ZipCheck::find_directory() const {
  const std::size_t size = content_.size();
  const std::size_t at_min =
      size > kEndBytes + kCommentBytesMax ? size - kEndBytes - kCommentBytesMax : 0;
  for (std::size_t at = size < kEndBytes ? 0 : size - kEndBytes + 1; at-- > at_min;) {
    if (content_.substr(at, 4) != kEndMagic) continue;
    if (at + kEndBytes + get_u16(content_, at + 20) != size) continue;
    const std::uint32_t entries = get_u16(content_, at + 10);
    const std::uint32_t bytes = get_u32(content_, at + 12);
    const std::uint32_t begin = get_u32(content_, at + 16);
    if (entries == kZip64Mark16 || bytes == kZip64Mark32 || begin == kZip64Mark32) {
      return broken("it uses the zip64 form, meant for parts above 4 GB, which is not read.");
    }
    if (get_u16(content_, at + 4) != 0 || get_u16(content_, at + 6) != 0 ||
        get_u16(content_, at + 8) != entries) {
      return broken("it is one piece of a zip file split over several.");
    }
    if (std::uint64_t{begin} + bytes != at) {
      return broken("its directory is not where it should be; the file is damaged.");
    }
    return Directory{entries, begin, at};
  }
  return broken("its end is missing. It was cut short, perhaps by an unfinished download.");
}

Result<void> ZipCheck::check_name(const std::string& name) {
  const bool steps_up = name == ".." || name.substr(0, 3) == "../" ||
                        name.find("/../") != std::string::npos ||
                        (name.size() >= 3 && name.substr(name.size() - 3) == "/..");
  if (name.empty() || name[0] == '/' || steps_up ||
      name.find_first_of(std::string_view("\\:\0", 3)) != std::string::npos) {
    return broken("a part inside it has a name that points outside the workbook.");
  }
  if (!names_.insert(name).second) return broken("two parts inside it have the same name.");
  return {};
}

Result<void> ZipCheck::check_sizes(const ZipEntry& entry) {
  packed_bytes_ += entry.packed_bytes;
  unpacked_bytes_ += entry.unpacked_bytes;
  if (unpacked_bytes_ > unpacked_bytes_max_) {
    return too_large(
        fmt::format("unpacked it takes more than {} bytes, the most that is allowed. "
                    "Split it into several workbooks.",
                    unpacked_bytes_max_));
  }
  // Parts that share packed bytes are how a small file unpacks to a huge one (D. Fifield, 2019).
  if (packed_bytes_ > static_cast<std::int64_t>(content_.size())) {
    return broken("its parts overlap; together they are larger than the file.");
  }
  if (entry.unpacked_bytes > kZipRatioBytesMin &&
      entry.unpacked_bytes > kZipRatioMax * std::int64_t{entry.packed_bytes}) {
    return too_large(
        fmt::format("one part grows from {} to {} bytes when unpacked; at most {} "
                    "times is allowed. Save it again with a spreadsheet program.",
                    entry.packed_bytes, entry.unpacked_bytes, kZipRatioMax));
  }
  return {};
}

// The part itself must begin with a local header and end before the directory.
Result<void> ZipCheck::check_local(const Directory& directory, const ZipEntry& entry,
                                   std::size_t at) const {
  if (at + kLocalBytes > directory.begin || content_.substr(at, 4) != kLocalMagic) {
    return broken("its directory points to a part that is not there.");
  }
  if ((get_u16(content_, at + 6) & kFlagsEncrypted) != 0) {
    return broken("it is encrypted. Remove the password.");
  }
  const std::size_t data =
      at + kLocalBytes + get_u16(content_, at + 26) + get_u16(content_, at + 28);
  if (data + entry.packed_bytes > directory.begin) {
    return broken("a part inside it is longer than the file.");
  }
  if (content_.substr(at + kLocalBytes, get_u16(content_, at + 26)) != entry.name) {
    return broken("a part inside it has two different names.");
  }
  return {};
}

// Checks the entry at `at` and answers where the next one begins.
Result<std::size_t> ZipCheck::read_entry(const Directory& directory, std::size_t at) {
  if (at + kCentralBytes > directory.end || content_.substr(at, 4) != kCentralMagic) {
    return broken("its directory is damaged.");
  }
  const std::size_t name_bytes = get_u16(content_, at + 28);
  const std::size_t next =
      at + kCentralBytes + name_bytes + get_u16(content_, at + 30) + get_u16(content_, at + 32);
  if (next > directory.end) return broken("its directory is damaged.");
  if ((get_u16(content_, at + 8) & kFlagsEncrypted) != 0) {
    return broken("it is encrypted. Remove the password.");
  }
  if (const std::uint32_t method = get_u16(content_, at + 10); method != 0 && method != 8) {
    return broken("it is packed by a method that workbooks do not use.");
  }
  const ZipEntry entry{std::string(content_.substr(at + kCentralBytes, name_bytes)),
                       get_u32(content_, at + 16), get_u32(content_, at + 20),
                       get_u32(content_, at + 24)};
  const std::size_t local = get_u32(content_, at + 42);
  if (entry.packed_bytes == kZip64Mark32 || entry.unpacked_bytes == kZip64Mark32 ||
      local == kZip64Mark32) {
    return broken("it uses the zip64 form, meant for parts above 4 GB, which is not read.");
  }
  if (Result<void> checked = check_name(entry.name); !checked) return checked.error();
  if (Result<void> checked = check_sizes(entry); !checked) return checked.error();
  if (Result<void> checked = check_local(directory, entry, local); !checked) return checked.error();
  entries_.push_back(entry);
  return next;
}

Result<std::vector<ZipEntry>> ZipCheck::run() {
  if (content_.substr(0, 4) != kLocalMagic && content_.substr(0, 4) != kEndMagic) {
    return not_workbook();
  }
  const Result<Directory> directory = find_directory();
  if (!directory) return directory.error();
  if (directory->entries > kZipEntriesMax) {
    return too_large(fmt::format("it has {} parts inside; at most {} are allowed.",
                                 directory->entries, kZipEntriesMax));
  }
  std::size_t at = directory->begin;
  for (std::uint32_t i = 0; i < directory->entries; ++i) {
    const Result<std::size_t> next = read_entry(*directory, at);
    if (!next) return next.error();
    at = *next;
  }
  if (at != directory->end) return broken("its directory has bytes that belong to no part.");
  for (const char* part : {"[Content_Types].xml", "xl/workbook.xml"}) {
    if (names_.count(part) == 0) {
      return broken(fmt::format("it is a zip file without the part '{}'.", part));
    }
  }
  return std::move(entries_);
}

}  // namespace

Result<std::vector<ZipEntry>> check_zip(std::string_view content, const std::string& file,
                                        std::int64_t unpacked_bytes_max) {
  return ZipCheck(content, file, unpacked_bytes_max).run();
}

}  // namespace footfall::intake
