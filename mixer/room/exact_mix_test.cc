// Everybody hears exactly the sum of those whom he is to hear, whatever gains, mutes, groups and
// exclusions are set: random rooms, compared sample by sample with a sum in 64 bits.
//   bazel run //mixer/room:exact_mix_test -- --samples=1000000000      // the long form
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "base/random.h"
#include "gtest/gtest.h"
#include "mixer/room/event_sink.h"
#include "mixer/room/outbox.h"
#include "mixer/room/room.h"
#include "mixer/room/room_inspector.h"
#include "mixer/rtp/packet_header.h"

ABSL_FLAG(uint64_t, samples, 5'000'000, "Samples to compare.");
ABSL_FLAG(uint64_t, seed, 1, "Of all that is random.");

namespace narada::mixer::room {
namespace {

constexpr size_t kLegs = 9;
constexpr size_t kGroups = 3;
constexpr size_t kFrame = 320;
constexpr codec::CodecFormat kFormat{.id = codec::CodecId::kL16At16k,
                                     .payload_type = PayloadType(97)};

SocketAddress AddressOf(size_t i) {
  return {IpAddress::V4(192, 0, 2, static_cast<uint8_t>(i + 1)), 5004};
}

GroupId NameOf(size_t group) {
  return group == 0 ? GroupId() : GroupId(group == 1 ? "one" : "two");
}

class RandomRoom {
 public:
  explicit RandomRoom(uint64_t seed) : random_(seed) {
    for (size_t i = 0; i < kLegs; ++i) {
      LegMedia media;
      media.receive_formats[0] = kFormat;
      media.receive_formats_count = 1;
      media.send_format = kFormat;
      media.remote_rtp = AddressOf(i);
      legs_[i].leg = std::make_unique<Leg>(
          LegConfig{.id = {i + 1}, .ssrc = Ssrc(static_cast<uint32_t>(i + 1)), .cname = "test"},
          media);
      room_.Add(*legs_[i].leg);
    }
    SetAllAtRandom();
  }
  ~RandomRoom() {
    for (Member& member : legs_) room_.Remove(*member.leg);
  }

  void Tick() {
    for (Member& member : legs_) member.is_ramping = false;
    if (random_.OneIn(10)) SetAllAtRandom();
    now_ += Milliseconds(20);
    for (size_t i = 0; i < kLegs; ++i) Send(i);
    outbox_.Clear();
    events_.Clear();
    const RoomInspector inspector(room_);
    for (size_t i = 0; i < kLegs; ++i) was_idle_[i] = inspector.AreLimitersIdle(*legs_[i].leg);
    room_.Tick(now_, outbox_, events_);
    for (const OutgoingDatagram& datagram : outbox_.datagrams()) {
      if (!datagram.is_rtcp) Compare(datagram.leg->id().value - 1, datagram.payload);
    }
  }

  uint64_t compared() const { return compared_; }
  uint64_t differing() const { return differing_; }
  uint64_t voices() const { return voices_; }  // That were summed for somebody.

 private:
  struct Member {
    std::unique_ptr<Leg> leg;
    size_t group = 0;
    bool is_deaf = false;
    Gain listen_gain;
    bool is_ramping = false;  // What it hears changes in this tick, over a frame, without a click.
    std::vector<LegId> excluded;
    int32_t amplitude = 0;
    std::array<uint8_t, 12 + 2 * kFrame> datagram;
  };

  Gain AnyGain() {
    if (random_.OneIn(2)) return Gain::Unity();
    return random_.OneIn(5) ? Gain::Mute()
                            : Gain::FromRaw(static_cast<int32_t>(random_.Below(9000)));
  }

  void SetAllAtRandom() {
    std::vector<GroupConfig> configs;
    for (size_t group = 0; group < kGroups; ++group) {
      GroupConfig config{.id = NameOf(group)};
      for (size_t other = 0; other < kGroups; ++other) {
        hears_[group][other] = AnyGain();
        config.hears.push_back({.group = NameOf(other), .gain = hears_[group][other]});
      }
      configs.push_back(config);
    }
    auto groups = std::make_unique<RoomGroups>(configs);
    room_.SetGroups(groups);
    for (Member& member : legs_) {
      member.group = random_.Below(kGroups);
      member.leg->SetGroup(NameOf(member.group));
      member.leg->SetMuted(random_.OneIn(4));
      const bool was_deaf = std::exchange(member.is_deaf, random_.OneIn(8));
      member.leg->SetDeaf(member.is_deaf);
      member.leg->SetGain(AnyGain());
      const Gain listen_gain_before = std::exchange(member.listen_gain, AnyGain());
      member.is_ramping =
          was_deaf != member.is_deaf || listen_gain_before.raw() != member.listen_gain.raw();
      member.leg->SetListenGain(member.listen_gain);
      member.excluded.clear();
      for (uint64_t i = random_.Below(3); i > 0 && random_.OneIn(2); --i) {
        member.excluded.push_back({1 + random_.Below(kLegs)});
      }
      member.leg->SetExcluded(member.excluded);
      // Mostly so that the sum fits 16 bits, at times so that it does not.
      member.amplitude = static_cast<int32_t>(random_.OneIn(40) ? 30'000 : random_.Below(1'500));
    }
  }

  void Send(size_t i) {
    Member& member = legs_[i];
    for (size_t k = 0; k < kFrame; ++k) {
      noise_ = noise_ * 6364136223846793005u + 1442695040888963407u;
      const int32_t sample =
          static_cast<int32_t>(static_cast<int16_t>(noise_ >> 48)) * member.amplitude / 32768;
      member.datagram[12 + 2 * k] = static_cast<uint8_t>(sample >> 8);
      member.datagram[13 + 2 * k] = static_cast<uint8_t>(sample);
    }
    rtp::PacketHeader{.payload_type = kFormat.payload_type,
                      .sequence_number = SequenceNumber(static_cast<uint16_t>(number_)),
                      .timestamp = RtpTimestamp(number_ * static_cast<uint32_t>(kFrame)),
                      .ssrc = Ssrc(static_cast<uint32_t>(1000 + i))}
        .Write(member.datagram);
    if (i + 1 == kLegs) ++number_;
    member.leg->ReceiveRtp(member.datagram, AddressOf(i), now_ - Milliseconds(15));
  }

  void Compare(size_t listener, std::span<const uint8_t> payload) {
    const RoomInspector inspector(room_);
    const Member& member = legs_[listener];
    if (member.is_ramping) return;
    if (!was_idle_[listener] || !inspector.AreLimitersIdle(*member.leg)) return;
    ASSERT_EQ(payload.size(), 2 * kFrame);
    std::array<int64_t, kFrame> expected = {};
    for (size_t i = 0; i < kLegs; ++i) {
      const Leg& speaker = *legs_[i].leg;
      const bool is_excluded = std::find(member.excluded.begin(), member.excluded.end(),
                                         speaker.id()) != member.excluded.end();
      if (i == listener || !inspector.IsInSum(speaker) || is_excluded || member.is_deaf) continue;
      const Gain gain = hears_[member.group][legs_[i].group];
      const std::span<const int16_t> frame = inspector.Frame(speaker);
      for (size_t k = 0; k < kFrame; ++k) expected[k] += gain.Apply(frame[k]);
      if (!gain.is_mute()) ++voices_;
    }
    for (size_t k = 0; k < kFrame; ++k) {
      const int64_t heard = (expected[k] * member.listen_gain.raw() + 2048) >> 12;
      const auto sent = static_cast<int16_t>(payload[2 * k] << 8 | payload[2 * k + 1]);
      ++compared_;
      if (std::clamp<int64_t>(heard, INT16_MIN, INT16_MAX) != sent) ++differing_;
    }
  }

  SeededRandom random_;
  uint64_t noise_ = 88172645463325252u;
  Room room_{{.id = {1}}};
  std::array<Member, kLegs> legs_;
  std::array<std::array<Gain, kGroups>, kGroups> hears_;
  std::array<bool, kLegs> was_idle_ = {};
  uint32_t number_ = 0;
  Outbox outbox_{64};
  EventSink events_{1024};
  MediaTime now_ = MediaTime() + Seconds(100);
  uint64_t compared_ = 0;
  uint64_t differing_ = 0;
  uint64_t voices_ = 0;
};

TEST(ExactMix, NoSampleDiffersFromTheSumIn64Bits) {
  RandomRoom room(absl::GetFlag(FLAGS_seed));
  const uint64_t samples = absl::GetFlag(FLAGS_samples);
  uint64_t ticks = 0;
  for (; room.compared() < samples && ticks < 1000 + samples / 500; ++ticks) room.Tick();
  std::printf("%llu samples compared in %llu ticks, %llu differing, %llu voices\n",
              static_cast<unsigned long long>(room.compared()),
              static_cast<unsigned long long>(ticks),
              static_cast<unsigned long long>(room.differing()),
              static_cast<unsigned long long>(room.voices()));
  EXPECT_GE(room.compared(), samples);
  EXPECT_GT(room.voices() * kFrame, samples / 2) << "there was something to sum";
  EXPECT_EQ(room.differing(), 0u) << "seed " << absl::GetFlag(FLAGS_seed);
}

}  // namespace
}  // namespace narada::mixer::room

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  absl::ParseCommandLine(argc, argv);
  return RUN_ALL_TESTS();
}
