// Phones that say how loud their packets are (RFC 6464): silence costs nothing, and nobody is heard less or more for what it says.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "mixer/codec/encoder.h"
#include "mixer/room/room_world.h"
#include "mixer/rtp/packet_header.h"
#include "mixer/srtp/protector.h"

namespace narada::mixer::room {
namespace {

using codec::CodecFormat;
using codec::CodecId;

constexpr CodecFormat kG722{.id = CodecId::kG722, .payload_type = kG722PayloadType};
constexpr CodecFormat kOpus{
    .id = CodecId::kOpus, .payload_type = PayloadType(96), .opus = {.bitrate_bps = 64'000}};
constexpr CodecFormat kL16At48k{.id = CodecId::kL16At48k, .payload_type = PayloadType(97)};
constexpr AudioLevelExtension kLevels{.id = 5};
constexpr double kLevel8000 = -12.3;  // A sine of this amplitude, in dB of full scale.

// Everything that 2 hears of 1, who is silent, then speaks, with words and pauses.
std::vector<int16_t> HearWords(const CodecFormat& format, bool has_levels, uint64_t* skipped) {
  RoomWorld world({.id = {1}});
  world.Join(1, format, has_levels ? std::optional(kLevels) : std::nullopt);
  world.Join(2, kL16At48k);
  world.Tick(100);
  for (int word = 0; word < 3; ++word) {
    world.Say(1, 440, 8000);
    world.Tick(10);
    world.Say(1, 0, 0);
    world.Tick(word == 0 ? 5 : 40);
  }
  *skipped = world.leg(1).statistics().packets_skipped;
  return world.Heard(2);
}

// What others hear of it is, but for the noise in its pauses, what they hear of one that is always decoded.
TEST(RoomLevels, WordsAreHeardWholeFromTheirFirstSyllableToTheirLast) {
  for (const CodecFormat& format : {kOpus, kG722, kL16At48k}) {
    SCOPED_TRACE(codec::CodecName(format.id));
    uint64_t skipped = 0, unclaimed = 0;
    const std::vector<int16_t> with = HearWords(format, true, &skipped);
    const std::vector<int16_t> without = HearWords(format, false, &unclaimed);
    EXPECT_EQ(skipped > 150, format.id != CodecId::kG722);
    ASSERT_EQ(with.size(), without.size());
    double signal = 0, difference = 0;
    for (size_t i = 0; i < with.size(); ++i) {
      signal += std::pow(without[i], 2);
      difference += std::pow(without[i] - with[i], 2);
    }
    EXPECT_GT(10 * std::log10(signal / difference), 35);
  }
}

TEST(RoomLevels, WhoClaimsToBeSilentIsNotHeard) {
  RoomWorld world({.id = {1}});
  world.Join(1, kOpus, kLevels);
  world.Join(2, kL16At48k);
  world.ClaimLevel(1, 127);
  world.Say(1, 440, 8000);
  world.Tick(100);
  EXPECT_LT(world.LevelAt(2, 440), -90);
  EXPECT_GT(world.leg(1).statistics().packets_skipped, 80u);
  world.ClaimLevel(1, 0x80 | 20);
  world.Tick(50);
  EXPECT_NEAR(world.LevelAt(2, 440), kLevel8000, 1) << "the truth puts it right";
}

TEST(RoomLevels, AClaimOfLoudnessGainsNothing) {
  RoomWorld world({.id = {1}});
  world.Join(1, kOpus, kLevels);
  world.Join(2, kL16At48k);
  world.ClaimLevel(1, 0x80);
  world.Tick(50);
  EXPECT_FALSE(world.leg(1).statistics().is_speaking);
}

TEST(RoomLevels, AVoiceThatIsFlaggedIsHeardHoweverQuietItIsCalled) {
  RoomWorld world({.id = {1}});
  world.Join(1, kOpus, kLevels);
  world.Join(2, kOpus, AudioLevelExtension{.id = 5, .has_voice_flag = false});
  world.Join(3, kL16At48k);
  for (const uint64_t leg : {1, 2}) world.ClaimLevel(leg, 0x80 | 127);
  world.Say(1, 440, 8000);
  world.Say(2, 1300, 8000);
  world.Tick(100);
  EXPECT_NEAR(world.LevelAt(3, 440), kLevel8000, 1);
  EXPECT_LT(world.LevelAt(3, 1300), -60) << "vad=off: its flag means nothing";
}

TEST(RoomLevels, NoLevelIsBelievedThatWasNotAgreedOn) {
  RoomWorld world({.id = {1}});
  world.Join(1, kOpus, kLevels);
  world.Join(2, kL16At48k);
  world.ClaimLevel(1, 127);
  LegMedia media = world.leg(1).media();
  media.receive_audio_level = AudioLevelExtension{.id = 6};
  world.leg(1).UpdateMedia(media);
  world.Say(1, 440, 8000);
  world.Tick(100);
  EXPECT_NEAR(world.LevelAt(2, 440), kLevel8000, 1);
}

TEST(RoomLevels, SilenceIsStillListenedToForKeysInTheSound) {
  RoomWorld world({.id = {1}});
  world.Join(1, kOpus, kLevels);
  world.Join(2, kL16At48k);
  LegMedia media = world.leg(1).media();
  media.finds_digits_in_band = true;
  world.leg(1).UpdateMedia(media);
  world.Tick(100);
  world.Say(1, 440, 8000);
  world.Tick(50);
  EXPECT_NEAR(world.LevelAt(2, 440), kLevel8000, 1);
  world.Say(1, 0, 0);
  world.Tick(100);
  EXPECT_LT(world.LevelAt(2, 440), -90);
}

// The header is authenticated, and not encrypted (RFC 3711 §3.1).
TEST(RoomLevels, LevelsAreReadFromPacketsOfSrtp) {
  const std::array<uint8_t, 30> ours = {1}, theirs = {2};
  LegMedia media;
  media.receive_formats[0] = kOpus;
  media.receive_formats_count = 1;
  media.send_format = kOpus;
  media.remote_rtp = {IpAddress::V4(192, 0, 2, 1), 5004};
  media.receive_audio_level = kLevels;
  media.send_keys = SrtpKeys(SrtpSuite::kAesCm128HmacSha1Tag80, ours);
  media.receive_keys = SrtpKeys(SrtpSuite::kAesCm128HmacSha1Tag80, theirs);
  Leg leg({.id = {1}, .ssrc = Ssrc(1), .cname = "test"}, media);
  Room room({.id = {1}});
  room.Add(leg);
  srtp::Protector protector(*media.receive_keys);
  const auto encoder = codec::MakeEncoder(kOpus);
  const std::vector<int16_t> frame(960);
  Outbox outbox(8);
  EventSink events(64);
  for (uint16_t i = 0; i < 50; ++i) {
    const MediaTime now = MediaTime() + Seconds(10) + Milliseconds(20) * i;
    std::array<uint8_t, 20> header = {0, 0, 0,    0,    0, 0, 0,    0,   0, 0,
                                      0, 0, 0xbe, 0xde, 0, 1, 0x50, 127, 0, 0};
    rtp::PacketHeader{.payload_type = kOpus.payload_type,
                      .sequence_number = SequenceNumber(i),
                      .timestamp = RtpTimestamp(i * 960u),
                      .ssrc = Ssrc(2)}
        .Write(header);
    header[0] |= 0x10;
    std::vector<uint8_t> payload(encoder->PayloadSizeMax(SampleCount(960)));
    payload.resize(encoder->Encode(frame, payload));
    std::vector<uint8_t> sealed(header.size() + payload.size() + srtp::kGrowthMax);
    sealed.resize(protector.ProtectRtp(header, payload, sealed));
    leg.ReceiveRtp(sealed, media.remote_rtp, now);
    outbox.Clear();
    events.Clear();
    room.Tick(now + Milliseconds(5), outbox, events);
  }
  EXPECT_EQ(leg.statistics().packets_received, 50u);
  EXPECT_GT(leg.statistics().packets_skipped, 40u);
  room.Remove(leg);
}

}  // namespace
}  // namespace narada::mixer::room
