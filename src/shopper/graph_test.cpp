// Goal: only sound graphs compile, a trip moves along declared edges alone, and the pictures show
// exactly the table (R16). Method: small graphs with one fault each, checked by the compiler; all
// paths and all pairs of nodes enumerated.
#include "shopper/graph.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <vector>

namespace footfall::shopper {
namespace {

enum class Spot : std::uint8_t { start, left, right, end, nowhere = 9 };

template <typename... Edges>
constexpr bool is_sound(Edges... edges) {
  const StateGraph<Spot, 4, sizeof...(Edges)> graph{{"START", "left", "right", "END"},
                                                    {{edges...}}};
  return graph.is_sound();
}

using E = Edge<Spot>;
constexpr E kStartLeft{Spot::start, Spot::left}, kStartRight{Spot::start, Spot::right},
    kLeftRight{Spot::left, Spot::right}, kLeftEnd{Spot::left, Spot::end},
    kRightEnd{Spot::right, Spot::end};

static_assert(is_sound(kStartLeft, kLeftRight, kRightEnd), "a line");
static_assert(is_sound(kStartLeft, kStartRight, kLeftEnd, kRightEnd), "a fork");
static_assert(is_sound(kStartLeft, kStartRight, kLeftRight, kLeftEnd, kRightEnd), "a short cut");
static_assert(!is_sound(kStartLeft, kLeftEnd, kRightEnd), "right cannot be reached");
static_assert(!is_sound(kStartLeft, kStartRight, kLeftEnd), "right leads nowhere");
static_assert(!is_sound(kStartLeft, kStartRight, kLeftRight), "END cannot be reached");
static_assert(!is_sound(kStartLeft, kLeftRight, E{Spot::right, Spot::left}, kRightEnd), "a circle");
static_assert(!is_sound(kStartLeft, kLeftRight, E{Spot::right, Spot::right}, kRightEnd), "a loop");
static_assert(!is_sound(kStartLeft, kLeftRight, kRightEnd, E{Spot::right, Spot::start}),
              "back to START");
static_assert(!is_sound(kStartLeft, kLeftRight, kRightEnd, E{Spot::end, Spot::left}),
              "END goes on");
static_assert(!is_sound(kStartLeft, kLeftRight, kRightEnd, E{Spot::left, Spot::nowhere}),
              "a target out of range");
static_assert(!is_sound(kStartLeft, kLeftRight, kRightEnd, E{Spot::nowhere, Spot::right}),
              "a source out of range");

// The largest graph that the sets of 64 bits hold: a line of 64 nodes, whole and cut in the middle.
constexpr auto line_of_64(bool cut) {
  StateGraph<Spot, 64, 63> graph{};
  for (std::size_t n = 0; n < 63; ++n) {
    graph.edges[n] = {static_cast<Spot>(n), static_cast<Spot>(n + (cut && n == 31 ? 2 : 1))};
  }
  return graph;
}
static_assert(line_of_64(false).is_sound());
static_assert(!line_of_64(true).is_sound());

bool declared(Node from, Node to) {
  return std::any_of(kShoppingGraph.edges.begin(), kShoppingGraph.edges.end(),
                     [&](const auto& edge) { return edge.from == from && edge.to == to; });
}

template <typename Visit>
void for_each_pair(Visit visit) {
  for (std::size_t from = 0; from < kShoppingGraph.node_count; ++from) {
    for (std::size_t to = 0; to < kShoppingGraph.node_count; ++to) {
      visit(static_cast<Node>(from), static_cast<Node>(to));
    }
  }
}

std::string name(Node node) {
  return std::string(kShoppingGraph.names[static_cast<std::size_t>(node)]);
}

std::vector<std::string> lines(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> found;
  for (std::string line; std::getline(in, line);) found.push_back(line);
  return found;
}

TEST(Graph, AllowsExactlyTheDeclaredEdges) {
  for_each_pair([](Node from, Node to) {
    EXPECT_EQ(kShoppingGraph.allows(from, to), declared(from, to)) << name(from) << name(to);
  });
}

TEST(Graph, IsTheOneOfTheRequirements) {  // R16
  for (const auto& [from, to] : std::initializer_list<std::pair<Node, Node>>{
           {Node::decide_shop, Node::end},
           {Node::decide_shop, Node::browse_products},
           {Node::browse_products, Node::add_to_cart},
           {Node::add_to_cart, Node::view_coupons},
           {Node::view_coupons, Node::decide_checkout},
           {Node::decide_checkout, Node::complete_checkout},
           {Node::decide_checkout, Node::abandon},
           {Node::complete_checkout, Node::end},
           {Node::abandon, Node::end}}) {
    EXPECT_TRUE(kShoppingGraph.allows(from, to)) << name(from) << " to " << name(to);
  }
  // A node with a choice says what leads along each way; a node without one says nothing.
  for (const auto& edge : kShoppingGraph.edges) {
    const auto ways = std::count_if(kShoppingGraph.edges.begin(), kShoppingGraph.edges.end(),
                                    [&](const auto& other) { return other.from == edge.from; });
    EXPECT_EQ(edge.when.empty(), ways == 1) << name(edge.from) << " to " << name(edge.to);
  }
}

void walk_on(const Walk& walk, std::vector<std::vector<Node>>& paths) {
  if (walk.at() == Node::end) paths.emplace_back(walk.begin(), walk.end());
  for (std::size_t n = 0; n < kShoppingGraph.node_count; ++n) {
    if (!kShoppingGraph.allows(walk.at(), static_cast<Node>(n))) continue;
    Walk further = walk;
    further.go(static_cast<Node>(n));
    EXPECT_EQ(further.at(), static_cast<Node>(n));
    walk_on(further, paths);
  }
}

TEST(Walk, RemembersEachOfTheFivePaths) {
  std::vector<std::vector<Node>> paths;
  walk_on(Walk{}, paths);
  EXPECT_EQ(paths.size(), 5U);
  for (const auto& path : paths) {
    EXPECT_EQ(path.front(), Node::decide_shop);
    EXPECT_EQ(path.back(), Node::end);
    for (std::size_t i = 1; i < path.size(); ++i) EXPECT_TRUE(declared(path[i - 1], path[i]));
  }
  const std::vector<Node> paid = {
      Node::decide_shop,     Node::browse_products,   Node::add_to_cart, Node::view_coupons,
      Node::decide_checkout, Node::complete_checkout, Node::end};
  EXPECT_EQ(std::count(paths.begin(), paths.end(), paid), 1);
}

TEST(WalkDeathTest, RefusesAnUndeclaredEdge) {
  EXPECT_DEATH(Walk{}.go(Node::view_coupons), "no such edge");
  EXPECT_DEATH(
      {
        Walk walk;
        walk.go(Node::decide_shop);
        walk.go(Node::start);
      },
      "no such edge");
  EXPECT_DEATH(
      {
        Walk walk;
        walk.go(Node::decide_shop);
        walk.go(Node::end);
        walk.go(Node::end);
      },
      "no such edge");
}

// One line a node and one an edge, under the heading.
TEST(DrawGraph, MermaidShowsEveryNodeAndEdge) {  // R16
  const std::vector<std::string> drawn = lines(draw_graph("mermaid"));
  ASSERT_EQ(drawn.size(), 1 + kShoppingGraph.node_count + kShoppingGraph.edges.size());
  EXPECT_EQ(drawn[0], "graph TD;");
  for (std::size_t n = 0; n < kShoppingGraph.node_count; ++n) {
    EXPECT_TRUE(drawn[1 + n].starts_with("\t" + name(static_cast<Node>(n)) + "(")) << drawn[1 + n];
  }
  for_each_pair([&](Node from, Node to) {
    const auto shown = std::count_if(drawn.begin(), drawn.end(), [&](const std::string& line) {
      return line.starts_with("\t" + name(from) + " -") && line.ends_with("> " + name(to) + ";");
    });
    EXPECT_EQ(shown, declared(from, to)) << name(from) << " to " << name(to);
  });
  for (const auto& edge : kShoppingGraph.edges) {
    const std::string arrow =
        edge.when.empty() ? " --> " : " -. " + std::string(edge.when) + " .-> ";
    EXPECT_NE(
        std::find(drawn.begin(), drawn.end(), "\t" + name(edge.from) + arrow + name(edge.to) + ";"),
        drawn.end());
  }
}

TEST(DrawGraph, DotShowsEveryNodeAndEdge) {  // R16
  const std::string text = draw_graph("dot");
  const std::vector<std::string> drawn = lines(text);
  EXPECT_EQ(drawn.front(), "digraph shopping {");
  EXPECT_EQ(drawn.back(), "}");
  for_each_pair([&](Node from, Node to) {
    const std::string edge = "  " + name(from) + " -> " + name(to);
    const auto shown = std::count_if(drawn.begin(), drawn.end(), [&](const std::string& line) {
      return line == edge + ";" || line.starts_with(edge + " [");
    });
    EXPECT_EQ(shown, declared(from, to)) << edge;
  });
  for (const auto& edge : kShoppingGraph.edges) {
    if (edge.when.empty()) continue;
    EXPECT_NE(text.find("label=\"" + std::string(edge.when) + "\""), std::string::npos);
  }
}

TEST(DrawGraph, JsonShowsEveryNodeAndEdge) {  // R16
  const std::string text = draw_graph("json");
  std::string expected = "{\"nodes\":[";
  for (const auto node : kShoppingGraph.names) expected += "\"" + std::string(node) + "\",";
  expected.back() = ']';
  expected += ",\"edges\":[";
  for (const auto& edge : kShoppingGraph.edges) {
    expected += "{\"from\":\"" + name(edge.from) + "\",\"to\":\"" + name(edge.to) +
                "\",\"conditional\":" + (edge.when.empty() ? "false" : "true") + ",\"when\":\"" +
                std::string(edge.when) + "\"},";
  }
  expected.back() = ']';
  EXPECT_EQ(text, expected + "}\n");
}

TEST(DrawGraph, AnswersOtherFormatsWithNothing) {
  for (const char* format : {"", "svg", "Mermaid"}) EXPECT_EQ(draw_graph(format), "") << format;
}

}  // namespace
}  // namespace footfall::shopper
