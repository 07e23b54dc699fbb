// The routes' table as OpenAPI 3.1 and as a page to read.
#pragma once

#include <string>

namespace footfall::api {

std::string openapi_json(const std::string& version);
// HTML without scripts, links to nothing outside.
std::string docs_page(const std::string& version);

}  // namespace footfall::api
