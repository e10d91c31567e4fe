#include "mixer/jitter/packet_store.h"

#include <vector>

#include "gtest/gtest.h"

namespace narada::mixer::jitter {
namespace {

StoredPacket At(int64_t begin) { return {.begin = begin, .ticks = 160}; }

std::vector<uint8_t> Bytes(size_t size, uint8_t value) { return std::vector<uint8_t>(size, value); }

std::vector<uint8_t> FrontPayload(const PacketStore& store) {
  const auto payload = store.payload(store.front());
  return {payload.begin(), payload.end()};
}

TEST(PacketStore, GivesPacketsBackInTheOrderOfTheirTime) {
  PacketStore store(32, 160);
  for (int64_t begin : {480, 0, 320, 160}) store.Insert(At(begin), Bytes(160, begin / 160));
  for (int64_t begin : {0, 160, 320, 480}) {
    EXPECT_EQ(store.front().begin, begin);
    EXPECT_EQ(FrontPayload(store), Bytes(160, begin / 160));
    store.PopFront();
  }
  EXPECT_TRUE(store.empty());
}

TEST(PacketStore, KnowsWhatItHolds) {
  PacketStore store(32, 160);
  store.Insert(At(160), Bytes(160, 1));
  EXPECT_TRUE(store.Contains(160));
  EXPECT_FALSE(store.Contains(0));
}

TEST(PacketStore, PutsALongPayloadIntoSeveralBlocks) {
  PacketStore store(32, 160);
  store.Insert(At(0), Bytes(480, 1));
  store.Insert(At(480), Bytes(479, 2));
  EXPECT_EQ(FrontPayload(store), Bytes(480, 1));
  store.PopFront();
  EXPECT_EQ(FrontPayload(store), Bytes(479, 2));
}

TEST(PacketStore, SaysWhenItIsFullAndFreesWhatIsTakenOut) {
  PacketStore store(32, 160);
  for (size_t i = 0; i < 32; ++i) {
    ASSERT_TRUE(store.HasRoomFor(160));
    store.Insert(At(160 * i), Bytes(160, i));
  }
  EXPECT_FALSE(store.HasRoomFor(1));
  store.PopFront();
  EXPECT_TRUE(store.HasRoomFor(160));
  EXPECT_FALSE(store.HasRoomFor(161));
  store.PopFront();
  EXPECT_TRUE(store.HasRoomFor(320));
}

TEST(PacketStore, TakesThePayloadAsLongAsAllItsBlocks) {
  PacketStore store(32, 10);
  ASSERT_TRUE(store.HasRoomFor(store.payload_size_max()));
  EXPECT_FALSE(store.HasRoomFor(store.payload_size_max() + 1));
  store.Insert(At(0), Bytes(store.payload_size_max(), 3));
  EXPECT_EQ(FrontPayload(store), Bytes(320, 3));
  EXPECT_FALSE(store.HasRoomFor(0));
  store.PopFront();
  EXPECT_TRUE(store.HasRoomFor(320));
}

}  // namespace
}  // namespace narada::mixer::jitter
