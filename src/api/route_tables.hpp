// The parts of the routes' table.
#pragma once

#include <vector>

#include "api/route.hpp"

namespace footfall::api {

std::vector<Route> shop_routes();
std::vector<Route> simulation_routes();
std::vector<Route> service_routes();

}  // namespace footfall::api
