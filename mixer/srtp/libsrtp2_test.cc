// Against libsrtp2, in both directions and with every suite: what one protects the other takes, with
// loss and reordering over two wraps of the sequence number.
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "gtest/gtest.h"
#include "mixer/srtp/libsrtp2_peer.h"
#include "mixer/srtp/protector.h"
#include "mixer/srtp/unprotector.h"

namespace narada::mixer::srtp {
namespace {

using Bytes = std::vector<uint8_t>;
constexpr Ssrc kSsrc(0x5eed5eed);
constexpr int kPackets = 75'000;  // From 60000: two wraps, at 5536 and 71072.

class AgainstLibsrtp2 : public testing::TestWithParam<size_t> {
 protected:
  static SrtpKeys MakeKeys() {
    const auto suite = static_cast<SrtpSuite>(GetParam());
    Bytes bytes(SrtpKeys::SizeFor(TraitsOf(suite)));
    SeededRandom(GetParam()).Fill(bytes);
    return SrtpKeys(suite, bytes);
  }

  Bytes RandomPacket(int i) {
    Bytes packet(12 + random_.Below(60));
    random_.Fill(packet);
    packet[0] = 0x80;
    const bool has_more = random_.OneIn(8);
    if (has_more && packet.size() >= 12 + 4 + 8) {  // A contributor and an extension of one word.
      packet[0] = 0x91;
      packet[18] = 0;
      packet[19] = 1;
    }
    const auto number = static_cast<uint16_t>(60'000 + i);
    packet[1] &= 0x7f;
    packet[2] = static_cast<uint8_t>(number >> 8);
    packet[3] = static_cast<uint8_t>(number);
    for (int b = 0; b < 4; ++b) packet[8 + b] = static_cast<uint8_t>(kSsrc.value() >> (24 - 8 * b));
    return packet;
  }

  static Bytes Report(SeededRandom& random) {
    Bytes packet(8 + 4 * random.Below(30));
    random.Fill(packet);
    packet[0] = 0x80;
    packet[1] = 201;
    for (int b = 0; b < 4; ++b) packet[4 + b] = static_cast<uint8_t>(kSsrc.value() >> (24 - 8 * b));
    return packet;
  }

  // Sends kPackets, a tenth of them lost and the rest shuffled among eight neighbours.
  template <typename Protect, typename Unprotect>
  void Exchange(Protect protect, Unprotect unprotect) {
    std::vector<std::pair<Bytes, Bytes>> waiting;
    int taken = 0;
    for (int i = 0; i < kPackets; ++i) {
      Bytes plain = RandomPacket(i);
      Bytes packet = protect(plain);
      ASSERT_GT(packet.size(), plain.size()) << "packet " << i;
      if (random_.OneIn(10)) continue;
      waiting.emplace_back(std::move(plain), std::move(packet));
      if (waiting.size() < 8) continue;
      const size_t chosen = random_.Below(waiting.size());
      ASSERT_EQ(unprotect(waiting[chosen].second), waiting[chosen].first) << "packet " << i;
      if (random_.OneIn(100)) {
        ASSERT_TRUE(unprotect(waiting[chosen].second).empty()) << "a replay of packet " << i;
      }
      waiting.erase(waiting.begin() + static_cast<ptrdiff_t>(chosen));
      ++taken;
    }
    EXPECT_GT(taken, kPackets * 8 / 10);
  }

  const SrtpKeys keys_ = MakeKeys();
  Protector protector_{keys_};
  Unprotector unprotector_{keys_};
  SeededRandom random_{GetParam() + 100};
};
INSTANTIATE_TEST_SUITE_P(Suites, AgainstLibsrtp2, testing::Range<size_t>(0, kSrtpSuiteCount),
                         [](const testing::TestParamInfo<size_t>& info) {
                           return std::string(TraitsOf(static_cast<SrtpSuite>(info.param)).name);
                         });

TEST_P(AgainstLibsrtp2, ItTakesWhatWeProtect) {
  Libsrtp2Peer peer(keys_, Libsrtp2Peer::Direction::kReceiving, kSsrc);
  Exchange(
      [&](const Bytes& plain) {
        Bytes out(plain.size() + kGrowthMax);
        const size_t header = plain[0] == 0x91 ? 24 : 12;
        const std::span<const uint8_t> all(plain);
        out.resize(protector_.ProtectRtp(all.first(header), all.subspan(header), out));
        return out;
      },
      [&](Bytes packet) { return peer.Unprotect(packet) ? packet : Bytes(); });
}

TEST_P(AgainstLibsrtp2, WeTakeWhatItProtects) {
  Libsrtp2Peer peer(keys_, Libsrtp2Peer::Direction::kSending, kSsrc);
  Exchange(
      [&](Bytes packet) {
        EXPECT_TRUE(peer.Protect(packet));
        return packet;
      },
      [&](const Bytes& packet) {
        Bytes out(packet.size());
        const Result<Unprotected, Refusal> result = unprotector_.UnprotectRtp(packet, out);
        return result.ok() ? Bytes(result->bytes.begin(), result->bytes.end()) : Bytes();
      });
}

TEST_P(AgainstLibsrtp2, ReportsAreUnderstoodBothWays) {
  Libsrtp2Peer sending(keys_, Libsrtp2Peer::Direction::kSending, kSsrc);
  Libsrtp2Peer receiving(keys_, Libsrtp2Peer::Direction::kReceiving, kSsrc);
  for (int i = 0; i < 2000; ++i) {
    const Bytes plain = Report(random_);
    Bytes ours(plain.size() + kGrowthMax);
    ours.resize(protector_.ProtectRtcp(plain, ours));
    ASSERT_TRUE(receiving.UnprotectReport(ours)) << i;
    EXPECT_EQ(ours, plain);

    Bytes theirs = plain;
    ASSERT_TRUE(sending.ProtectReport(theirs));
    Bytes out(theirs.size());
    const Result<Unprotected, Refusal> result = unprotector_.UnprotectRtcp(theirs, out);
    ASSERT_TRUE(result.ok()) << i;
    EXPECT_EQ(Bytes(result->bytes.begin(), result->bytes.end()), plain);
  }
}

}  // namespace
}  // namespace narada::mixer::srtp
