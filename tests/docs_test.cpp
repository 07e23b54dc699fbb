// Goal: documents that follow from the code say what the code says. Method: docs/PERSONAS.md is
// made again and compared; the other lists are searched for every name.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "personas/attributes.hpp"
#include "retail/events.hpp"
#include "shopper/behavior/coefficients.hpp"

namespace footfall {
namespace {

std::string document(const std::string& name) {
  std::ifstream file(FOOTFALL_SOURCE_DIR "/docs/" + name, std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Docs, PersonasAreDescribedAsTheTableSays) {
  EXPECT_EQ(document("PERSONAS.md"), personas::describe_markdown()) << "./dev golden rewrites it";
}

TEST(Docs, EventsListsEveryEventDecisionAndFeature) {  // R17
  const std::string text = document("EVENTS.md");
  for (int i = 0; i < retail::kEventTypeCount; ++i) {
    const auto name = to_string(static_cast<retail::EventType>(i));
    EXPECT_NE(text.find(name), std::string::npos) << name;
  }
  for (int i = 0; i < retail::kDecisionKindCount; ++i) {
    const auto kind = static_cast<retail::DecisionKind>(i);
    EXPECT_NE(text.find(to_string(kind)), std::string::npos) << to_string(kind);
    for (const auto feature : retail::feature_names(kind)) {
      EXPECT_NE(text.find(feature), std::string::npos) << feature;
    }
  }
}

TEST(Docs, BehaviorListsEveryCoefficient) {
  const std::string text = document("BEHAVIOR.md");
  for (const auto& info : shopper::coefficient_table()) {
    EXPECT_NE(text.find(info.key), std::string::npos) << info.key;
  }
}

}  // namespace
}  // namespace footfall
