#include "tests/phone/network_model.h"

#include <gtest/gtest.h>

namespace narada::phone {
namespace {

constexpr int kPackets = 100'000;

TEST(NetworkModel, LosesAsManyAsAskedFor) {
  NetworkModel network({.loss = 0.05});
  int lost = 0;
  for (int i = 0; i < kPackets; ++i) lost += network.Next().has_value() ? 0 : 1;
  EXPECT_NEAR(lost, 0.05 * kPackets, 300);
}

TEST(NetworkModel, BurstsLoseAsManyInFewerPlaces) {
  NetworkModel network({.loss = 0.05, .burst = 4});
  int lost = 0;
  int bursts = 0;
  bool was_lost = false;
  for (int i = 0; i < kPackets; ++i) {
    const bool is_lost = !network.Next().has_value();
    lost += is_lost ? 1 : 0;
    bursts += is_lost && !was_lost ? 1 : 0;
    was_lost = is_lost;
  }
  EXPECT_NEAR(lost, 0.05 * kPackets, 500);
  EXPECT_NEAR(static_cast<double>(lost) / bursts, 4, 0.4);
}

TEST(NetworkModel, TheSameSeedIsTheSameNetwork) {
  const NetworkTrouble trouble = {.loss = 0.1, .jitter = absl::Milliseconds(50), .seed = 7};
  NetworkModel first(trouble);
  NetworkModel second(trouble);
  for (int i = 0; i < 1000; ++i) {
    const auto a = first.Next(), b = second.Next();
    ASSERT_EQ(a.has_value(), b.has_value());
    if (!a.has_value()) continue;
    EXPECT_EQ(a->delay, b->delay);
    EXPECT_LE(a->delay, absl::Milliseconds(50));
  }
}

TEST(NetworkModel, WithoutTroubleItIsPerfect) {
  EXPECT_TRUE(NetworkModel({}).is_perfect());
  EXPECT_TRUE(NetworkModel({.skew_ppm = 100}).is_perfect()) << "a clock is no network";
  EXPECT_FALSE(NetworkModel({.reordered = 0.1}).is_perfect());
}

}  // namespace
}  // namespace narada::phone
