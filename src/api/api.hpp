// The shop's API on one thread: finds the route, who calls and in which run, checks what came, and
// turns failures into problem documents. What threads share is in Shared.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "api/auth/verifier.hpp"
#include "api/cursor.hpp"
#include "api/ready_check.hpp"
#include "api/route.hpp"
#include "api/run_hub.hpp"
#include "http/server.hpp"
#include "telemetry/log.hpp"

namespace footfall::api {

struct ApiSettings {
  bool simulation_mode = false;
  std::string version;     // of the program
  std::string cursor_key;  // signs cursors; the same for all workers of a shop
};

// Must outlive every Api.
struct Shared {
  ApiSettings settings;
  const ServedShop& shop;
  RunHub& runs;
  Verifier& verifier;
  telemetry::Log& log;
  std::shared_ptr<const Goods> list_goods;  // at list prices, where no run says otherwise
  std::vector<std::string> search_texts;    // by product
  std::vector<std::string> coupon_terms;    // by coupon: members of its object
  std::shared_ptr<const std::string> openapi, docs_page;
};

// A run, open on this thread. Who holds it may use it across suspensions; those that nobody holds
// are forgotten, all but the last used (idle.hpp).
struct OpenRun {
  std::shared_ptr<RunState> state;
  std::unique_ptr<store::LiveStore> live;
};

// A request that was matched and checked.
struct Call {
  const http::Request& request;
  const Route& route;
  Principal principal;
  store::Account account;        // of the shopper
  std::shared_ptr<OpenRun> run;  // of routes that act in one; null for those open to all, without
  SimTime at;                    // when it happens: the run's simulated time, or the real one
  std::map<std::string_view, std::string> parameters;  // given ones, decoded
  boost::json::value body;                             // null if there is none

  // A parameter that was given, or its default.
  const std::string* find(std::string_view name) const;
  std::int64_t number(std::string_view name, std::int64_t otherwise) const;
  bool is_simulated() const { return principal.kind == PrincipalKind::agent; }
  const retail::Catalogue& catalogue() const { return run->state->catalogue(); }
};

// "17", and nothing that is no id.
std::optional<std::int64_t> parse_id(std::string_view text);

http::Response refuse(const Call& call, const ProblemKind& kind, std::string_view detail,
                      std::span<const http::FieldError> errors = {}, std::string_view extra = {});
// invalid_request with what was found; not empty. The pointer "" is the whole body.
http::Response refuse(const Call& call, const std::vector<http::FieldError>& errors);
// The same with one finding.
http::Response refuse_at(const Call& call, std::string pointer, std::string detail);
// Something, or the refusal that is the answer.
template <typename T>
using Or = std::variant<T, http::Response>;
// 200, or another status, with a JSON body.
http::Response answer(std::string json, int status = 200);

class Api final : public http::Handler {
 public:
  Api(Shared& shared, std::shared_ptr<store::LiveDatabase> database);

  Task<http::Response> handle(const http::Request& request) override;

  Shared& shared() { return shared_; }
  store::LiveDatabase& database() { return *database_; }
  ReadyCheck& ready_check() { return ready_check_; }
  // A run on this thread; opened when first asked for. Never null.
  Task<std::shared_ptr<OpenRun>> open(std::shared_ptr<RunState> state);

 private:
  struct Kept {
    std::shared_ptr<OpenRun> run;
    std::uint64_t used = 0;  // uses_ then
  };
  struct Known {  // an account that was looked up a moment ago
    store::Account account;
    std::chrono::steady_clock::time_point until;
    std::int64_t offer_cycle = -1;  // of a person: in which the wallet was filled
  };
  // A step of the way to the handler: nothing, or the refusal.
  using Refused = std::optional<http::Response>;

  Task<http::Response> dispatch(const http::Request& request, const Match& match, Call& call);
  Task<Refused> identify(Call& call);
  Task<Refused> find_account(Call& call);
  Task<Refused> find_run(Call& call);
  Task<Refused> place_in_time(Call& call);
  Task<void> welcome(Call& call, Known& known);
  Refused read_parameters(Call& call, const Match& match) const;
  Refused read_body(Call& call) const;
  Known* find_known(const std::string& name);
  void remember(const std::string& name, const store::Account& account);

  Shared& shared_;
  std::shared_ptr<store::LiveDatabase> database_;
  ReadyCheck ready_check_;
  std::map<RunId, Kept> open_;
  std::uint64_t uses_ = 0;
  std::map<std::string, Known> known_;  // people, by subject
};

}  // namespace footfall::api
