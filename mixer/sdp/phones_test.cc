// Offers as phones, gateways and browsers write them (addresses and names changed), and what becomes of
// them: the codec by the caller's order, telephone-event with its clock, packet times, parameters.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/status.h"
#include "mixer/sdp/negotiation.h"

namespace narada::mixer::sdp {
namespace {

PayloadFormat Format(absl::string_view name, uint8_t payload_type, int clock_hz = 8000,
                     int channels = 1, absl::string_view fmtp = "") {
  PayloadFormat format;
  format.encoding_name = std::string(name);
  format.payload_type = PayloadType(payload_type);
  format.clock_rate = ClockRate::FromHertz(clock_hz);
  format.channels = channels;
  format.format_parameters = std::string(fmtp);
  return format;
}

// As the mixer is by default.
LocalMedia Local() {
  LocalMedia local;
  local.rtp = *SocketAddress::Parse("203.0.113.1:20000");
  local.rtcp = *SocketAddress::Parse("203.0.113.1:20001");
  local.codecs = {Format("opus", 96, 48000, 2, "useinbandfec=1"), Format("G722", 9),
                  Format("PCMA", 8), Format("PCMU", 0)};
  PayloadFormat l16_at_48k = Format("L16", 98, 48000);
  l16_at_48k.ptime_max = Milliseconds(10);
  local.accepted_codecs = {Format("L16", 97, 16000), l16_at_48k, Format("L16", 99, 8000)};
  local.ptime_min = Milliseconds(10);
  local.ptime_max = Milliseconds(60);
  return local;
}

struct Phone {
  const char* name;
  const char* media;  // From m= on.
  const char* codec;  // "name/clock@payload type" of what we send.
  const char* event;  // "payload type/clock", or empty.
  int ptime_ms;
  const char* answer_line;      // The formats of our m= line.
  const char* parameters = "";  // The far end's fmtp of the codec.
};

constexpr Phone kPhones[] = {
    {"YealinkT46",
     "m=audio 11780 RTP/AVP 9 0 8 18 101\n"
     "a=rtpmap:9 G722/8000\na=rtpmap:0 PCMU/8000\na=rtpmap:8 PCMA/8000\n"
     "a=rtpmap:18 G729/8000\na=fmtp:18 annexb=no\n"
     "a=fmtp:101 0-15\na=rtpmap:101 telephone-event/8000\na=ptime:20\na=sendrecv\n",
     "G722/8000@9", "101/8000", 20, "9 101"},
    {"PolycomVvx",
     "m=audio 2222 RTP/AVP 9 102 0 8 18 127\n"
     "a=sendrecv\na=rtpmap:9 G722/8000\na=rtpmap:102 G7221/16000\na=fmtp:102 bitrate=32000\n"
     "a=rtpmap:0 PCMU/8000\na=rtpmap:8 PCMA/8000\na=rtpmap:18 G729/8000\n"
     "a=fmtp:18 annexb=no\na=rtpmap:127 telephone-event/8000\n",
     "G722/8000@9", "127/8000", 20, "9 127"},
    {"CiscoSpa",
     "m=audio 16462 RTP/AVP 8 0 2 18 96 97 98 101\n"
     "a=rtpmap:8 PCMA/8000\na=rtpmap:0 PCMU/8000\na=rtpmap:2 G726-32/8000\n"
     "a=rtpmap:18 G729a/8000\na=rtpmap:96 G726-40/8000\na=rtpmap:97 G726-24/8000\n"
     "a=rtpmap:98 G726-16/8000\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\na=ptime:30\n"
     "a=sendrecv\n",
     "PCMA/8000@8", "101/8000", 30, "8 101"},
    {"GrandstreamWithSilenceSuppression",
     "m=audio 5004 RTP/AVP 0 8 13 101\n"
     "a=sendrecv\na=rtpmap:0 PCMU/8000\na=ptime:20\na=rtpmap:8 PCMA/8000\n"
     "a=rtpmap:13 CN/8000\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\n",
     "PCMU/8000@0", "101/8000", 20, "0 13 101"},
    {"GatewayThatNamesNoStaticTypes",
     "m=audio 17000 RTP/AVP 8 0\n"
     "a=ptime:20\n",
     "PCMA/8000@8", "", 20, "8"},
    {"OldPhoneThatWritesTheRateOfG722",
     "m=audio 5000 RTP/AVP 9 8\n"
     "a=rtpmap:9 G722/16000\na=rtpmap:8 PCMA/8000\n",
     "G722/8000@9", "", 20, "9"},
    {"Linphone",
     "m=audio 7078 RTP/AVP 96 97 98 0 8 101 99 100\n"
     "a=rtpmap:96 opus/48000/2\na=fmtp:96 useinbandfec=1\na=rtpmap:97 speex/16000\n"
     "a=fmtp:97 vbr=on\na=rtpmap:98 speex/8000\na=rtpmap:101 telephone-event/48000\n"
     "a=rtpmap:99 telephone-event/16000\na=rtpmap:100 telephone-event/8000\n"
     "a=rtcp-fb:* trr-int 5000\n",
     "opus/48000@96", "101/48000", 20, "96 101", "useinbandfec=1"},
    {"Baresip",
     "m=audio 10184 RTP/AVP 96 0 8 9 101\n"
     "a=rtpmap:96 opus/48000/2\na=fmtp:96 stereo=1;sprop-stereo=1\na=rtpmap:0 PCMU/8000\n"
     "a=rtpmap:8 PCMA/8000\na=rtpmap:9 G722/8000\na=rtpmap:101 telephone-event/8000\n"
     "a=fmtp:101 0-15\na=rtcp:10185\na=sendrecv\na=label:1\na=minptime:20\na=ptime:20\n",
     "opus/48000@96", "101/8000", 20, "96 101", "stereo=1;sprop-stereo=1"},
    {"MicroSip",
     "m=audio 4016 RTP/AVP 8 0 9 96 101\n"
     "c=IN IP4 192.0.2.1\nb=TIAS:64000\na=rtcp:4017 IN IP4 192.0.2.1\na=sendrecv\n"
     "a=rtpmap:8 PCMA/8000\na=rtpmap:0 PCMU/8000\na=rtpmap:9 G722/8000\n"
     "a=rtpmap:96 opus/48000/2\na=fmtp:96 useinbandfec=1\n"
     "a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-16\na=ssrc:1 cname:x\n",
     "PCMA/8000@8", "101/8000", 20, "8 101"},
    {"Asterisk",
     "m=audio 18922 RTP/AVP 107 9 8 101 102\n"
     "a=rtpmap:107 opus/48000/2\na=fmtp:107 maxplaybackrate=16000;maxaveragebitrate=24000\n"
     "a=rtpmap:9 G722/8000\na=rtpmap:8 PCMA/8000\na=rtpmap:101 telephone-event/48000\n"
     "a=fmtp:101 0-16\na=rtpmap:102 telephone-event/8000\na=fmtp:102 0-16\na=ptime:20\n"
     "a=maxptime:60\na=sendrecv\n",
     "opus/48000@107", "101/48000", 20, "107 101", "maxplaybackrate=16000;maxaveragebitrate=24000"},
    {"FreeSwitch",
     "m=audio 30498 RTP/AVP 102 9 0 8 103 101 13\n"
     "a=rtpmap:102 opus/48000/2\na=fmtp:102 useinbandfec=1; maxaveragebitrate=30000; ptime=20\n"
     "a=rtpmap:9 G722/8000\na=rtpmap:0 PCMU/8000\na=rtpmap:8 PCMA/8000\n"
     "a=rtpmap:103 telephone-event/48000\na=fmtp:103 0-15\n"
     "a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\na=rtpmap:13 CN/8000\na=ptime:20\n",
     "opus/48000@102", "103/48000", 20, "102 103",
     "useinbandfec=1; maxaveragebitrate=30000; ptime=20"},
    {"OpusWithoutItsChannels",
     "m=audio 4000 RTP/AVP 111 101\n"
     "a=rtpmap:111 opus/48000\na=rtpmap:101 telephone-event/8000\na=ptime:30\n",
     "opus/48000@111", "101/8000", 20, "111 101"},
    {"BrowserBehindAGateway",
     "m=audio 30000 RTP/AVPF 111 63 9 0 8 13 110 126\n"
     "a=rtpmap:111 opus/48000/2\na=rtcp-fb:111 transport-cc\n"
     "a=fmtp:111 minptime=10;useinbandfec=1\na=rtpmap:63 red/48000/2\na=fmtp:63 111/111\n"
     "a=rtpmap:9 G722/8000\na=rtpmap:0 PCMU/8000\na=rtpmap:8 PCMA/8000\na=rtpmap:13 CN/8000\n"
     "a=rtpmap:110 telephone-event/48000\na=rtpmap:126 telephone-event/8000\na=rtcp-mux\n"
     "a=maxptime:60\n",
     "opus/48000@111", "110/48000", 20, "111 110", "minptime=10;useinbandfec=1"},
    {"MediaServerWithL16",
     "m=audio 4000 RTP/AVP 98 101\n"
     "a=rtpmap:98 L16/48000\na=rtpmap:101 telephone-event/48000\na=ptime:20\n",
     "L16/48000@98", "101/48000", 10, "98 101"},
    {"MobileNetworkThatPacksLong",
     "m=audio 4000 RTP/AVP 8 101\n"
     "a=rtpmap:101 telephone-event/8000\na=ptime:40\na=maxptime:240\n",
     "PCMA/8000@8", "101/8000", 40, "8 101"},
    {"GatewayThatWantsTenMilliseconds",
     "m=audio 4000 RTP/AVP 0\n"
     "a=maxptime:10\n",
     "PCMU/8000@0", "", 10, "0"},
};

class Offer : public testing::TestWithParam<Phone> {
 protected:
  std::string Sdp() const {
    return absl::StrReplaceAll(absl::StrCat("v=0\no=- 20518 1 IN IP4 192.0.2.1\ns=-\n"
                                            "c=IN IP4 192.0.2.1\nt=0 0\n",
                                            GetParam().media),
                               {{"\n", "\r\n"}});
  }
};

std::string Described(const PayloadFormat& format) {
  return absl::StrCat(format.encoding_name, "/", format.clock_rate.hertz(), "@",
                      int{format.payload_type.value()});
}

TEST_P(Offer, IsAnswered) {
  Negotiation negotiation(Local(), 1);
  const absl::StatusOr<Answer> answer = negotiation.OnOffer(Sdp());
  ASSERT_TRUE(answer.ok()) << answer.status();
  const NegotiatedMedia& media = answer->media;
  EXPECT_EQ(Described(media.codec), GetParam().codec);
  EXPECT_EQ(media.codec.format_parameters, GetParam().parameters);
  const std::string event =
      media.send_telephone_event.has_value()
          ? absl::StrCat(int{media.send_telephone_event->payload_type.value()}, "/",
                         media.send_telephone_event->clock_rate.hertz())
          : "";
  EXPECT_EQ(event, GetParam().event);
  EXPECT_EQ(media.ptime, Milliseconds(GetParam().ptime_ms));
  EXPECT_NE(answer->sdp.find(absl::StrCat(" ", GetParam().answer_line, "\r\n")), std::string::npos)
      << answer->sdp;
  // Noise for silence goes with the codec's clock alone.
  EXPECT_EQ(media.receive_comfort_noise.has_value(),
            std::string(GetParam().answer_line).find("13") != std::string::npos);
}

// The other way round: a mixer's offer, answered by another mixer with the phone's codec alone.
TEST_P(Offer, IsUnderstoodWhenItIsOurs) {
  Negotiation callee(Local(), 1);
  const absl::StatusOr<Answer> phone = callee.OnOffer(Sdp());
  ASSERT_TRUE(phone.ok());
  LocalMedia only = Local();
  std::vector<PayloadFormat> ours = only.codecs;
  ours.insert(ours.end(), only.accepted_codecs.begin(), only.accepted_codecs.end());
  const auto codec = std::find_if(ours.begin(), ours.end(), [&](const PayloadFormat& format) {
    return format.IsSameCodec(phone->media.codec);
  });
  ASSERT_NE(codec, ours.end());
  only.codecs = {*codec};
  only.accepted_codecs = {};
  LocalMedia all = Local();
  all.codecs = ours;
  Negotiation caller(all, 2);
  Negotiation other(only, 3);
  const absl::StatusOr<Answer> answer = other.OnOffer(caller.MakeOffer());
  ASSERT_TRUE(answer.ok()) << answer.status();
  const absl::StatusOr<NegotiatedMedia> media = caller.OnAnswer(answer->sdp);
  ASSERT_TRUE(media.ok()) << media.status();
  EXPECT_TRUE(media->codec.IsSameCodec(*codec));
  ASSERT_TRUE(media->send_telephone_event.has_value());
  EXPECT_EQ(media->send_telephone_event->clock_rate, codec->clock_rate);
  EXPECT_EQ(media->receive_telephone_event->payload_type,
            answer->media.send_telephone_event->payload_type);
}

INSTANTIATE_TEST_SUITE_P(Phones, Offer, testing::ValuesIn(kPhones),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(OfferOfABrowser, IsRefusedWithoutAGateway) {
  // DTLS-SRTP and ICE: what it says is why.
  Negotiation negotiation(Local(), 1);
  const absl::StatusOr<Answer> answer = negotiation.OnOffer(
      "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
      "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8\r\nc=IN IP4 0.0.0.0\r\n"
      "a=fingerprint:sha-256 00\r\na=setup:actpass\r\na=rtpmap:111 opus/48000/2\r\n");
  EXPECT_EQ(ReasonOf(answer.status()), "MEDIA_UNACCEPTABLE");
}

TEST(OurAnswer, HoldsNoPacketsOfAMillisecond) {
  Negotiation negotiation(Local(), 1);
  const absl::StatusOr<Answer> answer = negotiation.OnOffer(
      "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
      "m=audio 4000 RTP/AVP 8\r\na=maxptime:1\r\n");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->media.ptime, Milliseconds(10));
}

TEST(OurAnswer, AsksForPacketsThatFitANetwork) {
  // 20 ms of L16 at 48 kHz are more than an MTU: they would be dropped.
  Negotiation negotiation(Local(), 1);
  const absl::StatusOr<Answer> answer = negotiation.OnOffer(
      "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
      "m=audio 4000 RTP/AVP 98\r\na=rtpmap:98 L16/48000\r\na=ptime:20\r\n");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_NE(answer->sdp.find("a=ptime:10\r\na=maxptime:10\r\n"), std::string::npos) << answer->sdp;
}

TEST(OurOffer, HoldsTelephoneEventForEachClock) {
  Negotiation negotiation(Local(), 42);
  EXPECT_NE(negotiation.MakeOffer().find("m=audio 20000 RTP/AVP 96 9 8 0 101 102\r\n"
                                         "a=rtpmap:96 opus/48000/2\r\n"
                                         "a=fmtp:96 useinbandfec=1\r\n"
                                         "a=rtpmap:9 G722/8000\r\n"
                                         "a=rtpmap:8 PCMA/8000\r\n"
                                         "a=rtpmap:0 PCMU/8000\r\n"
                                         "a=rtpmap:101 telephone-event/8000\r\n"
                                         "a=fmtp:101 0-15\r\n"
                                         "a=rtpmap:102 telephone-event/48000\r\n"
                                         "a=fmtp:102 0-15\r\n"
                                         "a=ptime:20\r\n"
                                         "a=maxptime:60\r\n"),
            std::string::npos)
      << negotiation.MakeOffer();
}

TEST(OurOffer, HoldsComfortNoiseWhereConfigured) {
  LocalMedia local = Local();
  local.offers_comfort_noise = true;
  Negotiation negotiation(local, 42);
  EXPECT_NE(negotiation.MakeOffer().find(" 96 9 8 0 13 101 102\r\n"), std::string::npos);
  const auto media = negotiation.OnAnswer(
      "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
      "m=audio 4000 RTP/AVP 9 13\r\n");
  ASSERT_TRUE(media.ok()) << media.status();
  EXPECT_TRUE(media->send_comfort_noise.has_value());
}

TEST(OurOrder, DecidesWhereConfigured) {
  LocalMedia local = Local();
  local.prefers_own_order = true;
  Negotiation negotiation(local, 42);
  const auto answer = negotiation.OnOffer(
      "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
      "m=audio 4000 RTP/AVP 0 8 9 99\r\na=rtpmap:99 opus/48000/2\r\n");
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->media.codec.encoding_name, "opus");
}

TEST(OurNextOffer, SaysOurParametersAndKeepsTheNumbers) {
  Negotiation negotiation(Local(), 42);
  ASSERT_TRUE(negotiation
                  .OnOffer("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\n"
                           "t=0 0\r\nm=audio 4000 RTP/AVP 107 101\r\n"
                           "a=rtpmap:107 opus/48000/2\r\na=fmtp:107 maxplaybackrate=8000\r\n"
                           "a=rtpmap:101 telephone-event/48000\r\n")
                  .ok());
  const std::string offer = negotiation.MakeOffer();
  EXPECT_NE(offer.find("a=fmtp:107 useinbandfec=1\r\n"), std::string::npos) << offer;
  EXPECT_NE(offer.find("a=rtpmap:101 telephone-event/48000\r\n"), std::string::npos) << offer;
  EXPECT_NE(offer.find("a=rtpmap:102 telephone-event/8000\r\n"), std::string::npos) << offer;
}

}  // namespace
}  // namespace narada::mixer::sdp
