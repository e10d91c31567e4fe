// SRTP in offer and answer, on texts as they go over the wire.
#include "mixer/sdp/crypto_negotiation.h"

#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/status.h"
#include "gtest/gtest.h"
#include "mixer/sdp/crypto_attribute.h"
#include "mixer/sdp/negotiation.h"
#include "mixer/sdp/offer_answer.h"
#include "mixer/sdp/parser.h"

namespace narada::mixer::sdp {
namespace {

constexpr char kKeyA[] = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
constexpr char kKeyB[] = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

LocalMedia Local(SrtpPolicy policy) {
  LocalMedia local;
  local.rtp = *SocketAddress::Parse("203.0.113.1:20000");
  local.rtcp = *SocketAddress::Parse("203.0.113.1:20001");
  PayloadFormat pcma;
  pcma.encoding_name = "PCMA";
  pcma.payload_type = kPcmaPayloadType;
  local.codecs = {pcma};
  local.srtp.policy = policy;
  local.srtp.secret.bytes.fill(0x42);
  return local;
}

std::string Sdp(absl::string_view transport, absl::string_view crypto) {
  return absl::StrReplaceAll(absl::StrCat("v=0\no=a 7 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\n"
                                          "t=0 0\nm=audio 4000 ",
                                          transport, " 8\n", crypto),
                             {{"\n", "\r\n"}});
}

std::string Crypto(absl::string_view key = kKeyA, int tag = 1,
                   absl::string_view suite = "AES_CM_128_HMAC_SHA1_80") {
  return absl::StrCat("a=crypto:", tag, " ", suite, " inline:", key, "\n");
}

AgreedSrtp Agreed(const absl::StatusOr<Answer>& answer) {
  EXPECT_TRUE(answer.ok()) << answer.status();
  EXPECT_TRUE(answer.ok() && answer->media.srtp.has_value());
  return answer.ok() && answer->media.srtp.has_value() ? *answer->media.srtp : AgreedSrtp();
}

template <typename T>
std::string Refusal(const absl::StatusOr<T>& result) {
  EXPECT_EQ(ReasonOf(result.status()), "MEDIA_UNACCEPTABLE");
  const std::string message(result.status().message());
  EXPECT_FALSE(absl::StrContains(message, kKeyA) || absl::StrContains(message, kKeyB))
      << "a key in a message";
  return message;
}

const CryptoLine& OnlyLine(const SessionDescription& sdp) {
  EXPECT_EQ(sdp.sections.at(0).audio->crypto.size(), 1u);
  return sdp.sections.at(0).audio->crypto.at(0);
}

TEST(CryptoNegotiation, AnswersAnOfferUnderItsTagWithAKeyOfOurOwn) {
  for (const char* transport : {"RTP/SAVP", "RTP/SAVPF"}) {
    Negotiation negotiation(Local(SrtpPolicy::kOptional), 1);
    const absl::StatusOr<Answer> answer =
        negotiation.OnOffer(Sdp(transport, absl::StrCat(Crypto(kKeyA, 4))));
    const AgreedSrtp srtp = Agreed(answer);
    const SessionDescription own = *ParseSessionDescription(answer->sdp);
    EXPECT_EQ(own.sections[0].transport, transport);
    EXPECT_EQ(OnlyLine(own).tag, 4u);
    EXPECT_TRUE(*OnlyLine(own).keys == srtp.send);
    EXPECT_FALSE(srtp.send == srtp.receive);
    EXPECT_FALSE(absl::StrContains(answer->sdp, kKeyA));
  }
}

TEST(CryptoNegotiation, TakesTheFirstSuiteThatItHas) {
  Negotiation negotiation(Local(SrtpPolicy::kOptional), 1);
  const AgreedSrtp srtp = Agreed(negotiation.OnOffer(
      Sdp("RTP/SAVP", absl::StrCat(Crypto(kKeyA, 1, "F8_128_HMAC_SHA1_80"),
                                   Crypto(kKeyA, 2, "AES_CM_128_HMAC_SHA1_32"), Crypto()))));
  EXPECT_EQ(srtp.tag, 2u);
  EXPECT_EQ(srtp.send.suite(), SrtpSuite::kAesCm128HmacSha1Tag32);
}

// RFC 8643: keys beside RTP/AVP.
TEST(CryptoNegotiation, EncryptsWhereAPlainLineBringsKeys) {
  Negotiation negotiation(Local(SrtpPolicy::kOptional), 1);
  const absl::StatusOr<Answer> answer = negotiation.OnOffer(Sdp("RTP/AVP", Crypto()));
  Agreed(answer);
  EXPECT_TRUE(absl::StrContains(answer->sdp, " RTP/AVP 8"));
  EXPECT_TRUE(absl::StrContains(answer->sdp, "a=crypto:1 "));
}

TEST(CryptoNegotiation, PlainMediaIsAgreedOnOnlyWhereThePolicyLetsIt) {
  Negotiation optional(Local(SrtpPolicy::kOptional), 1);
  const absl::StatusOr<Answer> plain = optional.OnOffer(Sdp("RTP/AVP", ""));
  ASSERT_TRUE(plain.ok());
  EXPECT_FALSE(plain->media.srtp.has_value());
  EXPECT_FALSE(absl::StrContains(plain->sdp, "crypto"));
  Negotiation required(Local(SrtpPolicy::kRequired), 1);
  EXPECT_TRUE(absl::StrContains(Refusal(required.OnOffer(Sdp("RTP/AVP", ""))), "demands SRTP"));
}

// V05: each way to talk us out of encryption.
TEST(CryptoNegotiation, IsNeverTalkedOutOfEncryption) {
  for (const SrtpPolicy policy : {SrtpPolicy::kOptional, SrtpPolicy::kRequired}) {
    for (const std::string& crypto :
         {std::string(), Crypto(kKeyA, 1, "NULL_HMAC_SHA1_80"), Crypto("c2hvcnQ="),
          std::string("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:") + kKeyA + " UNENCRYPTED_SRTP\n",
          std::string("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:") + kKeyA +
              " UNAUTHENTICATED_SRTP\n"}) {
      Negotiation negotiation(Local(policy), 1);
      EXPECT_FALSE(Refusal(negotiation.OnOffer(Sdp("RTP/SAVP", crypto))).empty()) << crypto;
    }
    Negotiation negotiation(Local(policy), 1);
    EXPECT_TRUE(
        absl::StrContains(Refusal(negotiation.OnOffer(Sdp("UDP/TLS/RTP/SAVPF", ""))), "DTLS"));
    std::string many;
    for (int i = 1; i <= 10'000; ++i) absl::StrAppend(&many, Crypto(kKeyA, i));
    EXPECT_EQ(ReasonOf(negotiation.OnOffer(Sdp("RTP/SAVP", many)).status()), "SDP_INVALID");
  }
  Negotiation off(Local(SrtpPolicy::kOff), 1);
  EXPECT_TRUE(absl::StrContains(Refusal(off.OnOffer(Sdp("RTP/SAVP", Crypto()))), "switched off"));
}

TEST(CryptoNegotiation, APlainLineBesideASecureOneIsNotLookedAt) {
  const std::string secure = absl::StrCat("m=audio 4002 RTP/SAVP 8\r\n", Crypto());
  Negotiation negotiation(Local(SrtpPolicy::kOptional), 1);
  const absl::StatusOr<Answer> answer = negotiation.OnOffer(Sdp("RTP/AVP", "") + secure);
  Agreed(answer);
  EXPECT_TRUE(absl::StrContains(answer->sdp, "m=audio 0 RTP/AVP 8\r\n"));
  Refusal(negotiation.OnOffer(Sdp("RTP/AVP", "") + "m=audio 4002 RTP/SAVP 8\r\n"));
}

TEST(CryptoNegotiation, AnEncryptedCallStaysSo) {
  Negotiation negotiation(Local(SrtpPolicy::kOptional), 1);
  const AgreedSrtp srtp = Agreed(negotiation.OnOffer(Sdp("RTP/SAVP", Crypto())));
  EXPECT_TRUE(absl::StrContains(Refusal(negotiation.OnOffer(Sdp("RTP/AVP", ""))), "stays so"));
  Refusal(negotiation.OnOffer(Sdp("RTP/SAVP", "")));
  negotiation.MakeOffer();
  Refusal(negotiation.OnAnswer(Sdp("RTP/SAVP", "")));
  Refusal(negotiation.OnAnswer(Sdp("RTP/AVP", "")));
  AudioDescription plain = *ParseSessionDescription(Sdp("RTP/AVP", ""))->sections[0].audio;
  Refusal(negotiation.OnDescription(plain));
  EXPECT_TRUE(negotiation.media()->srtp == srtp) << "a refusal changes nothing";
}

TEST(CryptoNegotiation, TheSameKeyAgainIsAnsweredByTheSame) {
  Negotiation negotiation(Local(SrtpPolicy::kOptional), 1);
  const absl::StatusOr<Answer> first = negotiation.OnOffer(Sdp("RTP/SAVP", Crypto()));
  const absl::StatusOr<Answer> hold =
      negotiation.OnOffer(Sdp("RTP/SAVP", Crypto() + "a=sendonly\n"));
  EXPECT_TRUE(Agreed(first) == Agreed(hold));
  const std::string offer = negotiation.MakeOffer();
  EXPECT_TRUE(*OnlyLine(*ParseSessionDescription(offer)).keys == Agreed(first).send);
}

TEST(CryptoNegotiation, ANewKeyIsAnsweredByANewOne) {
  Negotiation negotiation(Local(SrtpPolicy::kOptional), 1);
  const absl::StatusOr<Answer> first = negotiation.OnOffer(Sdp("RTP/SAVP", Crypto(kKeyA)));
  const absl::StatusOr<Answer> second = negotiation.OnOffer(Sdp("RTP/SAVP", Crypto(kKeyB)));
  EXPECT_FALSE(Agreed(first).send == Agreed(second).send);
  EXPECT_NE(first->sdp.substr(first->sdp.find("o=")), second->sdp.substr(second->sdp.find("o=")));
  const absl::StatusOr<Answer> third = negotiation.OnOffer(Sdp("RTP/SAVP", Crypto(kKeyA)));
  EXPECT_FALSE(Agreed(first).send == Agreed(third).send) << "a key that was used before";
}

TEST(CryptoNegotiation, OffersEverySuiteAndTakesTheOneThatIsChosen) {
  Negotiation negotiation(Local(SrtpPolicy::kRequired), 1);
  const SessionDescription offer = *ParseSessionDescription(negotiation.MakeOffer());
  EXPECT_EQ(offer.sections[0].transport, "RTP/SAVP");
  ASSERT_EQ(offer.sections[0].audio->crypto.size(), kSrtpSuiteCount);
  std::set<std::string> lines;
  for (const CryptoLine& line : offer.sections[0].audio->crypto) {
    ASSERT_TRUE(line.keys.has_value());
    lines.insert(FormatCryptoAttribute(0, *line.keys));
  }
  EXPECT_EQ(lines.size(), kSrtpSuiteCount);
  const absl::StatusOr<NegotiatedMedia> media =
      negotiation.OnAnswer(Sdp("RTP/SAVP", Crypto(kKeyA, 5, "AES_CM_128_HMAC_SHA1_32")));
  ASSERT_TRUE(media.ok()) << media.status();
  EXPECT_TRUE(media->srtp->send == *offer.sections[0].audio->crypto[4].keys);
}

TEST(CryptoNegotiation, RefusesAnAnswerThatChoosesWhatWasNotOffered) {
  for (const std::string& crypto :
       {Crypto(kKeyA, 9), Crypto(kKeyA, 5, "AES_CM_128_HMAC_SHA1_80"), std::string()}) {
    Negotiation negotiation(Local(SrtpPolicy::kRequired), 1);
    negotiation.MakeOffer();
    Refusal(negotiation.OnAnswer(Sdp("RTP/SAVP", crypto)));
    EXPECT_TRUE(negotiation.is_offer_pending());
  }
}

TEST(CryptoNegotiation, OptionalOffersKeysBesidePlainRtpAndTakesEither) {
  Negotiation takes(Local(SrtpPolicy::kOptional), 1);
  EXPECT_TRUE(absl::StrContains(takes.MakeOffer(), " RTP/AVP 8"));
  EXPECT_TRUE(takes.OnAnswer(Sdp("RTP/AVP", Crypto()))->srtp.has_value());
  Negotiation declines(Local(SrtpPolicy::kOptional), 1);
  declines.MakeOffer();
  EXPECT_FALSE(declines.OnAnswer(Sdp("RTP/AVP", ""))->srtp.has_value());
  EXPECT_FALSE(absl::StrContains(declines.MakeOffer(), "crypto")) << "a plain call stays as it is";
}

// A mirror in the way would have both sides use one key stream.
TEST(CryptoNegotiation, RefusesOurOwnKeyFromTheFarEnd) {
  Negotiation negotiation(Local(SrtpPolicy::kRequired), 1);
  const std::string offer = negotiation.MakeOffer();
  EXPECT_TRUE(absl::StrContains(Refusal(negotiation.OnAnswer(offer)), "ours"));
}

TEST(CryptoNegotiation, TheSameSecretAndRoundsGiveTheSameKeys) {
  Negotiation one(Local(SrtpPolicy::kOptional), 1);
  Negotiation two(Local(SrtpPolicy::kOptional), 1);
  for (const char* key : {kKeyA, kKeyB, kKeyA}) {
    EXPECT_EQ(one.OnOffer(Sdp("RTP/SAVP", Crypto(key)))->sdp,
              two.OnOffer(Sdp("RTP/SAVP", Crypto(key)))->sdp);
  }
  LocalMedia other = Local(SrtpPolicy::kOptional);
  other.srtp.secret.bytes[31] ^= 1;
  Negotiation three(other, 1);
  EXPECT_FALSE(Agreed(three.OnOffer(Sdp("RTP/SAVP", Crypto()))).send == one.media()->srtp->send);
}

TEST(CryptoNegotiation, TakesKeysThatWereAgreedOnElsewhere) {
  AudioDescription remote = *ParseSessionDescription(Sdp("RTP/AVP", ""))->sections[0].audio;
  remote.given_send_keys = ParseCryptoAttribute(Crypto(kKeyA).substr(9))->keys;
  remote.given_receive_keys = ParseCryptoAttribute(Crypto(kKeyB).substr(9))->keys;
  Negotiation negotiation(Local(SrtpPolicy::kRequired), 1);
  const absl::StatusOr<NegotiatedMedia> media = negotiation.OnDescription(remote);
  ASSERT_TRUE(media.ok()) << media.status();
  EXPECT_TRUE(media->srtp->send == *remote.given_send_keys);
  remote.given_receive_keys = remote.given_send_keys;
  Refusal(negotiation.OnDescription(remote));
}

}  // namespace
}  // namespace narada::mixer::sdp
