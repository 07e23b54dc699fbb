// Goal: a persona comes back from its row exactly, and a row edited by hand is refused rather than
// misread. Method: drawn personas, and texts that are changed.
#include "store/persona_json.hpp"

#include <gtest/gtest.h>

#include "personas/maker.hpp"

namespace footfall::store {
namespace {

personas::Persona drawn() {
  return personas::make_persona(3, 5, {{{"Dairy", 1}}, {{"Wren", 1}}, {"S1"}});
}

TEST(PersonaJson, ComesBackAsItWas) {
  const std::string text = persona_to_json(drawn());
  const auto back = persona_from_json(text);
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(persona_to_json(*back), text);
}

TEST(PersonaJson, ANumberWrittenOtherwiseIsRefused) {
  std::string text = persona_to_json(drawn());
  const auto at = text.find("\"age\":");
  ASSERT_NE(at, text.npos);
  text.insert(at + 5, " ");
  const auto back = persona_from_json(text);
  ASSERT_FALSE(back);
  EXPECT_NE(back.error().message().find("age is not written as"), std::string::npos)
      << back.error().message();
}

}  // namespace
}  // namespace footfall::store
