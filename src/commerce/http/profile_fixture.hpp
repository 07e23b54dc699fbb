// For tests: a small profile that is in order, and what becomes of it when something in it changes.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "commerce/http/profile.hpp"

namespace footfall::commerce {

inline constexpr std::string_view kSampleProfile = R"~~~([service]
name = "sample"
prices = "decimal"
authorization = "Bearer {token}"
problem = ["/error/type", "/error/text"]
missing = ["browse", "abandon"]
[service.headers]
X-At = "{at}"
[actions.health]
method = "GET"
path = "/up"
[actions.list_products]
method = "GET"
path = "/items?page={cursor}&all=1"
read = { items = "/items", id = "/id", sku = "/sku", price = "/cost", next = "/next" }
[actions.enter]
method = "POST"
path = "/baskets"
body = '{"reference":"{session}"}'
read = { cart = "/basket/id" }
[actions.view_product]
method = "GET"
path = "/items/{sku}"
[actions.add_to_cart]
method = "POST"
path = "/baskets/{cart}/items"
body = '{"items":[{lines}],"step":{step}}'
line = '{"id":"{product}","count":{quantity}}'
[actions.view_coupons]
method = "GET"
path = "/coupons"
read = { items = "", id = "/id", code = "/code", assigned = "/from", expires = "/to" }
[actions.apply_coupons]
method = "PUT"
path = "/baskets/{cart}/coupons"
body = '[{coupons}]'
coupon = '"{code}"'
read = { total = "/total", items = "/coupons", code = "/code", refusal = "/state" }
words = { fine = "none", "gone off" = "expired", false = "not_in_scope" }
[actions.checkout]
method = "POST"
path = "/baskets/{cart}/order"
headers = { Once = "{key}", X-At = "" }
ok = [200, 201]
retry = "always"
read = { order = "/order/id", total = "/order/total" }
[actions.find_order]
method = "GET"
path = "/orders?of={session}"
read = { items = "/orders", order = "/id", total = "/total" }
[[refusals]]
action = ["checkout", "add_to_cart"]
status = 409
pointer = "/error/type"
equals = "sold_out"
means = "out_of_stock"
[[refusals]]
action = "checkout"
status = 409
pointer = "/error/code"
equals = 7
means = "done_before"
[[refusals]]
action = "find_order"
status = 404
means = "nothing"
[[refusals]]
action = "add_to_cart"
pointer = "/success"
equals = false
means = "out_of_stock"
)~~~";

// The sample with its first `from` (it must be there) replaced.
inline std::string changed(std::string_view from, std::string_view to) {
  std::string text(kSampleProfile);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

inline Profile profile_of(std::string_view toml) {
  Result<Profile> profile = Profile::parse(toml, "test.toml");
  EXPECT_TRUE(profile) << profile.error().message();
  return profile ? std::move(*profile) : Profile::footfall();
}

// What is wrong with it, without the file's name; empty: nothing.
inline std::string mistakes_of(std::string_view toml) {
  const Result<Profile> profile = Profile::parse(toml, "test.toml");
  if (profile) return "";
  std::string out = profile.error().message();
  for (const std::string_view name : {"test.toml, ", "test.toml: "}) {
    for (std::size_t at = 0; (at = out.find(name)) != std::string::npos;) {
      out.erase(at, name.size());
    }
  }
  return out;
}

}  // namespace footfall::commerce
