#include "mixer/room/packet_rate_limit.h"

#include "gtest/gtest.h"

namespace narada::mixer::room {
namespace {

TEST(PacketRateLimit, AdmitsWhatAnyCodecMakes) {
  PacketRateLimit limit;
  MediaTime now = MediaTime() + Seconds(100);
  for (int i = 0; i < 10'000; ++i, now += Milliseconds(5)) ASSERT_TRUE(limit.Admit(now)) << i;
}

TEST(PacketRateLimit, CatchesUpAfterAStall) {
  PacketRateLimit limit;
  const MediaTime now = MediaTime() + Seconds(100);
  for (int i = 0; i < PacketRateLimit::kPerSecond / 2; ++i) ASSERT_TRUE(limit.Admit(now)) << i;
  EXPECT_FALSE(limit.Admit(now));
}

TEST(PacketRateLimit, HoldsAFloodToItsRate) {
  for (const int per_second : {50, 250, 1000}) {
    PacketRateLimit limit(per_second);
    MediaTime now = MediaTime() + Seconds(100);
    int admitted = 0;
    for (int i = 0; i < 100'000; ++i, now += Microseconds(100)) admitted += limit.Admit(now);
    EXPECT_NEAR(admitted, 10 * per_second + per_second / 2, 2);
  }
}

}  // namespace
}  // namespace narada::mixer::room
