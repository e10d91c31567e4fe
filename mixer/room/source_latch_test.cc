#include "mixer/room/source_latch.h"

#include "gtest/gtest.h"

namespace narada::mixer::room {
namespace {

constexpr SocketAddress kPhone(IpAddress::V4(192, 0, 2, 10), 5004);
constexpr IpAddress kProxyIp = IpAddress::V4(198, 51, 100, 7);
constexpr SocketAddress kNat(kProxyIp, 30'000);
constexpr SocketAddress kAttacker(IpAddress::V4(203, 0, 113, 66), 5004);
constexpr Ssrc kSsrc(0x1234);

class SourceLatchTest : public testing::Test {
 protected:
  SourceLatchTest() { latch_.SetSignalled(kPhone, kProxyIp); }

  SourceVerdict Packet(const SocketAddress& source, int number, Ssrc ssrc = kSsrc) {
    return latch_.OnPacket(source, ssrc, SequenceNumber(static_cast<uint16_t>(number)), now_);
  }

  SourceLatch latch_;
  MediaTime now_ = MediaTime() + Seconds(100);
};

TEST_F(SourceLatchTest, SendsToTheAddressOfTheSdpUntilAPacketComes) {
  EXPECT_EQ(latch_.destination(), kPhone);
  EXPECT_FALSE(latch_.latched().is_set());
}

TEST_F(SourceLatchTest, LatchesTheAddressOfTheSdp) {
  EXPECT_EQ(Packet(kPhone, 1), SourceVerdict::kLatched);
  EXPECT_EQ(Packet(kPhone, 2), SourceVerdict::kTrusted);
  EXPECT_EQ(latch_.destination(), kPhone);
}

TEST_F(SourceLatchTest, LatchesAnyPortOfTheIpThatSignalled) {
  EXPECT_EQ(Packet(kNat, 1), SourceVerdict::kLatched);
  EXPECT_EQ(latch_.destination(), kNat);
  // Whoever came second has come too late.
  EXPECT_EQ(Packet(kPhone, 2), SourceVerdict::kUntrusted);
}

TEST_F(SourceLatchTest, ListensToNobodyElse) {
  EXPECT_EQ(Packet(kAttacker, 1), SourceVerdict::kUntrusted);
  EXPECT_EQ(Packet(kPhone.WithPort(5006), 1), SourceVerdict::kUntrusted);
  EXPECT_EQ(latch_.destination(), kPhone);
  EXPECT_EQ(Packet(kPhone, 1), SourceVerdict::kLatched);
  EXPECT_EQ(Packet(kAttacker, 2), SourceVerdict::kUntrusted);
}

TEST_F(SourceLatchTest, FollowsToAnotherPortAfterASecondOfSilence) {
  Packet(kPhone, 100);
  now_ += Milliseconds(999);
  EXPECT_EQ(Packet(kPhone.WithPort(6000), 150), SourceVerdict::kUntrusted);
  now_ += Milliseconds(1);
  EXPECT_EQ(Packet(kPhone.WithPort(6000), 150), SourceVerdict::kRebound);
  EXPECT_EQ(latch_.destination(), kPhone.WithPort(6000));
  EXPECT_EQ(Packet(kPhone, 151), SourceVerdict::kUntrusted);
}

TEST_F(SourceLatchTest, FollowsNeitherAnotherSsrcNorASequenceThatDoesNotGoOn) {
  Packet(kPhone, 100);
  now_ += Seconds(2);
  const SocketAddress other = kPhone.WithPort(6000);
  EXPECT_EQ(Packet(other, 200, Ssrc(0x9999)), SourceVerdict::kUntrusted);
  EXPECT_EQ(Packet(other, 99), SourceVerdict::kUntrusted);
  EXPECT_EQ(Packet(other, 100), SourceVerdict::kUntrusted);
  EXPECT_EQ(Packet(other, 100 + 301), SourceVerdict::kUntrusted);  // More than 2 s can hold.
  EXPECT_EQ(Packet(other, 100 + 300), SourceVerdict::kRebound);
}

TEST_F(SourceLatchTest, NeverFollowsToAnotherIp) {
  Packet(kPhone, 100);
  now_ += Seconds(10);
  EXPECT_EQ(Packet(kAttacker, 101), SourceVerdict::kUntrusted);
  EXPECT_EQ(Packet(kNat, 101), SourceVerdict::kUntrusted);
}

TEST_F(SourceLatchTest, IsNotKeptOpenByPacketsItRefuses) {
  Packet(kPhone, 100);
  for (int i = 0; i < 200; ++i, now_ += Milliseconds(20)) Packet(kAttacker, 100 + i);
  EXPECT_EQ(Packet(kPhone.WithPort(6000), 300), SourceVerdict::kRebound);
}

TEST_F(SourceLatchTest, FollowsSignaling) {
  Packet(kPhone, 1);
  const SocketAddress moved(IpAddress::V4(192, 0, 2, 99), 7000);
  latch_.SetSignalled(moved, kProxyIp);
  EXPECT_EQ(latch_.destination(), moved);
  EXPECT_EQ(Packet(kPhone, 2), SourceVerdict::kUntrusted);
  EXPECT_EQ(Packet(moved, 2), SourceVerdict::kLatched);
}

TEST_F(SourceLatchTest, KeepsWhatItLearntWhenSignalingRepeatsItself) {
  Packet(kNat, 1);
  latch_.SetSignalled(kPhone, kProxyIp);
  EXPECT_EQ(latch_.destination(), kNat);
}

TEST_F(SourceLatchTest, FollowsAProvenSourceAnywhereAtOnce) {
  EXPECT_EQ(latch_.OnProven(kNat, true, now_), SourceVerdict::kLatched);
  EXPECT_EQ(latch_.OnProven(kNat, true, now_), SourceVerdict::kTrusted);
  const SocketAddress elsewhere(IpAddress::V4(203, 0, 113, 99), 7000);
  EXPECT_EQ(latch_.OnProven(elsewhere, true, now_), SourceVerdict::kRebound);
  EXPECT_EQ(latch_.destination(), elsewhere);
}

// Someone on the path may hold a packet back and send it from an address of his own.
TEST_F(SourceLatchTest, AProvenPacketThatIsNotTheNewestMovesNothing) {
  latch_.OnProven(kPhone, true, now_);
  EXPECT_EQ(latch_.OnProven(kAttacker, false, now_), SourceVerdict::kTrusted);
  EXPECT_EQ(latch_.destination(), kPhone);
}

TEST_F(SourceLatchTest, SendsNowhereOnTheOldHold) {
  latch_.SetSignalled({IpAddress::V4(0, 0, 0, 0), 5004}, {});
  EXPECT_FALSE(latch_.destination().is_set());
  latch_.SetSignalled(kPhone.WithPort(0), {});
  EXPECT_FALSE(latch_.destination().is_set());
}

// --- Of RTCP ---

TEST_F(SourceLatchTest, LatchesReports) {
  EXPECT_EQ(latch_.OnReport(kAttacker, kSsrc, now_), SourceVerdict::kUntrusted);
  EXPECT_EQ(latch_.OnReport(kNat, kSsrc, now_), SourceVerdict::kLatched);
  EXPECT_EQ(latch_.OnReport(kNat, {}, now_), SourceVerdict::kTrusted);
}

TEST_F(SourceLatchTest, FollowsReportsOfTheSameSenderToAnotherPortAfterSilence) {
  latch_.OnReport(kNat, kSsrc, now_);
  now_ += SourceLatch::kReportSilence;
  EXPECT_EQ(latch_.OnReport(kNat.WithPort(1), {}, now_), SourceVerdict::kUntrusted)
      << "a sender whose RTP we do not listen to";
  EXPECT_EQ(latch_.OnReport(kNat.WithPort(1), Ssrc(9), now_), SourceVerdict::kUntrusted);
  EXPECT_EQ(latch_.OnReport(kAttacker, kSsrc, now_), SourceVerdict::kUntrusted) << "another IP";
  EXPECT_EQ(latch_.OnReport(kNat.WithPort(1), kSsrc, now_), SourceVerdict::kRebound);
  EXPECT_EQ(latch_.destination(), kNat.WithPort(1));
}

TEST_F(SourceLatchTest, KeepsToOneWhoStillReports) {
  latch_.OnReport(kNat, kSsrc, now_);
  for (int i = 0; i < 20; ++i) {  // The longest interval between reports.
    now_ += Milliseconds(7400);
    EXPECT_EQ(latch_.OnReport(kNat.WithPort(1), kSsrc, now_), SourceVerdict::kUntrusted);
    now_ += Milliseconds(100);
    EXPECT_EQ(latch_.OnReport(kNat, kSsrc, now_), SourceVerdict::kTrusted);
  }
}

TEST_F(SourceLatchTest, LearnsTheSenderOfReportsWhenItsMediaIsKnown) {
  latch_.OnReport(kNat, {}, now_);  // Before the first RTP.
  latch_.OnReport(kNat, kSsrc, now_);
  now_ += SourceLatch::kReportSilence;
  EXPECT_EQ(latch_.OnReport(kNat.WithPort(1), kSsrc, now_), SourceVerdict::kRebound);
}

}  // namespace
}  // namespace narada::mixer::room
