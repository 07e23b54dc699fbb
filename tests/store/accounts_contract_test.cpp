// Goal: a person has one account however many sign in at once, no two share a number or an address,
// and an agent's account is found for agents alone (R14). Method: crowds of first sign-ins, on
// SQLite from two threads; tokens with all kinds of addresses.
#include <fmt/format.h>

#include <set>
#include <thread>

#include "base/failure.hpp"
#include "retail/records.hpp"
#include "simulation/test_world.hpp"
#include "store/any/open.hpp"
#include "store/any/open_live.hpp"
#include "tests/store/crowd.hpp"

namespace footfall::store {
namespace {

std::string subject(int number) { return fmt::format("00000000-0000-4000-8000-{:012}", number); }

Task<void> sign_in(Accounts& accounts, std::string auth_sub, std::string email, Account& account) {
  account = co_await accounts.sign_in(auth_sub, email);
}

class AccountsContract : public Crowd {
 protected:
  void SetUp() override {
    const boost::asio::any_io_executor executor = make().io().get_executor();
    const LiveLimits limits{.pool = 16, .pool_extra = 8};
    database_ = open_live_databases(world().url(), limits, std::span(&executor, 1)).value().at(0);
  }
  void TearDown() override {
    database_.reset();
    Crowd::TearDown();
  }

  Accounts& accounts() { return database_->accounts(); }
  Account sign_in_one(int number, const std::string& email = "") {
    const std::string auth_sub = subject(number);
    return world().ask(accounts().sign_in(auth_sub, email));
  }
  std::string email_of(UserId user) {
    return std::get<std::string>(
        world()
            .query(fmt::format("SELECT email FROM users WHERE id = {}", user.value))
            .rows.at(0)[0]);
  }
  std::int64_t people() {
    return world().number("SELECT count(*) AS n FROM users WHERE kind = 'human'");
  }
  static std::string own(int number) { return subject(number) + "@users.invalid"; }

 private:
  std::shared_ptr<LiveDatabase> database_;
};

TEST_P(AccountsContract, FirstSignInsOfOnePersonMakeOneAccount) {
  std::vector<Account> got(50);
  std::vector<Task<void>> tasks;
  for (Account& account : got)
    tasks.push_back(sign_in(accounts(), subject(1), "me@shop.example", account));
  all(std::move(tasks));
  for (const Account& account : got) {
    EXPECT_EQ(account.user.value, kPeople + 1);
    EXPECT_TRUE(account.active);
  }
  EXPECT_EQ(people(), 1);
  EXPECT_EQ(email_of(got[0].user), "me@shop.example");
  EXPECT_GT(world().number("SELECT created_wall_us AS n FROM users WHERE kind = 'human'"),
            1'700'000'000'000'000);
}

// Some with an address of their own, some with none, twenty with the same.
TEST_P(AccountsContract, FirstSignInsOfManyMakeOneAccountEach) {
  std::vector<Account> got(100);
  std::vector<Task<void>> tasks;
  for (int i = 0; i < 100; ++i) {
    const int who = i / 2;
    const std::string email = who < 20   ? "same@shop.example"
                              : who < 35 ? fmt::format("{}@shop.example", who)
                                         : "";
    tasks.push_back(sign_in(accounts(), subject(who), email, got[static_cast<std::size_t>(i)]));
  }
  all(std::move(tasks));
  std::set<std::int64_t> users;
  for (std::size_t i = 0; i < got.size(); i += 2) {
    EXPECT_EQ(got[i].user, got[i + 1].user);
    users.insert(got[i].user.value);
  }
  EXPECT_EQ(users.size(), 50u);
  EXPECT_EQ(*users.begin(), kPeople + 1);
  EXPECT_EQ(*users.rbegin(), kPeople + 50);
  EXPECT_EQ(people(), 50);
  EXPECT_EQ(world().number("SELECT count(*) AS n FROM users WHERE email = 'same@shop.example'"), 1);
  EXPECT_EQ(
      world().number("SELECT count(*) AS n FROM users WHERE email = auth_sub || '@users.invalid'"),
      50 - 15 - 1);
}

TEST_P(AccountsContract, AnAddressIsOnesOwn) {
  const UserId first = sign_in_one(1, "a@shop.example").user;
  const UserId second = sign_in_one(2, "a@shop.example").user;
  EXPECT_EQ(email_of(second), own(2));
  sign_in_one(2, "b@shop.example");
  EXPECT_EQ(email_of(second), "b@shop.example");
  sign_in_one(1, "b@shop.example");
  EXPECT_EQ(email_of(first), own(1)) << "it is another's, and the old one is no longer true";
  sign_in_one(2);
  EXPECT_EQ(email_of(second), own(2));
  sign_in_one(1, "b@shop.example");
  EXPECT_EQ(email_of(first), "b@shop.example") << "free again";
  // An address that an agent has, or that stands for none, cannot be claimed.
  const std::string agents = email_of(world().user(0));
  sign_in_one(1, agents);
  EXPECT_EQ(email_of(first), own(1));
  sign_in_one(1, own(3));
  EXPECT_EQ(email_of(first), own(1));
  EXPECT_EQ(email_of(sign_in_one(3).user), own(3));
  EXPECT_EQ(people(), 3);
}

TEST_P(AccountsContract, SigningInAgainWritesNothing) {
  sign_in_one(1, "a@shop.example");
  sign_in_one(2, "a@shop.example");
  sign_in_one(3);
  world().execute(
      GetParam() == Backend::sqlite
          ? "CREATE TRIGGER frozen BEFORE UPDATE ON users BEGIN SELECT RAISE(ABORT, 'written'); END"
          : "CREATE FUNCTION frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE "
            "EXCEPTION 'written'; END $$; CREATE TRIGGER frozen BEFORE UPDATE ON users EXECUTE "
            "FUNCTION frozen()");
  sign_in_one(1, "a@shop.example");
  sign_in_one(2, "a@shop.example");
  sign_in_one(3);
  EXPECT_THROW(sign_in_one(1, "b@shop.example"), Failure);
  EXPECT_EQ(people(), 3);
}

TEST_P(AccountsContract, APersonMayBeDisabled) {
  const UserId user = sign_in_one(1).user;
  world().execute(fmt::format("UPDATE users SET status = 'disabled' WHERE id = {}", user.value));
  const Account account = sign_in_one(1, "new@shop.example");
  EXPECT_EQ(account.user, user);
  EXPECT_FALSE(account.active);
}

TEST_P(AccountsContract, NumbersStayWithinThoseOfAgents) {
  const UserId known = sign_in_one(1).user;
  world().execute(fmt::format(
      "INSERT INTO users (id, kind, email, created_wall_us) VALUES ({}, 'simulated', 'last', 0)",
      retail::kAgentsMax - 1));
  EXPECT_EQ(sign_in_one(2).user.value, retail::kAgentsMax);
  try {
    sign_in_one(3);
    ADD_FAILURE() << "a number past the last";
  } catch (const Failure& failure) {
    EXPECT_NE(std::string(failure.what()).find("99,999,999, and no more fit"), std::string::npos);
  }
  EXPECT_EQ(sign_in_one(1, "me@shop.example").user, known);
  EXPECT_EQ(email_of(known), "me@shop.example");
  EXPECT_EQ(people(), 2);
}

// R14: nobody shops by a dev token as an agent who is paused, or whose user is disabled or a
// person.
TEST_P(AccountsContract, OnlyActiveAgentsOfSimulatedUsersAreRead) {
  World& w = world();
  const UserId person = sign_in_one(1).user;
  w.execute("UPDATE agents SET status = 'paused' WHERE id = 3");
  w.execute("UPDATE users SET status = 'disabled' WHERE id = 4");
  w.execute(fmt::format("UPDATE agents SET user_id = {} WHERE id = 5", person.value));
  const auto agents = store::open_store(w.url(), false).value()->load_agents(100);
  EXPECT_EQ(agents.size(), std::size_t{kPeople} - 3);
  for (const Agent& agent : agents) {
    EXPECT_FALSE(agent.id.value >= 3 && agent.id.value <= 5) << agent.id.value;
  }
}

// Both number users after the highest.
TEST_P(AccountsContract, PeopleSignInWhileAgentsAreSeeded) {
  World& w = world();
  std::vector<personas::Persona> personas;
  for (int i = 1; i <= 600; ++i) {
    personas.push_back(personas::make_persona(5, static_cast<std::uint32_t>(i),
                                              {{{"category 1", 1}}, {{"brand 1", 1}}, {"S1"}}));
  }
  std::exception_ptr failed;
  std::thread seeding([&] {
    try {
      open_store(w.owner_url(), /*make=*/false).value()->seed(w.catalogue, personas);
    } catch (...) {
      failed = std::current_exception();
    }
  });
  for (int round = 0; round < 20; ++round) {
    std::vector<Account> got(10);
    std::vector<Task<void>> tasks;
    for (int i = 0; i < 10; ++i) {
      tasks.push_back(
          sign_in(accounts(), subject(round * 10 + i), "", got[static_cast<std::size_t>(i)]));
    }
    all(std::move(tasks));
  }
  seeding.join();
  if (failed) std::rethrow_exception(failed);
  EXPECT_EQ(people(), 200);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM users"), 800);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM agents"), 600);
}

FOOTFALL_ON_EACH(AccountsContract);

}  // namespace
}  // namespace footfall::store
