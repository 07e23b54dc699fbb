// Goal: our exp and log are right to 2 units in the last place. Method: values computed with 50
// decimal digits, and identities over a wide range.
#include "base/math.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.hpp"

namespace footfall::math {
namespace {

struct Pair {
  double x, y;
};

constexpr double kTwoUlp = 4.5e-16;

constexpr Pair kExp[] = {{-700.5, 5.98019611863979149e-305}, {-100.25, 2.89719808321014788e-44},
                         {-20.125, 1.81896168755304587e-09}, {-5.5, 4.08677143846406660e-03},
                         {-1.0, 3.67879441171442334e-01},    {-0.5, 6.06530659712633424e-01},
                         {-0.1, 9.04837418035959518e-01},    {-0.001, 9.99000499833375022e-01},
                         {-1e-10, 9.99999999899999992e-01},  {0.0, 1.00000000000000000e+00},
                         {1e-10, 1.00000000010000001e+00},   {0.001, 1.00100050016670838e+00},
                         {0.1, 1.10517091807564771e+00},     {0.34657359, 1.41421356197715387e+00},
                         {0.5, 1.64872127070012819e+00},     {1.0, 2.71828182845904509e+00},
                         {2.0, 7.38905609893065041e+00},     {5.5, 2.44691932264220384e+02},
                         {20.125, 5.49764190660468340e+08},  {100.25, 3.45161073312592395e+43},
                         {700.5, 1.67218596206749845e+304}};

constexpr Pair kLog[] = {{1e-300, -6.90775527898213682e+02},
                         {1e-10, -2.30258509299404572e+01},
                         {0.1, -2.30258509299404546e+00},
                         {0.5, -6.93147180559945286e-01},
                         {0.7071067811865475, -3.46573590279972754e-01},
                         {0.7071067811865476, -3.46573590279972588e-01},
                         {0.99, -1.00503358535014506e-02},
                         {0.999999, -1.00000050002908909e-06},
                         {1.0, 0.0},
                         {1.000001, 9.99999499918066762e-07},
                         {1.01, 9.95033085316809202e-03},
                         {1.4142135623730951, 3.46573590279972699e-01},
                         {1.4142135623730954, 3.46573590279972865e-01},
                         {2.0, 6.93147180559945286e-01},
                         {3.0, 1.09861228866810978e+00},
                         {10.0, 2.30258509299404590e+00},
                         {12345.678, 9.42106132129183216e+00},
                         {1e10, 2.30258509299404572e+01},
                         {1e300, 6.90775527898213682e+02}};

TEST(Math, ExpMatchesFiftyDigitValues) {
  for (const auto [x, y] : kExp) EXPECT_NEAR(exp(x) / y, 1, kTwoUlp) << "x = " << x;
}

TEST(Math, LogMatchesFiftyDigitValues) {
  for (const auto [x, y] : kLog) {
    EXPECT_NEAR(log(x), y, kTwoUlp * std::abs(y)) << "x = " << x;
  }
}

TEST(Math, LogUndoesExpOverTheWholeRange) {
  RandomStream random(1, 2, 3, Purpose::trip);
  for (int i = 0; i < 20'000; ++i) {
    const double x = -600 + 1200 * random.uniform();
    EXPECT_NEAR(log(exp(x)), x, 1e-15 * std::abs(x) + 3e-16);
  }
}

TEST(Math, EndsOfTheRangeAreDefined) {
  EXPECT_EQ(exp(-1000), 0);
  EXPECT_TRUE(std::isinf(exp(710)));
  EXPECT_TRUE(std::isnan(exp(std::nan(""))));
  EXPECT_DEATH(log(0), "positive");
  EXPECT_DEATH(log(-1), "positive");
}

TEST(Math, LogisticAndLogitAreInverse) {
  for (const double p : {1e-9, 0.01, 0.3, 0.5, 0.77, 0.999999}) {
    EXPECT_NEAR(logistic(logit(p)), p, 1e-15);
  }
  EXPECT_EQ(logistic(0), 0.5);
  EXPECT_EQ(logistic(-800), 0);
}

TEST(Math, FloorRoundsDown) {
  EXPECT_EQ(floor(1.5), 1);
  EXPECT_EQ(floor(-1.5), -2);
  EXPECT_EQ(floor(-2.0), -2);
}

}  // namespace
}  // namespace footfall::math
