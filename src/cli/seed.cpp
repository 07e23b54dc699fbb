// footfall seed: stores, products, coupons and an agent for each persona, into the database (R2).
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/files.hpp"
#include "store/any/open.hpp"
#include "store/any/url.hpp"

namespace footfall::cli {
namespace {

constexpr std::size_t kTestPersonas = 12, kTestProductsPerCategory = 10;

// A small set that still has everything: all stores and coupons, a few products of each category
// and brand, a few people.
void keep_small_set(retail::Catalogue& catalogue, std::vector<personas::Persona>& personas) {
  personas.resize(std::min(personas.size(), kTestPersonas));
  std::map<std::uint16_t, std::size_t> taken, brands;
  const auto surplus = [&](const retail::Product& product) {
    const bool new_brand = brands[product.brand]++ == 0;
    return ++taken[product.category] > kTestProductsPerCategory && !new_brand;
  };
  const std::vector<retail::Product> before = catalogue.products;
  std::erase_if(catalogue.products, surplus);
  std::vector<retail::StockLimit> stock;  // names products by position
  for (const retail::StockLimit& limit : catalogue.stock) {
    const ProductId id = before[limit.product].id;
    const auto at = std::find_if(catalogue.products.begin(), catalogue.products.end(),
                                 [&](const retail::Product& product) { return product.id == id; });
    if (at == catalogue.products.end()) continue;
    const auto position = static_cast<std::uint16_t>(at - catalogue.products.begin());
    stock.push_back({limit.store, position, limit.on_hand});
  }
  catalogue.stock = std::move(stock);
}

// Names in personas must be names of the catalogue: found now, not in the middle of a run.
Result<void> check_names(const retail::Catalogue& catalogue,
                         const std::vector<personas::Persona>& personas) {
  const personas::Vocabulary words = vocabulary_of(catalogue);
  std::string problems;
  std::size_t count = 0;
  for (std::size_t i = 0; i < personas.size(); ++i) {
    const auto traits = compile(personas[i], words, AgentId{1}, i);
    if (traits) continue;
    if (++count <= 20) {
      problems += fmt::format("persona {}: {}\n", personas[i].persona_id, traits.error().message());
    }
  }
  if (count == 0) return {};
  if (count > 20) problems += fmt::format("… and {} more\n", count - 20);
  return Error(
      Errc::invalid_input,
      fmt::format("{}{} personas do not fit the catalogue; nothing was loaded", problems, count));
}

void print_count(std::string_view what, const store::SeedCount& count) {
  fmt::print("  {:<9} {:>7} added  {:>7} changed  {:>7} as they were\n", what,
             with_commas(count.added), with_commas(count.changed), with_commas(count.same));
}

}  // namespace

Result<void> seed(const Settings& settings, const SeedOptions& options) {
  auto catalogue = catalogue_of(settings);
  if (!catalogue) return catalogue.error();
  auto personas = personas_of(settings);
  if (!personas) return personas.error();
  if (options.test) keep_small_set(*catalogue, *personas);
  if (const auto fits = check_names(*catalogue, *personas); !fits) return fits.error();
  const std::string& url = settings.text("db");
  auto store = store::open_store(url, /*make=*/true);
  if (!store) return store.error();
  const store::SeedReport report = (*store)->seed(*catalogue, *personas);
  fmt::print("{} now holds:\n", store::shown_url(url));
  print_count("stores", report.stores);
  print_count("products", report.products);
  print_count("coupons", report.coupons);
  if (!catalogue->stock.empty()) print_count("stock", report.stock);
  print_count("agents", report.agents);
  fmt::print("Next: footfall simulate --fast{}\n",
             settings.is_default("db") ? "" : " --db " + store::shown_url(url));
  return {};
}

}  // namespace footfall::cli
