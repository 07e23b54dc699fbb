#include "intake/workbook_parts.hpp"

#include <fmt/format.h>

#include <boost/crc.hpp>
#include <new>
#include <orcus/sax_parser.hpp>
#include <orcus/zip_archive.hpp>
#include <orcus/zip_archive_stream.hpp>
#include <type_traits>

// orcus::orcus_xlsx, the ready reader of liborcus, is not used: 0.17 passes over inline strings
// (streaming writers, libxlsxwriter's among them, write no others) and error values without a word,
// loses the formulas of every sheet whose sheetId is not its position, and its import interfaces
// changed after 0.17. So only liborcus's zip archive and XML tokenizer serve here.
namespace footfall::intake {
namespace {

constexpr std::size_t kDepthMax = 64;

// The tokenizer looks a few bytes past the end of a document that stops in the middle of a tag.
constexpr std::size_t kPaddingBytes = 16;

// What orcus::sax_parser calls. Adds what that leaves out: that tags match and all are closed.
class SaxHandler : public orcus::sax_handler {
 public:
  SaxHandler(const std::string& part, std::string_view root, XmlEvents& events)
      : part_(part), root_(root), events_(events) {}

  void start_declaration(std::string_view) { attributes_.clear(); }
  void end_declaration(std::string_view) { attributes_.clear(); }

  void attribute(const orcus::sax::parser_attribute& attribute) {
    if (attribute.ns.empty() || attribute.name == "id") {
      attributes_.add(attribute.name, attribute.value);
    }
  }

  void start_element(const orcus::sax::parser_element& element) {
    if (open_.empty() && element.name != root_) {
      throw Failure(fmt::format("its part '{}' holds something else than it should.", part_));
    }
    if (open_.size() == kDepthMax) {
      throw Failure(
          fmt::format("its part '{}' is nested more than {} levels deep.", part_, kDepthMax));
    }
    open_.push_back(element.name);
    events_.start(element.name, static_cast<int>(open_.size()), attributes_);
    attributes_.clear();
  }

  void end_element(const orcus::sax::parser_element& element) {
    if (open_.empty() || open_.back() != element.name) {
      throw Failure(fmt::format("the tags in its part '{}' do not match.", part_));
    }
    events_.end(element.name, static_cast<int>(open_.size()));
    open_.pop_back();
    complete_ = open_.empty();
  }

  void characters(std::string_view piece, bool) { events_.text(piece); }

  bool complete() const { return complete_; }

 private:
  const std::string& part_;
  std::string_view root_;
  XmlEvents& events_;
  XmlAttributes attributes_;
  std::vector<std::string_view> open_;  // names point into the document
  bool complete_ = false;
};

// liborcus 0.17 takes a pointer and a size and fills a buffer; later versions take a view and
// answer one. Templates, so that only the branch that fits is compiled.
template <typename Parser>
void run_parser(std::string_view xml, SaxHandler& handler) {
  if constexpr (std::is_constructible_v<Parser, std::string_view, SaxHandler&>) {
    Parser(xml, handler).parse();
  } else {
    Parser(xml.data(), xml.size(), handler).parse();
  }
}

template <typename Archive>
std::vector<unsigned char> read_entry(const Archive& archive, const std::string& name) {
  std::vector<unsigned char> bytes;
  if constexpr (requires { archive.read_file_entry(name, bytes); }) {
    if (!archive.read_file_entry(name, bytes)) bytes.clear();
  } else {
    bytes = archive.read_file_entry(name);
  }
  return bytes;
}

}  // namespace

std::string_view XmlAttributes::get(std::string_view name) const {
  for (const auto& [item_name, value] : items_) {
    if (item_name == name) return value;
  }
  return {};
}

std::string unpack_part(std::string_view content, const std::vector<ZipEntry>& entries,
                        const std::string& name) {
  const ZipEntry* entry = nullptr;
  for (const ZipEntry& candidate : entries) {
    if (candidate.name == name) entry = &candidate;
  }
  if (entry == nullptr) throw Failure(fmt::format("it has no part '{}'.", name));
  std::vector<unsigned char> bytes;
  try {
    orcus::zip_archive_stream_blob stream(reinterpret_cast<const std::uint8_t*>(content.data()),
                                          content.size());
    orcus::zip_archive archive(&stream);
    archive.load();
    bytes = read_entry(archive, name);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    throw Failure(fmt::format("its part '{}' cannot be unpacked ({}).", name, error.what()));
  }
  // liborcus 0.17 adds a zero byte.
  if (bytes.size() == std::size_t{entry->unpacked_bytes} + 1 && bytes.back() == 0) bytes.pop_back();
  boost::crc_32_type checksum;
  checksum.process_bytes(bytes.data(), bytes.size());
  if (bytes.size() != entry->unpacked_bytes || checksum.checksum() != entry->crc32) {
    throw Failure(fmt::format("its part '{}' is damaged; the checksum does not match.", name));
  }
  return std::string(bytes.begin(), bytes.end());
}

void parse_part(const std::string& xml, const std::string& part, std::string_view root,
                XmlEvents& events) {
  const std::string padded = xml + std::string(kPaddingBytes, '\0');
  SaxHandler handler(part, root, events);
  try {
    run_parser<orcus::sax_parser<SaxHandler>>(std::string_view(padded).substr(0, xml.size()),
                                              handler);
  } catch (const orcus::general_error& error) {
    throw Failure(fmt::format("its part '{}' is not well-formed XML ({}).", part, error.what()));
  }
  if (!handler.complete()) throw Failure(fmt::format("its part '{}' is cut short.", part));
}

}  // namespace footfall::intake
