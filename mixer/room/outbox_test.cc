#include "mixer/room/outbox.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace narada::mixer::room {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Notes how many each time, and which: told apart by where they go.
class Noting final : public OutboxCarrier {
 public:
  void Carry(std::span<const OutgoingDatagram> datagrams) noexcept override {
    counts.push_back(datagrams.size());
    for (const OutgoingDatagram& datagram : datagrams) ports.push_back(datagram.destination.port());
  }
  std::vector<size_t> counts;
  std::vector<int> ports;
};

void Push(Outbox& outbox, uint16_t port) {
  outbox.Push({.destination = SocketAddress(IpAddress::V4(127, 0, 0, 1), port)});
}

TEST(Outbox, GivesAFullBatchAwayAtOnceAndTheRestWhenAsked) {
  Noting carrier;
  Outbox outbox(3, &carrier);
  for (uint16_t port = 1; port <= 2; ++port) Push(outbox, port);
  EXPECT_THAT(carrier.counts, IsEmpty());
  for (uint16_t port = 3; port <= 7; ++port) Push(outbox, port);
  EXPECT_THAT(carrier.counts, ElementsAre(3, 3));
  outbox.Flush();
  EXPECT_THAT(carrier.counts, ElementsAre(3, 3, 1));
  EXPECT_THAT(carrier.ports, ElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(outbox.datagrams(), IsEmpty());
  EXPECT_EQ(outbox.dropped(), 0u);
}

TEST(Outbox, WithoutACarrierKeepsWhatFitsAndCountsTheRest) {
  Outbox outbox(2);
  for (uint16_t port = 1; port <= 3; ++port) Push(outbox, port);
  EXPECT_EQ(outbox.datagrams().size(), 2u);
  EXPECT_EQ(outbox.datagrams()[1].destination.port(), 2);
  EXPECT_EQ(outbox.dropped(), 1u);
}

}  // namespace
}  // namespace narada::mixer::room
