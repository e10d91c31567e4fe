#include "mixer/room/leg_checkpoint.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "gtest/gtest.h"
#include "mixer/room/event_sink.h"
#include "mixer/room/outbox.h"
#include "mixer/room/room.h"
#include "mixer/rtp/packet_header.h"
#include "mixer/rtp/packet_view.h"

namespace narada::mixer::room {
namespace {

constexpr SocketAddress kPhone(IpAddress::V4(192, 0, 2, 1), 5004);
constexpr SocketAddress kNat(IpAddress::V4(198, 51, 100, 7), 31'000);
constexpr SocketAddress kStranger(IpAddress::V4(203, 0, 113, 66), 5004);

// One leg in one room, in one life of its mixer.
class Life {
 public:
  explicit Life(MediaTime now) : now_(now), room_({.id = {1}}) {
    media_.receive_formats[0] = {.payload_type = kPcmaPayloadType};
    media_.receive_formats_count = 1;
    media_.remote_rtp = kPhone;
    media_.signaling_ip = kNat.ip();
    leg_ = std::make_unique<Leg>(LegConfig{.id = {1},
                                           .ssrc = Ssrc(77),
                                           .first_sequence_number = SequenceNumber(65'500),
                                           .first_timestamp = RtpTimestamp(0xFFFF'F000),
                                           .cname = "test"},
                                 media_);
  }
  ~Life() {
    if (leg_->room() != nullptr) room_.Remove(*leg_);
  }

  Leg& leg() { return *leg_; }
  MediaTime now() const { return now_; }
  void Join() { room_.Add(*leg_); }

  // A packet of the phone, or of whoever sends from there.
  void Hear(const SocketAddress& source, int number, uint32_t ssrc = 5) {
    std::vector<uint8_t> datagram(12 + 160, 0xD5);
    rtp::PacketHeader header;
    header.payload_type = kPcmaPayloadType;
    header.sequence_number = SequenceNumber(static_cast<uint16_t>(number));
    header.timestamp = RtpTimestamp(static_cast<uint32_t>(number) * 160);
    header.ssrc = Ssrc(ssrc);
    header.Write(std::span(datagram).first<12>());
    leg_->ReceiveRtp(datagram, source, now_);
  }

  struct Sent {
    SocketAddress destination;
    SequenceNumber number;
    RtpTimestamp timestamp;
    Ssrc ssrc;
  };
  std::optional<Sent> Tick() {
    outbox_.Clear();
    room_.Tick(now_, outbox_, events_);
    now_ += Milliseconds(20);
    std::optional<Sent> sent;
    for (const OutgoingDatagram& datagram : outbox_.datagrams()) {
      if (datagram.is_rtcp) continue;
      std::vector<uint8_t> bytes(datagram.header.begin(), datagram.header.end());
      bytes.insert(bytes.end(), datagram.payload.begin(), datagram.payload.end());
      const auto packet = rtp::PacketView::Parse(bytes);
      sent = {datagram.destination, packet->sequence_number(), packet->timestamp(), packet->ssrc()};
    }
    return sent;
  }

 private:
  MediaTime now_;
  LegMedia media_;
  Room room_;
  std::unique_ptr<Leg> leg_;
  Outbox outbox_{16};
  EventSink events_{64};
};

constexpr MediaTime kStart = MediaTime() + Seconds(1000);

TEST(LegCheckpoint, ARestoredLegGoesOnWithItsNumbersAndItsClockAcrossTheWrap) {
  Life before(kStart);
  before.Join();
  for (int i = 0; i < 30; ++i) before.Tick();
  const Life::Sent last = *before.Tick();
  LegCheckpoint checkpoint;
  before.leg().SaveTo(checkpoint);

  Life after(before.now() + Milliseconds(400));
  after.leg().RestoreFrom(checkpoint);
  after.Join();
  for (int i = 0; i < 30; ++i) {
    const Life::Sent sent = *after.Tick();
    EXPECT_EQ(sent.number - last.number, 1 + i);
    // The clock has gone on through the 400 ms of nobody.
    EXPECT_EQ((sent.timestamp - last.timestamp).value(), 160 * (21 + i));
    EXPECT_EQ(sent.ssrc, last.ssrc);
  }
  EXPECT_EQ(after.leg().statistics().packets_sent, 31u + 30u);
}

TEST(LegCheckpoint, ARestoredLegListensToWhomItDidAndToNobodyElse) {
  Life before(kStart);
  before.Join();
  for (int i = 0; i < 10; ++i) {
    before.Hear(kNat, i);
    before.Tick();
  }
  LegCheckpoint checkpoint;
  before.leg().SaveTo(checkpoint);

  Life after(before.now() + Milliseconds(400));
  after.leg().RestoreFrom(checkpoint);
  after.Join();
  after.Hear(kStranger, 11, 6);  // Whoever comes first after a restart wins nothing.
  after.Hear(kPhone, 11, 6);     // Not even the address of the SDP, once another was latched.
  EXPECT_EQ(after.Tick()->destination, kNat);
  after.Hear(kNat, 30);
  EXPECT_EQ(after.Tick()->destination, kNat);
  const LegStatistics statistics = after.leg().statistics();
  EXPECT_EQ(statistics.packets_received, 11u);
  EXPECT_EQ(statistics.dropped(LegDrop::kSourceUntrusted), 2u);
  EXPECT_EQ(statistics.ssrc_received, Ssrc(5));
}

TEST(LegCheckpoint, ALegThatHadNotTickedBeginsWhereItWasToBegin) {
  Life before(kStart);
  LegCheckpoint checkpoint;
  before.leg().SaveTo(checkpoint);
  Life after(kStart + Seconds(1));
  after.leg().RestoreFrom(checkpoint);
  after.Join();
  const Life::Sent sent = *after.Tick();
  EXPECT_EQ(sent.number, SequenceNumber(65'500));
  EXPECT_EQ(sent.timestamp, RtpTimestamp(0xFFFF'F000));
}

TEST(LegCheckpoint, TheFarEndHasItsWholeMediaTimeoutAfterARestart) {
  Life before(kStart);
  before.leg().SetMediaTimeout(Seconds(30));
  before.Join();
  before.Hear(kNat, 1);
  before.Tick();
  LegCheckpoint checkpoint;
  before.leg().SaveTo(checkpoint);
  Life after(kStart + Seconds(40));
  after.leg().SetMediaTimeout(Seconds(30));
  after.leg().RestoreFrom(checkpoint);
  after.Join();
  for (int i = 0; i < 50 * 29; ++i) after.Tick();
  after.leg().SaveTo(checkpoint);
  EXPECT_FALSE(checkpoint.has_timed_out);
  for (int i = 0; i < 50 * 2; ++i) after.Tick();
  after.leg().SaveTo(checkpoint);
  EXPECT_TRUE(checkpoint.has_timed_out);
}

}  // namespace
}  // namespace narada::mixer::room
