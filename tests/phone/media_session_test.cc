// Two phones' media without SIP between them: whatever the phone speaks, it understands.
#include "tests/phone/media_session.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace narada::phone {
namespace {

struct Pair {
  std::unique_ptr<MediaSession> first;
  std::unique_ptr<MediaSession> second;
};

// The second has answered the first's offer; both send.
Pair Connected(PhoneLoop& loop, const MediaSession::Options& options) {
  Pair pair;
  auto first = MediaSession::Open(loop, options);
  auto second = MediaSession::Open(loop, options);
  EXPECT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
  if (!first.ok() || !second.ok()) return pair;
  pair = {*std::move(first), *std::move(second)};
  EXPECT_EQ(pair.second->Start(pair.first->LocalSdp()), absl::OkStatus());
  EXPECT_EQ(pair.first->Start(pair.second->LocalSdp()), absl::OkStatus());
  return pair;
}

struct Case {
  Codec codec;
  int ptime_ms;
  std::string suite;  // Empty: plain RTP.
  Pair pair = {};
};

TEST(MediaSession, EachCodecCarriesAToneAndKeys) {
  PhoneLoop loop;
  std::vector<Case> cases;  // All at the same time.
  cases.push_back({Codec::kPcma, 10, ""});
  cases.push_back({Codec::kPcmu, 60, "AES_CM_128_HMAC_SHA1_80"});
  cases.push_back({Codec::kG722, 20, "AES_CM_128_HMAC_SHA1_32"});
  cases.push_back({Codec::kG722, 30, ""});
  cases.push_back({Codec::kOpus, 20, "AEAD_AES_256_GCM"});
  cases.push_back({Codec::kOpusStereo, 40, "AES_256_CM_HMAC_SHA1_80"});
  cases.push_back({Codec::kL16At8k, 20, "AEAD_AES_128_GCM"});
  cases.push_back({Codec::kL16At16k, 20, ""});
  cases.push_back({Codec::kL16At48k, 10, "AES_256_CM_HMAC_SHA1_32"});
  for (Case& one : cases) {
    MediaSession::Options options{.codecs = {one.codec}, .ptime_ms = one.ptime_ms};
    if (!one.suite.empty()) options.srtp_suites = {one.suite};
    one.pair = Connected(loop, options);
    ASSERT_TRUE(one.pair.first && one.pair.second);
    EXPECT_EQ(one.pair.first->rate_hz(), TraitsOf(one.codec).rate_hz);
    one.pair.first->SayTones({{440, -20}});
  }
  absl::SleepFor(absl::Milliseconds(1500));
  for (Case& one : cases) EXPECT_EQ(one.pair.first->Press("5"), absl::OkStatus());
  absl::SleepFor(absl::Milliseconds(400));
  for (Case& one : cases) {
    SCOPED_TRACE(absl::StrCat(TraitsOf(one.codec).flag, " ", one.ptime_ms, " ms ", one.suite));
    const HeardAudio heard = one.pair.second->Heard();
    EXPECT_EQ(heard.rate_hz(), TraitsOf(one.codec).rate_hz);
    EXPECT_NEAR(heard.ToneLevelDbov(440, absl::Seconds(0.5), absl::Seconds(1.4)), -20, 0.5);
    const MediaReport report = one.pair.second->Report();
    EXPECT_EQ(report.is_secure, !one.suite.empty());
    EXPECT_EQ(report.packets_unauthentic, 0u);
    EXPECT_EQ(report.packets_unexpected, 0u);
    EXPECT_EQ(report.timestamp_slips, 0u);
    EXPECT_EQ(report.timestamp_jumps, 0u);
    EXPECT_NEAR(static_cast<double>(report.packets_received), 1900.0 / one.ptime_ms,
                400.0 / one.ptime_ms);
    ASSERT_EQ(report.digits_received.size(), 1u);
    EXPECT_EQ(report.digits_received[0].digit, '5');
  }
}

TEST(MediaSession, TroubleIsWhatTheOtherSideCounts) {
  PhoneLoop loop;
  Pair pair = Connected(loop, {.trouble = {.loss = 0.2, .jitter = absl::Milliseconds(30)}});
  absl::SleepFor(absl::Seconds(3));
  const MediaReport report = pair.second->Report();
  EXPECT_NEAR(static_cast<double>(report.packets_lost), 30, 20);
  EXPECT_GT(report.interarrival_jitter_ms, 4);
  EXPECT_EQ(report.packets_reordered, 0u);
}

TEST(MediaSession, PacketsAreTracedAsTheyCame) {
  PhoneLoop loop;
  Pair pair = Connected(loop, {.ptime_ms = 20, .traces_packets = true});
  absl::SleepFor(absl::Milliseconds(500));
  const std::vector<PacketTrace> traces = pair.second->PacketTraces();
  ASSERT_GT(traces.size(), 15u);
  for (size_t i = 1; i < traces.size(); ++i) {
    EXPECT_EQ(static_cast<uint16_t>(traces[i].sequence - traces[i - 1].sequence), 1);
    EXPECT_EQ(traces[i].timestamp - traces[i - 1].timestamp, 160u);
    EXPECT_EQ(traces[i].ssrc, pair.first->ssrc());
    EXPECT_EQ(traces[i].payload_size, 160u);
  }
}

TEST(MediaSession, SrtpIsNotDoneWithoutTheOthersConsent) {
  PhoneLoop loop;
  auto secure = *MediaSession::Open(loop, {.srtp_suites = {"AES_CM_128_HMAC_SHA1_80"}});
  auto plain = *MediaSession::Open(loop, {});
  EXPECT_TRUE(absl::StrContains(secure->LocalSdp(), "RTP/SAVP"));
  EXPECT_FALSE(plain->Start(secure->LocalSdp()).ok());
  EXPECT_FALSE(secure->Start(plain->LocalSdp()).ok());
  EXPECT_FALSE(MediaSession::Open(loop, {.srtp_suites = {"ROT13"}}).ok());
}

}  // namespace
}  // namespace narada::phone
