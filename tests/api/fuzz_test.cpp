// Goal: no bytes make the server fail: each answer is HTTP with JSON, a page or a problem document,
// never a 5xx, and afterwards a purchase works. Method: valid requests for all routes, mutated at
// random from a printed seed (FOOTFALL_SEED), thousands over a few connections (FOOTFALL_LONG=1: a
// million); the same bodies also go straight into the checker of schemas.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <iostream>
#include <random>

#include "http/message.hpp"
#include "tests/api/hostile_tools.hpp"
#include "tests/store/invariant_checks.hpp"

namespace footfall::tests {
namespace {

namespace json = boost::json;
using Random = std::mt19937;

bool is_long() { return std::getenv("FOOTFALL_LONG") != nullptr; }

std::uint32_t seed() {
  const char* given = std::getenv("FOOTFALL_SEED");
  return given ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10)) : 20261121;
}

// Bytes flipped, put in, taken out, doubled. Without `line_ends` a header stays one header.
void mutate_bytes(std::string& text, Random& rng, bool line_ends) {
  static constexpr std::string_view kLikely = "\t :;,\"{}[]0123456789-+.eE/%?&=\\\xff\x7f\x01";
  for (std::size_t changes = 1 + rng() % 4; changes > 0; --changes) {
    const std::size_t at = text.empty() ? 0 : rng() % text.size();
    char c = rng() % 3 == 0 ? static_cast<char>(rng()) : kLikely[rng() % kLikely.size()];
    if (!line_ends && (c == '\r' || c == '\n')) c = ' ';
    if (line_ends && rng() % 8 == 0) c = rng() % 2 == 0 ? '\r' : '\n';
    switch (text.empty() ? 1 : rng() % 5) {
      case 0:
        text[at] = c;
        break;
      case 1:
        text.insert(at, 1, c);
        break;
      case 2:
        text.erase(at, 1 + rng() % 4);
        break;
      case 3:
        text.insert(at, text.substr(rng() % text.size(), rng() % 40));
        break;
      default:
        text[at] = static_cast<char>(text[at] ^ (1 << rng() % 7));
        if (!line_ends && (text[at] == '\r' || text[at] == '\n')) text[at] = ' ';
    }
  }
}

void collect(json::value& value, std::vector<json::value*>& out) {
  out.push_back(&value);
  if (json::array* list = value.if_array()) {
    for (json::value& one : *list) collect(one, out);
  } else if (json::object* object = value.if_object()) {
    for (auto& member : *object) collect(member.value(), out);
  }
}

json::value odd_value(Random& rng) {
  static const char* kOdd[] = {"null",
                               "true",
                               "-1",
                               "0",
                               "1",
                               "999",
                               "1000",
                               "2147483648",
                               "9223372036854775807",
                               "9223372036854775808",
                               "1e308",
                               "-0.5",
                               "\"\"",
                               "\"1\"",
                               "\"x\"",
                               "\"2026-01-05T00:30:00Z\"",
                               "\"2199-12-31\"",
                               "[]",
                               "{}",
                               "[[[]]]",
                               "\"\\u0000\"",
                               "\"9223372036854775807\"",
                               "0.1"};
  return json::parse(kOdd[rng() % std::size(kOdd)]);
}

// Values swapped, replaced, or taken from another body; text that is no JSON is left to the bytes.
void mutate_json(std::string& body, const std::string& other, Random& rng) {
  boost::system::error_code error;
  json::value value = json::parse(body, error);
  json::value donor = json::parse(other, error);
  if (error) return mutate_bytes(body, rng, true);
  for (std::size_t changes = 1 + rng() % 3; changes > 0; --changes) {
    std::vector<json::value*> places, gifts;
    collect(value, places);
    collect(donor, gifts);
    json::value& place = *places[rng() % places.size()];
    const std::size_t what = rng() % 4;
    if (what == 0) {
      place = odd_value(rng);
    } else if (what == 1) {
      const json::value gift = *gifts[rng() % gifts.size()];
      place = gift;
    } else if (what == 2) {
      const json::value copy = *places[rng() % places.size()];
      place = copy;
    } else if (place.is_object() && !place.as_object().empty()) {
      place.as_object().erase(place.as_object().begin());
    } else if (place.is_array() && !place.as_array().empty() && place.as_array().size() < 1000) {
      const json::value copy = place.as_array().front();
      place.as_array().push_back(copy);
    }
  }
  body = json::serialize(value);
}

// What steers runs ends what the others need, so it comes seldom.
const ApiRequest& pick(const std::vector<ApiRequest>& corpus, Random& rng) {
  const ApiRequest& one = corpus[rng() % corpus.size()];
  const bool steers = one.target.starts_with("/simulation/st") && one.method == "POST";
  return steers && rng() % 20 != 0 ? corpus[rng() % 12] : one;
}

// Sessions belong to an hour, and keys to one request: without them, or with new ones, carts and
// orders come about at any time.
void loosen(ApiRequest& request, const std::string& session, Random& rng) {
  for (const std::string& named :
       {",\"session_id\":\"" + session + "\"", "&session_id=" + session}) {
    for (std::string* text : {&request.body, &request.target}) {
      const std::size_t at = text->find(named);
      if (at != std::string::npos) text->erase(at, named.size());
    }
  }
  for (auto& [name, value] : request.headers) {
    if (name == "Idempotency-Key") value = fmt::format("key-{}", rng());
  }
}

ApiRequest mutated(const std::vector<ApiRequest>& corpus, const std::string& session, Random& rng) {
  static const char* kMethods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"};
  ApiRequest request = pick(corpus, rng);
  if (rng() % 3 > 0) loosen(request, session, rng);
  if (rng() % 4 == 0) return request;  // as it is, so that something goes on
  const ApiRequest& other = corpus[rng() % corpus.size()];
  for (std::size_t changes = 1 + rng() % 2; changes > 0; --changes) {
    switch (rng() % 14) {
      case 0:
        request.method = kMethods[rng() % std::size(kMethods)];
        break;
      case 1:
      case 2:
        mutate_bytes(request.target, rng, false);
        break;
      case 3:
        if (!request.headers.empty()) {
          auto& header = request.headers[rng() % request.headers.size()];
          mutate_bytes(rng() % 4 == 0 ? header.first : header.second, rng, false);
        }
        break;
      case 4:  // spliced: one's head with another's body, or all headers of both
        request.body = other.body;
        if (rng() % 2 == 0) request.headers = other.headers;
        break;
      case 5:
        request.target = other.target;
        break;
      case 6:
        mutate_bytes(request.body, rng, true);
        break;
      default:
        if (!request.body.empty()) mutate_json(request.body, other.body, rng);
    }
  }
  // A request is one head: what a space or a lost name would end is tried with raw bytes below.
  for (char& c : request.target) c = c == ' ' ? '+' : c;
  return request;
}

std::string as_bytes(const ApiRequest& request) {
  std::string out = fmt::format("{} {} HTTP/1.1\r\nHost: x\r\n", request.method, request.target);
  for (const auto& [name, value] : request.headers) out += fmt::format("{}: {}\r\n", name, value);
  return out + fmt::format("Content-Length: {}\r\n\r\n{}", request.body.size(), request.body);
}

class Fuzz : public testing::Test {
 protected:
  Fuzz() : rng_(seed()), facts_(prepare(world_)), corpus_(valid_requests(facts_)) {
    violated_before_ = violated();
    std::cout << "FOOTFALL_SEED=" << seed() << std::endl;
    for (int i = 0; i < 4; ++i) clients_.push_back(world_.client());
  }

  static ApiOptions options() {
    ApiOptions options;
    options.http.header_timeout = options.http.body_timeout = std::chrono::milliseconds(1000);
    return options;
  }
  void expect_good(const HttpAnswer& answer, const std::string& asked) {
    ++statuses_[answer.status];
    const bool known = answer.status >= 200 && answer.status < 600;
    const bool refused = answer.status >= 400 && (answer.status < 500 || answer.status == 501);
    EXPECT_TRUE(known && (answer.status < 400 || refused)) << answer.status << asked << answer.body;
    if (refused && !answer.body.empty()) {
      EXPECT_EQ(problem_fault(answer), "") << asked;
    }
    if (answer.status < 300 && answer.header("content-type") == "application/json") {
      boost::system::error_code error;
      json::parse(answer.body, error);
      EXPECT_TRUE(!error || answer.body.empty()) << asked;
    }
  }
  // The invariants with rows against them, and how many. One is there from the start: the real
  // shop's first offer cycle is not its run's first.
  std::map<std::string_view, std::size_t> violated() const {
    std::map<std::string_view, std::size_t> out;
    for (const store::InvariantCheck& check : store::kInvariantChecks) {
      const std::size_t rows = world_.query(std::string(check.sql)).rows.size();
      if (rows > 0) out[check.name] = rows;
    }
    return out;
  }
  void expect_still_works() {
    EXPECT_EQ(violated(), violated_before_);
    world_.start_run();
    const std::int64_t before = world_.number("SELECT count(*) AS n FROM orders");
    expect_purchase(world_, 11, "after-the-fuzz");
    EXPECT_EQ(world_.number("SELECT count(*) AS n FROM orders"), before + 1);
    EXPECT_EQ(world_.number("SELECT count(*) AS n FROM users"), store::kPeople);
  }
  // A run that can be shopped in, with what the corpus names.
  void renew() {
    HttpClient admin = world_.admin();
    const HttpAnswer status = admin.get("/simulation/status");
    if (status.status == 200 && text_at(json_of(status), "/status") == "running") return;
    facts_.run = world_.start_run();
    facts_.session = fmt::format("{}00000{:08}0", facts_.run, kHostileAgent);
    facts_.cycle = facts_.run + "00000000000000";
    corpus_ = valid_requests(facts_);
  }

  ApiWorld world_{store::Backend::sqlite, options()};
  Random rng_;
  Facts facts_;
  std::vector<ApiRequest> corpus_;
  std::vector<HttpClient> clients_;
  std::map<int, int> statuses_;
  std::map<std::string_view, std::size_t> violated_before_;
};

TEST_F(Fuzz, RequestsGetGoodAnswers) {
  const int many = is_long() ? 1'000'000 : 20'000;
  for (int i = 0; i < many && !HasFailure(); ++i) {
    if (i % 200 == 0) renew();
    const ApiRequest request = mutated(corpus_, facts_.session, rng_);
    const std::string bytes = as_bytes(request);
    HttpClient& client = clients_[rng_() % clients_.size()];
    client.write(bytes);
    const std::optional<HttpAnswer> answer = client.read(request.method == "HEAD");
    ASSERT_TRUE(answer) << i << ": " << bytes;
    expect_good(*answer, fmt::format("{}: {}", i, bytes));
  }
  for (const auto& [status, count] : statuses_) std::cout << status << ": " << count << "\n";
  EXPECT_GT(statuses_[200], many / 20);  // it gets past the first checks
  EXPECT_GT(statuses_[400], many / 20);
  EXPECT_GT(statuses_[201], many / 1000);
  expect_still_works();
}

TEST_F(Fuzz, RawBytesGetAnswersOrAnEnd) {
  const int many = is_long() ? 50'000 : 2'000;
  int answered = 0;
  for (int i = 0; i < many && !HasFailure(); ++i) {
    if (i % 200 == 0) renew();
    std::string bytes = as_bytes(pick(corpus_, rng_));
    mutate_bytes(bytes, rng_, true);
    if (rng_() % 3 == 0) bytes += as_bytes(corpus_[rng_() % corpus_.size()]);
    RawSocket socket(world_.port());
    ASSERT_TRUE(socket.is_open());
    socket.send(bytes);
    socket.end_sending();
    const std::string answers = socket.rest();
    EXPECT_TRUE(answers.empty() || answers.starts_with("HTTP/1.1 ")) << i << ": " << bytes;
    EXPECT_EQ(answers.find("HTTP/1.1 500"), answers.npos) << i << ": " << bytes << answers;
    answered += answers.empty() ? 0 : 1;
  }
  EXPECT_GT(answered, many / 2);
  expect_still_works();
}

TEST_F(Fuzz, TheCheckerOfSchemasIsDeterministic) {
  const int many = is_long() ? 1'000'000 : 50'000;
  int good = 0, bad = 0;
  for (int i = 0; i < many && !HasFailure(); ++i) {
    std::string body = corpus_[rng_() % corpus_.size()].body;
    mutate_json(body, corpus_[rng_() % corpus_.size()].body, rng_);
    boost::system::error_code error;
    const json::value value = json::parse(body, error);
    if (error) continue;
    const ApiRequest& request = corpus_[rng_() % corpus_.size()];
    if (!request.route->body) continue;
    std::vector<http::FieldError> first, second;
    api::check(value, *request.route->body, "", first);
    api::check(value, *request.route->body, "", second);
    ASSERT_EQ(first.size(), second.size()) << body;
    ASSERT_LE(first.size(), 20U) << body;
    for (std::size_t f = 0; f < first.size(); ++f) {
      EXPECT_EQ(first[f].pointer, second[f].pointer) << body;
      EXPECT_EQ(first[f].detail, second[f].detail) << body;
      EXPECT_TRUE(http::is_utf8(first[f].detail)) << body;
    }
    ++(first.empty() ? good : bad);
  }
  EXPECT_GT(good, 100);
  EXPECT_GT(bad, 1000);
}

}  // namespace
}  // namespace footfall::tests
