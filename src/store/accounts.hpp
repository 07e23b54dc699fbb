// The port to people who sign in with a token (R14). Agents are read with the shop (store.hpp).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/failure.hpp"
#include "base/ids.hpp"
#include "base/task.hpp"

namespace footfall::store {

struct Account {
  UserId user;
  bool active = true;
};

class Accounts {
 public:
  static constexpr std::size_t kEmailBytesMax = 254;

  virtual ~Accounts() = default;

  // The account of the person whose token has this subject (a UUID in lower case); made when first
  // seen, by many at once too. An e-mail address that is empty or cannot be one, or that another
  // account has, is kept as "<subject>@users.invalid"; one that has changed is updated. Throws
  // Failure when the numbers of users are used up. What is referred to must live until the task
  // ends.
  virtual Task<Account> sign_in(const std::string& auth_sub, const std::string& email) = 0;
};

// For adapters: the address that stands for none, and the one to keep if nobody else has it. No
// address below ".invalid" is taken from a token: agents and these stand-ins have those.
std::string own_email(std::string_view auth_sub);
std::string email_to_keep(std::string_view auth_sub, std::string_view email);
// User ids take an agent's place in ids of coupons (retail/records.hpp), and no more fit.
Failure no_user_number_left();

}  // namespace footfall::store
