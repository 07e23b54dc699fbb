#include "intake/persona_file.hpp"

#include <fmt/format.h>
#include <xlsxwriter.h>

#include <cstdio>
#include <fstream>
#include <unordered_map>

#include "base/text.hpp"
#include "intake/problems.hpp"
#include "personas/attributes.hpp"

namespace footfall::intake {
namespace {

using personas::Attribute;
using personas::attributes;
using personas::Persona;

constexpr std::string_view kId = "persona_id";

// Where each attribute stands in the table; -1: nowhere.
struct Columns {
  int id = -1;
  std::array<int, personas::kAttributeCount> of{};
};

Columns find_columns(const Table& table, Problems& problems) {
  Columns columns;
  columns.of.fill(-1);
  std::vector<std::string> known{std::string(kId)};
  for (const Attribute& attribute : attributes()) known.emplace_back(attribute.name);
  for (std::size_t c = 0; c < table.header.size(); ++c) {
    const std::string name = lower(table.header[c]);
    int* place = name == kId ? &columns.id : nullptr;
    for (std::size_t a = 0; a < attributes().size(); ++a) {
      if (name == attributes()[a].name) place = &columns.of[a];
    }
    if (!place) {
      const std::string near = nearest(name, known);
      problems.add(fmt::format("{}: there is no attribute '{}'{}; docs/PERSONAS.md lists all",
                               table.file, table.header[c],
                               near.empty() ? "" : fmt::format(", did you mean '{}'?", near)));
    } else if (*place >= 0) {
      problems.add(fmt::format("{}: column '{}' stands twice", table.file, name));
    } else {
      *place = static_cast<int>(c);
    }
  }
  if (columns.id < 0) problems.add(fmt::format("{}: the column persona_id is missing", table.file));
  for (std::size_t a = 0; a < attributes().size(); ++a) {
    if (columns.of[a] >= 0) continue;
    problems.add(fmt::format("{}: the column {} is missing; it holds {}", table.file,
                             attributes()[a].name, personas::allowed(attributes()[a])));
  }
  return columns;
}

// What keeps a cell from being read as a value at all; empty if nothing does.
std::string unreadable(const Cell& cell) {
  switch (cell.kind) {
    case CellKind::formula:
      return fmt::format("the formula '{}' is not read; put its value there", cell.text);
    case CellKind::error:
      return fmt::format("the cell holds the error {}", cell.text);
    case CellKind::date:
      return "the cell holds a date; format it as a number or text";
    default:
      return {};
  }
}

void read_cell(const Table& table, const Row& row, const Attribute& attribute, const Cell& cell,
               Persona& persona, Problems& problems) {
  std::string problem = unreadable(cell);
  if (problem.empty()) {
    const auto done = cell.kind == CellKind::number &&
                              !std::holds_alternative<personas::TextField>(attribute.field) &&
                              !std::holds_alternative<personas::ListField>(attribute.field)
                          ? personas::set_number(persona, attribute, cell.number)
                          : personas::set_from_text(persona, attribute, cell.text);
    if (done) return;
    problem = done.error().message();
  }
  problems.add_cell(table, row.number, attribute.name, problem);
}

Result<void> write_csv(const std::string& path, const std::vector<Persona>& personas) {
  std::ofstream out(path, std::ios::binary);
  const auto quoted = [](const std::string& text) {
    if (text.find_first_of(",\"\n") == text.npos) return text;
    std::string doubled;
    for (const char c : text) doubled += c == '"' ? "\"\"" : std::string(1, c);
    return '"' + doubled + '"';
  };
  out << kId;
  for (const Attribute& attribute : attributes()) out << ',' << attribute.name;
  out << '\n';
  for (const Persona& persona : personas) {
    out << quoted(persona.persona_id);
    for (const Attribute& attribute : attributes()) {
      out << ',' << quoted(personas::value_text(persona, attribute));
    }
    out << '\n';
  }
  out.close();
  if (!out) return Error(Errc::io, fmt::format("could not write {}", path));
  return {};
}

Result<void> write_workbook(const std::string& path, const std::vector<Persona>& personas) {
  // Fixed creation time: the same personas give the same file.
  lxw_doc_properties properties{};
  properties.created = 1'767'571'200;
  lxw_workbook_options options{};
  options.constant_memory = personas.size() > 20'000;
  lxw_workbook* book = workbook_new_opt(path.c_str(), &options);
  workbook_set_properties(book, &properties);
  lxw_worksheet* sheet = workbook_add_worksheet(book, "Personas");
  lxw_format* bold = workbook_add_format(book);
  format_set_bold(bold);
  worksheet_freeze_panes(sheet, 1, 1);
  worksheet_set_column(sheet, 0, personas::kAttributeCount, 16, nullptr);
  worksheet_write_string(sheet, 0, 0, kId.data(), bold);
  lxw_col_t column = 0;
  for (const Attribute& attribute : attributes()) {
    worksheet_write_string(sheet, 0, ++column, std::string(attribute.name).c_str(), bold);
  }
  lxw_row_t row = 0;
  for (const Persona& persona : personas) {
    worksheet_write_string(sheet, ++row, 0, persona.persona_id.c_str(), nullptr);
    column = 0;
    for (const Attribute& attribute : attributes()) {
      ++column;
      if (const auto* whole = std::get_if<personas::WholeField>(&attribute.field)) {
        worksheet_write_number(sheet, row, column, persona.**whole, nullptr);
      } else if (const auto* number = std::get_if<personas::NumberField>(&attribute.field)) {
        worksheet_write_number(sheet, row, column, persona.**number, nullptr);
      } else {
        worksheet_write_string(sheet, row, column, personas::value_text(persona, attribute).c_str(),
                               nullptr);
      }
    }
  }
  if (const lxw_error failed = workbook_close(book); failed != LXW_NO_ERROR) {
    return Error(Errc::io, fmt::format("could not write {}: {}", path, lxw_strerror(failed)));
  }
  return {};
}

}  // namespace

Result<std::vector<Persona>> read_personas(const std::filesystem::path& path) {
  const auto table = read_table(path);
  if (!table) return table.error();
  Problems problems;
  const Columns columns = find_columns(*table, problems);
  if (!problems.empty()) return problems.error("the header");
  std::vector<Persona> personas;
  personas.reserve(table->rows.size());
  std::unordered_map<std::string, int> seen;
  for (const Row& row : table->rows) {
    Persona persona;
    const Cell& id = row.cells[static_cast<std::size_t>(columns.id)];
    const std::string bad_id = unreadable(id);
    persona.persona_id = id.text;
    if (!bad_id.empty() || persona.persona_id.empty() ||
        persona.persona_id.size() > personas::kNameBytesMax) {
      problems.add_cell(*table, row.number, kId,
                        bad_id.empty() ? fmt::format("'{}' is not allowed: a text of 1 to {} bytes",
                                                     id.text.substr(0, 60), personas::kNameBytesMax)
                                       : bad_id);
    } else if (const auto [at, fresh] = seen.emplace(persona.persona_id, row.number); !fresh) {
      problems.add_cell(*table, row.number, kId,
                        fmt::format("'{}' stands in row {} already: each must be unique",
                                    persona.persona_id, at->second));
    }
    for (std::size_t a = 0; a < attributes().size(); ++a) {
      read_cell(*table, row, attributes()[a], row.cells[static_cast<std::size_t>(columns.of[a])],
                persona, problems);
    }
    personas.push_back(std::move(persona));
  }
  if (!problems.empty()) return problems.error(table->file);
  return personas;
}

Result<void> write_personas(const std::filesystem::path& path,
                            const std::vector<Persona>& personas) {
  const std::string ending = lower(path.extension().string());
  if (ending != ".xlsx" && ending != ".csv") {
    return Error(Errc::invalid_input, fmt::format("{}: personas are written to a file that ends in "
                                                  ".xlsx or .csv",
                                                  path.string()));
  }
  const std::string temporary = path.string() + ".part" + ending;
  const auto done =
      ending == ".csv" ? write_csv(temporary, personas) : write_workbook(temporary, personas);
  if (!done) {
    std::remove(temporary.c_str());
    return done.error();
  }
  std::error_code failed;
  std::filesystem::rename(temporary, path, failed);
  if (failed) {
    std::remove(temporary.c_str());
    return Error(Errc::io, fmt::format("could not write {}: {}", path.string(), failed.message()));
  }
  return {};
}

}  // namespace footfall::intake
