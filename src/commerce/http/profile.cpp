#include "commerce/http/profile.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "commerce/http/profile_footfall.hpp"
#include "commerce/http/profile_spec.hpp"

namespace footfall::commerce {

bool ActionSpec::needs(Place place) const {
  return path.names(place) || body.names(place) || line.names(place) || coupon.names(place);
}

bool ActionSpec::names(Place place) const {
  const auto in = [place](const Template& text) { return text.names(place); };
  return needs(place) || std::any_of(query.begin(), query.end(), in) ||
         std::any_of(headers.begin(), headers.end(),
                     [&](const HeaderSpec& header) { return in(header.value); });
}

void append_body(std::string& out, const ActionSpec& spec, const Filling& filling) {
  Filling all = filling;
  all.line_template = &spec.line;
  all.coupon_template = &spec.coupon;
  append(out, spec.body, all);
}

Profile::Profile(std::shared_ptr<const Spec> spec) : spec_(std::move(spec)) {}

std::string_view Profile::footfall_text() { return kFootfallProfile; }

const Profile& Profile::footfall() {
  static const Profile built_in = [] {
    Result<Profile> profile = parse(kFootfallProfile, "footfall.toml");
    FF_ASSERT(profile, profile ? "" : profile.error().message());
    return std::move(*profile);
  }();
  return built_in;
}

const std::string& Profile::name() const { return spec_->name; }
bool Profile::is_footfall() const { return spec_->is_footfall; }
bool Profile::has(ApiAction action) const { return spec_->action(action).is_present; }
Per Profile::per(ApiAction action) const { return spec_->action(action).per; }
Retry Profile::retry(ApiAction action) const { return spec_->action(action).retry; }

bool Profile::names(ApiAction action, Place place) const {
  return spec_->action(action).names(place);
}

bool Profile::needs_token() const {
  return std::any_of(spec_->actions.begin(), spec_->actions.end(),
                     [](const ActionSpec& spec) { return spec.names(Place::token); });
}

std::string Profile::price_text(Money amount) const {
  return spec_->prices == Prices::decimal ? to_string(amount) : std::to_string(amount.minor);
}

void Profile::render(ApiAction action, const Places& places, std::span<const PlaceLine> lines,
                     ApiRequest& request) const {
  const ActionSpec& spec = spec_->action(action);
  FF_ASSERT(spec.is_present, "an action is sent that the profile lacks");
  FF_ASSERT(spec.per == Per::call || lines.size() <= 1, "several lines, and a call for each");
  const PlaceLine* const one = spec.per == Per::line && !lines.empty() ? &lines[0] : nullptr;
  const Filling filling{places, one, lines, nullptr, nullptr};
  request.action = action;
  request.method = spec.method;
  request.target.clear();
  append(request.target, spec.path, filling);
  char mark = '?';
  for (const Template& parameter : spec.query) {
    if (!knows_all(filling, parameter)) continue;
    request.target += std::exchange(mark, '&');
    append(request.target, parameter, filling);
  }
  std::size_t count = 0;
  for (const HeaderSpec& header : spec.headers) {
    if (!knows_all(filling, header.value)) continue;
    if (count == request.headers.size()) request.headers.emplace_back();
    auto& [name, value] = request.headers[count++];
    name = header.name;
    value.clear();
    append(value, header.value, filling);
  }
  request.headers.resize(count);
  request.body.clear();
  append_body(request.body, spec, filling);
}

}  // namespace footfall::commerce
