// What a simulator without a database tells of its trips, as JSON, and back as records
// (retail/records.hpp). Names and meanings are those of docs/EVENTS.md.
#pragma once

#include <boost/json/value.hpp>
#include <memory>
#include <vector>

#include "api/run_state.hpp"
#include "http/problem.hpp"
#include "retail/records.hpp"

namespace footfall::api {

// One trip that has ended, or (has_session false in its record) a thought that came to none.
struct ToldTrip {
  retail::RecordBatch batch;  // one session
  OrderId order;              // 0: none
  bool abandon_cart = false;
};

// Reads one entry of `sessions` or `thoughts`, which was checked against its schema. What does not
// fit together (another agent's id, times out of order, unknown products, features that the kind of
// decision does not have) is added to `errors`, with its place below `pointer`. `agent`: whose
// trips may be told; 0: anybody's of the run.
ToldTrip read_trip(const boost::json::value& told, bool has_session, const RunState& run,
                   AgentId agent, const std::string& pointer,
                   std::vector<http::FieldError>& errors);

// Whether this is a session of the agent in the simulated hour of `at`.
bool is_session_of(const RunState& run, AgentId agent, SimTime at, std::int64_t session);

}  // namespace footfall::api
