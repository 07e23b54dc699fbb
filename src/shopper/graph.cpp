#include "shopper/graph.hpp"

#include <fmt/format.h>

namespace footfall::shopper {
namespace {

std::string_view name(Node node) { return kShoppingGraph.names[static_cast<std::size_t>(node)]; }

bool is_terminal(Node node) { return node == Node::start || node == Node::end; }

// The shape of LangGraph's own drawings: solid arrows for edges, dotted for conditional ones.
std::string mermaid() {
  std::string out = "graph TD;\n";
  for (std::size_t n = 0; n < kShoppingGraph.node_count; ++n) {
    const auto node = static_cast<Node>(n);
    out += is_terminal(node) ? fmt::format("\t{0}([{0}])\n", name(node))
                             : fmt::format("\t{0}({0})\n", name(node));
  }
  for (const auto& edge : kShoppingGraph.edges) {
    out += edge.when.empty()
               ? fmt::format("\t{} --> {};\n", name(edge.from), name(edge.to))
               : fmt::format("\t{} -. {} .-> {};\n", name(edge.from), edge.when, name(edge.to));
  }
  return out;
}

std::string dot() {
  std::string out = "digraph shopping {\n  node [shape=box, style=rounded];\n";
  for (const Node node : {Node::start, Node::end}) {
    out += fmt::format("  {} [shape=oval];\n", name(node));
  }
  for (const auto& edge : kShoppingGraph.edges) {
    out += edge.when.empty() ? fmt::format("  {} -> {};\n", name(edge.from), name(edge.to))
                             : fmt::format("  {} -> {} [style=dotted, label=\"{}\"];\n",
                                           name(edge.from), name(edge.to), edge.when);
  }
  return out + "}\n";
}

std::string json() {
  std::string out = "{\"nodes\":[";
  for (std::size_t n = 0; n < kShoppingGraph.node_count; ++n) {
    out += fmt::format("{}\"{}\"", n ? "," : "", kShoppingGraph.names[n]);
  }
  out += "],\"edges\":[";
  bool first = true;
  for (const auto& edge : kShoppingGraph.edges) {
    out += fmt::format("{}{{\"from\":\"{}\",\"to\":\"{}\",\"conditional\":{},\"when\":\"{}\"}}",
                       first ? "" : ",", name(edge.from), name(edge.to), !edge.when.empty(),
                       edge.when);
    first = false;
  }
  return out + "]}\n";
}

}  // namespace

std::string draw_graph(std::string_view format) {
  if (format == "mermaid") return mermaid();
  if (format == "dot") return dot();
  if (format == "json") return json();
  return {};
}

}  // namespace footfall::shopper
