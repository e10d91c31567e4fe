#include "tests/phone/sdp.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace narada::phone {
namespace {

constexpr char kSession[] = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n";

TEST(ParseSdpAudio, ReadsTheFirstAudioStream) {
  const auto audio = ParseSdpAudio(absl::StrCat(
      kSession,
      "c=IN IP4 192.0.2.9\r\nt=0 0\r\nm=video 5000 RTP/AVP 31\r\na=inactive\r\n"
      "m=audio 4000 RTP/AVP 8 0 97\r\nc=IN IP4 192.0.2.2\r\na=rtpmap:97 Telephone-Event/8000\r\n"
      "a=sendonly\r\n"));
  ASSERT_TRUE(audio.ok()) << audio.status();
  EXPECT_EQ(audio->address, "192.0.2.2");
  EXPECT_EQ(audio->port, 4000);
  ASSERT_EQ(audio->formats.size(), 2u);
  EXPECT_EQ(audio->formats[0].name, "pcma");
  EXPECT_EQ(audio->formats[1].payload_type, 0);
  ASSERT_EQ(audio->events.size(), 1u);
  EXPECT_EQ(audio->events[0].payload_type, 97);
  EXPECT_FALSE(audio->is_secure);
  EXPECT_EQ(audio->direction, "sendonly");
}

TEST(ParseSdpAudio, ReadsCodecsKeysAndPacketTime) {
  const auto audio = ParseSdpAudio(absl::StrCat(
      kSession,
      "c=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 4000 RTP/SAVP 96 9 101 102\r\na=ptime:40\r\n"
      "a=rtpmap:96 Opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n"
      "a=rtpmap:102 telephone-event/48000\r\na=crypto:1 AEAD_AES_128_GCM inline:abcd\r\n"));
  ASSERT_TRUE(audio.ok()) << audio.status();
  EXPECT_TRUE(audio->is_secure);
  EXPECT_EQ(audio->ptime_ms, 40);
  ASSERT_EQ(audio->formats.size(), 2u);
  EXPECT_EQ(audio->formats[0].name, "opus");
  EXPECT_EQ(audio->formats[0].clock_rate_hz, 48000);
  EXPECT_EQ(audio->formats[0].channels, 2);
  EXPECT_EQ(audio->formats[1].name, "g722");
  ASSERT_EQ(audio->events.size(), 2u);
  EXPECT_EQ(audio->events[1].clock_rate_hz, 48000);
  EXPECT_EQ(audio->crypto, (std::vector<std::string>{"1 AEAD_AES_128_GCM inline:abcd"}));
}

TEST(ParseSdpAudio, SaysWhatIsMissing) {
  EXPECT_EQ(ParseSdpAudio(kSession).status().message(), "no m=audio line");
  EXPECT_EQ(ParseSdpAudio(absl::StrCat(kSession, "m=audio 4000 RTP/AVP 8\r\n")).status().message(),
            "no c=IN IP4 line");
  EXPECT_FALSE(ParseSdpAudio(absl::StrCat(kSession, "m=audio 99999 RTP/AVP 8\r\n")).ok());
  EXPECT_FALSE(ParseSdpAudio(absl::StrCat(kSession, "m=audio 4000 UDP/TLS/RTP/SAVP 8\r\n")).ok());
  EXPECT_FALSE(ParseSdpAudio(absl::StrCat(kSession, "m=audio 4000\r\n")).ok());
}

TEST(AnswerDirection, MirrorsTheOffer) {
  EXPECT_EQ(AnswerDirection("sendonly"), "recvonly");
  EXPECT_EQ(AnswerDirection("recvonly"), "sendonly");
  EXPECT_EQ(AnswerDirection("inactive"), "inactive");
  EXPECT_EQ(AnswerDirection("sendrecv"), "sendrecv");
}

}  // namespace
}  // namespace narada::phone
