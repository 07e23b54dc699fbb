// Goal: no file and no answer brings the program down, whatever its bytes. Method: random bytes,
// and files and answers that were in order until some of their bytes, lines or pieces moved; the
// seed is fixed, so that a failure comes again.
#include <fstream>
#include <random>
#include <sstream>

#include "base/text.hpp"
#include "commerce/http/profile_fixture.hpp"

namespace footfall::commerce {
namespace {

class Chance {
 public:
  explicit Chance(std::uint32_t seed) : engine_(seed) {}
  std::size_t below(std::size_t end) { return end == 0 ? 0 : engine_() % end; }
  std::string bytes(std::size_t most) {
    std::string out(below(most + 1), ' ');
    for (char& c : out) c = static_cast<char>(engine_());
    return out;
  }
  std::string piece(const std::string& of, std::size_t most) {
    return of.substr(below(of.size()), below(most + 1));
  }

 private:
  std::mt19937 engine_;  // its numbers are the same everywhere
};

std::string mutated(Chance& chance, std::string text) {
  constexpr std::string_view kTokens[] = {
      "{lines}", "{cart}", "\"", "'''", "[[refusals]]\n", "[", "{", "}", "=", "\\", "/", "~",
      "\n",      "1e9",    "-1", ".",   "\"\"\"",         "]"};
  for (std::size_t n = 1 + chance.below(4); n > 0; --n) {
    const std::size_t at = chance.below(text.size());
    switch (chance.below(6)) {
      case 0:
        text.erase(at, chance.below(30));
        break;
      case 1:
        text.insert(at, kTokens[chance.below(std::size(kTokens))]);
        break;
      case 2:
        text.insert(at, chance.piece(text, 60));
        break;
      case 3:
        text.replace(at, chance.below(5), chance.bytes(5));
        break;
      case 4:
        text.insert(at, std::string(chance.below(300), "[{.\" "[chance.below(5)]));
        break;
      default:
        text.resize(at);
    }
  }
  return text;
}

std::string footfall_file() {
  std::ifstream file(FOOTFALL_SOURCE_DIR "/src/commerce/http/profiles/footfall.toml");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// What a file that is taken can then do: everything, with odd values.
void use(const Profile& profile, Chance& chance) {
  const std::string odd = chance.bytes(20);
  Places places;
  places.values.fill(odd);
  PlaceLine line;
  line.product = line.coupon = line.quantity = odd;
  ApiRequest request;
  for (int i = 0; i < kApiActionCount; ++i) {
    const auto action = static_cast<ApiAction>(i);
    if (!profile.has(action)) continue;
    profile.render(action, places, {&line, 1}, request);
    profile.read(action, 200, R"({"items":[{"id":1}],"total":"5","coupons":[]})");
    profile.read(action, 409, chance.bytes(50));
  }
}

TEST(ProfileFuzz, FilesOfRandomBytesAreRefused) {
  Chance chance(1);
  for (int i = 0; i < 2'000; ++i) {
    const Result<Profile> profile = Profile::parse(chance.bytes(200), "random.toml");
    ASSERT_FALSE(profile);
    ASSERT_NE(profile.error().message(), "");
  }
}

TEST(ProfileFuzz, FilesThatWereInOrderAreTakenOrRefused) {
  Chance chance(2);
  const std::string files[] = {std::string(kSampleProfile), footfall_file()};
  int taken = 0;
  for (int i = 0; i < 3'000; ++i) {
    const std::string text = mutated(chance, files[chance.below(2)]);
    const Result<Profile> profile = Profile::parse(text, "mutated.toml");
    if (!profile) {
      ASSERT_TRUE(profile.error().message().starts_with("mutated.toml")) << text;
      continue;
    }
    ++taken;
    use(*profile, chance);
  }
  EXPECT_GT(taken, 50) << "else the mutations are too wild to test what comes after parsing";
}

TEST(ProfileFuzz, AnswersAreRefusalsFailuresOrDone) {
  Chance chance(3);
  const Profile profiles[] = {profile_of(kSampleProfile), Profile::footfall()};
  const std::string answers[] = {
      R"({"items":[{"id":5,"sku":"a","cost":"1.50"}],"next":"x"})",
      R"({"basket":{"id":"b"}})",
      R"([{"id":1,"code":"A","from":"2026-01-05T00:00:00.5+01:00","to":null}])",
      R"({"total":12.5,"coupons":[{"code":"A","state":"fine"}]})",
      R"({"order":{"id":"o\u00e4","total":"3.00"}})",
      R"({"orders":[{"id":1,"total":5}]})",
      R"({"error":{"type":"sold_out","code":7},"code":"coupon_expired","success":false})"};
  constexpr int kStatuses[] = {200, 201, 404, 409, 422, 500, 0, -7, 999};
  for (int i = 0; i < 20'000; ++i) {
    const bool is_random = chance.below(4) == 0;
    const std::string body =
        is_random ? chance.bytes(100) : mutated(chance, answers[chance.below(std::size(answers))]);
    const Profile& profile = profiles[chance.below(2)];
    const auto action = static_cast<ApiAction>(chance.below(kApiActionCount));
    if (!profile.has(action)) continue;
    const ApiOutcome outcome =
        profile.read(action, kStatuses[chance.below(std::size(kStatuses))], body);
    const bool failed = !outcome.problem.empty();
    ASSERT_EQ(outcome.ok + outcome.refusal.has_value() + failed, 1) << body;
    ASSERT_LE(outcome.problem.size(), 300U);
    ASSERT_TRUE(http::is_utf8(outcome.problem)) << body;
  }
}

}  // namespace
}  // namespace footfall::commerce
