// Goal: every mistake of a profile's file is told with its line, its place and what is allowed, and
// all of them at once. Method: a file that is in order, with one thing changed at a time.
#include <fmt/format.h>

#include <algorithm>

#include "commerce/http/profile_fixture.hpp"

namespace footfall::commerce {
namespace {

struct Change {
  std::string_view from, to;
  std::string_view sentence;  // all that is wrong then, without the line
};

// Without "line 12: "; the lines are looked at by a test of their own.
std::string without_line(std::string text) {
  if (text.starts_with("line ")) text.erase(0, text.find(": ") + 2);
  return text;
}

void expect_each(std::initializer_list<Change> changes) {
  for (const Change& change : changes) {
    const std::string wrong = mistakes_of(changed(change.from, change.to));
    EXPECT_EQ(without_line(wrong), change.sentence) << change.to;
  }
}

TEST(ProfileMistakes, AreNoneInTheSample) { EXPECT_EQ(mistakes_of(kSampleProfile), ""); }

TEST(ProfileMistakes, OfTheService) {
  expect_each({
      {"name = \"sample\"\n", "", "service: has no `name`: what messages call the service"},
      {"\"sample\"", "\" \"", "service.name: must be 1 to 60 bytes of text on one line"},
      {"\"sample\"", "5", "service.name: must be a text, but there is the number 5"},
      {"prices = \"decimal\"\n", "",
       "service: has no `prices`: \"minor\" (1234 is 12.34) or \"decimal\" (12.34)"},
      {"\"decimal\"", "\"euro\"",
       "service.prices: must be one of minor, decimal, but there is the text 'euro'"},
      {"prices =", "steering = \"fotfall\"\nprices =",
       "service.steering: must be one of footfall, but there is the text 'fotfall'"},
      {"prices =", "price = 1\nprices =",
       "service: there is no key 'price' here; did you mean 'prices'?"},
      {"prices =", "zzzzzzzz = 1\nprices =",
       "service: there is no key 'zzzzzzzz' here; known are name, steering, prices, "
       "authorization, missing, problem, headers"},
      {"\"Bearer {token}\"", "\"Bearer {tokn}\"",
       "service.authorization: there is no place {tokn}; did you mean 'token'?"},
      {"\"Bearer {token}\"", "\"a\\nb\"",
       "service.authorization: must be at most 4096 bytes without control characters"},
      {"\"/error/text\"", "\"error\"",
       "service.problem: must be a JSON pointer like /data/id (RFC 6901; \"\" is the whole answer; "
       "at most 200 bytes), but there is the text 'error'"},
      {"[\"browse\", \"abandon\"]", "[\"browse\", \"abandn\", \"abandon\"]",
       "service.missing: there is no action 'abandn'; did you mean 'abandon'?"},
      {"[\"browse\", \"abandon\"]", "[\"browse\", \"abandon\", \"enter\"]",
       "service.missing: enter is described, and so not missing"},
      {"[\"browse\", \"abandon\"]", "[\"browse\"]",
       "actions.abandon: is not described: do so, or name it in service.missing"},
      {"[[refusals]]", "[serivce]\n[[refusals]]",
       "there is no key 'serivce' here; did you mean 'service'?"},
  });
}

TEST(ProfileMistakes, OfHeaders) {
  expect_each({
      {"X-At = \"{at}\"", "X-At = 5",
       "service.headers.X-At: must be a text, but there is the "
       "number 5"},
      {"X-At = \"{at}\"", "\"X At\" = \"1\"",
       "service.headers.X At: is no name of a header: letters, digits and - are"},
      {"X-At = \"{at}\"", "Content-type = \"text/plain\"",
       "service.headers.Content-type: is a header that footfall writes itself (bodies are "
       "application/json)"},
      {"X-At = \"{at}\"", "X-At = \"1\"\nx-at = \"2\"",
       "service.headers.x-at: is there twice: case makes no difference to a header's name"},
      {"X-At = \"{at}\"", "authorization = \"1\"",
       "service.headers.authorization: is there twice: `authorization` is the same header"},
      {"X-At = \"{at}\"", "X-At = \"a\\r\\nb\"",
       "service.headers.X-At: holds a line's end or another control character, which no header "
       "may"},
      {"X-At = \"{at}\"", "X-At = \"{product}\"",
       "service.headers.X-At: {product} is not known to every action: write the header in those "
       "that know it"},
      {"headers = { Once = \"{key}\", X-At = \"\" }", "headers = 1",
       "actions.checkout.headers: must be a table, but there is the number 1"},
      {"Once = \"{key}\"", "Once = \"{lines}\"",
       "actions.checkout.headers.Once: {lines} may stand in a body alone"},
  });
  const std::string long_value = mistakes_of(changed("{at}", std::string(5000, 'x')));
  EXPECT_EQ(long_value, "line 8: service.headers.X-At: has 5000 bytes, at most 4096");
  std::string many;
  for (int i = 0; i < 33; ++i) many += fmt::format("X-{} = \"1\"\n", i);
  EXPECT_EQ(without_line(mistakes_of(changed("X-At = \"{at}\"\n", many))),
            "service.headers: are 33, at most 32 are allowed");
}

TEST(ProfileMistakes, OfARequest) {
  expect_each({
      {"method = \"GET\"\npath = \"/up\"", "path = \"/up\"",
       "actions.health: has no `method`: GET, POST, PUT, PATCH or DELETE"},
      {"\"GET\"", "\"get\"",
       "actions.health.method: must be one of GET, POST, PUT, PATCH, DELETE, but there is the text "
       "'get'"},
      {"path = \"/up\"\n", "", "actions.health: has no `path`: what comes after the base URL"},
      {"\"/up\"", "\"http://shop/up\"",
       "actions.health.path: must begin with / (the base URL comes before it) and have at most "
       "2000 "
       "bytes, but there is the text 'http://shop/up'"},
      {"\"/up\"", "\"/up now\"",
       "actions.health.path: holds what a URL may not: percent-encode all but letters, digits and "
       "-._~:/?@!$&'()*+,;=%, in the text '/up now'"},
      {"\"/orders?of={session}\"", "\"/orders?of={session}&x=[1]\"",
       "actions.find_order.path: holds what a URL may not: percent-encode all but letters, digits "
       "and -._~:/?@!$&'()*+,;=%, in the text '/orders?of={session}&x=[1]'"},
      {"path = \"/up\"", "path = \"/up\"\nbody = '{}'",
       "actions.health.body: may not be there: a GET has none"},
      {"path = \"/up\"", "path = \"/up\"\nper = \"line\"",
       "actions.health.per: may be \"line\" for list_products, browse, add_to_cart and "
       "apply_coupons alone"},
      {"retry = \"always\"", "retry = true",
       "actions.checkout.retry: must be a text, but there is true"},
      {"retry = \"always\"", "retry = 1979-05-27",
       "actions.checkout.retry: must be a text, but there is a date or time"},
      {"retry = \"always\"", "retry = \"never\"",
       "actions.checkout.retry: must be one of always, unseen, but there is the text 'never'"},
      {"ok = [200, 201]", "ok = [200, 404]",
       "actions.checkout.ok: must be statuses from 200 to 399, but there is the number 404"},
      {"[actions.health]", "[actions.helth]\n[actions.health]",
       "actions: there is no key 'helth' here; did you mean 'health'?"},
      {"path = \"/up\"", "path = \"/up\"\nmethods = 1",
       "actions.health: there is no key 'methods' here; did you mean 'method'?"},
      {"[actions.health]\nmethod = \"GET\"\npath = \"/up\"", "[actions]\nhealth = 1",
       "actions.health: must be a table, but there is the number 1"},
  });
}

TEST(ProfileMistakes, OfPlaces) {
  constexpr std::string_view kLine = "actions.add_to_cart.line: ";
  EXPECT_EQ(without_line(mistakes_of(changed("{quantity}", "{qantity}"))),
            std::string(kLine) + "there is no place {qantity}; did you mean 'quantity'?");
  expect_each({
      {"\"/up\"", "\"/up/{agent}\"",
       "actions.health.path: {agent} is not known here: nobody in particular asks for health"},
      {"/items?page={cursor}", "/items?page={cursor}&s={session}",
       "actions.list_products.path: {session} is of a trip, and products are listed outside of "
       "one"},
      {"/items?page={cursor}", "/items?page={cursor}&c={category}",
       "actions.list_products.path: {category} is one of several: set per = \"line\" (a call for "
       "each)"},
      {"/items/{sku}", "/items/{category}",
       "actions.view_product.path: {category} is known to list_products and browse alone"},
      {"/items/{sku}", "/items/{cursor}",
       "actions.view_product.path: {cursor} is known to list_products alone"},
      {"/items/{sku}", "/items/{quantity}",
       "actions.view_product.path: {quantity} is of one line, which is not known here"},
      {"{\"reference\":\"{session}\"}", "{\"reference\":\"{cart}\"}",
       "actions.enter.body: {cart} is not known yet: it comes from an earlier answer of the trip"},
      {"\"step\":{step}", "\"step\":{quantity}",
       "actions.add_to_cart.body: {quantity} is of one line: write it in `line`, or set per = "
       "\"line\" (a call for each)"},
      {"'[{coupons}]'", "'[{coupons},\"{code}\"]'",
       "actions.apply_coupons.body: {code} is of one coupon: write it in `coupon`, or set per = "
       "\"line\" (a call for each)"},
      {"'[{coupons}]'", "'[\"{coupons}\"]'",
       "actions.apply_coupons.body: {coupons} stands in quotes: it is a list of JSON values"},
      {"retry = \"always\"", "body = '{\"id\":\"{product}\"}'",
       "actions.checkout.body: {product} is of one line: write it in `line`"},
      {"\"reference\":", "\"{lines}\":",
       "actions.enter.body: {lines} may stand in the bodies of add_to_cart and checkout alone"},
      {"'\"{code}\"'", "'\"{code}{sku}\"'",
       "actions.apply_coupons.coupon: {sku} is of one line, which is not known here"},
  });
}

TEST(ProfileMistakes, OfBodies) {
  const std::string long_line(2001, 'x');
  EXPECT_EQ(without_line(mistakes_of(changed("line = '{", "line = '{" + long_line))),
            "actions.add_to_cart.line: has 2038 bytes, at most 2000");
  expect_each({
      {"\"step\":{step}}'", "\"step\":{step}'",
       "actions.add_to_cart.body: filled with sample values and no line or coupon it is no JSON: "
       "incomplete JSON at byte 20, after '{\"items\":[],\"step\":1'"},
      {"[{lines}]", "{lines}",
       "actions.add_to_cart.body: filled with sample values and no line or coupon it is no JSON: "
       "syntax error at byte 9, after '{\"items\":'"},
      {"[{lines}]", "[0{lines}]",
       "actions.add_to_cart.body: filled with sample values and one line or coupon it is no JSON: "
       "syntax error at byte 11, after '{\"items\":[0'"},
      {"'{\"reference\":\"{session}\"}'", "'reference={session}'",
       "actions.enter.body: filled with sample values it is no JSON: syntax error at byte 0, after "
       "''"},
      {"'{\"reference\":\"{session}\"}'", "'{} {}'",
       "actions.enter.body: filled with sample values it is no JSON: it goes on after its end, at "
       "byte 3, after '{} '"},
      {"coupon = '\"{code}\"'\n", "",
       "actions.apply_coupons.body: names {coupons}, but no `coupon` says what one looks like"},
      {"'[{coupons}]'", "'[]'",
       "actions.apply_coupons.coupon: is never used: the body does not name {coupons}"},
  });
}

TEST(ProfileMistakes, OfWhatIsRead) {
  expect_each({
      {"path = \"/up\"", "path = \"/up\"\nread = { total = \"/x\" }",
       "actions.health.read: may not be there: nothing is read of what health answers"},
      {"cart = \"/basket/id\"", "cart = \"/basket/id\", total = \"/t\"",
       "actions.enter.read: there is no key 'total' here; known are cart, order"},
      {"\"/basket/id\"", "\"/basket~2id\"",
       "actions.enter.read.cart: must be a JSON pointer like /data/id (RFC 6901; \"\" is the whole "
       "answer; at most 200 bytes), but there is the text '/basket~2id'"},
      {"id = \"/id\", sku = \"/sku\", ", "",
       "actions.list_products.read: must read `sku` or `id` of each product, to know which is "
       "which"},
      {"items = \"/items\", ", "",
       "actions.list_products.read: must read `items`: where the list of products is"},
      {", next = \"/next\"", "",
       "actions.list_products: names {cursor}, but nothing is read for it: say where `next` is"},
      {"page={cursor}", "page=1",
       "actions.list_products: reads `next`, but never sends it: name {cursor}"},
      {"id = \"/id\", code = \"/code\", assigned", "id = \"/id\", assigned",
       "actions.view_coupons.read: must read `code` of each coupon, to know which is which"},
      {"items = \"\", ", "",
       "actions.view_coupons.read: must read `items`: where the list of coupons is"},
      {"items = \"/coupons\", ", "",
       "actions.apply_coupons.read: reads of each coupon: `items`, `refusal`, and `id` or `code`, "
       "or "
       "none of them"},
      {", refusal = \"/state\"", "",
       "actions.apply_coupons.read: reads of each coupon: `items`, `refusal`, and `id` or `code`, "
       "or "
       "none of them"
       "\nline 39: actions.apply_coupons.words: is never used: no `refusal` is read"},
      {"order = \"/id\", ", "",
       "actions.find_order.read: must read `order`: the order's id, if there is one"},
      {"\"expired\"", "\"expird\"",
       "actions.apply_coupons.words.gone off: must be one of none, not_in_scope, min_spend, "
       "min_qty, "
       "not_best, expired, not_owned, already_used, cap_reached, out_of_stock, but there is the "
       "text "
       "'expird'"},
      {"read = { cart = \"/basket/id\" }\n", "",
       "actions.add_to_cart: names {cart}, but no action before it reads one: say where, as in "
       "read = "
       "{ cart = \"/id\" }"
       "\nline 32: actions.apply_coupons: names {cart}, but no action before it reads one: say "
       "where, "
       "as in read = { cart = \"/id\" }"
       "\nline 39: actions.checkout: names {cart}, but no action before it reads one: say where, "
       "as "
       "in read = { cart = \"/id\" }"},
  });
}

TEST(ProfileMistakes, OfRefusals) {
  expect_each({
      {"status = 404", "status = 99",
       "refusals[2].status: must be a status from 200 to 599, but there is the number 99"},
      {"status = 404", "sttus = 404",
       "refusals[2]: fits every answer: give it a `status`, or a `pointer` and what it `equals`"
       "\nline 65: refusals[2]: there is no key 'sttus' here; did you mean 'status'?"},
      {"equals = 7\n", "", "refusals[1]: must have both `pointer` and `equals`, or neither"},
      {"equals = 7", "equals = [7]",
       "refusals[1].equals: must be a text, a whole number, true or false, but there is a list"},
      {"means = \"nothing\"\n", "", "refusals[2]: does not say what it `means`"},
      {"\"nothing\"", "\"none\"",
       "refusals[2].means: must be one of done_before, nothing, not_in_scope, min_spend, min_qty, "
       "not_best, expired, not_owned, already_used, cap_reached, out_of_stock, but there is the "
       "text "
       "'none'"},
      {"action = \"find_order\"\nstatus = 404\n", "status = 404\n",
       "refusals[2]: \"nothing\" is found by list_products, view_coupons, abandon and find_order "
       "alone: name which in `action`"},
      {"action = \"find_order\"\nstatus", "action = \"find\"\nstatus",
       "refusals[2].action: must be one of health, list_products, enter, browse, view_product, "
       "add_to_cart, view_coupons, apply_coupons, checkout, abandon, find_order, but there is the "
       "text 'find'"},
  });
  std::string many(kSampleProfile);
  for (int i = 0; i < 100; ++i) many += "[[refusals]]\nstatus = 409\nmeans = \"expired\"\n";
  EXPECT_EQ(without_line(mistakes_of(many)), "refusals: are 104, at most 100 are allowed");
}

TEST(ProfileMistakes, OfWhatMayNotBeMissing) {
  const std::string no_add = changed("[actions.add_to_cart]", "[actions.find_order]");
  EXPECT_NE(mistakes_of(no_add), "") << "a table twice";
  const auto section = [](std::string_view name) {
    const std::size_t at = kSampleProfile.find("[actions." + std::string(name) + "]");
    return kSampleProfile.substr(at, kSampleProfile.find("\n[", at) - at);
  };
  std::string none(kSampleProfile);
  for (const std::string_view name : {"add_to_cart", "checkout"}) {
    none.erase(none.find(section(name)), section(name).size());
  }
  none.replace(none.find("[\"browse\""), 9, "[\"checkout\", \"add_to_cart\", \"browse\"");
  EXPECT_EQ(
      mistakes_of(none),
      "line 6: service.missing: checkout may not be missing: nobody could buy anything\n"
      "line 6: service.missing: add_to_cart may be missing only if the checkout's body has the "
      "{lines}");
  std::string at_once(kSampleProfile);
  at_once.erase(at_once.find(section("add_to_cart")), section("add_to_cart").size());
  at_once.replace(at_once.find("[\"browse\""), 9, "[\"add_to_cart\", \"browse\"");
  const std::string_view body = "retry = \"always\"\nbody = '[{lines}]'\nline = '\"{sku}\"'\n";
  at_once.replace(at_once.find("retry = \"always\"\n"), 17, body);
  EXPECT_EQ(mistakes_of(at_once), "");
}

TEST(ProfileMistakes, AreToldAllAtOnceInTheOrderOfTheFile) {
  std::string text = changed("\"decimal\"", "\"euro\"");
  text.replace(text.find("/up"), 3, "up");
  text.replace(text.find("{step}"), 6, "{stp}");
  text.replace(text.find("\"expired\""), 9, "\"exp\"");
  text.replace(text.find("[\"browse\", "), 11, "[");
  const std::string wrong = mistakes_of(text);
  std::vector<std::string> places;
  for (std::size_t at = 0; at < wrong.size();) {
    const std::size_t end = std::min(wrong.find('\n', at), wrong.size());
    const std::string line = wrong.substr(at, end - at);
    places.push_back(line.substr(0, line.find(": ", line.find(": ") + 1)));
    at = end + 1;
  }
  EXPECT_EQ(places, (std::vector<std::string>{
                        "actions.browse: is not described", "line 3: service.prices",
                        "line 11: actions.health.path", "line 27: actions.add_to_cart.body",
                        "line 39: actions.apply_coupons.words.gone off"}));
}

TEST(ProfileMistakes, OfTomlNameTheLine) {
  const std::string wrong = mistakes_of(changed("prices = \"decimal\"", "prices = decimal"));
  EXPECT_TRUE(wrong.starts_with("line 3: ")) << wrong;
  EXPECT_TRUE(mistakes_of("a = 1\nb = \"\xff\"").starts_with("line 2: "));
  EXPECT_EQ(
      mistakes_of(""),
      "service: this table is missing: name, prices and what else holds for "
      "all\n" +
          [] {
            std::string out;
            for (const char* name :
                 {"health", "list_products", "enter", "browse", "view_product", "add_to_cart",
                  "view_coupons", "apply_coupons", "checkout", "abandon", "find_order"}) {
              out += fmt::format(
                  "{}actions.{}: is not described: do so, or name it in service.missing",
                  out.empty() ? "" : "\n", name);
            }
            return out;
          }());
}

TEST(ProfileMistakes, OfSizeAreRefusedBeforeAnythingIsRead) {
  const Result<Profile> large = Profile::parse(std::string(64 * 1024 + 1, '#'), "large.toml");
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code(), Errc::too_large);
  EXPECT_EQ(large.error().message(),
            "large.toml: a profile has at most 65536 bytes, this has 65537");
  std::string many = "[service]\n";
  for (int i = 0; i < 100; ++i) many += fmt::format("k{} = 1\n", i);
  const std::string wrong = mistakes_of(many);
  EXPECT_EQ(std::count(wrong.begin(), wrong.end(), '\n'), 50);
  EXPECT_NE(wrong.find("and 63 mistakes more"), std::string::npos) << wrong;
}

// toml++ would overflow its stack.
TEST(ProfileMistakes, OfKeysWithoutEndAreRefused) {
  const auto chain = [](std::string_view part) {
    std::string out(part);
    while (out.size() < 60'000) out.append(".").append(part);
    return out;
  };
  for (const std::string_view part : {"a", "\"=\"", "'#'", " a ", "\"\\\"\""}) {
    const std::string key = chain(part);
    EXPECT_EQ(mistakes_of("x = \"\"\"\"\"\"\ny = '#'\n" + key + " = 1"),
              "line 3: a key of more than 16 parts")
        << part;
    EXPECT_EQ(mistakes_of("[" + key + "]"), "line 1: a key of more than 16 parts") << part;
    EXPECT_EQ(mistakes_of("x = { " + key + " = 1 }"), "line 1: a key of more than 16 parts")
        << part;
  }
  // A text that ends with a quote of its own does not hide what comes after it.
  EXPECT_EQ(mistakes_of("x = { y = \"\"\"a\"\"\"\", " + chain("a") + " = 1 }"),
            "line 1: a key of more than 16 parts");
  std::string nested = "x = ";
  for (int i = 0; i < 255; ++i) nested += "{ a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = ";
  EXPECT_NE(mistakes_of(nested + "1" + std::string(255, '}')), "") << "all that is let through";
  EXPECT_EQ(mistakes_of(std::string(kSampleProfile) + "# " + std::string(100, '.')), "");
  EXPECT_EQ(mistakes_of(changed("/up", "/" + std::string(100, '.'))), "");
}

}  // namespace
}  // namespace footfall::commerce
