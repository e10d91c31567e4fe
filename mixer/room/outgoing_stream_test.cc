#include "mixer/room/outgoing_stream.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"

namespace narada::mixer::room {
namespace {

using codec::CodecFormat;
using codec::CodecId;

// What `ticks` ticks of a stream become: the length of each packet, and where each begins.
struct Packets {
  std::vector<size_t> sizes;
  std::vector<int64_t> starts_ms;  // Since the first tick.
};
Packets Encoded(OutgoingStream& stream, uint64_t first_tick, uint64_t ticks) {
  Packets packets;
  const std::vector<int16_t> frame(stream.rate().SamplesIn(Milliseconds(20)).size(), 1000);
  for (uint64_t i = 0; i < ticks; ++i) {
    stream.Encode(frame, first_tick + i);
    for (const OutgoingPacket& packet : stream.packets()) {
      packets.sizes.push_back(packet.payload.size());
      packets.starts_ms.push_back(static_cast<int64_t>(20 * i) + packet.start.milliseconds());
    }
  }
  return packets;
}

TEST(OutgoingStream, MakesPacketsOfEveryLengthWithoutGapOrOverlap) {
  for (const int ptime_ms : {10, 20, 30, 40, 50, 60}) {
    OutgoingStream stream(CodecFormat{.id = CodecId::kPcma, .ptime = Milliseconds(ptime_ms)});
    const Packets packets = Encoded(stream, 0, 30);  // 600 ms: a multiple of all of them.
    ASSERT_EQ(packets.sizes.size(), 600u / static_cast<unsigned>(ptime_ms));
    for (size_t i = 0; i < packets.sizes.size(); ++i) {
      EXPECT_EQ(packets.sizes[i], 8u * static_cast<unsigned>(ptime_ms));
      EXPECT_EQ(packets.starts_ms[i], static_cast<int64_t>(i) * ptime_ms);
    }
  }
}

TEST(OutgoingStream, OneThatBeginsInBetweenFallsIntoStepByAShorterPacket) {
  OutgoingStream stream(CodecFormat{.id = CodecId::kPcma, .ptime = Milliseconds(60)});
  const Packets packets = Encoded(stream, 1, 5);  // Packets of the room end behind ticks 2 and 5.
  EXPECT_EQ(packets.sizes, (std::vector<size_t>{320, 480}));
  EXPECT_EQ(packets.starts_ms, (std::vector<int64_t>{0, 40}));
}

TEST(OutgoingStream, AMoveInTheMiddleOfAPacketNeverMakesOneTooLong) {
  for (uint64_t tick = 0; tick < 6; ++tick) {
    OutgoingStream stream(CodecFormat{.id = CodecId::kPcma, .ptime = Milliseconds(60)});
    Encoded(stream, 0, 2);  // 40 ms wait.
    const Packets packets = Encoded(stream, tick, 12);
    size_t total = 0;
    for (const size_t size : packets.sizes) {
      EXPECT_LE(size, 480u);
      total += size;
    }
    EXPECT_GE(total + 480, 14u * 160);
  }
}

TEST(OutgoingStream, OpusGetsTheNextShorterLengthThatItHas) {
  for (const auto& [asked, got] : std::vector<std::pair<int, int>>{
           {10, 10}, {20, 20}, {30, 20}, {40, 40}, {50, 40}, {60, 60}, {100, 60}}) {
    OutgoingStream stream(CodecFormat{.id = CodecId::kOpus, .ptime = Milliseconds(asked)});
    EXPECT_EQ(stream.format().ptime, Milliseconds(got)) << asked;
    const Packets packets = Encoded(stream, 0, 12);
    EXPECT_EQ(packets.sizes.size(), 240u / static_cast<unsigned>(got)) << asked;
  }
}

TEST(OutgoingStream, OneThatContinuesAnotherMakesItsNextPacket) {
  for (const CodecId id : {CodecId::kPcmu, CodecId::kG722, CodecId::kOpus}) {
    const CodecFormat format{.id = id, .ptime = Milliseconds(40)};
    OutgoingStream first(format), second(format);
    Encoded(first, 0, 51);  // In the middle of a packet.
    second.ContinueFrom(first);
    std::vector<int16_t> frame(first.rate().SamplesIn(Milliseconds(20)).size());
    for (size_t i = 0; i < frame.size(); ++i) {
      frame[i] = static_cast<int16_t>(8000 * std::sin(0.05 * static_cast<double>(i)));
    }
    for (uint64_t tick = 51; tick < 60; ++tick) {
      EXPECT_EQ(first.Encode(frame, tick), second.Encode(frame, tick));
      for (size_t i = 0; i < first.packets().size(); ++i) {
        const auto a = first.packets()[i].payload, b = second.packets()[i].payload;
        EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end())) << "codec " << id;
      }
    }
  }
}

}  // namespace
}  // namespace narada::mixer::room
