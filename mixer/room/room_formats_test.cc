// Legs of every codec, rate and packet time in one room, measured by ear: tones and their levels.
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "mixer/room/room_world.h"

namespace narada::mixer::room {
namespace {

using codec::CodecFormat;
using codec::CodecId;

constexpr CodecFormat kPcma{.id = CodecId::kPcma, .payload_type = kPcmaPayloadType};
constexpr CodecFormat kPcmu{.id = CodecId::kPcmu, .payload_type = kPcmuPayloadType};
constexpr CodecFormat kG722{.id = CodecId::kG722, .payload_type = kG722PayloadType};
constexpr CodecFormat kOpus{
    .id = CodecId::kOpus, .payload_type = PayloadType(96), .opus = {.bitrate_bps = 64'000}};
constexpr CodecFormat kL16At48k{.id = CodecId::kL16At48k, .payload_type = PayloadType(97)};

CodecFormat WithPtime(CodecFormat format, int ms) {
  format.ptime = Milliseconds(ms);
  return format;
}

TEST(RoomFormats, EveryCodecHearsEveryOtherAtItsLevel) {
  const std::vector<CodecFormat> formats = {kPcma, kPcmu, kG722, kOpus, kL16At48k};
  for (const CodecFormat& said : formats) {
    for (const CodecFormat& heard : formats) {
      SCOPED_TRACE(std::string(codec::CodecName(said.id)) + " to " + codec::CodecName(heard.id));
      RoomWorld world({.id = {1}});
      world.Join(1, said);
      world.Join(2, heard);
      world.Say(1, 1000, 8000);
      world.Tick(75);
      EXPECT_NEAR(world.LevelAt(2, 1000), 20 * std::log10(8000 / 32768.0), 1.0);
      EXPECT_LT(world.LevelAt(1, 1000), -62) << "hears itself";
      EXPECT_EQ(world.room().rate(), std::max(said.sample_rate(), heard.sample_rate()));
    }
  }
}

TEST(RoomFormats, ARaisedRateLeavesNoImageAndWideVoicesReachWidePhonesWhole) {
  RoomWorld world({.id = {1}});
  world.Join(1, kPcmu);
  world.Join(2, kL16At48k);
  world.Join(3, kG722);
  world.Say(1, 3000, 10'000);
  world.Tick(60);
  EXPECT_GT(world.LevelAt(2, 3000), -12);
  EXPECT_LT(world.LevelAt(2, 5000), world.LevelAt(2, 3000) - 60) << "the image at 8000 - 3000";
  EXPECT_LT(world.LevelAt(2, 11'000), world.LevelAt(2, 3000) - 60);
  // 6 kHz of the wide phone: at 16 kHz whole, at 8 kHz no alias at 2 kHz.
  world.Say(1, 0, 0);
  world.Say(2, 6000, 10'000);
  world.Tick(60);
  EXPECT_GT(world.LevelAt(3, 6000), -13);
  EXPECT_LT(world.LevelAt(1, 2000), -60);
}

TEST(RoomFormats, PacketsOfAnyTimeCarryTheMixAndTheirStamps) {
  for (const CodecFormat& codec : {kPcma, kG722, kOpus}) {
    for (const int ptime_ms : {10, 20, 40, 60}) {
      SCOPED_TRACE(std::string(codec::CodecName(codec.id)) + " " + std::to_string(ptime_ms));
      RoomWorld world({.id = {1}});
      world.Join(1, kPcma);
      world.Join(2, WithPtime(codec, ptime_ms));
      world.Join(3, WithPtime(codec, ptime_ms));
      world.Say(1, 700, 8000);
      world.Tick(90);
      EXPECT_NEAR(world.LevelAt(2, 700), 20 * std::log10(8000 / 32768.0), 1.0);
      const RtpTicks packet = codec.clock_rate().TicksIn(Milliseconds(ptime_ms));
      const std::vector<RtpTimestamp>& stamps = world.Stamps(2);
      ASSERT_GE(stamps.size(), 25u);
      for (size_t i = 2; i < stamps.size(); ++i) EXPECT_EQ(stamps[i] - stamps[i - 1], packet);
    }
  }
}

TEST(RoomFormats, OneEncodeServesAllListenersOfEachFormat) {
  RoomWorld world({.id = {1}});
  uint64_t id = 1;
  world.Join(id++, kPcma);
  for (const CodecFormat& format : {kPcma, kPcmu, kG722, kOpus, WithPtime(kOpus, 40)}) {
    for (int i = 0; i < 4; ++i) world.Join(id++, format);
  }
  world.Say(1, 500, 8000);
  world.Tick(100);
  const uint64_t own = world.room().statistics().encodes_own;
  const uint64_t common = world.room().statistics().encodes_common;
  world.Tick(100);
  EXPECT_EQ(world.room().statistics().encodes_own - own, 0u) << "the speaker hears silence";
  // Four formats in every tick, one in every other, and the speaker's silence.
  EXPECT_EQ(world.room().statistics().encodes_common - common, 550u);
}

TEST(RoomFormats, AJoinThatRaisesTheRateAndItsLeaveAreNoClick) {
  RoomWorld world({.id = {1}});
  world.Join(1, kPcmu);
  world.Join(2, kPcmu);
  world.Say(1, 440, 8000);
  world.Tick(50);
  const int smooth = world.RoughestSample(2, 200);
  world.Join(3, kL16At48k);
  world.Tick(10);
  EXPECT_EQ(world.room().rate().hertz(), 48'000);
  EXPECT_LT(world.RoughestSample(2, 180), 3 * smooth);
  EXPECT_GT(world.LevelAt(2, 440, 180), -15);
  world.Leave(3);
  world.Tick(10);
  EXPECT_EQ(world.room().rate().hertz(), 8000);
  EXPECT_LT(world.RoughestSample(2, 180), 3 * smooth);
}

TEST(RoomFormats, ASpeakerWhoLeavesDoesNotClick) {
  RoomWorld world({.id = {1}});
  world.Join(1, kPcmu);
  world.Join(2, kPcmu);
  // A quarter of a period per frame's end: it stands at its crest when it goes.
  world.Say(1, 112.5, 8000);
  world.Tick(40);
  world.Leave(1);
  world.Tick(3);
  EXPECT_LT(world.RoughestSample(2, 80), 2000);
}

// The far end decodes one stream, made by two encoders in turn: its own leg's while it speaks and
// for a while after that, then the common one. All the time it hears one tone: whatever is not that
// tone, in the worst 20 ms, is a seam; the listener who always had the common one is the measure.
TEST(RoomFormats, AChangeBetweenOwnMixAndCommonMixHasNoSeam) {
  for (const CodecFormat& format : {kG722, kOpus}) {
    SCOPED_TRACE(codec::CodecName(format.id));
    RoomWorld world({.id = {1}});
    world.Join(1, kL16At48k);  // Speaks all the time.
    world.Join(2, format);     // Speaks now and then.
    world.Join(3, format);     // Listens.
    world.Say(1, 440, 6000);
    world.Tick(50);
    double changing_db = 200, listening_db = 200;
    for (int change = 0; change < 4; ++change) {
      world.Say(2, 1300, 6000);
      world.Tick(40 + change);
      world.Say(2, 0, 0);
      world.Tick(10);  // What it said has left the mix, and the listener's ears.
      // The change falls in here: from its own encoder to the common one, all of 440 Hz.
      world.Tick(200);
      changing_db = std::min(changing_db, world.WorstToneSnr(2, 440, 4000));
      listening_db = std::min(listening_db, world.WorstToneSnr(3, 440, 4000));
      const uint64_t settled = world.leg(2).statistics().encodes;
      world.Tick(20);
      EXPECT_EQ(world.leg(2).statistics().encodes, settled) << "it follows the common one";
      // And back: what it hears when it begins to speak is its own mix, the same tone.
      world.Say(2, 1300, 6000);
      world.Tick(30);
      EXPECT_GT(world.leg(2).statistics().encodes, settled);
      changing_db = std::min(changing_db, world.WorstToneSnr(2, 440, 600));
    }
    std::printf("%s: %.1f dB in the worst 20 ms of a change, %.1f dB without one\n",
                codec::CodecName(format.id), changing_db, listening_db);
    EXPECT_GT(changing_db, 32);
  }
}

// Who has led a stream alone begins to talk while another is on its way to that stream (campaign seed 372).
TEST(RoomFormats, AStreamThatEndsWhileAnotherComesNearToItLosesNothing) {
  const CodecFormat format = WithPtime(kG722, 40);
  const RtpTicks packet = format.clock_rate().TicksIn(Milliseconds(40));
  for (int ticks = 3; ticks < 20; ticks += 2) {
    SCOPED_TRACE(ticks);
    RoomWorld world({.id = {1}});
    world.Join(1, kL16At48k);
    world.Join(3, format);  // Before its leader in the order of the room's legs, at first alone.
    world.Join(2, format);
    world.Say(1, 440, 6000);
    world.Say(3, 900, 6000);
    world.Tick(40);  // 2 leads.
    world.Say(3, 0, 0);
    world.Tick(ticks);  // 3 comes near.
    world.Say(2, 1300, 6000);
    world.Tick(40);
    for (const uint64_t leg : {2, 3}) {
      const std::vector<RtpTimestamp>& stamps = world.Stamps(leg);
      ASSERT_GE(stamps.size(), 40u);
      for (size_t i = 2; i < stamps.size(); ++i) EXPECT_EQ(stamps[i] - stamps[i - 1], packet);
    }
  }
}

TEST(RoomFormats, ANewCodecByNegotiationGoesOnInTheSameTick) {
  RoomWorld world({.id = {1}});
  world.Join(1, kPcma);
  world.Join(2, kPcma);
  world.Say(1, 440, 8000);
  world.Tick(30);
  LegMedia media = world.leg(2).media();
  media.receive_formats[1] = kPcmu;
  media.receive_formats_count = 2;
  world.leg(2).UpdateMedia(media);
  world.Forget(2);
  world.Tick(20);
  EXPECT_NEAR(world.LevelAt(2, 440, 380), 20 * std::log10(8000 / 32768.0), 0.5);
}

}  // namespace
}  // namespace narada::mixer::room
