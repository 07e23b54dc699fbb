// How many walks through the shopping graph one core makes when the nodes do next to nothing: the
// price of the engine itself (LangGraph JS: 90 to 154 trips/s on the same graph, XState 5: 21,000).
#include <benchmark/benchmark.h>

#include <array>

#include "shopper/graph.hpp"

namespace {

using footfall::shopper::kShoppingGraph;
using footfall::shopper::Node;
using footfall::shopper::Walk;

// What a trip of trivial nodes carries: a counter that decides at the conditional edges.
struct State {
  std::uint64_t n = 0;
};

using Handler = Node (*)(State&);

Node after_start(State&) { return Node::decide_shop; }
Node after_decide_shop(State& s) { return s.n % 8 ? Node::browse_products : Node::end; }
Node after_browse(State&) { return Node::add_to_cart; }
Node after_add(State&) { return Node::view_coupons; }
Node after_coupons(State&) { return Node::decide_checkout; }
Node after_decide_checkout(State& s) { return s.n % 4 ? Node::complete_checkout : Node::abandon; }
Node after_last(State&) { return Node::end; }

// By node, as a graph whose nodes are only known when it runs would hold them.
std::array<Handler, kShoppingGraph.node_count> handlers = {
    after_start,           after_decide_shop, after_browse, after_add, after_coupons,
    after_decide_checkout, after_last,        after_last,   after_last};

void walk_the_graph(benchmark::State& state) {
  State trip;
  benchmark::DoNotOptimize(handlers);  // or the compiler would walk the graph itself
  for (auto _ : state) {
    ++trip.n;
    Walk walk;
    while (walk.at() != Node::end) walk.go(handlers[static_cast<std::size_t>(walk.at())](trip));
    benchmark::DoNotOptimize(walk);
  }
  state.counters["trips/s"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(walk_the_graph);

}  // namespace

BENCHMARK_MAIN();
