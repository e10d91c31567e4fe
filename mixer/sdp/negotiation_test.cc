#include "mixer/sdp/negotiation.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/status.h"
#include "mixer/sdp/parser.h"

namespace narada::mixer::sdp {
namespace {

PayloadFormat Format(absl::string_view name, uint8_t payload_type) {
  PayloadFormat format;
  format.encoding_name = std::string(name);
  format.payload_type = PayloadType(payload_type);
  return format;
}

LocalMedia Local() {
  LocalMedia local;
  local.rtp = *SocketAddress::Parse("203.0.113.1:20000");
  local.rtcp = *SocketAddress::Parse("203.0.113.1:20001");
  local.codecs = {Format("PCMA", 8), Format("PCMU", 0)};
  return local;
}

// Lines of SDP as they go over the wire.
std::string Lines(absl::string_view text) { return absl::StrReplaceAll(text, {{"\n", "\r\n"}}); }

const char kOffer[] =
    "v=0\n"
    "o=alice 7 1 IN IP4 192.0.2.1\n"
    "s=-\n"
    "c=IN IP4 192.0.2.1\n"
    "t=0 0\n"
    "m=audio 4000 RTP/AVP 0 8 96\n"
    "a=rtpmap:96 telephone-event/8000\n";

Answer AnswerTo(Negotiation& negotiation, absl::string_view offer) {
  absl::StatusOr<Answer> answer = negotiation.OnOffer(Lines(offer));
  EXPECT_TRUE(answer.ok()) << answer.status();
  return answer.ok() ? *std::move(answer) : Answer();
}

TEST(Negotiation, AnswersAnOffer) {
  Negotiation negotiation(Local(), 42);
  const Answer answer = AnswerTo(negotiation, kOffer);
  EXPECT_EQ(answer.sdp, Lines("v=0\n"
                              "o=- 42 1 IN IP4 203.0.113.1\n"
                              "s=-\n"
                              "c=IN IP4 203.0.113.1\n"
                              "t=0 0\n"
                              "m=audio 20000 RTP/AVP 0 96\n"
                              "a=rtpmap:0 PCMU/8000\n"
                              "a=rtpmap:96 telephone-event/8000\n"
                              "a=fmtp:96 0-15\n"
                              "a=ptime:20\n"
                              "a=sendrecv\n"));
  EXPECT_EQ(answer.media.remote_rtp.ToString(), "192.0.2.1:4000");
  EXPECT_EQ(negotiation.media()->codec.encoding_name, "PCMU");
}

TEST(Negotiation, AsksForExtendedReportsWhoKnowsThem) {
  const std::string offer = absl::StrCat(kOffer, "a=rtcp-xr:voip-metrics\n");
  Negotiation negotiation(Local(), 42);
  const Answer answer = AnswerTo(negotiation, offer);
  EXPECT_NE(answer.sdp.find("a=rtcp-xr:rcvr-rtt=all voip-metrics\r\n"), std::string::npos);
  EXPECT_EQ(answer.media.extended_reports, (ExtendedReportsWanted{.voip_metrics = true}));

  LocalMedia silent = Local();
  silent.extended_reports = ExtendedReportsPolicy::kNever;
  Negotiation other(silent, 42);
  const Answer without = AnswerTo(other, offer);
  EXPECT_EQ(without.sdp.find("rtcp-xr"), std::string::npos);
  EXPECT_FALSE(without.media.extended_reports.any());
}

TEST(Negotiation, ReadsItsOwnAnswer) {
  Negotiation negotiation(Local(), 42);
  const Answer answer = AnswerTo(negotiation, kOffer);
  const absl::StatusOr<SessionDescription> description = ParseSessionDescription(answer.sdp);
  ASSERT_TRUE(description.ok()) << description.status();
  EXPECT_EQ(description->sections[0].audio->rtp, Local().rtp);
}

TEST(Negotiation, RefusesOtherMediaInTheirPlace) {
  Negotiation negotiation(Local(), 42);
  const Answer answer = AnswerTo(negotiation,
                                 "v=0\n"
                                 "o=alice 7 1 IN IP4 192.0.2.1\n"
                                 "s=-\n"
                                 "c=IN IP4 192.0.2.1\n"
                                 "t=0 0\n"
                                 "m=video 5000 RTP/AVP 31\n"
                                 "m=audio 4002 RTP/SAVP 8\n"
                                 "m=audio 4000 RTP/AVP 8\n"
                                 "m=image 4004 udptl t38\n");
  const size_t video = answer.sdp.find("m=video 0 RTP/AVP 31\r\n");
  const size_t secure = answer.sdp.find("m=audio 0 RTP/SAVP 8\r\n");
  const size_t audio = answer.sdp.find("m=audio 20000 RTP/AVP 8\r\n");
  const size_t image = answer.sdp.find("m=image 0 udptl t38\r\n");
  ASSERT_NE(image, std::string::npos) << answer.sdp;
  EXPECT_LT(video, secure);
  EXPECT_LT(secure, audio);
  EXPECT_LT(audio, image);
}

TEST(Negotiation, RepeatsTheOffersTime) {
  Negotiation negotiation(Local(), 42);
  const Answer answer =
      AnswerTo(negotiation, absl::StrReplaceAll(kOffer, {{"t=0 0", "t=2873397496 2873404696"}}));
  EXPECT_NE(answer.sdp.find("t=2873397496 2873404696\r\n"), std::string::npos) << answer.sdp;
}

TEST(Negotiation, AnswersHoldAndResume) {
  Negotiation negotiation(Local(), 42);
  AnswerTo(negotiation, kOffer);
  const Answer held = AnswerTo(negotiation, absl::StrCat(kOffer, "a=sendonly\n"));
  EXPECT_NE(held.sdp.find("a=recvonly\r\n"), std::string::npos);
  EXPECT_TRUE(held.media.is_held_by_remote);
  const Answer resumed = AnswerTo(negotiation, kOffer);
  EXPECT_NE(resumed.sdp.find("a=sendrecv\r\n"), std::string::npos);
  EXPECT_FALSE(resumed.media.is_held_by_remote);
}

TEST(Negotiation, RaisesItsVersionOnlyWhenSomethingChanged) {
  // RFC 3264 §8: o= says whether the description is another.
  Negotiation negotiation(Local(), 42);
  EXPECT_NE(AnswerTo(negotiation, kOffer).sdp.find("o=- 42 1 "), std::string::npos);
  EXPECT_NE(AnswerTo(negotiation, kOffer).sdp.find("o=- 42 1 "), std::string::npos);
  EXPECT_NE(AnswerTo(negotiation, absl::StrCat(kOffer, "a=inactive\n")).sdp.find("o=- 42 2 "),
            std::string::npos);
}

TEST(Negotiation, KeepsTheMediaWhenAnOfferIsRefused) {
  Negotiation negotiation(Local(), 42);
  const Answer answer = AnswerTo(negotiation, kOffer);
  const std::string bad = absl::StrReplaceAll(kOffer, {{" 0 8 96", " 18"}});
  const absl::StatusOr<Answer> refused = negotiation.OnOffer(Lines(bad));
  EXPECT_EQ(ReasonOf(refused.status()), "MEDIA_UNACCEPTABLE");
  EXPECT_EQ(ReasonOf(negotiation.OnOffer("nonsense").status()), "SDP_INVALID");
  EXPECT_EQ(negotiation.media()->codec, answer.media.codec);
  EXPECT_EQ(AnswerTo(negotiation, kOffer).sdp, answer.sdp);
}

TEST(Negotiation, OffersAllThatItHas) {
  Negotiation negotiation(Local(), 42);
  EXPECT_EQ(negotiation.MakeOffer(), Lines("v=0\n"
                                           "o=- 42 1 IN IP4 203.0.113.1\n"
                                           "s=-\n"
                                           "c=IN IP4 203.0.113.1\n"
                                           "t=0 0\n"
                                           "m=audio 20000 RTP/AVP 8 0 101\n"
                                           "a=rtpmap:8 PCMA/8000\n"
                                           "a=rtpmap:0 PCMU/8000\n"
                                           "a=rtpmap:101 telephone-event/8000\n"
                                           "a=fmtp:101 0-15\n"
                                           "a=ptime:20\n"
                                           "a=sendrecv\n"
                                           "a=rtcp-mux\n"
                                           "a=rtcp-xr:rcvr-rtt=all voip-metrics\n"
                                           "a=extmap:1/recvonly "
                                           "urn:ietf:params:rtp-hdrext:ssrc-audio-level\n"));
  EXPECT_TRUE(negotiation.is_offer_pending());
}

// RFC 6464 §4, RFC 8285 §6.
TEST(Negotiation, ReadsTheLevelsOfWhoeverSendsThem) {
  const std::string uri = " urn:ietf:params:rtp-hdrext:ssrc-audio-level";
  for (const absl::string_view place : {"3", "3/sendonly", "3/sendrecv"}) {
    Negotiation negotiation(Local(), 42);
    const Answer answer =
        AnswerTo(negotiation, absl::StrCat(kOffer, "a=extmap:", place, uri, "\n"));
    EXPECT_NE(answer.sdp.find(absl::StrCat("a=extmap:3/recvonly", uri, "\r\n")), std::string::npos);
    EXPECT_EQ(answer.media.audio_level, (AudioLevelExtension{.id = 3}));
    EXPECT_NE(negotiation.MakeOffer().find(absl::StrCat("a=extmap:3/recvonly", uri)),
              std::string::npos)
        << "the number stays the same throughout the call";
  }
  for (const absl::string_view place : {"3/recvonly", "3/inactive"}) {
    Negotiation negotiation(Local(), 42);
    const Answer answer =
        AnswerTo(negotiation, absl::StrCat(kOffer, "a=extmap:", place, uri, "\n"));
    EXPECT_EQ(answer.sdp.find("extmap"), std::string::npos);
    EXPECT_FALSE(answer.media.audio_level.has_value());
  }
  Negotiation negotiation(Local(), 42);
  EXPECT_EQ(AnswerTo(negotiation, kOffer).sdp.find("extmap"), std::string::npos) << "unasked";
  EXPECT_EQ(negotiation.MakeOffer().find("extmap"), std::string::npos)
      << "a number that the far end may have given to something else";
}

TEST(Negotiation, TakesLevelsUnderTheNumberOfItsOwnOfferAlone) {
  for (const bool is_ours : {true, false}) {
    Negotiation negotiation(Local(), 42);
    negotiation.MakeOffer();
    const absl::StatusOr<NegotiatedMedia> media = negotiation.OnAnswer(
        Lines(absl::StrCat(kOffer, "a=extmap:", is_ours ? 1 : 2,
                           "/sendonly urn:ietf:params:rtp-hdrext:ssrc-audio-level vad=off\n")));
    ASSERT_TRUE(media.ok()) << media.status();
    EXPECT_EQ(media->audio_level.has_value(), is_ours);
    EXPECT_FALSE(
        media->audio_level.value_or(AudioLevelExtension{.has_voice_flag = false}).has_voice_flag);
  }
}

TEST(Negotiation, TakesTheAnswerToItsOffer) {
  Negotiation negotiation(Local(), 42);
  negotiation.MakeOffer();
  const absl::StatusOr<NegotiatedMedia> media = negotiation.OnAnswer(Lines(kOffer));
  ASSERT_TRUE(media.ok()) << media.status();
  EXPECT_FALSE(negotiation.is_offer_pending());
  EXPECT_EQ(media->codec.encoding_name, "PCMU");
  EXPECT_EQ(media->send_telephone_event->payload_type, PayloadType(96));
  EXPECT_EQ(media->receive_telephone_event->payload_type, PayloadType(101));
  EXPECT_FALSE(media->rtcp_mux) << "the answer did not agree to it";
}

TEST(Negotiation, RefusesAnAnswerToNothing) {
  Negotiation negotiation(Local(), 42);
  EXPECT_EQ(ReasonOf(negotiation.OnAnswer(Lines(kOffer)).status()), "NO_OFFER_PENDING");
  negotiation.MakeOffer();
  ASSERT_TRUE(negotiation.OnAnswer(Lines(kOffer)).ok());
  EXPECT_EQ(ReasonOf(negotiation.OnAnswer(Lines(kOffer)).status()), "NO_OFFER_PENDING");
}

TEST(Negotiation, TakesTheirOfferInPlaceOfOurUnansweredOne) {
  Negotiation negotiation(Local(), 42);
  negotiation.MakeOffer();
  AnswerTo(negotiation, kOffer);
  EXPECT_FALSE(negotiation.is_offer_pending());
  EXPECT_EQ(ReasonOf(negotiation.OnAnswer(Lines(kOffer)).status()), "NO_OFFER_PENDING");
}

TEST(Negotiation, KeepsOurOfferWhenTheirsIsRefused) {
  Negotiation negotiation(Local(), 42);
  negotiation.MakeOffer();
  EXPECT_EQ(ReasonOf(negotiation.OnOffer("v=1").status()), "SDP_INVALID");
  EXPECT_TRUE(negotiation.is_offer_pending());
}

TEST(Negotiation, LeavesTheOfferPendingWhenItsAnswerIsRefused) {
  Negotiation negotiation(Local(), 42);
  negotiation.MakeOffer();
  const std::string rejected = absl::StrReplaceAll(kOffer, {{"m=audio 4000", "m=audio 0"}});
  EXPECT_EQ(ReasonOf(negotiation.OnAnswer(Lines(rejected)).status()), "MEDIA_UNACCEPTABLE");
  EXPECT_TRUE(negotiation.is_offer_pending());
  EXPECT_TRUE(negotiation.OnAnswer(Lines(kOffer)).ok());
}

TEST(Negotiation, OffersThePresentMediaFirstLaterOn) {
  Negotiation negotiation(Local(), 42);
  AnswerTo(negotiation,
           "v=0\no=alice 7 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n"
           "m=video 5000 RTP/AVP 31\n"
           "m=audio 4000 RTP/AVP 0 8 96\na=rtpmap:96 telephone-event/8000\n");
  const std::string offer = negotiation.MakeOffer();
  EXPECT_NE(offer.find("m=video 0 RTP/AVP 31\r\nm=audio 20000 RTP/AVP 0 8 96\r\n"),
            std::string::npos)
      << offer;
  const absl::StatusOr<NegotiatedMedia> media = negotiation.OnAnswer(
      Lines("v=0\no=alice 7 2 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n"
            "m=video 0 RTP/AVP 31\nm=audio 4000 RTP/AVP 8\n"));
  ASSERT_TRUE(media.ok()) << media.status();
  EXPECT_EQ(media->codec.encoding_name, "PCMA");
}

TEST(Negotiation, RefusesAnAnswerWithFewerLinesThanTheOffer) {
  Negotiation negotiation(Local(), 42);
  AnswerTo(negotiation,
           "v=0\no=alice 7 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n"
           "m=video 5000 RTP/AVP 31\nm=audio 4000 RTP/AVP 8\n");
  negotiation.MakeOffer();
  EXPECT_EQ(ReasonOf(negotiation.OnAnswer(Lines(kOffer)).status()), "SDP_INVALID");
}

TEST(Negotiation, KeepsAPayloadTypeForOneFormatThroughoutTheCall) {
  // RFC 3264 §8.3.2: 101 is PCMA in this call, so it can never be telephone-event.
  Negotiation negotiation(Local(), 42);
  AnswerTo(negotiation,
           "v=0\no=alice 7 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n"
           "m=audio 4000 RTP/AVP 101\na=rtpmap:101 PCMA/8000\n");
  const std::string offer = negotiation.MakeOffer();
  EXPECT_NE(offer.find("a=rtpmap:101 PCMA/8000\r\n"), std::string::npos) << offer;
  EXPECT_NE(offer.find("a=rtpmap:102 telephone-event/8000\r\n"), std::string::npos) << offer;
}

TEST(Negotiation, HoldsTheFarEnd) {
  Negotiation negotiation(Local(), 42);
  AnswerTo(negotiation, kOffer);
  negotiation.local().direction = Direction::kInactive;
  EXPECT_NE(negotiation.MakeOffer().find("a=inactive\r\n"), std::string::npos);
}

TEST(Negotiation, NamesAnUnusualRtcpPort) {
  LocalMedia local = Local();
  local.rtcp = local.rtcp.WithPort(30000);
  Negotiation negotiation(local, 42);
  EXPECT_NE(AnswerTo(negotiation, kOffer).sdp.find("a=rtcp:30000\r\n"), std::string::npos);
}

TEST(Negotiation, WritesIpv6) {
  LocalMedia local = Local();
  local.rtp = *SocketAddress::Parse("[2001:db8::1]:20000");
  Negotiation negotiation(local, 42);
  EXPECT_NE(negotiation.MakeOffer().find("c=IN IP6 2001:db8::1\r\n"), std::string::npos);
}

TEST(Negotiation, AgreesWithoutSdp) {
  AudioDescription remote;
  remote.rtp = *SocketAddress::Parse("192.0.2.1:4000");
  remote.codecs = {Format("PCMA", 8)};
  Negotiation negotiation(Local(), 42);
  const absl::StatusOr<NegotiatedMedia> media = negotiation.OnDescription(remote);
  ASSERT_TRUE(media.ok()) << media.status();
  EXPECT_EQ(media->codec.encoding_name, "PCMA");
  EXPECT_EQ(negotiation.media()->remote_rtp, remote.rtp);
  remote.codecs.clear();
  EXPECT_EQ(ReasonOf(negotiation.OnDescription(remote).status()), "MEDIA_UNACCEPTABLE");
  EXPECT_EQ(negotiation.media()->codec.encoding_name, "PCMA");
}

// Two of us agree with each other, whoever begins.
TEST(Negotiation, AgreesWithItself) {
  LocalMedia other = Local();
  other.rtp = *SocketAddress::Parse("198.51.100.1:30000");
  other.rtcp = *SocketAddress::Parse("198.51.100.1:30001");
  Negotiation caller(Local(), 1);
  Negotiation callee(other, 2);
  for (int round = 0; round < 3; ++round) {
    const absl::StatusOr<Answer> answer = callee.OnOffer(caller.MakeOffer());
    ASSERT_TRUE(answer.ok()) << answer.status();
    const absl::StatusOr<NegotiatedMedia> media = caller.OnAnswer(answer->sdp);
    ASSERT_TRUE(media.ok()) << media.status();
    EXPECT_EQ(media->codec, answer->media.codec);
    EXPECT_TRUE(media->rtcp_mux);
    EXPECT_TRUE(answer->media.rtcp_mux);
    std::swap(caller, callee);
  }
}

}  // namespace
}  // namespace narada::mixer::sdp
