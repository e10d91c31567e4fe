// Protector against Unprotector, and both against packets that libsrtp prints as known answers.
#include <algorithm>
#include <string>
#include <vector>

#include "base/random.h"
#include "gtest/gtest.h"
#include "mixer/srtp/hex.h"
#include "mixer/srtp/protector.h"
#include "mixer/srtp/unprotector.h"

namespace narada::mixer::srtp {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr Ssrc kSsrc(0xcafebabe);

SrtpKeys KeysOf(SrtpSuite suite, uint64_t seed = 1) {
  Bytes bytes(SrtpKeys::SizeFor(TraitsOf(suite)));
  SeededRandom(seed).Fill(bytes);
  return SrtpKeys(suite, bytes);
}

Bytes Header(uint16_t number, Ssrc ssrc = kSsrc) {
  Bytes header = Hex("8008 0000 00000000 00000000");
  header[2] = static_cast<uint8_t>(number >> 8);
  header[3] = static_cast<uint8_t>(number);
  for (int i = 0; i < 4; ++i) header[8 + i] = static_cast<uint8_t>(ssrc.value() >> (24 - 8 * i));
  return header;
}

Bytes Payload(uint64_t seed, size_t size = 160) {
  Bytes payload(size);
  SeededRandom(seed).Fill(payload);
  return payload;
}

Bytes Join(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes Protect(Protector& protector, const Bytes& header, const Bytes& payload) {
  Bytes out(header.size() + payload.size() + kGrowthMax);
  out.resize(protector.ProtectRtp(header, payload, out));
  return out;
}

Bytes ProtectReport(Protector& protector, const Bytes& compound) {
  Bytes out(compound.size() + kGrowthMax);
  out.resize(protector.ProtectRtcp(compound, out));
  return out;
}

struct Outcome {
  bool ok = false;
  Refusal refusal = Refusal::kMalformed;
  Bytes bytes;
  bool is_newest = false;
};

Outcome OutcomeOf(const Result<Unprotected, Refusal>& result) {
  if (!result.ok()) return {.refusal = result.error()};
  return {.ok = true,
          .bytes = Bytes(result->bytes.begin(), result->bytes.end()),
          .is_newest = result->is_newest};
}

Outcome Unprotect(Unprotector& unprotector, const Bytes& packet) {
  Bytes out(packet.size());
  return OutcomeOf(unprotector.UnprotectRtp(packet, out));
}

Outcome UnprotectReport(Unprotector& unprotector, const Bytes& packet) {
  Bytes out(packet.size());
  return OutcomeOf(unprotector.UnprotectRtcp(packet, out));
}

// What libsrtp's srtp_driver validates itself with (test/srtp_driver.c).
struct KnownAnswer {
  SrtpSuite suite;
  const char* key_and_salt;
  const char* rtp;
  const char* rtcp;  // Empty: none is given.
};

class KnownAnswers : public testing::TestWithParam<KnownAnswer> {};

TEST_P(KnownAnswers, AreMadeAndTaken) {
  const KnownAnswer& known = GetParam();
  const SrtpKeys keys(known.suite, Hex(known.key_and_salt));
  const Bytes header = Hex("800f1234 decafbad cafebabe");
  const Bytes payload(16, 0xab);
  Protector protector(keys);
  Unprotector unprotector(keys);
  EXPECT_EQ(Protect(protector, header, payload), Hex(known.rtp));
  EXPECT_EQ(Unprotect(unprotector, Hex(known.rtp)).bytes, Join(header, payload));
  if (std::string(known.rtcp).empty()) return;
  const Bytes compound = Join(Hex("81c8000b cafebabe"), payload);
  protector.Resume({.next_rtcp = 1});  // libsrtp begins with 1.
  EXPECT_EQ(ProtectReport(protector, compound), Hex(known.rtcp));
  EXPECT_EQ(UnprotectReport(unprotector, Hex(known.rtcp)).bytes, compound);
}

INSTANTIATE_TEST_SUITE_P(
    Libsrtp, KnownAnswers,
    testing::Values(
        KnownAnswer{
            SrtpSuite::kAesCm128HmacSha1Tag80,
            "e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6",
            "800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb",
            "81c8000bcafebabe 7128035be487b9bdbef89041f977a5a8 80000001 "
            "993e08cd54d6c1230798"},
        KnownAnswer{
            SrtpSuite::kAesCm256HmacSha1Tag80,
            "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6"
            "3b04803de51ee7c96423ab5b78d2",
            "800f1234decafbadcafebabe f1d9de17ff251ff1aa007774b0b4b40d a08d9d9a5b3a55d8873b", ""},
        KnownAnswer{SrtpSuite::kAeadAes128Gcm,
                    "000102030405060708090a0b0c0d0e0f a0a1a2a3a4a5a6a7a8a9aaab",
                    "800f1234decafbadcafebabe c5002ede04cfdd2eb91159e0880aa06e "
                    "d2976826f796b201df3131a127e8a392",
                    "81c8000bcafebabe c98b8b5df0392a55852b6c21ac8e7025 "
                    "c52c6fbea2b3b446ea31123ba88ce61e 80000001"}));

class EverySuite : public testing::TestWithParam<size_t> {
 protected:
  const SrtpSuite suite_ = static_cast<SrtpSuite>(GetParam());
  const SrtpKeys keys_ = KeysOf(suite_);
  Protector protector_{keys_};
  Unprotector unprotector_{keys_};
};
INSTANTIATE_TEST_SUITE_P(Suites, EverySuite, testing::Range<size_t>(0, kSrtpSuiteCount),
                         [](const testing::TestParamInfo<size_t>& info) {
                           return std::string(TraitsOf(static_cast<SrtpSuite>(info.param)).name);
                         });

TEST_P(EverySuite, PacketsComeBackAsTheyWereAndNothingOfThemCanBeRead) {
  for (uint16_t number = 1; number < 200; ++number) {
    const Bytes payload = Payload(number, number);
    const Bytes packet = Protect(protector_, Header(number), payload);
    ASSERT_EQ(packet.size(), 12 + payload.size() + TraitsOf(suite_).rtp_tag_size);
    if (payload.size() >= 8) {
      EXPECT_EQ(std::search(packet.begin(), packet.end(), payload.begin(), payload.begin() + 8),
                packet.end());
    }
    EXPECT_EQ(Unprotect(unprotector_, packet).bytes, Join(Header(number), payload));
  }
}

TEST_P(EverySuite, ExtensionsAndContributorsStayReadableAndAuthentic) {
  Bytes header = Hex("9208 0007 00000000 cafebabe 11111111 22222222 bede0001 10aa0000");
  const Bytes packet = Protect(protector_, header, Payload(1));
  EXPECT_TRUE(std::equal(header.begin(), header.end(), packet.begin()));
  EXPECT_EQ(Unprotect(unprotector_, packet).bytes, Join(header, Payload(1)));
}

// V05, V04: whatever byte is changed, the packet is refused and the stream is as before.
TEST_P(EverySuite, AChangeOfAnyBitOfAnyByteIsNoticed) {
  const Bytes good = Protect(protector_, Header(1), Payload(1, 40));
  for (size_t at = 0; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes forged = good;
      forged[at] = static_cast<uint8_t>(forged[at] ^ 1 << bit);
      EXPECT_FALSE(Unprotect(unprotector_, forged).ok) << "byte " << at << " bit " << bit;
    }
  }
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(Unprotect(unprotector_, Bytes(good.begin(), good.begin() + size)).ok) << size;
  }
  EXPECT_FALSE(Unprotect(unprotector_, Join(good, {0})).ok);
  EXPECT_TRUE(Unprotect(unprotector_, good).ok);
}

TEST_P(EverySuite, AChangeOfAnyByteOfAReportIsNoticed) {
  const Bytes compound = Join(Hex("80c90001 cafebabe"), Payload(2, 32));
  const Bytes good = ProtectReport(protector_, compound);
  for (size_t at = 0; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      // Neither the version alone nor the packet type is judged here, but both are authenticated.
      Bytes forged = good;
      forged[at] = static_cast<uint8_t>(forged[at] ^ 1 << bit);
      EXPECT_FALSE(UnprotectReport(unprotector_, forged).ok) << "byte " << at << " bit " << bit;
    }
  }
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(UnprotectReport(unprotector_, Bytes(good.begin(), good.begin() + size)).ok);
  }
  EXPECT_EQ(UnprotectReport(unprotector_, good).bytes, compound);
  EXPECT_EQ(UnprotectReport(unprotector_, good).refusal, Refusal::kReplay);
}

// V05: an unencrypted report is not taken, whatever it is authenticated with; nor is a plain packet.
TEST_P(EverySuite, PlainPacketsAreNotTaken) {
  EXPECT_FALSE(Unprotect(unprotector_, Join(Header(1), Payload(1))).ok);
  Bytes report = ProtectReport(protector_, Join(Hex("80c90001 cafebabe"), Payload(2, 24)));
  const size_t word = TraitsOf(suite_).is_aead ? report.size() - 4 : report.size() - 14;
  report[word] &= 0x7f;
  EXPECT_EQ(UnprotectReport(unprotector_, report).refusal, Refusal::kAuthentication);
}

TEST_P(EverySuite, OtherKeysOpenNothing) {
  Unprotector other(KeysOf(suite_, 2));
  EXPECT_EQ(Unprotect(other, Protect(protector_, Header(1), Payload(1))).refusal,
            Refusal::kAuthentication);
}

TEST_P(EverySuite, ReplaysAreRefusedAndReorderedPacketsAreNot) {
  std::vector<Bytes> packets;
  for (uint16_t number = 0; number < 400; ++number) {
    packets.push_back(Protect(protector_, Header(number), Payload(number)));
  }
  EXPECT_TRUE(Unprotect(unprotector_, packets[1]).ok);
  EXPECT_EQ(Unprotect(unprotector_, packets[1]).refusal, Refusal::kReplay);
  const Outcome late = Unprotect(unprotector_, packets[0]);
  EXPECT_TRUE(late.ok);
  EXPECT_FALSE(late.is_newest);
  EXPECT_EQ(Unprotect(unprotector_, packets[0]).refusal, Refusal::kReplay);
  EXPECT_TRUE(Unprotect(unprotector_, packets[399]).is_newest);
  EXPECT_TRUE(Unprotect(unprotector_, packets[399 - 127]).ok);
  EXPECT_EQ(Unprotect(unprotector_, packets[399 - 128]).refusal, Refusal::kReplay);
}

TEST_P(EverySuite, TheRollOverCounterIsFollowedThroughLossAndReorderingOverTheWrap) {
  SeededRandom random(7);
  std::vector<Bytes> sent;
  uint16_t number = 65'000;
  for (int i = 0; i < 1200; ++i, ++number) {
    sent.push_back(Protect(protector_, Header(number), Payload(static_cast<uint64_t>(i), 20)));
  }
  size_t taken = 0;
  for (size_t i = 0; i + 16 < sent.size(); i += 16) {
    std::vector<size_t> order(16);
    for (size_t j = 0; j < order.size(); ++j) order[j] = i + j;
    for (size_t j = order.size(); j > 1; --j) std::swap(order[j - 1], order[random.Below(j)]);
    for (const size_t at : order) {
      if (random.OneIn(10)) continue;
      const Outcome outcome = Unprotect(unprotector_, sent[at]);
      ASSERT_TRUE(outcome.ok) << "packet " << at;
      EXPECT_EQ(Bytes(outcome.bytes.begin() + 12, outcome.bytes.end()), Payload(at, 20));
      ++taken;
    }
  }
  EXPECT_GT(taken, 1000u);
  EXPECT_EQ(protector_.indexes().next_rtp, 65'000u + 1200u);
}

// RFC 3711 §9.1: a key stream used twice gives both packets away.
TEST_P(EverySuite, NoIndexIsUsedTwice) {
  EXPECT_FALSE(Protect(protector_, Header(10), Payload(1)).empty());
  EXPECT_TRUE(Protect(protector_, Header(10), Payload(2)).empty());
  EXPECT_TRUE(Protect(protector_, Header(9), Payload(2)).empty());
  EXPECT_FALSE(Protect(protector_, Header(11), Payload(2)).empty());
}

TEST_P(EverySuite, AResumedStreamGoesOnBehindItsCheckpointAndIsUnderstood) {
  for (int i = 0; i < 70'000; i += 1000) {
    const Bytes packet = Protect(protector_, Header(static_cast<uint16_t>(i)), Payload(1));
    ASSERT_TRUE(Unprotect(unprotector_, packet).ok) << i;
  }
  const Bytes last = Protect(protector_, Header(70'000 - 65'536), Payload(1));
  ASSERT_TRUE(Unprotect(unprotector_, last).ok);
  ProtectReport(protector_, Bytes(28, 0x80));

  Protector resumed(keys_);
  SendIndexes indexes = protector_.indexes();
  indexes.next_rtp += 500;  // What can have left since.
  indexes.next_rtcp += 10;
  resumed.Resume(indexes);
  resumed.Resume({});  // Lowers nothing.
  EXPECT_EQ(resumed.indexes().next_rtcp, 11u);
  EXPECT_TRUE(Protect(resumed, Header(70'400 - 65'536), Payload(2)).empty());
  const Bytes next = Protect(resumed, Header(70'501 - 65'536), Payload(2));
  EXPECT_TRUE(Unprotect(unprotector_, next).ok);

  Unprotector restored(keys_);
  restored.Restore(unprotector_.streams());
  EXPECT_EQ(Unprotect(restored, next).refusal, Refusal::kReplay);
  EXPECT_EQ(Unprotect(restored, last).refusal, Refusal::kReplay);
  EXPECT_TRUE(Unprotect(restored, Protect(resumed, Header(70'502 - 65'536), Payload(3))).ok);
}

// V10: a source may change its SSRC; what was said under the old ones cannot be played again, and
// nothing grows.
TEST_P(EverySuite, ManySourcesUnderOneKeyAreTakenUpToALimitAndNoneTwice) {
  std::vector<Bytes> first_of_each;
  constexpr size_t kMax = Unprotector::kStreamsMax + Unprotector::kRetiredMax;
  for (uint32_t i = 0; i < kMax; ++i) {
    Protector source(keys_);
    first_of_each.push_back(Protect(source, Header(5, Ssrc(1000 + i)), Payload(i)));
    ASSERT_TRUE(Unprotect(unprotector_, first_of_each.back()).ok) << i;
  }
  for (const Bytes& packet : first_of_each) {
    EXPECT_EQ(Unprotect(unprotector_, packet).refusal, Refusal::kReplay);
  }
  Protector one_more(keys_);
  EXPECT_EQ(Unprotect(unprotector_, Protect(one_more, Header(5, Ssrc(1)), Payload(1))).refusal,
            Refusal::kSources);
}

// Far ends differ in whether a new key begins with a roll-over counter of zero.
TEST_P(EverySuite, AfterAChangeOfKeysTheRollOverCounterMayGoOnOrBeginAnew) {
  for (int i = 0; i < 70'000; i += 1000) {
    const Bytes packet = Protect(protector_, Header(static_cast<uint16_t>(i)), Payload(1));
    ASSERT_TRUE(Unprotect(unprotector_, packet).ok);
  }
  const SrtpKeys next = KeysOf(suite_, 99);
  for (const bool goes_on : {false, true}) {
    Protector sender(next);
    if (goes_on) sender.Resume(protector_.indexes());
    Unprotector receiver(next);
    receiver.ContinueFrom(unprotector_);
    const auto number = static_cast<uint16_t>(69'100);
    EXPECT_TRUE(Unprotect(receiver, Protect(sender, Header(number), Payload(1))).ok);
    EXPECT_TRUE(Unprotect(receiver, Protect(sender, Header(number + 1), Payload(2))).ok);
  }
}

// RFC 3711 §3.1, RFC 7714 §8.2: the identifier stands before the tag, or behind an AEAD's.
TEST_P(EverySuite, AMasterKeyIdentifierIsTakenOffAndMustBeOurs) {
  SrtpKeys with_identifier = keys_;
  with_identifier.SetIdentifier(Hex("01020304"));
  Unprotector unprotector(with_identifier);
  const auto insert = [](Bytes packet, size_t from_end) {
    const Bytes identifier = Hex("01020304");
    packet.insert(packet.end() - static_cast<ptrdiff_t>(from_end), identifier.begin(),
                  identifier.end());
    return packet;
  };
  const size_t tag = TraitsOf(suite_).is_aead ? 0 : TraitsOf(suite_).rtp_tag_size;
  const Bytes plain = Protect(protector_, Header(1), Payload(1));
  EXPECT_FALSE(Unprotect(unprotector, plain).ok);
  Bytes wrong = insert(plain, tag);
  wrong[wrong.size() - tag - 1] ^= 1;
  EXPECT_EQ(Unprotect(unprotector, wrong).refusal, Refusal::kAuthentication);
  EXPECT_EQ(Unprotect(unprotector, insert(plain, tag)).bytes, Join(Header(1), Payload(1)));

  const Bytes compound = Join(Hex("80c90001 cafebabe"), Payload(2, 24));
  const size_t rtcp_tag = TraitsOf(suite_).is_aead ? 0 : TraitsOf(suite_).rtcp_tag_size;
  const Bytes report = insert(ProtectReport(protector_, compound), rtcp_tag);
  EXPECT_EQ(UnprotectReport(unprotector, report).bytes, compound);
}

TEST(Protector, RefusesWhatNoReceiverCouldPlace) {
  Protector protector(KeysOf(SrtpSuite::kAesCm128HmacSha1Tag80));
  EXPECT_FALSE(Protect(protector, Header(0), Payload(1)).empty());
  EXPECT_TRUE(Protect(protector, Header(40'000), Payload(1)).empty());
  EXPECT_FALSE(Protect(protector, Header(32'000), Payload(1)).empty());
}

TEST(Protector, RefusesToWriteBeyondItsMemory) {
  Protector protector(KeysOf(SrtpSuite::kAeadAes128Gcm));
  Bytes out(12 + 160 + 15);
  EXPECT_EQ(protector.ProtectRtp(Header(1), Payload(1), out), 0u);
  EXPECT_EQ(protector.ProtectRtcp(Bytes(28, 0x80), std::span(out).first(28 + 19)), 0u);
}

TEST(Protector, SendsNothingUnderAKeyThatIsUsedUp) {
  Protector protector(KeysOf(SrtpSuite::kAesCm128HmacSha1Tag80));
  protector.Resume({.has_sent_rtp = true,
                    .next_rtp = (uint64_t{1} << 48) - 1,
                    .next_rtcp = (uint32_t{1} << 31) - 1});
  EXPECT_FALSE(Protect(protector, Header(65'535), Payload(1)).empty());
  EXPECT_TRUE(Protect(protector, Header(0), Payload(1)).empty());
  EXPECT_FALSE(ProtectReport(protector, Bytes(28, 0x80)).empty());
  EXPECT_TRUE(ProtectReport(protector, Bytes(28, 0x80)).empty());
}

}  // namespace
}  // namespace narada::mixer::srtp
