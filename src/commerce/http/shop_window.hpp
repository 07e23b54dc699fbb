// What a service sells, and for how much, read through its profile when an offer cycle begins. Our
// catalogue says what the shoppers know of the products (category, brand, popularity); the service
// says which of them stand there, in which order, and at what price.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "commerce/http/http_commerce.hpp"
#include "retail/shelf.hpp"

namespace footfall::commerce {

// Which of our products one of the service's is: by SKU, or where the service tells none by id.
class KnownProducts {
 public:
  explicit KnownProducts(const retail::Catalogue& catalogue);
  std::optional<std::uint16_t> find(const SeenProduct& seen) const;

 private:
  std::unordered_map<std::string, std::uint16_t> by_sku_, by_id_;
};

// Ids and SKUs as our own catalogue has them, which footfall's API uses too.
ServiceNames names_of(const retail::Catalogue& catalogue);

// Reads each category's products; `asking`: in whose name, and at which store. Products are matched
// by SKU, or where the service tells none by id. Fills in shop.names, and puts the service's order
// and prices on the shelf; products that either side does not know are left out. Nothing is asked
// of a service that cannot list its products. Throws Failure if it cannot be read, or if a category
// that the catalogue has is empty there.
Task<void> read_shop_window(ApiShop& shop, const ShopVisit& asking, SimTime at,
                            retail::Shelf& shelf);

}  // namespace footfall::commerce
