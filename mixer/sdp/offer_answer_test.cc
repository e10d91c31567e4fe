#include "mixer/sdp/offer_answer.h"

#include <gtest/gtest.h>

#include <string>

#include "base/status.h"

namespace narada::mixer::sdp {
namespace {

PayloadFormat Format(absl::string_view name, uint8_t payload_type, int clock_hz = 8000,
                     int channels = 1) {
  PayloadFormat format;
  format.encoding_name = std::string(name);
  format.payload_type = PayloadType(payload_type);
  format.clock_rate = ClockRate::FromHertz(clock_hz);
  format.channels = channels;
  return format;
}

LocalMedia Local() {
  LocalMedia local;
  local.rtp = *SocketAddress::Parse("203.0.113.1:20000");
  local.rtcp = *SocketAddress::Parse("203.0.113.1:20001");
  local.codecs = {Format("PCMA", 8), Format("PCMU", 0)};
  return local;
}

AudioDescription Remote() {
  AudioDescription remote;
  remote.rtp = *SocketAddress::Parse("192.0.2.1:4000");
  remote.rtcp = *SocketAddress::Parse("192.0.2.1:4001");
  remote.codecs = {Format("PCMU", 0), Format("PCMA", 8)};
  remote.telephone_events = {Format("telephone-event", 96)};
  return remote;
}

NegotiatedMedia Negotiated(const AudioDescription& remote, const LocalMedia& local = Local(),
                           Role role = Role::kAnswerer) {
  absl::StatusOr<NegotiatedMedia> media = NegotiateAudio(remote, local, role);
  EXPECT_TRUE(media.ok()) << media.status();
  return media.ok() ? *std::move(media) : NegotiatedMedia();
}

std::string Refusal(const AudioDescription& remote, const LocalMedia& local = Local()) {
  const absl::StatusOr<NegotiatedMedia> media = NegotiateAudio(remote, local, Role::kAnswerer);
  EXPECT_FALSE(media.ok());
  EXPECT_EQ(media.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(media.status()), "MEDIA_UNACCEPTABLE");
  return std::string(media.status().message());
}

bool Contains(const std::string& text, absl::string_view part) {
  return text.find(std::string(part)) != std::string::npos;
}

TEST(OfferAnswer, TakesTheFirstOfferedCodecThatWeHave) {
  AudioDescription remote = Remote();
  remote.codecs.insert(remote.codecs.begin(), Format("G729", 18));
  EXPECT_EQ(Negotiated(remote).codec, Format("PCMU", 0));
}

TEST(OfferAnswer, TakesOurOwnFirstCodecWhereConfigured) {
  LocalMedia local = Local();
  local.prefers_own_order = true;
  EXPECT_EQ(Negotiated(Remote(), local).codec, Format("PCMA", 8));
}

TEST(OfferAnswer, UsesThePayloadTypeOfTheOffer) {
  AudioDescription remote = Remote();
  remote.codecs = {Format("pcma", 97)};
  const NegotiatedMedia media = Negotiated(remote);
  EXPECT_EQ(media.codec.payload_type, PayloadType(97));
  ASSERT_EQ(media.receive_codecs.size(), 1u);
  EXPECT_EQ(media.receive_codecs[0].payload_type, PayloadType(97));
}

TEST(OfferAnswer, AsOffererReceivesUnderItsOwnPayloadTypes) {
  // RFC 3264 §5.1: each side sends under the numbers of the other's description.
  LocalMedia local = Local();
  local.codecs = {Format("opus", 98, 48000, 2), Format("PCMA", 8)};
  AudioDescription answer = Remote();
  answer.codecs = {Format("opus", 110, 48000, 2)};
  const NegotiatedMedia media = Negotiated(answer, local, Role::kOfferer);
  EXPECT_EQ(media.codec.payload_type, PayloadType(110));
  ASSERT_EQ(media.receive_codecs.size(), 1u);
  EXPECT_EQ(media.receive_codecs[0].payload_type, PayloadType(98));
  EXPECT_EQ(media.send_telephone_event->payload_type, PayloadType(96));
  EXPECT_EQ(media.receive_telephone_event->payload_type, PayloadType(101));
}

TEST(OfferAnswer, AsOffererReceivesAllThatWasAnswered) {
  const NegotiatedMedia media = Negotiated(Remote(), Local(), Role::kOfferer);
  EXPECT_EQ(media.codec, Format("PCMU", 0)) << "the answer's order counts";
  EXPECT_EQ(media.receive_codecs.size(), 2u);
}

TEST(OfferAnswer, NegotiatesTelephoneEvent) {
  const NegotiatedMedia media = Negotiated(Remote());
  EXPECT_EQ(media.send_telephone_event->payload_type, PayloadType(96));
  EXPECT_EQ(media.receive_telephone_event->payload_type, PayloadType(96));
  AudioDescription without = Remote();
  without.telephone_events.clear();
  EXPECT_FALSE(Negotiated(without).send_telephone_event.has_value());
  LocalMedia local = Local();
  local.has_telephone_event = false;
  EXPECT_FALSE(Negotiated(Remote(), local).receive_telephone_event.has_value());
}

TEST(OfferAnswer, PrefersTheTelephoneEventOfTheCodecsClock) {
  AudioDescription remote = Remote();
  remote.telephone_events = {Format("telephone-event", 99, 48000), Format("telephone-event", 100)};
  EXPECT_EQ(Negotiated(remote).send_telephone_event->payload_type, PayloadType(100));
  remote.telephone_events.pop_back();
  EXPECT_EQ(Negotiated(remote).send_telephone_event->payload_type, PayloadType(99));
}

TEST(OfferAnswer, AnswersEachDirection) {
  const struct {
    Direction offered;
    Direction answered;
    bool is_held;
  } cases[] = {{Direction::kSendRecv, Direction::kSendRecv, false},
               {Direction::kSendOnly, Direction::kRecvOnly, true},
               {Direction::kRecvOnly, Direction::kSendOnly, false},
               {Direction::kInactive, Direction::kInactive, true}};
  for (const auto& one : cases) {
    AudioDescription remote = Remote();
    remote.direction = one.offered;
    const NegotiatedMedia media = Negotiated(remote);
    EXPECT_EQ(media.direction, one.answered) << one.offered;
    EXPECT_EQ(media.is_held_by_remote, one.is_held) << one.offered;
  }
}

TEST(OfferAnswer, CombinesTheirDirectionWithOurs) {
  LocalMedia local = Local();
  local.direction = Direction::kSendOnly;
  EXPECT_EQ(Negotiated(Remote(), local).direction, Direction::kSendOnly);
  AudioDescription remote = Remote();
  remote.direction = Direction::kSendOnly;
  EXPECT_EQ(Negotiated(remote, local).direction, Direction::kInactive);
}

TEST(OfferAnswer, TakesTheUnspecifiedAddressForAHold) {
  AudioDescription remote = Remote();
  remote.rtp = *SocketAddress::Parse("0.0.0.0:4000");
  const NegotiatedMedia media = Negotiated(remote);
  EXPECT_TRUE(media.is_held_by_remote);
  EXPECT_FALSE(Sends(media.direction)) << "there is nowhere to send to";
  EXPECT_TRUE(Receives(media.direction));
}

TEST(OfferAnswer, SharesAPortForRtcpOnlyWhereBothCan) {
  AudioDescription remote = Remote();
  remote.rtcp_mux = true;
  NegotiatedMedia media = Negotiated(remote);
  EXPECT_TRUE(media.rtcp_mux);
  EXPECT_EQ(media.remote_rtcp, remote.rtp);
  LocalMedia local = Local();
  local.can_rtcp_mux = false;
  media = Negotiated(remote, local);
  EXPECT_FALSE(media.rtcp_mux);
  EXPECT_EQ(media.remote_rtcp, remote.rtcp);
}

TEST(OfferAnswer, SendsNoReportsWhereItCannotReach) {
  AudioDescription remote = Remote();
  for (const char* address : {"192.0.2.1:0", "[2001:db8::1]:4001"}) {
    remote.rtcp = *SocketAddress::Parse(address);
    EXPECT_FALSE(Negotiated(remote).remote_rtcp.is_set()) << address;
  }
  remote.rtcp = SocketAddress();
  EXPECT_FALSE(Negotiated(remote).remote_rtcp.is_set());
}

TEST(OfferAnswer, ChoosesThePacketTimeWithinItsMeans) {
  AudioDescription remote = Remote();
  EXPECT_EQ(Negotiated(remote).ptime, Milliseconds(20));
  remote.ptime = Milliseconds(60);
  EXPECT_EQ(Negotiated(remote).ptime, Milliseconds(20)) << "the default means are 20 ms alone";
  LocalMedia local = Local();
  local.ptime_min = Milliseconds(10);
  local.ptime_max = Milliseconds(60);
  EXPECT_EQ(Negotiated(remote, local).ptime, Milliseconds(60));
  remote.maxptime = Milliseconds(45);
  EXPECT_EQ(Negotiated(remote, local).ptime, Milliseconds(40)) << "in whole 10 ms";
  remote.ptime = Milliseconds(1);
  EXPECT_EQ(Negotiated(remote, local).ptime, Milliseconds(10));
  remote.ptime.reset();
  remote.maxptime = Milliseconds(200);
  EXPECT_EQ(Negotiated(remote, local).ptime, Milliseconds(20));
}

TEST(OfferAnswer, RefusesWithoutACommonCodecAndNamesBothSides) {
  AudioDescription remote = Remote();
  remote.codecs = {Format("G729", 18), Format("opus", 96, 48000, 2)};
  EXPECT_EQ(Refusal(remote),
            "no common codec: the far end has G729/8000, opus/48000, the mixer has PCMA/8000, "
            "PCMU/8000");
  remote.codecs.clear();
  EXPECT_TRUE(Contains(Refusal(remote), "the far end has none"));
}

TEST(OfferAnswer, RefusesSrtpAloneWhereItIsSwitchedOff) {
  AudioDescription remote = Remote();
  remote.is_secure = true;
  EXPECT_TRUE(Contains(Refusal(remote), "RTP/SAVP"));
}

TEST(OfferAnswer, IgnoresKeysOnAPlainLineWhereSrtpIsSwitchedOff) {
  AudioDescription remote = Remote();
  remote.crypto.push_back({.tag = 1, .suite = "AES_CM_128_HMAC_SHA1_80", .keys = SrtpKeys()});
  EXPECT_EQ(Negotiated(remote).codec, Format("PCMU", 0));
}

TEST(OfferAnswer, RefusesAddressesThatAreNoSingleHost) {
  AudioDescription remote = Remote();
  for (const char* address : {"224.1.2.3:4000", "255.255.255.255:4000"}) {
    remote.rtp = *SocketAddress::Parse(address);
    EXPECT_TRUE(Contains(Refusal(remote), "multicast")) << address;
  }
  remote = Remote();
  remote.rtcp = *SocketAddress::Parse("224.1.2.3:4001");
  EXPECT_TRUE(Contains(Refusal(remote), "multicast"));
  remote = Remote();
  remote.rtp = SocketAddress(IpAddress(), 4000);
  remote.connection_address = "phone.example.org";
  EXPECT_TRUE(Contains(Refusal(remote), "'phone.example.org' is no IP address"));
  remote.connection_address.clear();
  EXPECT_TRUE(Contains(Refusal(remote), "no c= line"));
}

TEST(OfferAnswer, RefusesTheOtherIpVersion) {
  AudioDescription remote = Remote();
  remote.rtp = *SocketAddress::Parse("[2001:db8::1]:4000");
  EXPECT_TRUE(Contains(Refusal(remote), "IPv6, the mixer's is IPv4"));
}

TEST(OfferAnswer, RefusesALineThatIsSwitchedOff) {
  AudioDescription remote = Remote();
  remote.rtp = remote.rtp.WithPort(0);
  EXPECT_TRUE(Contains(Refusal(remote), "port 0"));
}

MediaSection Section(absl::string_view type, std::optional<AudioDescription> audio) {
  MediaSection section;
  section.type = std::string(type);
  section.transport = "RTP/AVP";
  section.formats = "0";
  section.audio = std::move(audio);
  return section;
}

TEST(ChooseAudio, SkipsWhatCannotBeAgreedOn) {
  AudioDescription secure = Remote();
  secure.is_secure = true;
  SessionDescription description;
  description.sections = {Section("video", std::nullopt), Section("audio", secure),
                          Section("audio", Remote()), Section("audio", Remote())};
  const absl::StatusOr<AudioChoice> choice = ChooseAudio(description, Local(), Role::kAnswerer);
  ASSERT_TRUE(choice.ok()) << choice.status();
  EXPECT_EQ(choice->section, 2u);
}

TEST(ChooseAudio, SaysWhyTheFirstAudioWasRefused) {
  AudioDescription secure = Remote();
  secure.is_secure = true;
  SessionDescription description;
  description.sections = {Section("audio", secure), Section("video", std::nullopt)};
  const absl::Status secure_alone = ChooseAudio(description, Local(), Role::kAnswerer).status();
  EXPECT_TRUE(Contains(std::string(secure_alone.message()), "SRTP"));
  description.sections = {Section("video", std::nullopt)};
  const absl::Status no_audio = ChooseAudio(description, Local(), Role::kAnswerer).status();
  EXPECT_EQ(ReasonOf(no_audio), "MEDIA_UNACCEPTABLE");
  EXPECT_TRUE(Contains(std::string(no_audio.message()), "no m=audio line"));
}

TEST(Direction, ReversesAndCombines) {
  EXPECT_EQ(Reverse(Direction::kSendOnly), Direction::kRecvOnly);
  EXPECT_EQ(Reverse(Direction::kSendRecv), Direction::kSendRecv);
  EXPECT_EQ(MakeDirection(true, false), Direction::kSendOnly);
  EXPECT_TRUE(Receives(Direction::kRecvOnly));
  EXPECT_FALSE(Sends(Direction::kInactive));
}

}  // namespace
}  // namespace narada::mixer::sdp
