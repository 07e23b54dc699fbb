// Which places make sense where, and whether a body's template is JSON.
#include <fmt/format.h>

#include "commerce/http/profile_file.hpp"

namespace footfall::commerce {
namespace {

std::string why_no_line(Place place, ApiAction action, Part part, Per per) {
  const bool is_product = group_of(place) == PlaceGroup::line;
  if (part == (is_product ? Part::line : Part::coupon)) return {};
  if (is_product && action == ApiAction::view_product && place != Place::quantity) return {};
  const ApiAction own = is_product ? ApiAction::add_to_cart : ApiAction::apply_coupons;
  const std::string_view key = is_product ? "line" : "coupon";
  if (part == Part::line || part == Part::coupon ||
      (action != own && action != ApiAction::checkout)) {
    return fmt::format("is of one {}, which is not known here", key);
  }
  if (action == ApiAction::checkout) return fmt::format("is of one {0}: write it in `{0}`", key);
  if (per == Per::line) return {};
  return fmt::format("is of one {0}: write it in `{0}`, or set per = \"line\" (a call for each)",
                     key);
}

std::string why_no_repetition(Place place, ApiAction action, Part part) {
  const ApiAction own = place == Place::lines ? ApiAction::add_to_cart : ApiAction::apply_coupons;
  if (part != Part::body) return "may stand in a body alone";
  if (action == own || action == ApiAction::checkout) return {};
  return fmt::format("may stand in the bodies of {} and checkout alone", to_string(own));
}

// Empty if the place makes sense there.
std::string why_not(Place place, std::optional<ApiAction> action, Part part, Per per) {
  const PlaceGroup group = group_of(place);
  if (!action) {
    const bool fits =
        group == PlaceGroup::world || group == PlaceGroup::trip || group == PlaceGroup::captured;
    return fits ? "" : "is not known to every action: write the header in those that know it";
  }
  if (*action == ApiAction::health)
    return "is not known here: nobody in particular asks for health";
  const bool for_each = *action == ApiAction::browse || *action == ApiAction::list_products;
  switch (group) {
    case PlaceGroup::world:
      return {};
    case PlaceGroup::trip:
      return is_of_trip(*action) ? "" : "is of a trip, and products are listed outside of one";
    case PlaceGroup::captured:
      return *action > ApiAction::enter && is_of_trip(*action)
                 ? ""
                 : "is not known yet: it comes from an earlier answer of the trip";
    case PlaceGroup::category:
      if (!for_each) return "is known to list_products and browse alone";
      // Who asks once looks at the first department's shelf.
      if (*action == ApiAction::browse) return "";
      return per == Per::line ? "" : "is one of several: set per = \"line\" (a call for each)";
    case PlaceGroup::cursor:
      return *action == ApiAction::list_products ? "" : "is known to list_products alone";
    case PlaceGroup::line:
    case PlaceGroup::coupon:
      return why_no_line(place, *action, part, per);
    case PlaceGroup::repeated:
      break;
  }
  return why_no_repetition(place, *action, part);
}

// Numbers and texts alike are fine: what stands outside of quotes gets its own where it needs them.
std::string filled_body(const ActionSpec& spec, std::size_t repeated) {
  Places places;
  places.values.fill("1");
  const std::vector<PlaceLine> lines(repeated, {"1", "1", "1", "1", "1", "1"});
  std::string body;
  append_body(body, spec, {places, lines.empty() ? nullptr : &lines[0], lines});
  return body;
}

}  // namespace

Template read_template(const Found& text, std::string_view content, Part part,
                       std::optional<ApiAction> action, Per per) {
  const Writing writing = part == Part::target                                   ? Writing::path
                          : part == Part::header || part == Part::service_header ? Writing::header
                                                                                 : Writing::json;
  Template out = compile(content, writing, [&](std::string_view name) {
    text.wrong(fmt::format("there is no place {{{}}}{}", shown(name, 40),
                           suggestion(name, place_names())));
  });
  std::size_t repetitions = 0;
  for (const Piece& piece : out.pieces) {
    if (!piece.has_place) continue;
    const std::string why = why_not(piece.place, action, part, per);
    const bool repeats = group_of(piece.place) == PlaceGroup::repeated;
    if (!why.empty()) {
      text.wrong(fmt::format("{{{}}} {}", to_string(piece.place), why));
    } else if (repeats && piece.in_quotes) {
      text.wrong(fmt::format("{{{}}} stands in quotes: it is a list of JSON values",
                             to_string(piece.place)));
    }
    if (repeats && ++repetitions > 2) text.wrong("{lines} and {coupons} may stand there once each");
  }
  return out;
}

void check_body(const Found& body, const ActionSpec& spec) {
  const bool repeats = spec.body.names(Place::lines) || spec.body.names(Place::coupons);
  const std::size_t last = spec.per == Per::line || !repeats ? 1 : 2;
  constexpr std::string_view kHowMany[] = {"no line or coupon", "one line or coupon",
                                           "two lines or coupons"};
  JsonTree tree;
  for (std::size_t count = spec.per == Per::line ? 1 : 0; count <= last; ++count) {
    const std::string filled = filled_body(spec, count);
    if (tree.parse(filled)) continue;
    const std::string_view read = std::string_view(filled).substr(0, tree.problem_at());
    const std::string many = repeats ? fmt::format(" and {}", kHowMany[count]) : "";
    body.wrong(fmt::format(
        "filled with sample values{} it is no JSON: {}, after '{}'", many, tree.problem(),
        shown(read.substr(read.size() - std::min<std::size_t>(read.size(), 40)), 40)));
    return;
  }
}

}  // namespace footfall::commerce
