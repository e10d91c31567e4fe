#include "mixer/room/media_crypto.h"

#include <vector>

#include "base/random.h"
#include "gtest/gtest.h"
#include "mixer/rtp/packet_header.h"
#include "mixer/units/sequence_number.h"

namespace narada::mixer::room {
namespace {

using Bytes = std::vector<uint8_t>;

SrtpKeys Keys(uint64_t seed) {
  Bytes bytes(30);
  SeededRandom(seed).Fill(bytes);
  return SrtpKeys(SrtpSuite::kAesCm128HmacSha1Tag80, bytes);
}

std::unique_ptr<MediaCrypto> Crypto(uint64_t send, uint64_t receive) {
  return std::make_unique<MediaCrypto>(MediaCrypto::Config{.send_keys = Keys(send),
                                                           .receive_keys = Keys(receive),
                                                           .packet_size_max = 172,
                                                           .packets_per_tick_max = 2,
                                                           .report_size_max = 256});
}

Bytes Copy(std::span<const uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

Bytes Seal(MediaCrypto& crypto, int number) {
  std::array<uint8_t, 12> header;
  rtp::PacketHeader{.payload_type = kPcmaPayloadType,
                    .sequence_number = SequenceNumber(static_cast<uint16_t>(number)),
                    .ssrc = Ssrc(7)}
      .Write(header);
  return Copy(crypto.SealRtp(header, Bytes(160, 0xd5)));
}

constexpr MediaTime kNow = MediaTime() + Seconds(100);

TEST(MediaCrypto, EachSideOpensWhatTheOtherSealed) {
  const auto us = Crypto(1, 2);
  const auto them = Crypto(2, 1);
  const Bytes sealed = Seal(*us, 1);
  EXPECT_EQ(sealed.size(), 182u);
  const auto opened = them->OpenRtp(sealed, kNow);
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE(opened->is_newest);
  EXPECT_EQ(them->OpenRtp(sealed, kNow).error(), rtp::DropReason::kSrtpReplay);
  EXPECT_EQ(us->OpenRtp(sealed, kNow).error(), rtp::DropReason::kSrtpAuthentication)
      << "our own packet, reflected";
}

TEST(MediaCrypto, PacketsOfOneTickDoNotOverwriteEachOther) {
  const auto us = Crypto(1, 2);
  const auto them = Crypto(2, 1);
  std::array<uint8_t, 12> header;
  rtp::PacketHeader{.sequence_number = SequenceNumber(1), .ssrc = Ssrc(7)}.Write(header);
  const std::span<const uint8_t> first = us->SealRtp(header, Bytes(80, 1));
  rtp::PacketHeader{.sequence_number = SequenceNumber(2), .ssrc = Ssrc(7)}.Write(header);
  const std::span<const uint8_t> second = us->SealRtp(header, Bytes(80, 2));
  EXPECT_TRUE(them->OpenRtp(first, kNow).ok());
  EXPECT_TRUE(them->OpenRtp(second, kNow).ok());
}

// A re-offer that repeats the keys (hold, a new codec) goes on counting.
TEST(MediaCrypto, TheSameKeysGoOnWhereTheyWere) {
  auto us = Crypto(1, 2);
  auto them = Crypto(2, 1);
  for (int i = 0; i < 66'000; ++i) ASSERT_TRUE(them->OpenRtp(Seal(*us, i), kNow).ok());
  const Bytes last = Seal(*us, 66'000);
  const auto again = Crypto(1, 2);
  again->ContinueFrom(*us);
  const auto they_again = Crypto(2, 1);
  ASSERT_TRUE(them->OpenRtp(last, kNow).ok());
  they_again->ContinueFrom(*them);
  EXPECT_TRUE(Seal(*again, 66'000).empty()) << "an index used twice";
  EXPECT_EQ(they_again->OpenRtp(last, kNow).error(), rtp::DropReason::kSrtpReplay);
  EXPECT_TRUE(they_again->OpenRtp(Seal(*again, 66'001), kNow).ok());
}

TEST(MediaCrypto, AfterNewKeysThoseOnTheirWayAreTakenForAWhile) {
  const auto them = Crypto(2, 1);
  auto us = Crypto(1, 2);
  const Bytes early = Seal(*them, 10);
  const Bytes late = Seal(*them, 11);
  ASSERT_TRUE(us->OpenRtp(early, kNow).ok());
  const auto us_after = Crypto(1, 3);
  us_after->ContinueFrom(*us);
  const auto them_after = Crypto(3, 1);
  EXPECT_TRUE(us_after->OpenRtp(Seal(*them_after, 12), kNow).ok());
  const auto opened = us_after->OpenRtp(late, kNow + Seconds(1));
  ASSERT_TRUE(opened.ok());
  EXPECT_FALSE(opened->is_newest) << "an old key moves nobody";
  EXPECT_FALSE(us_after->OpenRtp(early, kNow + Seconds(1)).ok());
  EXPECT_EQ(us_after->OpenRtp(Seal(*them, 13), kNow + MediaCrypto::kOldKeysLive).error(),
            rtp::DropReason::kSrtpAuthentication);
  EXPECT_FALSE(Seal(*us_after, 5).empty()) << "the direction that kept its keys goes on";
}

// A restarted mixer has derived the same keys and goes on from the checkpoint.
TEST(MediaCrypto, ARestoredOneUsesNoIndexTwiceAndTakesNothingTwice) {
  const auto us = Crypto(1, 2);
  const auto them = Crypto(2, 1);
  for (int i = 0; i < 66'000; ++i) ASSERT_TRUE(them->OpenRtp(Seal(*us, i), kNow).ok());
  const Bytes heard = Seal(*them, 7);
  ASSERT_TRUE(us->OpenRtp(heard, kNow).ok());
  CryptoCheckpoint checkpoint;
  us->SaveTo(checkpoint);
  const auto resumed = Crypto(1, 2);
  resumed->RestoreFrom(checkpoint);
  EXPECT_TRUE(Seal(*resumed, 65'999).empty());
  EXPECT_TRUE(them->OpenRtp(Seal(*resumed, 66'000), kNow).ok());
  EXPECT_EQ(resumed->OpenRtp(heard, kNow).error(), rtp::DropReason::kSrtpReplay);
  EXPECT_TRUE(resumed->OpenRtp(Seal(*them, 8), kNow).ok());

  // Keys that were changed after the checkpoint begin anew.
  const auto changed = Crypto(5, 6);
  changed->RestoreFrom(checkpoint);
  const auto they_changed = Crypto(6, 5);
  EXPECT_TRUE(they_changed->OpenRtp(Seal(*changed, 3), kNow).ok());
}

TEST(MediaCrypto, NamesWhyItRefuses) {
  const auto us = Crypto(1, 2);
  EXPECT_EQ(us->OpenRtp(Bytes(20, 0x80), kNow).error(), rtp::DropReason::kSrtpMalformed);
  EXPECT_EQ(us->OpenRtp(Bytes(200, 0x80), kNow).error(), rtp::DropReason::kSrtpAuthentication);
  EXPECT_EQ(us->OpenRtp(Bytes(1501, 0x80), kNow).error(), rtp::DropReason::kRtpTooLong);
  EXPECT_EQ(us->OpenRtcp(Bytes(1501, 0x80), kNow).error(), rtp::DropReason::kRtcpTooLong);
  EXPECT_EQ(us->OpenRtcp(Bytes(100, 0x80), kNow).error(), rtp::DropReason::kSrtpAuthentication);
}

}  // namespace
}  // namespace narada::mixer::room
