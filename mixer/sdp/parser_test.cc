#include "mixer/sdp/parser.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"

namespace narada::mixer::sdp {
namespace {

// A session with one audio line, as most phones write it; `attributes` are whole lines.
std::string Offer(absl::string_view attributes = "",
                  absl::string_view media_line = "m=audio 49170 RTP/AVP 8 0 101") {
  return absl::StrCat(
      "v=0\r\n"
      "o=alice 2890844526 2890844527 IN IP4 192.0.2.1\r\n"
      "s=-\r\n"
      "c=IN IP4 192.0.2.1\r\n"
      "t=0 0\r\n",
      media_line, "\r\n",
      "a=rtpmap:8 PCMA/8000\r\n"
      "a=rtpmap:101 telephone-event/8000\r\n"
      "a=fmtp:101 0-15\r\n",
      attributes);
}

SessionDescription Parsed(absl::string_view text) {
  absl::StatusOr<SessionDescription> description = ParseSessionDescription(text);
  EXPECT_TRUE(description.ok()) << description.status() << "\n" << text;
  return description.ok() ? *std::move(description) : SessionDescription();
}

// The audio of the first line.
AudioDescription Audio(absl::string_view text) {
  const SessionDescription description = Parsed(text);
  if (description.sections.empty() || !description.sections[0].audio.has_value()) {
    ADD_FAILURE() << "no audio in\n" << text;
    return {};
  }
  return *description.sections[0].audio;
}

// The message of the refusal.
std::string ErrorFor(absl::string_view text) {
  const absl::StatusOr<SessionDescription> description = ParseSessionDescription(text);
  EXPECT_FALSE(description.ok()) << text;
  EXPECT_EQ(ReasonOf(description.status()), "SDP_INVALID");
  EXPECT_EQ(description.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(description.status().message());
}

std::string Names(const std::vector<PayloadFormat>& formats) {
  return absl::StrJoin(formats, " ", [](std::string* out, const PayloadFormat& format) {
    absl::StrAppend(out, int{format.payload_type.value()}, ":", format.encoding_name, "/",
                    format.clock_rate.hertz(), "/", format.channels);
  });
}

TEST(SdpParser, ReadsAnOrdinaryOffer) {
  const SessionDescription description = Parsed(Offer("a=ptime:20\r\na=sendrecv\r\n"));
  EXPECT_EQ(description.username, "alice");
  EXPECT_EQ(description.session_id, 2890844526u);
  EXPECT_EQ(description.session_version, 2890844527u);
  ASSERT_EQ(description.sections.size(), 1u);
  EXPECT_EQ(description.sections[0].type, "audio");
  EXPECT_EQ(description.sections[0].transport, "RTP/AVP");
  EXPECT_EQ(description.sections[0].formats, "8 0 101");
  EXPECT_EQ(description.sections[0].port, 49170);
  ASSERT_TRUE(description.sections[0].audio.has_value());
  const AudioDescription& audio = *description.sections[0].audio;
  EXPECT_EQ(audio.rtp.ToString(), "192.0.2.1:49170");
  EXPECT_EQ(audio.rtcp.ToString(), "192.0.2.1:49171");
  EXPECT_FALSE(audio.rtcp_mux);
  EXPECT_FALSE(audio.is_secure);
  EXPECT_EQ(audio.direction, Direction::kSendRecv);
  EXPECT_EQ(Names(audio.codecs), "8:PCMA/8000/1 0:PCMU/8000/1");
  EXPECT_EQ(Names(audio.telephone_events), "101:telephone-event/8000/1");
  EXPECT_EQ(audio.telephone_events[0].format_parameters, "0-15");
  EXPECT_EQ(audio.ptime, Milliseconds(20));
  EXPECT_FALSE(audio.maxptime.has_value());
}

TEST(SdpParser, KeepsTheOrderOfCodecsAndTheirParameters) {
  const AudioDescription audio =
      Audio(Offer("a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1; minptime=10\r\n",
                  "m=audio 4000 RTP/AVP 96 9 0 8 101"));
  EXPECT_EQ(Names(audio.codecs), "96:opus/48000/2 9:G722/8000/1 0:PCMU/8000/1 8:PCMA/8000/1");
  EXPECT_EQ(audio.codecs[0].format_parameters, "useinbandfec=1; minptime=10");
}

TEST(SdpParser, LeavesOutPayloadTypesThatNothingExplains) {
  EXPECT_EQ(Names(Audio(Offer("", "m=audio 4000 RTP/AVP 97 8")).codecs), "8:PCMA/8000/1");
}

TEST(SdpParser, LetsARtpmapRenameAStaticPayloadType) {
  EXPECT_EQ(Names(Audio(Offer("a=rtpmap:0 L16/8000\r\n", "m=audio 4000 RTP/AVP 0")).codecs),
            "0:L16/8000/1");
}

TEST(SdpParser, TakesTheAddressOfTheMediaLineBeforeTheSessions) {
  EXPECT_EQ(Audio(Offer("c=IN IP4 198.51.100.7\r\n")).rtp.ToString(), "198.51.100.7:49170");
}

TEST(SdpParser, ReadsIpv6) {
  EXPECT_EQ(Audio(Offer("c=IN IP6 2001:db8::7\r\n")).rtp.ToString(), "[2001:db8::7]:49170");
}

TEST(SdpParser, LeavesHostNamesUnresolved) {
  const AudioDescription audio = Audio(Offer("c=IN IP4 phone.example.org\r\n"));
  EXPECT_FALSE(audio.rtp.is_set());
  EXPECT_EQ(audio.connection_address, "phone.example.org");
}

TEST(SdpParser, ReadsWhereRtcpGoes) {
  EXPECT_EQ(Audio(Offer("a=rtcp:53020\r\n")).rtcp.ToString(), "192.0.2.1:53020");
  EXPECT_EQ(Audio(Offer("a=rtcp:53020 IN IP4 198.51.100.9\r\n")).rtcp.ToString(),
            "198.51.100.9:53020");
  EXPECT_EQ(Audio(Offer("a=rtcp:nonsense\r\n")).rtcp.ToString(), "192.0.2.1:49171");
  EXPECT_EQ(Audio(Offer("a=rtcp:70000\r\n")).rtcp.ToString(), "192.0.2.1:49171");
  EXPECT_TRUE(Audio(Offer("a=rtcp-mux\r\n")).rtcp_mux);
  EXPECT_EQ(Audio(Offer("", "m=audio 65535 RTP/AVP 8")).rtcp.port(), 0) << "there is no next port";
}

// RFC 3611 §5.1.
TEST(SdpParser, ReadsWhichExtendedReportsAreAskedFor) {
  const auto asked = [](absl::string_view attribute) {
    return Audio(Offer(attribute)).extended_reports;
  };
  EXPECT_EQ(asked("a=rtcp-xr:voip-metrics\r\n"), (ExtendedReportsWanted{.voip_metrics = true}));
  EXPECT_EQ(asked("a=rtcp-xr:rcvr-rtt=all:10000 stat-summary=loss,dup,jitt\r\n"),
            (ExtendedReportsWanted{.reference_time = true}));
  EXPECT_TRUE(asked("a=rtcp-xr:pkt-loss-rle VoIP-Metrics\r\n").voip_metrics);
  EXPECT_FALSE(asked("a=rtcp-xr:\r\n").any());
  EXPECT_FALSE(asked("").any());
}

// RFC 8285 §8, RFC 6464 §4.
TEST(SdpParser, ReadsWhereTheLevelOfAudioIs) {
  const std::string uri = " urn:ietf:params:rtp-hdrext:ssrc-audio-level";
  const auto level = [](const std::string& attributes) {
    return Audio(Offer(attributes)).audio_level;
  };
  EXPECT_EQ(level("a=extmap:1" + uri + "\r\n"), (AudioLevelLine{.extension = {.id = 1}}));
  EXPECT_EQ(level("a=extmap:255/SendOnly" + uri + " vad=on\r\n"),
            (AudioLevelLine{.extension = {.id = 255}, .direction = Direction::kSendOnly}));
  EXPECT_EQ(level("a=extmap:14/recvonly" + uri + "  vad=off\r\n"),
            (AudioLevelLine{.extension = {.id = 14, .has_voice_flag = false},
                            .direction = Direction::kRecvOnly}));
  EXPECT_EQ(level("a=extmap:2 urn:ietf:params:rtp-hdrext:csrc-audio-level\r\n"
                  "a=extmap:3" +
                  uri + "\r\na=extmap:4" + uri + "\r\n"),
            (AudioLevelLine{.extension = {.id = 3}}));
  for (const char* id : {"0", "15", "256", "4096", "-1", "x", ""}) {
    EXPECT_FALSE(level("a=extmap:" + std::string(id) + uri + "\r\n").has_value()) << id;
  }
  EXPECT_FALSE(level("a=extmap:1\r\n").has_value());
  EXPECT_FALSE(level("").has_value());
  std::string session_level = Offer();
  session_level.insert(session_level.find("m=audio"), "a=extmap:5" + uri + "\r\n");
  EXPECT_EQ(Audio(session_level).audio_level, (AudioLevelLine{.extension = {.id = 5}}));
}

TEST(SdpParser, ReadsDirectionsOfTheLineAndOfTheSession) {
  EXPECT_EQ(Audio(Offer("a=sendonly\r\n")).direction, Direction::kSendOnly);
  EXPECT_EQ(Audio(Offer("a=recvonly\r\n")).direction, Direction::kRecvOnly);
  EXPECT_EQ(Audio(Offer("a=inactive\r\n")).direction, Direction::kInactive);
  std::string session_level = Offer();
  session_level.insert(session_level.find("m=audio"), "a=sendonly\r\n");
  EXPECT_EQ(Audio(session_level).direction, Direction::kSendOnly);
  EXPECT_EQ(Audio(session_level + "a=sendrecv\r\n").direction, Direction::kSendRecv);
}

TEST(SdpParser, KeepsAnUnspecifiedAddress) {
  const AudioDescription audio = Audio(Offer("c=IN IP4 0.0.0.0\r\n"));
  EXPECT_TRUE(audio.rtp.is_set());
  EXPECT_TRUE(audio.rtp.ip().is_unspecified());
}

TEST(SdpParser, ReadsPacketTimes) {
  const AudioDescription audio = Audio(Offer("a=ptime:30\r\na=maxptime:60\r\n"));
  EXPECT_EQ(audio.ptime, Milliseconds(30));
  EXPECT_EQ(audio.maxptime, Milliseconds(60));
  EXPECT_EQ(Audio(Offer("a=ptime:20.0\r\n")).ptime, Milliseconds(20));
  for (const char* nonsense : {"0", "-20", "1e9", "nan", "many", ""}) {
    EXPECT_FALSE(Audio(Offer(absl::StrCat("a=ptime:", nonsense, "\r\n"))).ptime.has_value());
  }
}

TEST(SdpParser, ReadsCryptoLines) {
  const AudioDescription audio =
      Audio(Offer("a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
                  "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:4 WSH=64\r\n"
                  "a=crypto:nonsense\r\n"
                  "a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:b3RoZXI=\r\n",
                  "m=audio 49170 RTP/SAVP 8"));
  EXPECT_TRUE(audio.is_secure);
  ASSERT_EQ(audio.crypto.size(), 2u);
  EXPECT_EQ(audio.crypto[0].tag, 1u);
  EXPECT_EQ(audio.crypto[0].suite, "AES_CM_128_HMAC_SHA1_80");
  EXPECT_TRUE(audio.crypto[0].keys.has_value());
  EXPECT_EQ(audio.crypto[1].tag, 2u);
  EXPECT_FALSE(audio.crypto[1].keys.has_value());
}

TEST(SdpParser, ReadsFormatsOfFeedbackProfilesToo) {
  const AudioDescription plain =
      Audio(Offer("a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n",
                  "m=audio 49170 RTP/AVPF 96 8 0 101"));
  EXPECT_FALSE(plain.is_secure);
  EXPECT_EQ(Names(plain.codecs), "96:opus/48000/2 8:PCMA/8000/1 0:PCMU/8000/1");
  EXPECT_EQ(plain.codecs[0].format_parameters, "useinbandfec=1");
  EXPECT_EQ(Names(plain.telephone_events), "101:telephone-event/8000/1");
  EXPECT_TRUE(Audio(Offer("", "m=audio 9 UDP/TLS/RTP/SAVPF 8")).is_secure);
}

TEST(SdpParser, KeepsOtherMediaInTheirPlace) {
  const SessionDescription description = Parsed(
      absl::StrCat("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
                   "m=video 51372 RTP/AVP 31 32\r\n"
                   "m=audio 49170 RTP/AVP 8\r\n"
                   "m=image 0 udptl t38\r\n"
                   "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"));
  ASSERT_EQ(description.sections.size(), 4u);
  EXPECT_EQ(description.sections[0].type, "video");
  EXPECT_EQ(description.sections[0].formats, "31 32");
  EXPECT_FALSE(description.sections[0].audio.has_value());
  EXPECT_TRUE(description.sections[1].audio.has_value());
  EXPECT_EQ(description.sections[2].formats, "t38");
  EXPECT_EQ(description.sections[3].transport, "UDP/DTLS/SCTP");
  EXPECT_EQ(description.sections[3].formats, "webrtc-datachannel");
}

TEST(SdpParser, TakesBareLineFeeds) {
  std::string text = Offer("a=ptime:20\r\n");
  text.erase(std::remove(text.begin(), text.end(), '\r'), text.end());
  EXPECT_EQ(Audio(text).ptime, Milliseconds(20));
}

TEST(SdpParser, RefusesWhatIsNoSdp) {
  EXPECT_EQ(ErrorFor(""), "the SDP cannot be read: it is empty");
  ErrorFor("hello");
  ErrorFor("v=1\r\n");
  ErrorFor("v=0\r\n");
  ErrorFor("v=0\r\no=alice one two IN IP4 192.0.2.1\r\n");
  ErrorFor("m=audio 49170 RTP/AVP 8\r\n");
  ErrorFor(std::string("v=0\0\r\n", 6));
}

TEST(SdpParser, RefusesDamagedMediaLines) {
  for (const char* line :
       {"m=audio", "m=audio 49170", "m=audio 49170 RTP/AVP", "m=audio x RTP/AVP 8",
        "m=audio 70000 RTP/AVP 8", "m=audio 49170 RTP/AVP 200", "m=audio -1 RTP/AVP 8",
        "m=audio 49170 RTP/AVP pcma"}) {
    ErrorFor(Offer("", line));
  }
}

// Found by sdp_fuzz: sofia-sip 1.12.11 looped on these for ever.
TEST(SdpParser, RefusesMediaLinesThatHangSofia) {
  for (const char* line :
       {"m=audio 4000 R?????????TP/AVP 8", "m=image 0 udptl /t38", "m=image 0 udptl \t",
        "m=video 0 udp (31)", " \tm=audio 4000 udp 8 \x80", "m=audio 4000 udp"}) {
    ErrorFor(Offer("", line));
  }
}

TEST(SdpParser, TakesTabsAndSpacesBetweenTheWordsOfAMediaLine) {
  EXPECT_EQ(Names(Audio(Offer("", "m=audio  4000 RTP/AVP\t8 \t0 ")).codecs),
            "8:PCMA/8000/1 0:PCMU/8000/1");
}

TEST(SdpParser, RefusesAnEmptySession) {
  EXPECT_EQ(ErrorFor("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n"),
            "the SDP cannot be read: there is no m= line");
}

TEST(SdpParser, RefusesHugeSessions) {
  EXPECT_EQ(ErrorFor(std::string(kTextSizeMax + 1, 'v')),
            "the SDP cannot be read: it is longer than 16384 bytes");
  std::string lines = Offer();
  for (size_t i = 0; i < kSectionsMax; ++i) absl::StrAppend(&lines, "m=video 0 RTP/AVP 31\r\n");
  EXPECT_EQ(ErrorFor(lines), "the SDP cannot be read: it has more than 16 m= lines");
}

TEST(SdpParser, BoundsWhatALineMayHold) {
  std::string crypto;
  for (int i = 0; i < 200; ++i) absl::StrAppend(&crypto, "a=crypto:", i, " AES inline:x\r\n");
  EXPECT_EQ(Audio(Offer(crypto)).crypto.size(), kCryptoLinesMax);
  std::string formats;
  for (int i = 0; i < 128; ++i) absl::StrAppend(&formats, " 8");
  EXPECT_EQ(Audio(Offer("", absl::StrCat("m=audio 4000 RTP/AVP", formats))).codecs.size(),
            kFormatsMax);
}

TEST(SdpParser, NeverRepeatsTheTextInAnError) {
  std::string text = Offer();
  text.insert(text.find("m=audio"), "crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0\r\n");
  const std::string error = ErrorFor(text);
  EXPECT_EQ(error.find("c2VjcmV0"), std::string::npos) << error;
}

}  // namespace
}  // namespace narada::mixer::sdp
