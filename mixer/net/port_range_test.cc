#include "mixer/net/port_range.h"

#include "base/status.h"
#include "gtest/gtest.h"

namespace narada::mixer::net {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);
constexpr absl::Duration kQuarantine = absl::Seconds(10);

TEST(PortRange, GivesEvenPortsWithTheOddOneAboveInside) {
  PortRange ports = *PortRange::Create(20001, 20006, kQuarantine);
  EXPECT_EQ(ports.capacity(), 2);
  EXPECT_EQ(*ports.Take(kStart), 20002);
  EXPECT_EQ(*ports.Take(kStart), 20004);
  EXPECT_EQ(ReasonOf(ports.Take(kStart).status()), "PORTS_EXHAUSTED");
}

TEST(PortRange, AReturnedPairRestsBeforeItIsGivenAgain) {
  PortRange ports = *PortRange::Create(20000, 20001, kQuarantine);
  ASSERT_EQ(*ports.Take(kStart), 20000);
  ports.Return(20000, kStart);
  const absl::Status refused = ports.Take(kStart + absl::Seconds(4)).status();
  EXPECT_EQ(ReasonOf(refused), "PORTS_EXHAUSTED");
  EXPECT_EQ(RetryAfterOf(refused), absl::Seconds(6));
  EXPECT_EQ(ports.CountFree(kStart + absl::Seconds(4)), 0);
  EXPECT_EQ(*ports.Take(kStart + kQuarantine), 20000);
}

TEST(PortRange, TheLongestRestedPairComesFirst) {
  PortRange ports = *PortRange::Create(20000, 20007, kQuarantine);
  EXPECT_EQ(*ports.Take(kStart), 20000);
  ports.Return(20000, kStart);
  EXPECT_EQ(*ports.Take(kStart + absl::Minutes(1)), 20002);
}

TEST(PortRange, RefusesARangeWithoutAPair) {
  EXPECT_EQ(ReasonOf(PortRange::Create(20001, 20002, kQuarantine).status()), "PORT_RANGE_EMPTY");
  EXPECT_EQ(ReasonOf(PortRange::Create(20000, 19000, kQuarantine).status()), "PORT_RANGE_EMPTY");
  EXPECT_EQ(ReasonOf(PortRange::Create(0, 10, kQuarantine).status()), "PORT_RANGE_EMPTY");
  EXPECT_EQ(ReasonOf(PortRange::Create(60000, 70000, kQuarantine).status()), "PORT_RANGE_EMPTY");
}

TEST(PortRange, GivesACertainPairToALegThatHadItBefore) {
  PortRange ports = *PortRange::Create(20000, 20005, kQuarantine);
  EXPECT_EQ(ports.TakeExactly(20002), absl::OkStatus());
  EXPECT_EQ(ReasonOf(ports.TakeExactly(20002)), "PORT_TAKEN");
  EXPECT_EQ(*ports.Take(kStart), 20000);
  EXPECT_EQ(*ports.Take(kStart), 20004);
  EXPECT_EQ(ReasonOf(ports.Take(kStart).status()), "PORTS_EXHAUSTED");
  ports.Return(20002, kStart);
  EXPECT_EQ(ports.TakeExactly(20002), absl::OkStatus()) << "it need not rest for its own leg";
  for (const uint16_t outside : {19998, 20006, 20001}) {
    EXPECT_EQ(ReasonOf(ports.TakeExactly(outside)), "PORT_RANGE_EMPTY") << outside;
  }
}

TEST(PortRangeDeathTest, ADoubleReturnIsABug) {
  PortRange ports = *PortRange::Create(20000, 20003, kQuarantine);
  ASSERT_EQ(*ports.Take(kStart), 20000);
  ports.Return(20000, kStart);
  EXPECT_DEATH(ports.Return(20000, kStart), "without having been taken");
}

}  // namespace
}  // namespace narada::mixer::net
