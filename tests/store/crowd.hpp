// Tests only: many callers at once on one small shop.
#pragma once

#include <utility>
#include <vector>

#include "tests/store/contract_world.hpp"

namespace footfall::store {

inline Task<void> check_out(World& w, CheckoutRequest request, CheckoutAnswer& answer) {
  CheckoutAnswer got = co_await w.shop().check_out(request);
  answer = std::move(got);
}

inline Task<void> give_back(World& w, ReturnRequest request, ReturnAnswer& answer) {
  ReturnAnswer got = co_await w.shop().give_back(request);
  answer = std::move(got);
}

class Crowd : public OnEach {
 protected:
  // On SQLite from two threads; the pool of PostgreSQL is one thread's.
  void all(std::vector<Task<void>> tasks) {
    world().all(std::move(tasks), GetParam() == Backend::sqlite ? 2 : 1);
  }
  template <typename Answers, typename Status>
  static int count(const Answers& answers, Status status) {
    int n = 0;
    for (const auto& answer : answers) n += answer.status == status;
    return n;
  }
};

}  // namespace footfall::store
