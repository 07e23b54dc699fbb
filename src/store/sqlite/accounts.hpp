// People and agents in SQLite. See store/accounts.hpp.
#pragma once

#include <string>

#include "store/accounts.hpp"
#include "store/sqlite/group_writer.hpp"

namespace footfall::store::sqlite {

class SqliteAccounts final : public Accounts {
 public:
  // Made, and destroyed, on the writer's thread.
  SqliteAccounts(GroupWriter& writer, Database& database);

  Task<Account> sign_in(const std::string& auth_sub, const std::string& email) override;

 private:
  struct Seen {
    Account account;  // user 0: never seen
    std::string kept, wanted;

    bool settled() const { return account.user && kept == wanted; }
  };
  Seen look(const std::string& auth_sub, const std::string& email);
  Account sign_in_now(const std::string& auth_sub, const std::string& email);

  GroupWriter& writer_;
  Statement person_, has_email_, next_id_, add_, set_email_;
};

}  // namespace footfall::store::sqlite
