#include "mixer/room/room.h"

#include <array>
#include <cstdlib>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "mixer/codec/g711.h"
#include "mixer/media/prompt.h"
#include "mixer/rtp/packet_header.h"
#include "mixer/rtp/packet_view.h"
#include "mixer/rtp/rtcp_view.h"

namespace narada::mixer::room {
namespace {

constexpr SampleRate kRate = SampleRate::FromHertz(8000);

// Legs of µ-law in a room, whose phones say what the test puts into their packets; everything
// passes at once.
class RoomTest : public testing::Test {
 protected:
  static SocketAddress AddressOf(uint64_t id) {
    return {IpAddress::V4(192, 0, 2, static_cast<uint8_t>(id)), 5004};
  }

  Leg& Join(uint64_t id, bool rtcp_mux = false, bool has_comfort_noise = false) {
    LegMedia media;
    if (has_comfort_noise) media.send_comfort_noise = kComfortNoisePayloadType;
    media.receive_formats[0] = {.id = codec::CodecId::kPcmu, .payload_type = kPcmuPayloadType};
    media.receive_formats_count = 1;
    media.send_format = media.receive_formats[0];
    media.remote_rtp = AddressOf(id);
    media.remote_rtcp = AddressOf(id).WithPort(5005);
    media.rtcp_mux = rtcp_mux;
    legs_[id] = std::make_unique<Leg>(
        LegConfig{.id = {id}, .ssrc = Ssrc(static_cast<uint32_t>(id)), .cname = "test", .seed = id},
        media);
    room_.Add(*legs_[id]);
    return *legs_[id];
  }

  ~RoomTest() override {
    for (auto& [id, leg] : legs_) {
      if (leg->room() != nullptr) leg->room()->Remove(*leg);
    }
  }

  // Every phone that is in `says_` sends a packet of that sample, then the room ticks `later` than
  // it should.
  void Tick(MediaDuration later = MediaDuration()) {
    due_ += Milliseconds(20);
    for (const auto& [id, sample] : says_) {
      std::array<int16_t, 160> frame;
      // A square wave: loud to voice activity, and its own level at every sample.
      for (size_t i = 0; i < frame.size(); ++i)
        frame[i] = static_cast<int16_t>(i / 4 % 2 ? -sample : sample);
      std::array<uint8_t, 172> datagram;
      codec::EncodeULaw(frame, std::span(datagram).subspan(12));
      const uint32_t n = number_[id]++;
      rtp::PacketHeader{.payload_type = kPcmuPayloadType,
                        .sequence_number = SequenceNumber(static_cast<uint16_t>(n)),
                        .timestamp = RtpTimestamp(n * 160),
                        .ssrc = Ssrc(static_cast<uint32_t>(1000 + id))}
          .Write(datagram);
      legs_[id]->ReceiveRtp(datagram, AddressOf(id), due_ - Milliseconds(15));
    }
    outbox_.Clear();
    room_.Tick(due_ + later, outbox_, events_);
    for (const OutgoingDatagram& datagram : outbox_.datagrams()) {
      if (!datagram.is_rtcp) sent_[datagram.leg->id().value] = datagram;
    }
  }
  void Tick(int ticks) {
    for (int i = 0; i < ticks; ++i) Tick();
  }

  rtp::PacketView Header(uint64_t id) { return *rtp::PacketView::Parse(sent_[id].header); }
  std::vector<int16_t> Heard(uint64_t id) {
    std::vector<int16_t> samples(sent_[id].payload.size());
    codec::DecodeULaw(sent_[id].payload, samples);
    return samples;
  }
  // What G.711 makes of a sample.
  static int16_t Coded(int16_t sample) {
    uint8_t octet;
    codec::EncodeULaw({&sample, 1}, {&octet, 1});
    codec::DecodeULaw({&octet, 1}, {&sample, 1});
    return sample;
  }

  Room room_{{.id = {7}}};
  std::map<uint64_t, std::unique_ptr<Leg>> legs_;
  std::map<uint64_t, int16_t> says_;
  std::map<uint64_t, uint32_t> number_;
  std::map<uint64_t, OutgoingDatagram> sent_;
  Outbox outbox_{64};
  EventSink events_{1000};
  MediaTime due_ = MediaTime() + Seconds(100);
};

TEST_F(RoomTest, ALateTickDoesNotMoveTheRtpClock) {
  Join(1);
  Tick();
  RtpTimestamp last = Header(1).timestamp();
  for (int late_ms : {0, 17, 0, 19, 3, 0, 18, 18, 0}) {
    Tick(Milliseconds(late_ms));
    EXPECT_EQ(Header(1).timestamp() - last, RtpTicks(160)) << late_ms << " ms late";
    last = Header(1).timestamp();
  }
}

TEST_F(RoomTest, AFirstTickThatWasLateDoesNotEither) {
  Join(1);
  Tick(Milliseconds(15));
  for (int i = 0; i < 5; ++i) {
    const RtpTimestamp last = Header(1).timestamp();
    Tick();
    EXPECT_EQ(Header(1).timestamp() - last, RtpTicks(160));
  }
}

TEST_F(RoomTest, AMissedTickIsAFrameOfSilenceInTheRtpClock) {
  Join(1);
  Tick(3);
  const RtpTimestamp last = Header(1).timestamp();
  const SequenceNumber number = Header(1).sequence_number();
  due_ += Milliseconds(40);  // Two are left out.
  Tick();
  EXPECT_EQ(Header(1).timestamp() - last, RtpTicks(3 * 160));
  EXPECT_EQ(Header(1).sequence_number() - number, 1);
}

// RFC 3389: a far end that wishes it is sent how loud silence is instead of silence.
TEST_F(RoomTest, SilenceIsAComfortNoisePacketNowAndThenWhereAgreed) {
  Join(1, false, /*has_comfort_noise=*/true);
  Join(2);
  says_[2] = 3000;
  Tick(20);
  EXPECT_EQ(Header(1).payload_type(), kPcmuPayloadType) << "while somebody speaks";
  says_.erase(2);
  Tick(80);  // Past the hangover.
  int packets = 0;
  SequenceNumber number = Header(1).sequence_number();
  for (int i = 0; i < 100; ++i) {
    Tick();
    if (Header(1).sequence_number() == number) continue;
    number = Header(1).sequence_number();
    ++packets;
    EXPECT_EQ(Header(1).payload_type(), kComfortNoisePayloadType);
    EXPECT_FALSE(Header(1).marker());
    ASSERT_EQ(sent_[1].payload.size(), 1u);
    EXPECT_GE(sent_[1].payload[0], 65) << "dBov below full scale";
  }
  EXPECT_EQ(packets, 4) << "in two seconds";
  EXPECT_EQ(Header(2).payload_type(), kPcmuPayloadType) << "who has not agreed is sent silence";

  const RtpTimestamp silent = Header(1).timestamp();
  const SequenceNumber before = Header(1).sequence_number();
  says_[2] = 3000;
  int ticks = 0;
  bool has_marker = false;
  for (; ticks < 20 && Header(1).payload_type() != kPcmuPayloadType; ++ticks) {
    Tick();
    has_marker = Header(1).marker();
  }
  EXPECT_LT(ticks, 20) << "speech is sent again,";
  EXPECT_TRUE(has_marker) << "as the first of a talk,";
  EXPECT_GT((Header(1).timestamp() - silent).value(), 0) << "on the same clock";
  EXPECT_LE(Header(1).sequence_number() - before, 2);
}

TEST_F(RoomTest, OnlyTheFirstPacketOfATalkHasTheMarker) {
  Leg& leg = Join(1);
  Tick();
  EXPECT_TRUE(Header(1).marker());
  Tick();
  EXPECT_FALSE(Header(1).marker());
  LegMedia held = leg.media();
  held.is_sending = false;
  leg.UpdateMedia(held);
  sent_.clear();
  Tick(5);
  EXPECT_TRUE(sent_.empty());
  held.is_sending = true;
  leg.UpdateMedia(held);
  Tick();
  EXPECT_TRUE(Header(1).marker());
}

TEST_F(RoomTest, ASpeakerHearsTheOthersToTheSample) {
  for (uint64_t id : {1, 2, 3, 4}) Join(id);
  says_ = {{1, 1000}, {2, 3000}, {3, 5000}, {4, 0}};
  Tick(20);
  const int a = Coded(1000), b = Coded(3000), c = Coded(5000);
  EXPECT_EQ(Heard(1)[0], Coded(static_cast<int16_t>(b + c)));
  EXPECT_EQ(Heard(2)[0], Coded(static_cast<int16_t>(a + c)));
  EXPECT_EQ(Heard(3)[0], Coded(static_cast<int16_t>(a + b)));
  EXPECT_EQ(Heard(4)[0], Coded(static_cast<int16_t>(a + b + c)));
}

TEST_F(RoomTest, OneEncodeServesAllListenersOfACodec) {
  for (uint64_t id = 1; id <= 20; ++id) Join(id);
  says_ = {{1, 1000}, {2, 3000}, {3, 5000}};
  Tick(20);
  EXPECT_EQ(room_.statistics().encodes_last_tick, 4u);
  EXPECT_EQ(sent_[10].payload.data(), sent_[20].payload.data());
}

TEST_F(RoomTest, AMuteFadesInsteadOfCutting) {
  Join(1);
  Join(2);
  says_ = {{1, 8000}};
  Tick(20);
  legs_[1]->SetMuted(true);
  Tick();
  const std::vector<int16_t> fading = Heard(2);
  EXPECT_GT(std::abs(fading[4]), 7000);
  EXPECT_GT(std::abs(fading[80]), 3000);
  EXPECT_LT(std::abs(fading[159]), 200);
  Tick();
  for (int16_t sample : Heard(2)) EXPECT_EQ(sample, 0);
  // And it comes back in the same way.
  legs_[1]->SetMuted(false);
  Tick();
  EXPECT_LT(std::abs(Heard(2)[3]), 300);
  EXPECT_GT(std::abs(Heard(2)[155]), 7000);
}

TEST_F(RoomTest, TheMusicOfOneWhoHoldsIsNotHeardAndHisSilenceIsNoTimeout) {
  Leg& holder = Join(1);
  Join(2);
  says_ = {{1, 8000}};
  Tick(20);
  EXPECT_GT(std::abs(Heard(2)[80]), 7000);
  LegMedia media = holder.media();
  media.is_sending = false;  // He offered sendonly, and goes on sending.
  media.is_held_by_remote = true;
  holder.UpdateMedia(media);
  Tick(3);
  for (int16_t sample : Heard(2)) EXPECT_EQ(sample, 0);
  const uint64_t before = holder.statistics().packets_received;
  Tick(5);
  EXPECT_EQ(holder.statistics().packets_received, before + 5) << "so that keys would count";

  says_.clear();
  holder.SetMediaTimeout(Seconds(1));
  events_.Clear();
  Tick(100);
  for (const RoomEvent& event : events_.events()) {
    EXPECT_FALSE(event.kind == RoomEventKind::kMediaTimedOut && event.leg == holder.id());
  }

  says_ = {{1, 8000}};
  media.is_sending = true;
  media.is_held_by_remote = false;
  holder.UpdateMedia(media);
  Tick(20);
  EXPECT_GT(std::abs(Heard(2)[80]), 7000);
}

std::unique_ptr<media::PlaybackPlan> Constant(int16_t sample, Gain room_gain) {
  auto plan = std::make_unique<media::PlaybackPlan>();
  plan->items.push_back(
      std::make_shared<const media::Prompt>(std::vector<int16_t>(8000, sample), kRate));
  plan->room_gain = room_gain;
  return plan;
}

TEST_F(RoomTest, APromptOverALoudRoomIsLimitedNotClipped) {
  Join(1);
  Join(2);
  says_ = {{1, 20'000}};
  Tick(20);
  auto plan = Constant(15'000, Gain::Unity());
  ASSERT_TRUE(legs_[2]->Play(plan, Queueing::kReplace));
  Tick(10);
  const std::vector<int16_t> heard = Heard(2);
  // 35,000 and -5,000, both lowered by the same factor: clipping would have left the second as it
  // is.
  EXPECT_GT(heard[80], 31'000);
  EXPECT_NEAR(heard[84], -5'000 * 32'767 / 35'000, 200);
  EXPECT_NEAR(heard[80], 32'767, 700);
}

TEST_F(RoomTest, APromptMayTurnTheRoomDownOrOff) {
  Join(1);
  Join(2);
  says_ = {{1, 8000}};
  Tick(20);
  auto plan = Constant(100, Gain::FromRaw(1 << 10));  // A quarter.
  ASSERT_TRUE(legs_[2]->Play(plan, Queueing::kReplace));
  Tick();  // Down in a frame, and not in a step.
  EXPECT_NEAR(std::abs(int{Heard(2)[1]}), 8'100, 300);
  EXPECT_NEAR(std::abs(int{Heard(2)[80]}), 5'100, 300);
  EXPECT_NEAR(std::abs(int{Heard(2)[158]}), 2'100, 300);
  Tick();
  EXPECT_NEAR(Heard(2)[80], 2'100, 80);
  plan = Constant(100, Gain::Mute());
  ASSERT_TRUE(legs_[2]->Play(plan, Queueing::kReplace));
  Tick(2);
  for (int16_t sample : Heard(2)) EXPECT_EQ(sample, Coded(100));
}

TEST_F(RoomTest, SaysGoodbyeWhenALegEnds) {
  for (bool rtcp_mux : {false, true}) {
    const uint64_t id = rtcp_mux ? 2 : 1;
    Join(id, rtcp_mux);
    Tick(3);
    outbox_.Clear();
    legs_[id]->Finish(due_, outbox_, events_);
    ASSERT_EQ(outbox_.datagrams().size(), 1u);
    const OutgoingDatagram& datagram = outbox_.datagrams()[0];
    EXPECT_TRUE(datagram.is_rtcp);
    EXPECT_EQ(datagram.destination.port(), rtcp_mux ? 5004 : 5005);
    const auto compound = rtp::RtcpCompound::Parse(datagram.header);
    ASSERT_TRUE(compound.ok());
    bool has_bye = false;
    for (const rtp::RtcpPacket packet : *compound) has_bye |= packet.type() == rtp::RtcpType::kBye;
    EXPECT_TRUE(has_bye);
  }
}

TEST_F(RoomTest, TellsThatAPlaybackLostItsLegOrRoom) {
  Join(1);
  auto plan = Constant(1, Gain::Unity());
  plan->id = 5;
  ASSERT_TRUE(legs_[1]->Play(plan, Queueing::kReplace));
  plan = Constant(1, Gain::Unity());
  plan->id = 6;
  ASSERT_TRUE(room_.Play(plan, Queueing::kReplace));
  EXPECT_TRUE(room_.is_playing());
  legs_[1]->Finish(due_, outbox_, events_);
  room_.Finish(due_, events_);
  std::map<uint64_t, std::pair<uint64_t, PlaybackEnd>> ends;
  for (const RoomEvent& event : events_.events()) {
    EXPECT_EQ(event.kind, RoomEventKind::kPlaybackEnded);
    ends[event.playback_id] = {event.leg.value, event.playback_end};
  }
  EXPECT_EQ(ends[5], std::pair(uint64_t{1}, PlaybackEnd::kTargetGone));
  EXPECT_EQ(ends[6], std::pair(uint64_t{0}, PlaybackEnd::kTargetGone));
  EXPECT_FALSE(room_.is_playing());
}

TEST_F(RoomTest, GivesARecordingTheMixAndWhatEachLegSays) {
  media::RecordingTap tap({.has_legs = true});
  // Frames of the mix and of each leg since the last call, and where the last one began.
  const auto take = [&] {
    std::map<uint64_t, std::pair<int, int16_t>> taken;
    for (media::TapRecord record; tap.ring().Front(&record); tap.ring().PopFront()) {
      const bool is_sound =
          record.header.kind == media::TapKind::kMix || record.header.kind == media::TapKind::kLeg;
      if (!is_sound) continue;
      auto& [frames, last] = taken[record.header.leg];
      ++frames;
      last = record.samples.empty() ? int16_t{0} : record.samples.front();
    }
    return taken;
  };
  Join(1);
  Leg& second = Join(2);
  room_.StartRecording(tap, due_);
  Tick(5);
  EXPECT_EQ(take(), (std::map<uint64_t, std::pair<int, int16_t>>{{0, {5, 0}}}));
  says_ = {{1, 4000}, {2, 3000}};
  Tick(20);
  take();
  Tick(10);
  const int16_t one = Coded(4000), two = Coded(3000);
  EXPECT_EQ(take(),
            (std::map<uint64_t, std::pair<int, int16_t>>{
                {0, {10, static_cast<int16_t>(one + two)}}, {1, {10, one}}, {2, {10, two}}}));
  second.SetMuted(true);
  Tick(5);
  take();
  Tick(5);
  EXPECT_EQ(take(), (std::map<uint64_t, std::pair<int, int16_t>>{{0, {5, one}}, {1, {5, one}}}));
  room_.EndRecording(tap, due_);
  Tick(5);
  EXPECT_TRUE(take().empty());
  EXPECT_TRUE(tap.has_ended());
}

TEST_F(RoomTest, TakesReportsOnTheRtpPortOnlyWithMux) {
  Leg& plain = Join(1);
  Leg& mux = Join(2, true);
  says_ = {{1, 1000}, {2, 1000}};
  Tick(3);
  // An empty receiver report of the phone's.
  const std::array<uint8_t, 8> report = {0x80, 201, 0, 1, 0, 0, 3, 234};
  plain.ReceiveRtp(report, AddressOf(1), due_);
  mux.ReceiveRtp(report, AddressOf(2), due_);
  EXPECT_EQ(mux.statistics().drops, (std::array<uint64_t, kLegDropCount>{}));
  EXPECT_NE(plain.statistics().drops, (std::array<uint64_t, kLegDropCount>{}));
  mux.ReceiveRtp(report, AddressOf(1), due_);
  EXPECT_EQ(mux.statistics().dropped(LegDrop::kSourceUntrusted), 1u);
}

TEST_F(RoomTest, HoldsAFloodToItsRate) {
  Leg& leg = Join(1);
  says_ = {{1, 1000}};
  Tick(3);
  for (int i = 0; i < 2000; ++i) {
    std::array<uint8_t, 172> datagram = {};
    rtp::PacketHeader{.payload_type = kPcmuPayloadType,
                      .sequence_number = SequenceNumber(static_cast<uint16_t>(100 + i)),
                      .timestamp = RtpTimestamp(160 * 100),
                      .ssrc = Ssrc(1001)}
        .Write(datagram);
    leg.ReceiveRtp(datagram, AddressOf(1), due_);
  }
  EXPECT_GT(leg.statistics().dropped(LegDrop::kRateLimited), 1800u);
}

}  // namespace
}  // namespace narada::mixer::room
