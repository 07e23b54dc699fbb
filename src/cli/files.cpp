// Where the program's bundled files are, and reading what a command was pointed to.
#include "cli/files.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace footfall::cli {
namespace {

std::filesystem::path program_path;

}  // namespace

void remember_program(const char* argv0) {
  std::error_code failed;
  // Started as "footfall" from the PATH, argv[0] has no folder: then only the current one is tried.
  if (std::string_view(argv0).find('/') != std::string_view::npos) {
    program_path = std::filesystem::canonical(argv0, failed);
  }
}

std::filesystem::path sample_folder() {
  std::error_code ignored;
  const std::filesystem::path here = "data/sample";
  if (std::filesystem::exists(here / "products.csv", ignored)) return here;
  if (!program_path.empty()) {
    const auto beside = program_path.parent_path().parent_path() / here;
    if (std::filesystem::exists(beside / "products.csv", ignored)) return beside;
  }
  return here;
}

Result<retail::Catalogue> catalogue_of(const Settings& settings) {
  const std::filesystem::path folder = settings.is_empty("catalogue")
                                           ? sample_folder()
                                           : std::filesystem::path(settings.text("catalogue"));
  return intake::read_catalogue(intake::catalogue_files_in(folder));
}

Result<std::vector<personas::Persona>> personas_of(const Settings& settings) {
  return intake::read_personas(settings.is_empty("personas")
                                   ? sample_folder() / "personas.xlsx"
                                   : std::filesystem::path(settings.text("personas")));
}

Result<std::string> read_text_file(const std::string& path, std::size_t bytes_max) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return Error(Errc::not_found, fmt::format("there is no file {}", path));
  }
  std::ifstream in(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in) return Error(Errc::io, fmt::format("{} cannot be read", path));
  if (text.size() > bytes_max) {
    return Error(Errc::invalid_input,
                 fmt::format("{} has {} bytes; at most {} are read", path, text.size(), bytes_max));
  }
  return text;
}

personas::Vocabulary vocabulary_of(const retail::Catalogue& catalogue) {
  personas::Vocabulary words{catalogue.categories, catalogue.brands, {}};
  for (const retail::Store& store : catalogue.stores) words.stores.push_back(store.code);
  return words;
}

}  // namespace footfall::cli
