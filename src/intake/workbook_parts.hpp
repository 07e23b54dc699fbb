// The parts of an .xlsx workbook (ECMA-376 part 1, chapter 18) as liborcus unpacks and tokenizes
// them. Runs in the child process only: what it reads is untrusted, and liborcus may crash on it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/failure.hpp"
#include "intake/zip_check.hpp"

namespace footfall::intake {

// Attributes of one element without prefixes, but for the "id" of a relationship ("r:id").
class XmlAttributes {
 public:
  void add(std::string_view name, std::string_view value) { items_.emplace_back(name, value); }
  void clear() { items_.clear(); }
  // The value, or nothing if there is none of this name.
  std::string_view get(std::string_view name) const;

 private:
  std::vector<std::pair<std::string_view, std::string_view>> items_;
};

// Told what stands in one part. Names come without prefixes; `depth` is 1 for the root element.
// Text of one element may come in several pieces. Views die when the call returns.
class XmlEvents {
 public:
  virtual ~XmlEvents() = default;
  virtual void start(std::string_view name, int depth, const XmlAttributes& attributes) = 0;
  virtual void end(std::string_view name, int depth) = 0;
  virtual void text(std::string_view piece) = 0;
};

// Unpacks the part `entries` names `name` out of the zip file `content`, and compares its size and
// checksum with the directory's. Throws Failure if there is no such part or it is damaged.
std::string unpack_part(std::string_view content, const std::vector<ZipEntry>& entries,
                        const std::string& name);

// Tells `events` all of the part's XML, which must have the root element `root`. Throws Failure if
// it is not well-formed, cut short, or nested deeper than any workbook is.
void parse_part(const std::string& xml, const std::string& part, std::string_view root,
                XmlEvents& events);

}  // namespace footfall::intake
