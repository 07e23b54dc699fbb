// footfall personas make | check: people for a shop, drawn or read.
#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/files.hpp"
#include "personas/maker.hpp"

namespace footfall::cli {

Result<void> make_personas(const Settings& settings, const MakePersonasOptions& options) {
  const auto catalogue = catalogue_of(settings);
  if (!catalogue) return catalogue.error();
  personas::Palette palette;
  for (const auto& name : catalogue->categories) palette.categories.push_back({name, 0});
  for (const auto& name : catalogue->brands) palette.brands.push_back({name, 0});
  for (const retail::Product& product : catalogue->products) {
    palette.categories[product.category].weight += product.popularity;
    palette.brands[product.brand].weight += product.popularity;
  }
  for (const retail::Store& store : catalogue->stores) palette.stores.push_back(store.code);
  const std::uint64_t seed = seed_of(settings);
  std::vector<personas::Persona> people;
  people.reserve(static_cast<std::size_t>(options.count));
  for (std::int64_t i = 1; i <= options.count; ++i) {
    people.push_back(personas::make_persona(seed, static_cast<std::uint32_t>(i), palette));
  }
  if (const auto done = intake::write_personas(options.out, people); !done) return done.error();
  fmt::print("{} personas written to {} (seed {}; --seed {} makes the same again)\n",
             with_commas(options.count), options.out, seed, seed);
  return {};
}

Result<void> check_personas(const std::string& file) {
  const auto people = intake::read_personas(file);
  if (!people) return people.error();
  fmt::print("{}: {} personas, nothing to mend\n", file,
             with_commas(static_cast<std::int64_t>(people->size())));
  return {};
}

}  // namespace footfall::cli
