#include "base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace narada {
namespace {

TEST(SeededRandom, GivesTheSameNumbersOnEveryMachine) {
  // SplitMix64 with seed 1234567: the reference values of its authors' C code.
  SeededRandom random(1234567);
  EXPECT_EQ(random.Next(), 6457827717110365317u);
  EXPECT_EQ(random.Next(), 3203168211198807973u);
  EXPECT_EQ(random.Next(), 9817491932198370423u);
}

TEST(Random, BelowStaysBelowAndReachesAllValues) {
  SeededRandom random(1);
  std::array<int, 10> counts = {};
  for (int i = 0; i < 100'000; ++i) ++counts.at(random.Below(10));
  // 10,000 each, with a standard deviation of 95.
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
  EXPECT_EQ(random.Below(1), 0u);
}

// Always the largest value, then small ones: what a biased reduction would get wrong.
class ExtremeRandom final : public Random {
 public:
  uint64_t Next() override { return calls_++ == 0 ? 0 : 5; }

 private:
  int calls_ = 0;
};

TEST(Random, BelowDrawsAgainWhatWouldBias) {
  ExtremeRandom random;
  EXPECT_EQ(random.Below(3), 2u) << "2^64 mod 3 is 1, so the value 0 is rejected";
}

TEST(Random, BetweenIncludesBothEnds) {
  SeededRandom random(2);
  std::set<int64_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(random.Between(-2, 2));
  EXPECT_EQ(seen, (std::set<int64_t>{-2, -1, 0, 1, 2}));
  EXPECT_EQ(random.Between(7, 7), 7);
  random.Between(INT64_MIN, INT64_MAX);
}

TEST(Random, FractionIsBelowOne) {
  SeededRandom random(3);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double fraction = random.Fraction();
    ASSERT_GE(fraction, 0.0);
    ASSERT_LT(fraction, 1.0);
    sum += fraction;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

TEST(Random, FillsAnyNumberOfBytes) {
  SeededRandom random(4);
  std::array<uint8_t, 13> bytes = {};
  random.Fill(bytes);
  int nonzero = 0;
  for (const uint8_t byte : bytes) nonzero += byte != 0;
  EXPECT_GT(nonzero, 8);
  random.Fill({});
}

TEST(SecureRandom, DoesNotRepeatItself) {
  SecureRandom random;
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.Next());
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(RandomDeathTest, RefusesAnEmptyRange) {
  SeededRandom random(5);
  EXPECT_DEATH(random.Below(0), "no number below zero");
}

}  // namespace
}  // namespace narada
