// The catalogue from CSV files that a user can replace: stores, products, coupons, and stock where
// it is limited. docs/CATALOGUE.md describes their columns.
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "retail/catalogue.hpp"

namespace footfall::intake {

struct CatalogueFiles {
  std::filesystem::path stores;
  std::filesystem::path products;
  std::filesystem::path coupons;
  std::filesystem::path stock = {};  // empty, or no such file: everything is there without end
};

// stores.csv, products.csv, coupons.csv and stock.csv of a folder.
CatalogueFiles catalogue_files_in(const std::filesystem::path& folder);

// Reads all of them, or nothing. Ids are 1, 2, 3 … in file order. Errors: those of read_table;
// invalid_input naming every bad cell, repeated code or sku, unknown category, brand, store or
// product at once.
Result<retail::Catalogue> read_catalogue(const CatalogueFiles& files);

}  // namespace footfall::intake
