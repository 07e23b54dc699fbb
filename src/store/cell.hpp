// A value on its way into a database: a column of a row, or a statement's parameter.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/sim_time.hpp"

namespace footfall::store {

// One value of a row: NULL, a whole number, a number, or a text that its maker keeps alive until
// it has been taken.
struct Cell {
  enum class Kind : std::uint8_t { null, whole, real, text } kind = Kind::null;
  union {
    std::int64_t whole = 0;
    double real;
    std::string_view text;
  };

  Cell() {}
  Cell(std::int64_t value) : kind(Kind::whole), whole(value) {}
  Cell(int value) : Cell(std::int64_t{value}) {}
  Cell(double value) : kind(Kind::real), real(value) {}
  Cell(std::string_view value) : kind(Kind::text), text(value) {}
  template <typename Tag>
  Cell(Id<Tag> id) : Cell(id.value) {}
  Cell(Money money) : Cell(money.minor) {}
  Cell(SimTime time) : Cell(time.us) {}
};

// `value` where `there`, else NULL.
inline Cell cell_if(bool there, Cell value) { return there ? value : Cell(); }

}  // namespace footfall::store
