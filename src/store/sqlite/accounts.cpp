#include "store/sqlite/accounts.hpp"

#include "retail/records.hpp"
#include "store/wall_clock.hpp"

namespace footfall::store::sqlite {

SqliteAccounts::SqliteAccounts(GroupWriter& writer, Database& database) : writer_(writer) {
  const auto prepare = [&](const char* sql) { return database.prepare(sql); };
  person_ = prepare("SELECT id, status = 'active', email FROM users WHERE auth_sub = ?1");
  has_email_ = prepare("SELECT 1 FROM users WHERE email = ?1 AND auth_sub IS NOT ?2");
  next_id_ = prepare("SELECT coalesce(max(id), 0) + 1 FROM users");
  add_ = prepare(
      "INSERT INTO users (id, auth_sub, kind, email, created_wall_us) VALUES (?1, ?2, 'human', ?3, "
      "?4)");
  set_email_ = prepare("UPDATE users SET email = ?2 WHERE id = ?1");
}

// Mostly nothing is to be written, and then nobody waits for a disk.
Task<Account> SqliteAccounts::sign_in(const std::string& auth_sub, const std::string& email) {
  Seen seen;
  std::function<void(Database&)> read = [&](Database&) { seen = look(auth_sub, email); };
  co_await writer_.read(std::move(read));
  if (seen.settled()) co_return seen.account;
  Account account;
  std::function<void(Database&)> write = [&](Database&) { account = sign_in_now(auth_sub, email); };
  co_await writer_.write(std::move(write));
  co_return account;
}

SqliteAccounts::Seen SqliteAccounts::look(const std::string& auth_sub, const std::string& email) {
  Seen seen;
  person_.bind(1, auth_sub);
  if (person_.step()) {
    seen.account.user = UserId{person_.integer(0)};
    seen.account.active = person_.integer(1) != 0;
    seen.kept = person_.text(2);
    person_.reset();
  }
  seen.wanted = email_to_keep(auth_sub, email);
  has_email_.bind(1, seen.wanted).bind(2, auth_sub);
  if (has_email_.step()) {
    seen.wanted = own_email(auth_sub);
    has_email_.reset();
  }
  return seen;
}

Account SqliteAccounts::sign_in_now(const std::string& auth_sub, const std::string& email) {
  Seen seen = look(auth_sub, email);
  if (seen.settled()) return seen.account;
  if (seen.account.user) {
    set_email_.bind(1, seen.account.user.value).bind(2, seen.wanted).run();
    return seen.account;
  }
  next_id_.step();
  seen.account.user = UserId{next_id_.integer(0)};
  next_id_.reset();
  if (seen.account.user.value > retail::kAgentsMax) throw no_user_number_left();
  add_.bind(1, seen.account.user.value).bind(2, auth_sub).bind(3, seen.wanted);
  add_.bind(4, wall_clock_us()).run();
  return seen.account;
}

}  // namespace footfall::store::sqlite
