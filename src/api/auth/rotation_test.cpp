// Goal: keys that come, go and cannot be had are followed as reference/offers-and-data.md section
// 5, trap 3, says, with few fetches whatever is asked. Method: an issuer and a clock by hand;
// threads of their own where single flight is tested.
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <thread>
#include <vector>

#include "api/auth/verifier_fixture.hpp"

namespace footfall::api::tests {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t kMinute = 60;

class Rotation : public VerifierTest {
 protected:
  static const SigningKey& second_key() {
    static const SigningKey key = SigningKey::ec();
    return key;
  }
  // Lives for a day, so that keys alone decide.
  static boost::json::object long_claims() {
    boost::json::object claims = user_claims();
    claims["exp"] = kNow + 86'400;
    return claims;
  }
  static std::string second_token() {
    return signed_token(second_key(), "ec-2", "ES256", long_claims());
  }
  static std::string first_token() { return ec_token(long_claims()); }
};

TEST_F(Rotation, ThePrefetchSparesTheFirstRequestItsWait) {
  EXPECT_TRUE(prefetch());
  EXPECT_EQ(issuer_.fetches, 1);
  EXPECT_EQ(failure(first_token()), AuthFailure::none);
  EXPECT_TRUE(prefetch());
  EXPECT_EQ(issuer_.fetches, 1);
}

TEST_F(Rotation, WithoutAKeyListThereIsNothingToFetch) {
  settings_.jwks_url.clear();
  settings_.issuer.clear();
  EXPECT_TRUE(prefetch());
  EXPECT_EQ(failure(first_token()), AuthFailure::invalid);
  EXPECT_EQ(issuer_.fetches, 0);
}

TEST_F(Rotation, ANewKidIsFetchedAtOnce) {
  EXPECT_EQ(failure(first_token()), AuthFailure::none);
  issuer_.text = key_list({ec_key().jwk("ec-1"), second_key().jwk("ec-2")});
  now_ += 1;
  EXPECT_EQ(failure(second_token()), AuthFailure::none);
  EXPECT_EQ(failure(first_token()), AuthFailure::none);
  EXPECT_EQ(issuer_.fetches, 2);
}

TEST_F(Rotation, AKeyThatIsGoneTakesItsRememberedTokensAlong) {
  issuer_.text = key_list({ec_key().jwk("ec-1"), second_key().jwk("ec-2")});
  EXPECT_EQ(failure(first_token()), AuthFailure::none);
  const std::string remembered = second_token();
  EXPECT_EQ(failure(remembered), AuthFailure::none);
  EXPECT_EQ(failure(remembered), AuthFailure::none);
  issuer_.text = key_list({ec_key().jwk("ec-1")});
  now_ += 1;
  EXPECT_EQ(failure(ec_token(long_claims(), "makes-it-look")), AuthFailure::invalid);
  EXPECT_EQ(issuer_.fetches, 2);
  EXPECT_EQ(failure(remembered), AuthFailure::invalid);
  EXPECT_EQ(failure(first_token()), AuthFailure::none);
}

// The kid stays, but names another key.
TEST_F(Rotation, AKeyThatIsReplacedTakesItsRememberedTokensAlong) {
  const std::string remembered = first_token();
  EXPECT_EQ(failure(remembered), AuthFailure::none);
  issuer_.text = key_list({second_key().jwk("ec-1")});
  now_ += 10 * kMinute;
  EXPECT_EQ(failure(remembered), AuthFailure::none);  // starts the refetch, does not wait for it
  EXPECT_EQ(failure(remembered), AuthFailure::invalid);
}

TEST_F(Rotation, AfterTenMinutesARefetchStartsBesideTheRequests) {
  EXPECT_EQ(failure(first_token()), AuthFailure::none);
  now_ = kNow + 10 * kMinute - 1;
  EXPECT_EQ(failure(first_token()), AuthFailure::none);
  EXPECT_EQ(issuer_.fetches, 1);
  now_ = kNow + 10 * kMinute;
  issuer_.gated = true;
  for (int i = 0; i < 3; ++i) {
    std::optional<AuthAnswer> answer;
    asio::co_spawn(io_, ask_into(&verifier(), "Bearer " + first_token(), &answer), rethrow);
    io_.restart();
    io_.poll();
    ASSERT_TRUE(answer) << "a request waited for the refetch";
    EXPECT_EQ(answer->failure, AuthFailure::none);
  }
  EXPECT_EQ(issuer_.fetches, 2);
  issuer_.gate.set();
  run();
  EXPECT_EQ(failure(first_token()), AuthFailure::none);
  EXPECT_EQ(issuer_.fetches, 2);
}

TEST_F(Rotation, MadeUpKidsCauseOneFetch) {
  EXPECT_TRUE(prefetch());
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(failure(ec_token(user_claims(), "made-up-" + std::to_string(i))),
              AuthFailure::invalid);
  }
  EXPECT_EQ(issuer_.fetches, 2);
  now_ += 29;
  EXPECT_EQ(failure(ec_token(user_claims(), "again")), AuthFailure::invalid);
  EXPECT_EQ(issuer_.fetches, 2);
  now_ += 1;
  EXPECT_EQ(failure(ec_token(user_claims(), "again")), AuthFailure::invalid);
  EXPECT_EQ(issuer_.fetches, 3);
}

TEST_F(Rotation, NothingButAWholeHeaderCausesAFetch) {
  for (const char* token : {"garbage", "a.b.c", "dev:1", "e30.e30.e30"}) {
    EXPECT_EQ(failure(token), AuthFailure::invalid);
  }
  EXPECT_EQ(issuer_.fetches, 0);
}

TEST_F(Rotation, WhileTheIssuerIsAwayOldKeysCountForAnHour) {
  EXPECT_EQ(failure(first_token()), AuthFailure::none);
  issuer_.mood = IssuerMood::refuses;
  for (std::int64_t age = kMinute; age < 60 * kMinute; age += kMinute) {
    now_ = kNow + age;
    ASSERT_EQ(failure(first_token()), AuthFailure::none) << age;
  }
  now_ = kNow + 60 * kMinute;
  const AuthAnswer answer = ask(first_token());
  EXPECT_EQ(answer.failure, AuthFailure::unavailable);
  EXPECT_NE(answer.reason.find("connection refused"), std::string::npos) << answer.reason;
  EXPECT_EQ(failure(second_token()), AuthFailure::unavailable);
  EXPECT_EQ(failure("garbage"), AuthFailure::invalid);
  issuer_.mood = IssuerMood::answers;
  now_ += 30;
  EXPECT_EQ(failure(first_token()), AuthFailure::none);
}

// Nobody came for two hours: the next request waits for new keys and is not turned away.
TEST_F(Rotation, AfterAQuietTimeTheNextRequestWaitsForKeys) {
  EXPECT_EQ(failure(first_token()), AuthFailure::none);
  now_ += 120 * kMinute;
  EXPECT_EQ(failure(first_token()), AuthFailure::none);
  EXPECT_EQ(issuer_.fetches, 2);
}

TEST_F(Rotation, AFailedPrefetchIsTriedAgainAfterAPause) {
  for (const IssuerMood mood : {IssuerMood::refuses, IssuerMood::throws}) {
    issuer_.mood = mood;
    issuer_.fetches = 0;
    verifier_.reset();
    EXPECT_FALSE(prefetch());
    EXPECT_EQ(failure(first_token()), AuthFailure::unavailable);
    EXPECT_EQ(failure(first_token()), AuthFailure::unavailable);
    EXPECT_EQ(issuer_.fetches, 1);
    issuer_.mood = IssuerMood::answers;
    now_ += 4;
    EXPECT_EQ(failure(first_token()), AuthFailure::unavailable);
    now_ += 1;
    EXPECT_EQ(failure(first_token()), AuthFailure::none);
    EXPECT_EQ(issuer_.fetches, 2);
    EXPECT_EQ(verifier().counts().fetch_failures, 1);
  }
}

TEST_F(Rotation, AnUnreadableListIsAFailedFetch) {
  EXPECT_EQ(failure(first_token()), AuthFailure::none);
  issuer_.text = "<html>upstream is down</html>";
  now_ += 1;
  EXPECT_EQ(failure(second_token()), AuthFailure::invalid);
  EXPECT_EQ(failure(first_token()), AuthFailure::none);
  EXPECT_EQ(verifier().counts().fetch_failures, 1);
}

TEST_F(Rotation, AnEmptyListMeansThatNobodySignsIn) {
  EXPECT_EQ(failure(first_token()), AuthFailure::none);
  issuer_.text = R"({"keys":[]})";
  now_ += 1;
  EXPECT_EQ(failure(second_token()), AuthFailure::invalid);
  EXPECT_EQ(failure(first_token()), AuthFailure::invalid);
  EXPECT_EQ(verifier().counts().fetch_failures, 0);
}

TEST_F(Rotation, AClockSetBackMakesNoKeyYoung) {
  EXPECT_EQ(failure(first_token()), AuthFailure::none);
  boost::json::object early = long_claims();
  early["iat"] = kNow - 86'400;
  issuer_.mood = IssuerMood::refuses;
  now_ = kNow - 60 * kMinute;
  EXPECT_EQ(failure(ec_token(early)), AuthFailure::unavailable);
}

// A caller who is cancelled while the list is fetched takes nobody else along.
TEST_F(Rotation, AFetchOutlivesWhoAskedForIt) {
  issuer_.gated = true;
  asio::cancellation_signal stop;
  std::optional<AuthAnswer> never, answer;
  bool failed = false;
  asio::co_spawn(io_, ask_into(&verifier(), "Bearer " + first_token(), &never),
                 asio::bind_cancellation_slot(
                     stop.slot(), [&](const std::exception_ptr& error) { failed = bool(error); }));
  asio::co_spawn(io_, ask_into(&verifier(), "Bearer " + first_token(), &answer), rethrow);
  io_.poll();
  EXPECT_EQ(issuer_.fetches, 1);
  stop.emit(asio::cancellation_type::terminal);
  io_.poll();
  EXPECT_TRUE(failed);
  EXPECT_FALSE(answer);
  issuer_.gate.set();
  run();
  EXPECT_FALSE(never);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->failure, AuthFailure::none);
  EXPECT_EQ(issuer_.fetches, 1);
}

TEST_F(Rotation, AFetchMayEndAfterItsVerifier) {
  EXPECT_EQ(failure(first_token()), AuthFailure::none);
  issuer_.gated = true;
  now_ += 10 * kMinute;
  std::optional<AuthAnswer> answer;
  asio::co_spawn(io_, ask_into(&verifier(), "Bearer " + first_token(), &answer), rethrow);
  io_.restart();
  io_.poll();
  ASSERT_TRUE(answer);
  EXPECT_EQ(issuer_.fetches, 2);
  verifier_.reset();
  issuer_.gate.set();
  run();
  EXPECT_EQ(issuer_.fetches, 2);
}

// A hundred callers in two threads, the keys fetched in a third (or in one of theirs).
class SingleFlight : public Rotation, public testing::WithParamInterface<bool> {};

TEST_P(SingleFlight, AHundredCallersCauseOneFetch) {
  constexpr int kCallers = 100;
  issuer_.gated = true;
  verifier();
  asio::io_context one, other;
  std::vector<std::optional<AuthAnswer>> answers(kCallers);
  for (int i = 0; i < kCallers; ++i) {
    asio::io_context& caller = GetParam() && i % 3 == 0 ? io_ : i % 2 == 0 ? one : other;
    asio::co_spawn(caller, ask_into(&verifier(), "Bearer " + second_token(), &answers[i]), rethrow);
  }
  issuer_.text = key_list({second_key().jwk("ec-2")});
  io_.restart();
  auto home_work = asio::make_work_guard(io_);
  std::thread home([this] { io_.run(); });
  std::thread first([&one] { one.run(); });
  std::thread second([&other] { other.run(); });
  while (issuer_.fetches == 0) std::this_thread::yield();
  asio::post(io_, [this] { issuer_.gate.set(); });
  first.join();
  second.join();
  home_work.reset();
  home.join();
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->failure, AuthFailure::none) << answer->reason;
  }
  EXPECT_EQ(issuer_.fetches, 1);
  EXPECT_EQ(verifier().counts().accepted, kCallers);
}

INSTANTIATE_TEST_SUITE_P(CallersAtHome, SingleFlight, testing::Bool());

// Keys change again and again under two threads that verify: each answer is one or the other.
TEST_F(Rotation, KeysMayChangeUnderWhoVerifies) {
  EXPECT_TRUE(prefetch());
  const std::string token = first_token();
  asio::io_context one, other;
  std::vector<std::optional<AuthAnswer>> answers(2000);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const std::string asked =
        i % 50 == 0 ? ec_token(user_claims(), "k" + std::to_string(i)) : token;
    asio::co_spawn(i % 2 == 0 ? one : other, ask_into(&verifier(), "Bearer " + asked, &answers[i]),
                   rethrow);
  }
  io_.restart();
  auto home_work = asio::make_work_guard(io_);
  std::thread home([this] { io_.run(); });
  std::thread first([&one] { one.run(); });
  std::thread second([&other] { other.run(); });
  for (int i = 0; i < 200; ++i) {
    now_ += 31;
    std::this_thread::yield();
  }
  first.join();
  second.join();
  home_work.reset();
  home.join();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ASSERT_TRUE(answers[i]);
    EXPECT_EQ(answers[i]->failure, i % 50 == 0 ? AuthFailure::invalid : AuthFailure::none);
  }
}

}  // namespace
}  // namespace footfall::api::tests
