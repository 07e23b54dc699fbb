// The shopping graph as a table: nodes, edges, and what is conditional. Checked when compiled:
// every target exists, every node can be reached, every node reaches the end, nothing goes in
// circles. Names follow LangGraph (StateGraph, START, END), so graphs can be carried over. The
// pictures of `footfall graph` are printed from this table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"

namespace footfall::shopper {

template <typename Node>
struct Edge {
  Node from;
  Node to;
  std::string_view when{};  // of a conditional edge: what leads along it; empty: always
};

// A graph over an enum whose first value is START and whose last is END.
template <typename Node, std::size_t kNodes, std::size_t kEdges>
struct StateGraph {
  std::array<std::string_view, kNodes> names;
  std::array<Edge<Node>, kEdges> edges;

  static constexpr std::size_t node_count = kNodes;

  constexpr bool allows(Node from, Node to) const {
    return (targets()[static_cast<std::size_t>(from)] >> static_cast<unsigned>(to) & 1U) != 0;
  }

  // Per node, the set of its targets as bits.
  constexpr std::array<std::uint64_t, kNodes> targets() const {
    std::array<std::uint64_t, kNodes> sets{};
    for (const auto& edge : edges) {
      sets[static_cast<std::size_t>(edge.from)] |= std::uint64_t{1}
                                                   << static_cast<unsigned>(edge.to);
    }
    return sets;
  }

  constexpr bool is_sound() const {
    static_assert(kNodes <= 64);
    for (const auto& edge : edges) {
      if (static_cast<std::size_t>(edge.from) >= kNodes ||
          static_cast<std::size_t>(edge.to) >= kNodes)
        return false;
    }
    const auto sets = targets();
    std::uint64_t from_start = 1, to_end = std::uint64_t{1} << (kNodes - 1);
    for (std::size_t round = 0; round < kNodes; ++round) {
      for (std::size_t n = 0; n < kNodes; ++n) {
        if (from_start >> n & 1U) from_start |= sets[n];
        if (sets[n] & to_end) to_end |= std::uint64_t{1} << n;
      }
    }
    const std::uint64_t all = kNodes == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << kNodes) - 1;
    return from_start == all && to_end == all && is_acyclic(sets);
  }

 private:
  // Nodes whose targets are all gone can be taken away, until none is left.
  constexpr bool is_acyclic(std::array<std::uint64_t, kNodes> sets) const {
    std::uint64_t gone = 0;
    for (std::size_t round = 0; round < kNodes; ++round) {
      for (std::size_t n = 0; n < kNodes; ++n) {
        if ((sets[n] & ~gone) == 0) gone |= std::uint64_t{1} << n;
      }
    }
    for (std::size_t n = 0; n < kNodes; ++n) {
      if (!(gone >> n & 1U)) return false;
    }
    return true;
  }
};

enum class Node : std::uint8_t {
  start,
  decide_shop,
  browse_products,
  add_to_cart,
  view_coupons,
  decide_checkout,
  complete_checkout,
  abandon,
  end,
};

inline constexpr StateGraph<Node, 9, 12> kShoppingGraph = {
    {"START", "decide_shop", "browse_products", "add_to_cart", "view_coupons", "decide_checkout",
     "complete_checkout", "abandon", "END"},
    {{{Node::start, Node::decide_shop},
      {Node::decide_shop, Node::browse_products, "goes shopping"},
      {Node::decide_shop, Node::end, "skips"},
      {Node::browse_products, Node::add_to_cart, "wants something"},
      {Node::browse_products, Node::end, "was only looking"},
      {Node::add_to_cart, Node::view_coupons, "cart filled"},
      {Node::add_to_cart, Node::abandon, "nothing to be had"},
      {Node::view_coupons, Node::decide_checkout},
      {Node::decide_checkout, Node::complete_checkout, "pays"},
      {Node::decide_checkout, Node::abandon, "gives up"},
      {Node::complete_checkout, Node::end},
      {Node::abandon, Node::end}}}};
static_assert(kShoppingGraph.is_sound());

// Where one trip stands. The one place where a trip moves, so it is also where traces hook in.
class Walk {
 public:
  Node at() const { return at_; }

  // Moves along an edge of the graph (asserted).
  void go(Node to) {
    static constexpr auto kTargets = kShoppingGraph.targets();
    FF_ASSERT(kTargets[static_cast<std::size_t>(at_)] >> static_cast<unsigned>(to) & 1U,
              "the shopping graph has no such edge");
    at_ = to;
    path_[length_++] = to;
  }

  // The nodes entered so far. The graph has no circles, so there are fewer than it has nodes.
  const Node* begin() const { return path_.data(); }
  const Node* end() const { return path_.data() + length_; }

 private:
  Node at_ = Node::start;
  std::array<Node, kShoppingGraph.node_count> path_{};
  std::size_t length_ = 0;
};

// The graph as a Mermaid flowchart, a Graphviz digraph, or JSON ("mermaid", "dot", "json");
// empty for any other format.
std::string draw_graph(std::string_view format);

}  // namespace footfall::shopper
