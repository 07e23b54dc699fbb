// People and agents on PostgreSQL. See store/accounts.hpp.
#pragma once

#include "store/accounts.hpp"
#include "store/postgres/unit.hpp"

namespace footfall::store::postgres {

class PostgresAccounts final : public Accounts {
 public:
  explicit PostgresAccounts(Units& units) : units_(units) {}

  Task<Account> sign_in(const std::string& auth_sub, const std::string& email) override;

 private:
  Units& units_;
};

}  // namespace footfall::store::postgres
