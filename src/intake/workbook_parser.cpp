#include "intake/workbook_parser.hpp"

#include <fmt/format.h>

#include "base/failure.hpp"
#include "intake/cell_text.hpp"
#include "intake/sheet_events.hpp"
#include "intake/workbook_parts.hpp"

namespace footfall::intake {
namespace {

constexpr std::size_t kNamesListedMax = 10;

struct Relation {
  std::string id;
  std::string type;  // the last segment of its URI: "worksheet", "sharedStrings"
  std::string target;
};

class RelationEvents : public XmlEvents {
 public:
  void start(std::string_view name, int, const XmlAttributes& attributes) override {
    if (name != "Relationship" || attributes.get("TargetMode") == "External") return;
    const std::string_view type = attributes.get("Type");
    relations.push_back({std::string(attributes.get("Id")),
                         std::string(type.substr(type.rfind('/') + 1)),
                         std::string(attributes.get("Target"))});
  }
  void end(std::string_view, int) override {}
  void text(std::string_view) override {}

  std::vector<Relation> relations;
};

struct Sheet {
  std::string name;
  std::string relation;
  bool visible = true;
};

class SheetListEvents : public XmlEvents {
 public:
  void start(std::string_view name, int depth, const XmlAttributes& attributes) override {
    if (name != "sheet" || depth != 3) return;
    const std::string_view state = attributes.get("state");
    sheets.push_back({decode_xstring(attributes.get("name")), std::string(attributes.get("id")),
                      state.empty() || state == "visible"});
  }
  void end(std::string_view, int) override {}
  void text(std::string_view) override {}

  std::vector<Sheet> sheets;
};

class SharedStringEvents : public XmlEvents {
 public:
  void start(std::string_view name, int depth, const XmlAttributes&) override {
    if (depth == 2) item_.begin();
    if (depth > 2) item_.start(name);
  }
  void end(std::string_view name, int depth) override {
    if (depth > 2) item_.end(name);
    if (depth == 2 && name == "si") {
      strings.emplace_back(trimmed(decode_xstring(item_.value())));
    }
  }
  void text(std::string_view piece) override { item_.text(piece); }

  std::vector<std::string> strings;

 private:
  StringItem item_;
};

// Told what is wrong with the request rather than with the file.
struct NoSuchSheet {
  std::string message;
};

class WorkbookParser {
 public:
  WorkbookParser(std::string_view content, const std::vector<ZipEntry>& entries)
      : content_(content), entries_(entries) {}

  void run(const std::string& sheet, const TableLimits& limits, WireWriter& out);

 private:
  void read_part(const std::string& part, std::string_view root, XmlEvents& events) const {
    parse_part(unpack_part(content_, entries_, part), part, root, events);
  }
  const Relation* relation_of(const Sheet& sheet) const;
  const Sheet& choose_sheet(const std::string& wanted) const;
  std::vector<std::string> read_shared_strings() const;

  std::string_view content_;
  const std::vector<ZipEntry>& entries_;
  std::vector<Relation> relations_;
  std::vector<Sheet> sheets_;
};

// Targets are relative to xl/, where the workbook stands, or absolute within the zip file.
std::string part_name(const Relation& relation) {
  const std::string& target = relation.target;
  if (target.substr(0, 1) == "/") return target.substr(1);
  return "xl/" + (target.substr(0, 2) == "./" ? target.substr(2) : target);
}

const Relation* WorkbookParser::relation_of(const Sheet& sheet) const {
  for (const Relation& relation : relations_) {
    if (relation.id == sheet.relation && relation.type == "worksheet") return &relation;
  }
  return nullptr;
}

const Sheet& WorkbookParser::choose_sheet(const std::string& wanted) const {
  std::string names;
  std::size_t listed = 0;
  for (const Sheet& sheet : sheets_) {
    if (relation_of(sheet) == nullptr) continue;  // a chart, or a macro sheet
    if (wanted.empty() ? sheet.visible : sheet.name == wanted) return sheet;
    if (++listed <= kNamesListedMax)
      names += fmt::format("{}'{}'", listed > 1 ? ", " : "", sheet.name);
  }
  if (listed == 0) throw Failure("it has no sheet with cells.");
  if (wanted.empty()) throw Failure("all its sheets are hidden; name the one to read.");
  throw NoSuchSheet{fmt::format("has no sheet '{}'. Its sheets are {}{}.", wanted, names,
                                listed > kNamesListedMax ? " and others" : "")};
}

std::vector<std::string> WorkbookParser::read_shared_strings() const {
  SharedStringEvents events;
  for (const Relation& relation : relations_) {
    if (relation.type != "sharedStrings") continue;
    read_part(part_name(relation), "sst", events);
    break;
  }
  return std::move(events.strings);
}

void WorkbookParser::run(const std::string& sheet, const TableLimits& limits, WireWriter& out) {
  RelationEvents relation_events;
  read_part("xl/_rels/workbook.xml.rels", "Relationships", relation_events);
  relations_ = std::move(relation_events.relations);
  SheetListEvents sheet_events;
  read_part("xl/workbook.xml", "workbook", sheet_events);
  sheets_ = std::move(sheet_events.sheets);

  const Sheet& chosen = choose_sheet(sheet);
  out.sheet(chosen.name);
  const std::vector<std::string> strings = read_shared_strings();
  SheetEvents cells(strings, static_cast<std::size_t>(limits.cell_bytes_max), out);
  read_part(part_name(*relation_of(chosen)), "worksheet", cells);
  out.end();
}

}  // namespace

// The error goes to the parent as a record: in this process nobody is left to catch it.
void parse_workbook(std::string_view content, const std::vector<ZipEntry>& entries,
                    const std::string& file, const std::string& sheet, const TableLimits& limits,
                    WireWriter& out) {
  try {
    WorkbookParser(content, entries).run(sheet, limits, out);
  } catch (const NoSuchSheet& error) {
    out.error(Error(Errc::invalid_input, fmt::format("The workbook '{}' {}", file, error.message)));
  } catch (const Failure& error) {
    out.error(Error(Errc::invalid_input,
                    fmt::format("The workbook '{}' cannot be read: {} Open it in a spreadsheet "
                                "program and save it again as .xlsx.",
                                file, error.what())));
  }
}

}  // namespace footfall::intake
