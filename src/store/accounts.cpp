#include "store/accounts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "retail/records.hpp"

namespace footfall::store {

std::string own_email(std::string_view auth_sub) {
  return fmt::format("{}@users.invalid", auth_sub);
}

std::string email_to_keep(std::string_view auth_sub, std::string_view email) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; };
  const bool usable = email.find('@') != email.npos && email.size() <= Accounts::kEmailBytesMax &&
                      std::none_of(email.begin(), email.end(), is_control) &&
                      !lower(email).ends_with(".invalid");
  return usable ? std::string(email) : own_email(auth_sub);
}

Failure no_user_number_left() {
  return Failure(
      fmt::format("the database has a user with the number {}, and no more fit: nobody else can "
                  "sign in for the first time",
                  with_commas(retail::kAgentsMax)));
}

}  // namespace footfall::store
