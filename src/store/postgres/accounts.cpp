#include "store/postgres/accounts.hpp"

#include "retail/records.hpp"
#include "store/wall_clock.hpp"

namespace footfall::store::postgres {

Task<Account> PostgresAccounts::sign_in(const std::string& auth_sub, const std::string& email) {
  Query query("SELECT account, active FROM footfall.sign_in($1, $2, $3, $4, $5)");
  query.add(std::string_view(auth_sub))
      .add(std::string_view(email_to_keep(auth_sub, email)))
      .add(std::string_view(own_email(auth_sub)))
      .add(wall_clock_us())
      .add(retail::kAgentsMax);
  const Answer answer = co_await units_.call(query, /*repeatable=*/true);
  if (answer.is_null(0, 0)) throw no_user_number_left();
  Account account;
  account.user = UserId{answer.integer(0, 0)};
  account.active = answer.text(0, 1) == "t";
  co_return account;
}

}  // namespace footfall::store::postgres
