// Answers as they are kept under their keys.
#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <iterator>

#include "base/enum_names.hpp"
#include "base/failure.hpp"
#include "store/checkout.hpp"

namespace footfall::store {
namespace {

namespace json = boost::json;

Error broken(std::string_view text) {
  return Error(Errc::incompatible, fmt::format("the answer kept under this key cannot be read: {}",
                                               text.substr(0, 200)));
}

void append_ids(std::string& out, std::string_view name, const std::vector<UserCouponId>& ids) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":[", name);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    fmt::format_to(std::back_inserter(out), "{}{}", i ? "," : "", ids[i].value);
  }
  out += ']';
}

std::vector<UserCouponId> ids_of(const json::value& list) {
  std::vector<UserCouponId> ids;
  for (const json::value& id : list.as_array()) ids.push_back(UserCouponId{id.as_int64()});
  return ids;
}

// Throws std::exception where the text is no answer: caught by the callers below.
CheckoutAnswer read_checkout(std::string_view text) {
  const json::value root = json::parse({text.data(), text.size()});
  CheckoutAnswer answer;
  const json::string& status = root.at("status").as_string();
  answer.status =
      enum_named<CheckoutStatus>({status.data(), status.size()}, kCheckoutStatusCount).value();
  answer.order = OrderId{root.at("order").as_int64()};
  answer.subtotal = Money{root.at("subtotal").as_int64()};
  answer.discount = Money{root.at("discount").as_int64()};
  answer.total = Money{root.at("total").as_int64()};
  for (const json::value& row : root.at("coupons").as_array()) {
    const json::string& refusal = row.at(1).as_string();
    answer.coupons.push_back(
        {UserCouponId{row.at(0).as_int64()},
         enum_named<retail::Refusal>({refusal.data(), refusal.size()}, retail::kRefusalCount)
             .value()});
  }
  for (const json::value& row : root.at("short_of").as_array()) {
    answer.short_of.push_back(
        {ProductId{row.at(0).as_int64()}, row.at(1).as_int64(), row.at(2).as_int64()});
  }
  return answer;
}

ReturnAnswer read_return(std::string_view text) {
  const json::value root = json::parse({text.data(), text.size()});
  ReturnAnswer answer;
  const json::string& status = root.at("status").as_string();
  answer.status =
      enum_named<ReturnStatus>({status.data(), status.size()}, kReturnStatusCount).value();
  answer.refunded = Money{root.at("refunded").as_int64()};
  answer.coupons_back = ids_of(root.at("coupons_back"));
  answer.coupons_lost = ids_of(root.at("coupons_lost"));
  return answer;
}

template <typename Answer, typename Status>
Answer replayed(bool same_request, Status key_reused, Result<Answer> (*read)(std::string_view),
                std::string_view json) {
  Answer answer;
  if (!same_request) {
    answer.status = key_reused;
    return answer;
  }
  auto kept = read(json);
  if (!kept) throw Failure(kept.error().message());
  kept->replayed = true;
  return std::move(*kept);
}

}  // namespace

std::string answer_json(const CheckoutAnswer& answer) {
  std::string out;
  const auto to = std::back_inserter(out);
  fmt::format_to(to,
                 R"({{"status":"{}","order":{},"subtotal":{},"discount":{},"total":{},"coupons":[)",
                 to_string(answer.status), answer.order.value, answer.subtotal.minor,
                 answer.discount.minor, answer.total.minor);
  for (std::size_t i = 0; i < answer.coupons.size(); ++i) {
    fmt::format_to(to, "{}[{},\"{}\"]", i ? "," : "", answer.coupons[i].coupon.value,
                   to_string(answer.coupons[i].refusal));
  }
  out += "],\"short_of\":[";
  for (std::size_t i = 0; i < answer.short_of.size(); ++i) {
    const ShortLine& row = answer.short_of[i];
    fmt::format_to(to, "{}[{},{},{}]", i ? "," : "", row.product.value, row.wanted, row.left);
  }
  return out + "]}";
}

Result<CheckoutAnswer> checkout_answer(std::string_view text) {
  try {
    return read_checkout(text);
  } catch (const std::exception&) {
    return broken(text);
  }
}

std::string answer_json(const ReturnAnswer& answer) {
  std::string out = fmt::format(R"({{"status":"{}","refunded":{})", to_string(answer.status),
                                answer.refunded.minor);
  append_ids(out, "coupons_back", answer.coupons_back);
  append_ids(out, "coupons_lost", answer.coupons_lost);
  return out + "}";
}

Result<ReturnAnswer> return_answer(std::string_view text) {
  try {
    return read_return(text);
  } catch (const std::exception&) {
    return broken(text);
  }
}

CheckoutAnswer replayed_checkout(bool same_request, std::string_view json) {
  return replayed(same_request, CheckoutStatus::key_reused, checkout_answer, json);
}

ReturnAnswer replayed_return(bool same_request, std::string_view json) {
  return replayed(same_request, ReturnStatus::key_reused, return_answer, json);
}

}  // namespace footfall::store
