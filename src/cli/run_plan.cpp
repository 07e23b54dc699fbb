#include "cli/run_plan.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "cli/behavior_file.hpp"
#include "personas/attributes.hpp"

namespace footfall::cli {
namespace {

namespace json = boost::json;

// FNV-1a (Fowler, Noll, Vo), 64 bits, over a text and a separator.
struct Digest {
  std::uint64_t value = 0xcbf29ce484222325ULL;

  void add(std::string_view text) {
    for (const char c : text) step(static_cast<unsigned char>(c));
    step(0x1f);
  }
  void add(std::int64_t number) { add(fmt::format("{}", number)); }

 private:
  void step(unsigned char byte) { value = (value ^ byte) * 0x100000001b3ULL; }
};

// What came after the first runs is added only where it is used, so that the hashes of runs that
// know nothing of it stay.
void add_coupon(Digest& digest, const retail::Coupon& coupon) {
  digest.add(coupon.id.value);
  digest.add(coupon.code);
  for (const std::int64_t part :
       {static_cast<std::int64_t>(coupon.kind), std::int64_t{coupon.percent_bps},
        coupon.amount.minor, std::int64_t{coupon.scope}, coupon.min_spend.minor,
        std::int64_t{coupon.min_qty}, coupon.max_discount.minor, coupon.max_issuance,
        coupon.starts.value_or(SimTime{}).us, coupon.ends.value_or(SimTime{}).us}) {
    digest.add(part);
  }
  const auto add_unless = [&](std::string_view name, std::int64_t value, std::int64_t common) {
    if (value == common) return;
    digest.add(name);
    digest.add(value);
  };
  const retail::DiscountType type = discount_type(coupon);
  if (type != retail::DiscountType::percent && type != retail::DiscountType::amount) {
    digest.add(to_string(type));
  }
  add_unless("buy_qty", coupon.buy_qty, 0);
  add_unless("get_qty", coupon.get_qty, 0);
  add_unless("max_redemptions", coupon.max_redemptions, retail::kUnlimited);
  add_unless("max_discount_total", coupon.max_discount_total.minor, 0);
}

}  // namespace

Result<simulation::Plan> plan_of(const Settings& settings) {
  simulation::Plan plan;
  plan.start = parse_sim_time(settings.text("start")).value();
  plan.until = settings.is_empty("until") ? plan.start + kWeek * settings.whole("weeks")
                                          : parse_sim_time(settings.text("until")).value();
  if (plan.until <= plan.start) {
    return Error(Errc::invalid_input,
                 fmt::format("--until {} must be later than --start {}", to_date_string(plan.until),
                             to_date_string(plan.start)));
  }
  plan.activity = settings.text("activity") == "crowd" ? simulation::Activity::crowd
                                                       : simulation::Activity::persona;
  plan.profile =
      settings.text("profile") == "online" ? shopper::Profile::online : shopper::Profile::grocery;
  plan.policy = settings.text("policy");
  plan.deals.share = settings.number("deals");
  const auto count = [&](std::string_view name) { return static_cast<int>(settings.whole(name)); };
  plan.rules.cycle_length = kDay * settings.whole("offer-cycle-days");
  plan.rules.life = kDay * settings.whole("offer-expiration-days");
  plan.rules.capacity = count("max-wallet-capacity");
  plan.rules.frontstore_per_cycle = count("frontstore-per-cycle");
  plan.rules.category_brand_per_cycle = count("category-brand-per-cycle");
  plan.rules.wallet_rule = settings.text("wallet") == "replace" ? offers::WalletRule::replace
                                                                : offers::WalletRule::top_up;
  plan.rules.stagger = settings.on("stagger");
  plan.keep_failed_carts = settings.text("on-failed-checkout") == "keep";
  if (!settings.is_empty("behavior")) {
    const auto coefficients = read_behavior_file(settings.text("behavior"));
    if (!coefficients) return coefficients.error();
    plan.coefficients = *coefficients;
  }
  return plan;
}

std::string settings_json(const Settings& settings, const simulation::Plan& plan) {
  json::object object;
  for (const SettingInfo& info : setting_table()) {
    if (info.decides_data) object.emplace(info.name, settings.text(info.name));
  }
  object.emplace("behavior", shopper::coefficients_toml(plan.coefficients));
  return json::serialize(object);
}

Result<void> take_stored_settings(Settings& settings, const store::Run& run) {
  boost::system::error_code broken;
  const json::value value = json::parse(run.settings, broken);
  const std::string source = fmt::format("run {}", run.id.value);
  if (broken || !value.is_object()) {
    return Error(Errc::invalid_input, fmt::format("the stored settings of {} are broken", source));
  }
  for (const SettingInfo& info : setting_table()) {
    const json::value* stored = value.as_object().if_contains(info.name);
    if (!info.decides_data || !stored || !stored->is_string()) continue;
    const std::string text(stored->as_string());
    const Settings::Value& given = settings.value(info.name);
    if (given.source.starts_with("flag") && given.text != text) {
      return Error(Errc::invalid_input,
                   fmt::format("{} was lived with --{} {}; it cannot go on with {}. Leave the flag "
                               "out, or start a new run",
                               source, info.name, text.empty() ? "(empty)" : text, given.text));
    }
    if (const auto done = settings.set(info.name, text, source); !done) return done.error();
  }
  if (settings.value("behavior").source.starts_with("flag")) {
    return Error(
        Errc::invalid_input,
        fmt::format("{} keeps the behaviour it was begun with: leave --behavior out", source));
  }
  return settings.set("behavior", "", source);
}

Result<shopper::Coefficients> stored_coefficients(const store::Run& run) {
  boost::system::error_code broken;
  const json::value value = json::parse(run.settings, broken);
  if (!broken && value.is_object()) {
    if (const json::value* text = value.as_object().if_contains("behavior");
        text && text->is_string()) {
      return parse_behavior(std::string(text->as_string()), fmt::format("run {}", run.id.value));
    }
  }
  return Error(Errc::invalid_input,
               fmt::format("the stored behaviour of run {} is broken", run.id.value));
}

std::string config_hash(const std::string& settings_text, const retail::Catalogue& catalogue,
                        const std::vector<store::Agent>& agents) {
  Digest digest;
  digest.add(settings_text);
  digest.add(catalogue.currency);
  for (const retail::Store& store : catalogue.stores) {
    digest.add(store.id.value);
    digest.add(store.code);
  }
  for (const retail::Product& product : catalogue.products) {
    digest.add(product.id.value);
    digest.add(product.sku);
    digest.add(catalogue.categories[product.category]);
    digest.add(catalogue.brands[product.brand]);
    digest.add(product.list_price.minor);
    digest.add(fmt::format("{}", product.popularity));
  }
  // Retired coupons are offered to nobody, so they decide nothing.
  for (const retail::Coupon& coupon : catalogue.coupons) {
    if (!coupon.retired) add_coupon(digest, coupon);
  }
  for (const retail::StockLimit& limit : catalogue.stock) {
    digest.add("stock");
    digest.add(catalogue.stores[limit.store].id.value);
    digest.add(catalogue.products[limit.product].id.value);
    digest.add(limit.on_hand);
  }
  for (const store::Agent& agent : agents) {
    digest.add(agent.id.value);
    for (const personas::Attribute& attribute : personas::attributes()) {
      digest.add(personas::value_text(agent.persona, attribute));
    }
  }
  return fmt::format("{:016x}", digest.value);
}

}  // namespace footfall::cli
