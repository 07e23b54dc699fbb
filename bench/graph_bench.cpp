// How many walks through the shopping graph one core makes when the nodes do nothing: the price of
// the engine itself (LangGraph JS: 90 to 154 trips/s on the same graph, XState 5: 21,000).
#include <benchmark/benchmark.h>

#include "base/random.hpp"
#include "shopper/graph.hpp"

namespace {

using footfall::shopper::kShoppingGraph;
using footfall::shopper::Node;
using footfall::shopper::Walk;

// Every second visit ends at decide_checkout one way, every second the other.
void walk_the_graph(benchmark::State& state) {
  std::uint64_t n = 0;
  for (auto _ : state) {
    Walk walk;
    for (const Node node : {Node::decide_shop, Node::browse_products, Node::add_to_cart,
                            Node::view_coupons, Node::decide_checkout,
                            ++n % 2 ? Node::complete_checkout : Node::abandon, Node::end}) {
      walk.go(node);
      benchmark::DoNotOptimize(walk);
    }
  }
  state.counters["trips"] = benchmark::Counter(static_cast<double>(state.iterations()),
                                               benchmark::Counter::kIsRate);
}
BENCHMARK(walk_the_graph);

}  // namespace

BENCHMARK_MAIN();
