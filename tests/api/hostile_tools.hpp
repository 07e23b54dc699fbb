// Tests only: a valid request for every route, to begin misuse from, and what tells whether an
// answer and the database are as they must be after it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/route.hpp"
#include "tests/api/api_world.hpp"

namespace footfall::tests {

inline constexpr int kHostileAgent = 3;  // whose requests they are

struct ApiRequest {
  const api::Route* route = nullptr;
  std::string method, target, body;
  HttpHeaders headers;
};

// What valid requests name. Made by a run that was started and an order that was placed.
struct Facts {
  std::string run, user, store, product, session, coupon, order, cycle, listing, now;
  std::string order_session;  // of the order, in the same hour as `session`
};
Facts prepare(ApiWorld& world);

// One for each route, in the order of the table, with all members that its body may have. Those of
// shoppers are the agent's, the others the admin's.
ApiRequest valid_request(const api::Route& route, const Facts& facts);
std::vector<ApiRequest> valid_requests(const Facts& facts);
// "Bearer …" of whom the route is for; empty if it is for everybody.
std::string bearer_for(const api::Route& route);

// Sends it with its headers; the body, if there is one, as JSON.
HttpAnswer send(HttpClient& client, const ApiRequest& request);

// What is wrong with a problem document; empty: it has all its members, they fit the answer, and
// its code is known.
std::string problem_fault(const HttpAnswer& answer);
std::string code_of(const HttpAnswer& answer);  // "" if it is no problem document

// Rows of every table, and the sum of the carts' versions.
std::map<std::string, std::int64_t> row_counts(const ApiWorld& world, store::Backend backend);

// An agent's whole purchase of one product, at the run's present, in a session if one is named; the
// order's id. Fails the test where a step is refused.
std::string expect_purchase(const ApiWorld& world, int agent, const std::string& key,
                            const std::string& session = "");
// Moves the run's time on, so that agents may buy again; starts a run where none is left.
void next_hour(ApiWorld& world);

// A server with a run and an order in it, and what is looked at after each misuse.
class HostileTest : public testing::TestWithParam<store::Backend> {
 protected:
  explicit HostileTest(const ApiOptions& options = {.threads = 1});
  ~HostileTest() override;  // rows must be as they were, unless may_change()

  std::map<std::string, std::int64_t> counts() const { return row_counts(world_, GetParam()); }
  void note_rows() { before_ = counts(); }  // what follows must not change them
  void may_change() { before_.clear(); }
  ApiRequest request(std::string_view route) const;
  // It is a 4xx problem document; of this code.
  void expect_refused(const HttpAnswer& answer, const std::string& what) const;
  void expect_code(const HttpAnswer& answer, const std::string& code,
                   const std::string& what = "") const;
  // {"store_id":"1","lines":[…]} of the facts' product.
  std::string lines(const std::string& quantity) const;

  ApiWorld world_;
  Facts facts_;
  HttpClient agent_, nobody_;
  std::map<std::string, std::int64_t> before_;
};

#define FOOTFALL_HOSTILE(Suite)                                                               \
  INSTANTIATE_TEST_SUITE_P(On, Suite,                                                         \
                           testing::Values(store::Backend::sqlite, store::Backend::postgres), \
                           [](const auto& test) { return store::name_of(test.param); })

// A bare socket, for what no client would send.
class RawSocket {
 public:
  explicit RawSocket(std::uint16_t port);
  bool is_open() const { return socket_.is_open(); }
  bool send(std::string_view bytes);  // false: the server has closed
  void end_sending();
  // All that comes until the server closes.
  std::string rest();
  std::string some();  // what comes next; empty at the end
  void reset();        // closes with a TCP reset
  void close() { socket_.close(); }

 private:
  Descriptor socket_;
};

}  // namespace footfall::tests
