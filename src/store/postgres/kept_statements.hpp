// Which statements a connection's server keeps under a name: prepared when first sent, so that the
// server reads and plans each but once. Off until switched on, since a pooler in transaction mode
// keeps none. Knows nothing of libpq: connection.cpp asks it and does the sending.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace footfall::store::postgres {

class KeptStatements {
 public:
  void switch_on() { on_ = true; }

  // A batch: begin(), use() for each statement in order, then result() for each result that comes
  // but the Sync's, then end().
  void begin();
  struct Use {
    const char* name = nullptr;  // null: to be sent unnamed
    bool prepare = false;        // to be prepared under that name first
  };
  // `sql`: found by its place in memory, and its text is compared too. The name
  // holds until the next call.
  Use use(const char* sql);
  // True if the result is that of a PREPARE, which no caller has asked for. `good`: it is no
  // refusal.
  bool result(bool good);
  // Statements whose PREPARE was skipped or refused are not kept after all. `lost`: the server did
  // not know one that it should: a pooler stands between, and nothing is kept any more.
  void end();
  void lost() { on_ = false; }

 private:
  struct Statement {
    const char* sql;
    std::string text, name;
    bool confirmed = false;
  };
  static constexpr std::size_t kMost = 64;

  bool on_ = false;
  std::vector<Statement> statements_;
  std::vector<std::ptrdiff_t> results_;  // to come: the statement that is prepared, or -1
  std::size_t taken_ = 0;                // of them
};

}  // namespace footfall::store::postgres
