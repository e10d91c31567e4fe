// What a stranger on the network may try on the media of a conference, against the mixer's own
// program over sockets: listen in (RTP bleed), be heard (injection), take a call over (hijack), end
// it, or drown it. Every attack has a control: the same packets from the right place work.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "gtest/gtest.h"
#include "mixer/srtp/libsrtp2_peer.h"
#include "tests/attack/attacker.h"
#include "tests/attack/callers.h"
#include "tests/attack/mixer_process.h"
#include "tests/attack/socket_queue.h"
#include "tests/phone/heard_audio.h"
#include "tests/phone/media_session.h"
#include "tests/phone/phone_loop.h"
#include "tests/phone/tone.h"
#include "tests/phone/wav_file.h"

namespace narada::attack {
namespace {

namespace v1 = mixer::v1;
using phone::MediaSession;

constexpr char kForeign[] = "127.0.0.66";  // Neither in an SDP nor where signaling came from.
constexpr char kLocal[] = "127.0.0.1";     // The phones' own address.
constexpr absl::Duration kTick = absl::Milliseconds(20);
// CPU time of the whole mixer for each packet of a flood: about 1 us, so 20,000 a second take 2 % of a core.
// It is time on the CPU, not on the wall: a machine that is busy with others makes it two or three times as
// long, not five.
constexpr double kCostMaxUs = 5;

class MediaAttack : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    mixer_ = new MixerProcess({.config = "mixer { recordings { reserve_bytes: 1048576 } }"});
  }
  static void TearDownTestSuite() { delete mixer_; }

  MediaAttack() {
    static int count = 0;
    room_ = absl::StrCat("room-", ++count);
    MakeRoom(room_);
  }
  ~MediaAttack() override {
    EXPECT_TRUE(mixer_->IsRunning()) << mixer_->Log();
    EndCalls();
  }

  void MakeRoom(const std::string& room) {
    mixer_->CreateRoom(room);
    rooms_.push_back(room);
  }

  // Else the mixer goes on sending to ports that phones have closed, and that an attacker may get next.
  void EndCalls() {
    for (const std::string& room : rooms_) mixer_->DeleteRoom(room);
    rooms_.clear();
  }

  Caller Call(const MediaSession::Options& options = {}) {
    absl::StatusOr<Caller> caller = attack::Call(*mixer_, loop_, room_, options);
    EXPECT_TRUE(caller.ok()) << caller.status();
    return caller.ok() ? *std::move(caller) : Caller();
  }
  Caller EncryptedCall() {
    MediaSession::Options options;
    options.srtp_suites = {"AES_CM_128_HMAC_SHA1_80"};
    Caller caller = Call(options);
    EXPECT_TRUE(caller.phone->Report().is_secure);
    return caller;
  }

  static uint64_t Drops(const Caller& caller, const std::string& reason) {
    const v1::LegStatistics statistics = mixer_->Statistics(caller.leg);
    const auto found = statistics.drops().find(reason);
    return found == statistics.drops().end() ? 0 : found->second;
  }

  // What a strange packet to an encrypted leg is dropped for: it is too short, older than the stream,
  // not made with the key, or one of so many that it is not even tried.
  static uint64_t StrangersDropped(const Caller& caller, bool is_encrypted) {
    if (!is_encrypted) return Drops(caller, "source_untrusted");
    return Drops(caller, "srtp_authentication") + Drops(caller, "srtp_replay") +
           Drops(caller, "srtp_malformed") + Drops(caller, "rate_limited");
  }

  static uint64_t AllDrops(const Caller& caller) {
    const v1::LegStatistics statistics = mixer_->Statistics(caller.leg);
    uint64_t sum = 0;
    for (const auto& [reason, count] : statistics.drops()) sum += count;
    return sum;
  }

  // To both ports of the victim's leg; again, until the kernel has let them all through to the mixer.
  static bool SendUntilAllAreTaken(Attacker& attacker, const Caller& victim,
                                   const std::vector<Bytes>& datagrams) {
    const auto queues = [&] {
      const SocketQueue rtp = QueueOf(victim.rtp_port);
      const SocketQueue rtcp = QueueOf(victim.rtcp_port);
      return SocketQueue{.waiting_bytes = rtp.waiting_bytes + rtcp.waiting_bytes,
                         .dropped = rtp.dropped + rtcp.dropped};
    };
    for (int i = 0; i < 50; ++i) {
      const uint64_t dropped_before = queues().dropped;
      for (const Bytes& datagram : datagrams) {
        attacker.Send(victim.rtp_port, datagram);
        attacker.Send(victim.rtcp_port, datagram);
      }
      const absl::Time give_up = absl::Now() + absl::Seconds(1);
      while (queues().waiting_bytes > 0 && absl::Now() < give_up) {
        absl::SleepFor(absl::Milliseconds(1));
      }
      const SocketQueue after = queues();
      if (after.waiting_bytes == 0 && after.dropped == dropped_before) return true;
    }
    return false;
  }

  // That the victim's 440 Hz come through, and 1 kHz do not come at all. On a machine that is busy
  // with other things everybody has holes, so two who talk beside them, unattacked, are the measure.
  void ExpectUndisturbed(const Caller& listener, absl::Duration from) {
    const phone::HeardAudio heard = listener.phone->Heard();
    const phone::HeardAudio beside = bystander_.phone->Heard();
    ASSERT_GT(heard.length(), from + absl::Milliseconds(500));
    const absl::Duration window = heard.length() - from;
    const absl::Duration beside_from = beside.length() - window;
    EXPECT_NEAR(heard.UsualToneLevelDbov(440, from, heard.length()),
                beside.UsualToneLevelDbov(440, beside_from, beside.length()), 2);
    EXPECT_LT(heard.ToneLevelDbov(1000, from, heard.length()), -60) << "the stranger is heard";
    EXPECT_LE(heard.LongestQuiet(-35, from, heard.length()),
              beside.LongestQuiet(-35, beside_from, beside.length()) + absl::Milliseconds(60));
  }

  // Levels in the file of a track: of the victim's tone and of the attackers'.
  struct TrackLevels {
    double own_dbov = 0;
    double injected_dbov = 0;
  };
  static TrackLevels Recorded(const std::string& recording, const std::string& track) {
    const absl::StatusOr<std::vector<int16_t>> samples =
        phone::ReadSpeech(mixer_->RecordingFile(recording, track), 8000);
    EXPECT_TRUE(samples.ok()) << samples.status();
    if (!samples.ok()) return {};
    phone::HeardAudio audio(8000);
    audio.Put(0, *samples);
    EXPECT_GT(audio.length(), absl::Milliseconds(500)) << track;
    return {.own_dbov = audio.UsualToneLevelDbov(440, absl::ZeroDuration(), audio.length()),
            .injected_dbov = LoudestDbov(audio, 1000)};
  }
  // The loudest quarter of a second: what is there for a moment counts.
  static double LoudestDbov(const phone::HeardAudio& audio, double hertz) {
    constexpr absl::Duration kWindow = absl::Milliseconds(250);
    double loudest = phone::kSilenceDbov;
    for (absl::Duration at; at + kWindow <= audio.length(); at += kWindow / 2) {
      loudest = std::max(loudest, audio.ToneLevelDbov(hertz, at, at + kWindow));
    }
    return loudest;
  }

  // A talking call of two, settled, and another in a room beside it that nobody attacks.
  std::pair<Caller, Caller> Conversation(bool is_encrypted) {
    EndCalls();
    const std::string room = room_;
    room_ = absl::StrCat(room, is_encrypted ? "-encrypted" : "-plain", "-beside");
    MakeRoom(room_);
    speaker_beside_ = Call();
    bystander_ = Call();
    speaker_beside_.phone->SayTones({{440, -20}});
    room_ = room;
    MakeRoom(room_);
    std::pair<Caller, Caller> both;
    both.first = is_encrypted ? EncryptedCall() : Call();
    both.second = is_encrypted ? EncryptedCall() : Call();
    both.first.phone->SayTones({{440, -20}});
    absl::SleepFor(absl::Milliseconds(600));
    return both;
  }

  // CPU of the whole mixer: what an attack costs is what it adds to that of the calls alone.
  class CpuMeter {
   public:
    CpuMeter() {
      absl::SleepFor(absl::Seconds(1));
      quiet_share_ = Share();
      Restart();
    }
    // Prints what `packets` have cost since the meter was made, and returns it: microseconds each.
    double Tell(const char* what, int packets) const {
      const absl::Duration length = absl::Now() - began_;
      const absl::Duration cost = mixer_->CpuTime() - cpu_before_ - quiet_share_ * length;
      const double each_us = absl::ToDoubleMicroseconds(cost) / packets;
      printf(
          "%s: %d in %.1f s, CPU of the whole mixer %.1f %%, %.1f %% without them: %.2f us each\n",
          what, packets, absl::ToDoubleSeconds(length), 100 * Share(), 100 * quiet_share_, each_us);
      return each_us;
    }

   private:
    void Restart() {
      began_ = absl::Now();
      cpu_before_ = mixer_->CpuTime();
    }
    double Share() const {
      return absl::FDivDuration(mixer_->CpuTime() - cpu_before_, absl::Now() - began_);
    }
    absl::Time began_ = absl::Now();
    absl::Duration cpu_before_ = mixer_->CpuTime();
    double quiet_share_ = 0;
  };

  static MixerProcess* mixer_;
  phone::PhoneLoop loop_;
  Caller speaker_beside_;
  Caller bystander_;
  std::string room_;
  std::vector<std::string> rooms_;  // To be ended.
};
MixerProcess* MediaAttack::mixer_ = nullptr;

// Ten times the packets of a phone, for a while.
template <typename F>
void FloodFor(absl::Duration duration, F send) {
  const absl::Time end = absl::Now() + duration;
  for (int i = 0; absl::Now() < end; absl::SleepFor(kTick)) {
    for (int j = 0; j < 10; ++j) send(i++);
  }
}

TEST_F(MediaAttack, ControlThePhonesOwnSocketIsHeardAndRecorded) {
  const auto [victim, listener] = Conversation(false);
  const std::string recording = mixer_->StartRecording(room_);
  const absl::Duration from = listener.phone->Heard().length();
  victim.phone->SetSending(false);
  for (int i = 0; i < 50; ++i, absl::SleepFor(kTick)) {
    const auto number = static_cast<uint16_t>(i);
    const Bytes packet =
        Rtp({.ssrc = 77, .number = number, .timestamp = 160u * number}, LoudTone());
    ASSERT_TRUE(victim.phone
                    ->SendRaw(absl::string_view(reinterpret_cast<const char*>(packet.data()),
                                                packet.size()))
                    .ok());
  }
  const phone::HeardAudio heard = listener.phone->Heard();
  EXPECT_GT(heard.UsualToneLevelDbov(1000, from + absl::Milliseconds(400), heard.length()), -20)
      << "if this is not heard, no test here can fail";
  mixer_->StopRecording(recording);
  for (const std::string& track : {std::string("mix"), victim.leg}) {
    EXPECT_GT(Recorded(recording, track).injected_dbov, -20) << track;
  }
}

// V01 (CVE-2017-14099, CVE-2025-53399), features.md 2.16: a stranger who sends before the phone
// does, and faster, gets nothing: neither audio nor reports.
TEST_F(MediaAttack, V01NothingBleedsToAStrangerWhoComesFirst) {
  for (const bool is_encrypted : {false, true}) {
    Attacker foreign(kForeign);
    Attacker neighbour(kLocal);  // The same IP as the SDP's, another port: not who signalled.
    Caller victim = is_encrypted ? EncryptedCall() : Call();
    victim.phone->SetSending(false);
    const Caller listener = is_encrypted ? EncryptedCall() : Call();
    listener.phone->SayTones({{440, -20}});
    FloodFor(absl::Seconds(1), [&, &victim = victim](int i) {
      const auto number = static_cast<uint16_t>(i);
      for (Attacker* const attacker : {&foreign, &neighbour}) {
        attacker->Send(victim.rtp_port, Rtp({.ssrc = victim.phone->ssrc(), .number = number}));
        attacker->Send(victim.rtcp_port, ReceiverReport(victim.phone->ssrc()));
      }
    });
    victim.phone->SetSending(true);
    FloodFor(absl::Seconds(2), [&](int i) {
      const auto number = static_cast<uint16_t>(i);
      for (Attacker* const attacker : {&foreign, &neighbour}) {
        attacker->Send(victim.rtp_port, Rtp({.ssrc = victim.phone->ssrc(), .number = number}));
      }
    });
    EXPECT_EQ(foreign.CountReceived(), 0u);
    EXPECT_EQ(neighbour.CountReceived(), 0u);
    const phone::HeardAudio heard = victim.phone->Heard();
    EXPECT_NEAR(heard.UsualToneLevelDbov(440, heard.length() - absl::Seconds(1), heard.length()),
                -20, 1.5);
    EXPECT_GE(StrangersDropped(victim, is_encrypted), foreign.sent() / 2);
  }
}

// V02: a stranger who knows SSRC, sequence and codec is neither heard nor recorded, and every packet is
// counted.
TEST_F(MediaAttack, V02NothingOfAStrangerIsHeardOrRecorded) {
  for (const bool is_encrypted : {false, true}) {
    const auto [victim, listener] = Conversation(is_encrypted);
    const std::string recording = mixer_->StartRecording(room_);
    const absl::Duration from = listener.phone->Heard().length();
    Attacker foreign(kForeign);
    Attacker neighbour(kLocal);
    FloodFor(absl::Seconds(2), [&, &victim = victim](int i) {
      Attacker& attacker = i % 2 == 0 ? foreign : neighbour;
      const auto number = static_cast<uint16_t>(i);
      attacker.Send(victim.rtp_port,
                    Rtp({.ssrc = victim.phone->ssrc(), .number = number}, LoudTone()));
      attacker.Send(victim.rtp_port, Rtp({.ssrc = 5, .number = number, .payload_type = 101},
                                         {5, 0x8a, 3, 0x20}));  // A key, too.
    });
    absl::SleepFor(absl::Milliseconds(300));
    ExpectUndisturbed(listener, from);
    mixer_->StopRecording(recording);
    for (const std::string& track : {std::string("mix"), victim.leg}) {
      EXPECT_GT(Recorded(recording, track).own_dbov, -30) << track << " does not hold the victim";
    }
    for (const std::string& track : {std::string("mix"), victim.leg, listener.leg}) {
      EXPECT_LT(Recorded(recording, track).injected_dbov, -60) << "the stranger is in " << track;
    }
    EXPECT_EQ(foreign.CountReceived() + neighbour.CountReceived(), 0u);
    EXPECT_EQ(StrangersDropped(victim, is_encrypted), foreign.sent() + neighbour.sent());
    EXPECT_EQ(mixer_->Statistics(victim.leg).digits_received(), 0u);
  }
}

// V03: with plain RTP nobody takes a call over by sending on when the phone falls silent, but for
// the phone's own IP with its own stream (a NAT that changed its port).
TEST_F(MediaAttack, V03ASilentPhoneIsNotTakenOverFromAnotherAddress) {
  const auto [victim, listener] = Conversation(false);
  victim.phone->SetSending(false);
  absl::SleepFor(absl::Milliseconds(1500));
  Attacker foreign(kForeign);
  Attacker neighbour(kLocal);
  FloodFor(absl::Seconds(1), [&, &victim = victim](int i) {
    const auto number = static_cast<uint16_t>(40'000 + i);
    foreign.Send(victim.rtp_port, Rtp({.ssrc = victim.phone->ssrc(), .number = number}));
    neighbour.Send(victim.rtp_port, Rtp({.ssrc = 99, .number = number}));
  });
  EXPECT_EQ(foreign.CountReceived(), 0u);
  EXPECT_EQ(neighbour.CountReceived(), 0u);
}

// The far end of an encrypted leg in the test's own hand: libsrtp2 behind any number of sockets.
class SrtpFarEnd {
 public:
  static constexpr char kKey[] = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
  static constexpr uint32_t kSsrc = 0x0badcafe;

  explicit SrtpFarEnd(uint16_t port) : port_(port) {}

  std::string Sdp(absl::string_view crypto_key = kKey, absl::string_view transport = "RTP/SAVP") {
    std::string sdp =
        absl::StrCat("v=0\no=- 1 ", ++version_, " IN IP4 127.0.0.1\ns=-\n",
                     "c=IN IP4 127.0.0.1\nt=0 0\nm=audio ", port_, " ", transport, " 8\n");
    if (!crypto_key.empty()) {
      absl::StrAppend(&sdp, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:", crypto_key, "\n");
    }
    return absl::StrReplaceAll(sdp, {{"\n", "\r\n"}});
  }

  // The mixer's answer: its key.
  void Start(const std::string& answer, absl::string_view own_key = kKey) {
    const size_t at = answer.find("inline:");
    ASSERT_NE(at, std::string::npos) << "an answer without a key";
    mixer_key_ = answer.substr(at + 7, 40);
    sender_ = Peer(own_key, mixer::srtp::Libsrtp2Peer::Direction::kSending);
    receiver_ = Peer(mixer_key_, mixer::srtp::Libsrtp2Peer::Direction::kReceiving);
  }

  Bytes Protect(uint16_t number, const Bytes& payload = Bytes(160, 0xd5)) {
    Bytes packet = Rtp({.ssrc = kSsrc, .number = number, .timestamp = 160u * number}, payload);
    EXPECT_TRUE(sender_->Protect(packet));
    return packet;
  }
  bool Unprotect(Bytes packet) { return receiver_->Unprotect(packet); }
  const std::string& mixer_key() const { return mixer_key_; }

 private:
  static std::unique_ptr<mixer::srtp::Libsrtp2Peer> Peer(
      absl::string_view key, mixer::srtp::Libsrtp2Peer::Direction direction) {
    std::string bytes;
    EXPECT_TRUE(absl::Base64Unescape(key, &bytes));
    return std::make_unique<mixer::srtp::Libsrtp2Peer>(
        mixer::SrtpKeys(mixer::SrtpSuite::kAesCm128HmacSha1Tag80,
                        {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}),
        direction, mixer::Ssrc(kSsrc));
  }

  const uint16_t port_;
  int version_ = 0;
  std::string mixer_key_;
  std::unique_ptr<mixer::srtp::Libsrtp2Peer> sender_;
  std::unique_ptr<mixer::srtp::Libsrtp2Peer> receiver_;
};

class SrtpAttack : public MediaAttack {
 protected:
  SrtpAttack() {
    v1::AddLegRequest request;
    request.set_room_id(room_);
    request.set_sdp_offer(far_.Sdp());
    const absl::StatusOr<v1::AddLegResponse> response = mixer_->AddLeg(request);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return;
    EXPECT_TRUE(response->leg().media().is_srtp());
    EXPECT_EQ(response->leg().media().srtp_suite(), "AES_CM_128_HMAC_SHA1_80");
    leg_.leg = response->leg().leg_id();
    leg_.rtp_port = static_cast<uint16_t>(response->leg().media().local_rtp_port());
    leg_.rtcp_port = static_cast<uint16_t>(response->leg().media().local_rtcp_port());
    far_.Start(response->sdp());
  }

  absl::StatusOr<v1::NegotiateLegResponse> Offer(const std::string& sdp) {
    v1::NegotiateLegRequest request;
    request.set_leg_id(leg_.leg);
    request.set_sdp_offer(sdp);
    return mixer_->NegotiateLeg(request);
  }

  // `packets` of ours from `socket`, in time; what comes to `to` meanwhile is counted.
  size_t Talk(Attacker& socket, int packets, Attacker& to) {
    to.Receive();
    size_t received = 0;
    for (int i = 0; i < packets; ++i, absl::SleepFor(kTick)) {
      socket.Send(leg_.rtp_port, far_.Protect(number_++));
      for (const Bytes& packet : to.Receive()) {
        EXPECT_TRUE(far_.Unprotect(packet)) << "plain or forged";
        ++received;
      }
    }
    return received;
  }

  Attacker home_{kLocal};
  SrtpFarEnd far_{home_.port()};
  Caller leg_;
  uint16_t number_ = 100;
};

// V03: with SRTP a source proves itself, and is followed anywhere at once.
TEST_F(SrtpAttack, V03AProvenSourceIsFollowedToAnyAddressWithinATick) {
  EXPECT_GT(Talk(home_, 25, home_), 20u);
  Attacker elsewhere(kForeign);
  EXPECT_GT(Talk(elsewhere, 25, elsewhere), 20u);
  home_.Receive();
  EXPECT_GT(Talk(elsewhere, 10, elsewhere), 5u);
  EXPECT_EQ(home_.Receive().size(), 0u);
  EXPECT_EQ(mixer_->Statistics(leg_.leg).latched_source(),
            absl::StrCat(kForeign, ":", elsewhere.port()));
}

// V03, V04: whoever plays our packets again, or holds them back, from his own address moves nobody.
TEST_F(SrtpAttack, V04ReplayedAndHeldBackPacketsMoveNothing) {
  Attacker thief(kForeign);
  std::vector<Bytes> recorded;
  const Bytes held_back = far_.Protect(number_++);
  for (int i = 0; i < 30; ++i, absl::SleepFor(kTick)) {
    recorded.push_back(far_.Protect(number_++));
    home_.Send(leg_.rtp_port, recorded.back());
  }
  for (int round = 0; round < 3; ++round) {
    for (const Bytes& packet : recorded) thief.Send(leg_.rtp_port, packet);
  }
  thief.Send(leg_.rtp_port, held_back);
  absl::SleepFor(absl::Milliseconds(200));
  EXPECT_EQ(Drops(leg_, "srtp_replay"), 90u);
  EXPECT_EQ(mixer_->Statistics(leg_.leg).packets_received(), 31u);
  EXPECT_GT(Talk(home_, 10, home_), 5u);
  EXPECT_EQ(thief.CountReceived(), 0u);
}

// V04 (CVE-2021-41105): forged packets by the thousand neither end the call nor touch it, nor fill
// the log. The long form: NARADA_ATTACK_PACKETS=1000000.
TEST_F(MediaAttack, V04AFloodOfForgedPacketsLeavesAnEncryptedCallAlone) {
  const auto [victim, listener] = Conversation(true);
  const absl::Duration from = listener.phone->Heard().length();
  const size_t log_before = mixer_->Log().size();
  const char* const wanted = getenv("NARADA_ATTACK_PACKETS");
  const int packets = wanted == nullptr ? 20'000 : atoi(wanted);
  Attacker foreign(kForeign);
  Attacker neighbour(kLocal);
  const absl::Time began = absl::Now();
  const CpuMeter cpu;
  for (int i = 0; i < packets; ++i) {
    // About 10 kpps. What the socket's queue cannot hold would test the kernel alone.
    if (i % 40 == 0) absl::SleepFor(absl::Milliseconds(4));
    Bytes packet = Rtp({.ssrc = victim.phone->ssrc(), .number = static_cast<uint16_t>(i)},
                       Bytes(170, static_cast<uint8_t>(i)));
    (i % 2 == 0 ? foreign : neighbour).Send(victim.rtp_port, packet);
  }
  EXPECT_LT(cpu.Tell("forged packets", packets), kCostMaxUs);
  const double seconds = absl::ToDoubleSeconds(absl::Now() - began);
  absl::SleepFor(absl::Milliseconds(300));
  ExpectUndisturbed(listener, from);
  // The kernel may have dropped some; not more are counted than were sent.
  EXPECT_LE(StrangersDropped(victim, true), static_cast<uint64_t>(packets));
  EXPECT_GE(StrangersDropped(victim, true), static_cast<uint64_t>(packets) / 4);
  EXPECT_EQ(foreign.CountReceived() + neighbour.CountReceived(), 0u);
  const std::string log = mixer_->Log();
  EXPECT_LT(std::count(log.begin() + static_cast<ptrdiff_t>(log_before), log.end(), '\n'),
            static_cast<ptrdiff_t>(seconds) + 2);
}

// V04, V03: a phone that moves in the midst of a flood from strangers is found all the same.
TEST_F(SrtpAttack, V04APhoneThatMovesIsFoundWhileStrangersFloodItsPort) {
  EXPECT_GT(Talk(home_, 10, home_), 5u);
  Attacker stranger(kForeign);
  Attacker elsewhere(kLocal);
  size_t heard = 0;
  for (int i = 0; i < 1000 && heard == 0; ++i, absl::SleepFor(absl::Milliseconds(5))) {
    for (int j = 0; j < 25; ++j) {
      stranger.Send(leg_.rtp_port, Rtp({.ssrc = SrtpFarEnd::kSsrc, .number = number_}));
    }
    if (i > 100 && i % 4 == 0) elsewhere.Send(leg_.rtp_port, far_.Protect(number_++));
    heard += elsewhere.Receive().size();
  }
  EXPECT_GT(heard, 0u) << "it was not found in 4.5 s";
  EXPECT_GT(Drops(leg_, "rate_limited"), 0u);
  EXPECT_EQ(stranger.CountReceived(), 0u);
}

// V05: a phone with other keys is not heard, and hears nothing that it could read.
TEST_F(SrtpAttack, V05WrongKeysOpenNothing) {
  Talk(home_, 5, home_);
  SrtpFarEnd stranger(home_.port());
  stranger.Start(absl::StrCat("inline:", "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"),
                 "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz");
  const uint64_t before = mixer_->Statistics(leg_.leg).packets_received();
  for (uint16_t i = 0; i < 50; ++i, absl::SleepFor(absl::Milliseconds(5))) {
    home_.Send(leg_.rtp_port, stranger.Protect(static_cast<uint16_t>(number_ + i)));
  }
  absl::SleepFor(absl::Milliseconds(100));
  EXPECT_EQ(mixer_->Statistics(leg_.leg).packets_received(), before);
  EXPECT_EQ(Drops(leg_, "srtp_authentication"), 50u);
  for (const Bytes& packet : home_.Receive()) EXPECT_FALSE(stranger.Unprotect(packet));
}

// V05: plain RTP to an encrypted leg is dropped, even from the phone's own socket.
TEST_F(SrtpAttack, V05PlainPacketsAreNotTakenByAnEncryptedLeg) {
  Talk(home_, 5, home_);
  const uint64_t before = mixer_->Statistics(leg_.leg).packets_received();
  for (uint16_t i = 0; i < 50; ++i) {
    home_.Send(leg_.rtp_port, Rtp({.ssrc = SrtpFarEnd::kSsrc, .number = i}, LoudTone()));
  }
  absl::SleepFor(absl::Milliseconds(100));
  EXPECT_EQ(mixer_->Statistics(leg_.leg).packets_received(), before);
  EXPECT_EQ(Drops(leg_, "srtp_authentication"), 50u);
}

// V05: no re-offer takes the encryption off, and the call goes on as it was.
TEST_F(SrtpAttack, V05NoReOfferTakesTheKeysAway) {
  Talk(home_, 5, home_);
  for (const std::string& sdp :
       {far_.Sdp("", "RTP/AVP"), far_.Sdp("", "RTP/SAVP"),
        absl::StrReplaceAll(far_.Sdp(), {{"AES_CM_128_HMAC_SHA1_80", "NULL_HMAC_SHA1_80"}}),
        absl::StrReplaceAll(
            far_.Sdp(), {{SrtpFarEnd::kKey, absl::StrCat(SrtpFarEnd::kKey, " UNENCRYPTED_SRTP")}}),
        absl::StrReplaceAll(far_.Sdp(), {{SrtpFarEnd::kKey, far_.mixer_key()}})}) {
    const absl::StatusOr<v1::NegotiateLegResponse> response = Offer(sdp);
    EXPECT_EQ(ReasonOf(response.status()), "MEDIA_UNACCEPTABLE") << sdp;
    EXPECT_FALSE(absl::StrContains(response.status().message(), SrtpFarEnd::kKey));
  }
  EXPECT_GT(Talk(home_, 10, home_), 5u);
}

// Re-keying by re-offer: both directions change, packets under the old key are still taken for a
// while, and what comes under none of them is not.
TEST_F(SrtpAttack, ANewKeyByReOfferIsTakenAndAnsweredByAnother) {
  Talk(home_, 10, home_);
  const std::string old_key = far_.mixer_key();
  const Bytes on_its_way = far_.Protect(number_++);
  constexpr char kNewKey[] = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
  const absl::StatusOr<v1::NegotiateLegResponse> response = Offer(far_.Sdp(kNewKey));
  ASSERT_TRUE(response.ok()) << response.status();
  home_.Send(leg_.rtp_port, on_its_way);
  home_.Receive();
  far_.Start(response->sdp(), kNewKey);
  EXPECT_NE(far_.mixer_key(), old_key);
  EXPECT_GT(Talk(home_, 25, home_), 20u);
  EXPECT_EQ(Drops(leg_, "srtp_authentication"), 0u);
  // The same offer again (a hold that is taken back) changes no key and counts on.
  const absl::StatusOr<v1::NegotiateLegResponse> again = Offer(far_.Sdp(kNewKey));
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(absl::StrContains(again->sdp(), far_.mixer_key()));
  EXPECT_GT(Talk(home_, 25, home_), 20u);
}

// V05: a mixer that demands SRTP refuses what is not, and a leg may demand it, too.
TEST_F(MediaAttack, V05APolicyThatDemandsEncryptionIsHeld) {
  MixerProcess strict({.config = "mixer { rtp { srtp: SRTP_POLICY_REQUIRED } }",
                       .rtp_port_min = 17000,
                       .rtp_port_max = 17099});
  strict.CreateRoom("talk");
  SrtpFarEnd far(40'000);
  v1::AddLegRequest request;
  request.set_room_id("talk");
  request.set_sdp_offer(far.Sdp("", "RTP/AVP"));
  EXPECT_EQ(ReasonOf(strict.AddLeg(request).status()), "MEDIA_UNACCEPTABLE");
  request.set_sdp_offer(far.Sdp());
  EXPECT_TRUE(strict.AddLeg(request).ok());
  request.mutable_offer();
  const absl::StatusOr<v1::AddLegResponse> offer = strict.AddLeg(request);
  ASSERT_TRUE(offer.ok()) << offer.status();
  EXPECT_TRUE(absl::StrContains(offer->sdp(), "RTP/SAVP"));

  request.set_room_id(room_);
  request.set_srtp(v1::SRTP_POLICY_REQUIRED);
  request.set_sdp_offer(far.Sdp("", "RTP/AVP"));
  EXPECT_EQ(ReasonOf(mixer_->AddLeg(request).status()), "MEDIA_UNACCEPTABLE");
  request.set_srtp(v1::SRTP_POLICY_OFF);
  request.set_sdp_offer(far.Sdp());
  EXPECT_EQ(ReasonOf(mixer_->AddLeg(request).status()), "MEDIA_UNACCEPTABLE");
  // Keys stay out of whatever a mixer writes (V14's rule, for keys).
  EXPECT_FALSE(absl::StrContains(strict.Log(), SrtpFarEnd::kKey));
  EXPECT_FALSE(absl::StrContains(strict.Log(), "inline"));
}

TEST_F(SrtpAttack, KeysAreNotInTheLog) {
  Talk(home_, 5, home_);
  EXPECT_FALSE(absl::StrContains(mixer_->Log(), SrtpFarEnd::kKey));
  EXPECT_FALSE(absl::StrContains(mixer_->Log(), far_.mixer_key()));
}

// V06 and port probing: whoever tries all ports with whatever he likes gets no answer from any.
TEST_F(MediaAttack, V06ProbingEveryPortIsAnsweredByNone) {
  const auto [victim, listener] = Conversation(false);
  const absl::Duration from = listener.phone->Heard().length();
  Attacker prober(kForeign);
  const Bytes client_hello = {0x16, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 1, 0, 0, 4};
  const Bytes stun = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  for (uint16_t port = 16000; port < 17000; ++port) {
    prober.Send(port, client_hello);
    prober.Send(port, stun);
    prober.Send(port, Rtp({.ssrc = 1}));
    prober.Send(port, ReceiverReport(1));
    if (port % 20 == 0) absl::SleepFor(absl::Milliseconds(10));
  }
  absl::SleepFor(absl::Milliseconds(500));
  EXPECT_EQ(prober.CountReceived(), 0u);
  ExpectUndisturbed(listener, from);
}

// V07, V08: datagrams of every size, plain and to an encrypted leg; above those that a leg takes, some.
// The long form takes each size: NARADA_ATTACK_SIZES=all, about 70 seconds.
TEST_F(MediaAttack, V07DatagramsOfEverySizeAreSurvived) {
  constexpr int kUdpSizeMax = 65'507;
  constexpr int kEachSizeBelow = 1600;  // All that a leg takes (1,500 bytes), and some more.
  const int step = getenv("NARADA_ATTACK_SIZES") == nullptr ? 4999 : 1;
  for (const bool is_encrypted : {false, true}) {
    const auto [victim, listener] = Conversation(is_encrypted);
    const absl::Duration from = listener.phone->Heard().length();
    const uint64_t dropped_before = AllDrops(victim);
    Attacker foreign(kForeign);
    int sizes = 0;
    for (int size = 0; size <= kUdpSizeMax;) {
      // As many as the sockets' queues hold.
      std::vector<Bytes> burst;
      for (size_t bytes = 0; size <= kUdpSizeMax && bytes < 160'000 && burst.size() < 20;
           size += size < kEachSizeBelow ? 1 : step) {
        Bytes datagram = Rtp({.ssrc = victim.phone->ssrc()}, Bytes(static_cast<size_t>(size)));
        datagram[0] = static_cast<uint8_t>(0x80 | size % 64);  // Lies on padding, extension, CSRCs.
        datagram.resize(static_cast<size_t>(size));
        bytes += datagram.size();
        burst.push_back(std::move(datagram));
      }
      sizes += static_cast<int>(burst.size());
      ASSERT_TRUE(SendUntilAllAreTaken(foreign, victim, burst)) << "sizes up to " << size;
      const Bytes& last = burst.back();
      if (last.size() < kEachSizeBelow) {
        ASSERT_TRUE(victim.phone
                        ->SendRaw(absl::string_view(reinterpret_cast<const char*>(last.data()),
                                                    last.size()),
                                  /*is_rtcp=*/true)
                        .ok());
      }
    }
    printf("%d sizes, RTP and RTCP, reached the mixer: %d datagrams\n", sizes,
           static_cast<int>(foreign.sent()));
    EXPECT_EQ(sizes, kEachSizeBelow + (kUdpSizeMax - kEachSizeBelow) / step + 1);
    absl::SleepFor(absl::Milliseconds(700));
    ExpectUndisturbed(listener, from);
    EXPECT_EQ(foreign.CountReceived(), 0u);
    // Those that a leg could take are counted as what they are.
    EXPECT_GE(AllDrops(victim) - dropped_before, 2u * kEachSizeBelow);
  }
}

// V09: a BYE of a stranger, of the wrong source, or unauthenticated on an encrypted leg ends nothing;
// a flood of reports is held to its limit and costs little.
TEST_F(MediaAttack, V09FakeAndFloodedReportsChangeNothing) {
  for (const bool is_encrypted : {false, true}) {
    const auto [victim, listener] = Conversation(is_encrypted);
    const absl::Duration from = listener.phone->Heard().length();
    Attacker foreign(kForeign);
    Attacker neighbour(kLocal);
    const CpuMeter cpu;
    for (int i = 0; i < 20'000; ++i) {
      if (i % 40 == 0) absl::SleepFor(absl::Milliseconds(2));
      Attacker& attacker = i % 2 == 0 ? foreign : neighbour;
      attacker.Send(victim.rtcp_port, Goodbye(victim.phone->ssrc()));
    }
    EXPECT_LT(
        cpu.Tell(is_encrypted ? "reports to an encrypted call" : "reports to a plain call", 20'000),
        kCostMaxUs);
    for (const Bytes& report : {Goodbye(0xdead), Goodbye(victim.phone->ssrc()), Bytes{0x80, 201},
                                Bytes{0x80, 201, 0, 0}, Bytes(1400, 0x81)}) {
      ASSERT_TRUE(victim.phone
                      ->SendRaw(absl::string_view(reinterpret_cast<const char*>(report.data()),
                                                  report.size()),
                                /*is_rtcp=*/true)
                      .ok());
    }
    absl::SleepFor(absl::Milliseconds(300));
    ExpectUndisturbed(listener, from);
    EXPECT_EQ(foreign.CountReceived() + neighbour.CountReceived(), 0u);
    EXPECT_GE(StrangersDropped(victim, is_encrypted), 20'000u / 4);
    EXPECT_FALSE(mixer_->HasEvent(victim.leg, [](const v1::Event& event) {
      return event.has_leg_removed() || event.has_media_timed_out();
    }));
  }
}

// V10: phones that chose one and the same SSRC are told apart by their sockets.
TEST_F(MediaAttack, V10PhonesOfOneSsrcHearEachOther) {
  MediaSession::Options options;
  options.seed = 4711;
  const Caller first = Call(options);
  const Caller second = Call(options);
  ASSERT_EQ(first.phone->ssrc(), second.phone->ssrc());
  first.phone->SayTones({{440, -20}});
  second.phone->SayTones({{600, -20}});
  absl::SleepFor(absl::Seconds(2));
  const phone::HeardAudio by_first = first.phone->Heard();
  const phone::HeardAudio by_second = second.phone->Heard();
  EXPECT_NEAR(by_first.UsualToneLevelDbov(600, absl::Seconds(1), by_first.length()), -20, 1.5);
  EXPECT_NEAR(by_second.UsualToneLevelDbov(440, absl::Seconds(1), by_second.length()), -20, 1.5);
  EXPECT_LT(by_first.ToneLevelDbov(440, absl::Seconds(1), by_first.length()), -70);
}

// V10: our own stream sent back to us is no voice; with SRTP it does not even authenticate.
TEST_F(SrtpAttack, V10OurOwnPacketsAreNotTakenBack) {
  Talk(home_, 5, home_);
  const uint64_t before = mixer_->Statistics(leg_.leg).packets_received();
  uint64_t echoed = 0;
  for (int i = 0; i < 25; ++i, absl::SleepFor(kTick)) {
    for (const Bytes& packet : home_.Receive()) {
      home_.Send(leg_.rtp_port, packet);
      ++echoed;
    }
  }
  absl::SleepFor(absl::Milliseconds(100));
  EXPECT_GT(echoed, 20u);
  EXPECT_EQ(mixer_->Statistics(leg_.leg).packets_received(), before);
  EXPECT_EQ(Drops(leg_, "srtp_authentication"), echoed);
}

// V10: a source that changes its SSRC with every packet fills no memory and is cut off.
TEST_F(SrtpAttack, V10AnSsrcForEveryPacketIsCutOff) {
  std::string bytes;
  ASSERT_TRUE(absl::Base64Unescape(SrtpFarEnd::kKey, &bytes));
  const mixer::SrtpKeys keys(mixer::SrtpSuite::kAesCm128HmacSha1Tag80,
                             {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  for (uint32_t ssrc = 1; ssrc <= 100; ++ssrc) {
    mixer::srtp::Libsrtp2Peer peer(keys, mixer::srtp::Libsrtp2Peer::Direction::kSending,
                                   mixer::Ssrc(ssrc));
    Bytes packet = Rtp({.ssrc = ssrc, .number = 1});
    ASSERT_TRUE(peer.Protect(packet));
    home_.Send(leg_.rtp_port, packet);
    absl::SleepFor(absl::Milliseconds(2));
  }
  absl::SleepFor(absl::Milliseconds(100));
  EXPECT_EQ(Drops(leg_, "srtp_sources"), 36u);
}

// Whoever has the right socket and sends too much is held to the limit of the configuration.
TEST_F(MediaAttack, APhoneThatFloodsIsHeldToItsRate) {
  const Caller victim = Call();
  victim.phone->SetSending(false);
  const Caller listener = Call();
  absl::SleepFor(absl::Milliseconds(300));
  const uint64_t before = mixer_->Statistics(victim.leg).packets_received();
  constexpr int kPackets = 4000;
  for (int i = 0; i < kPackets; ++i) {
    if (i % 20 == 0) absl::SleepFor(absl::Milliseconds(5));
    const Bytes packet = Rtp({.ssrc = 3, .number = static_cast<uint16_t>(i)});
    ASSERT_TRUE(victim.phone
                    ->SendRaw(absl::string_view(reinterpret_cast<const char*>(packet.data()),
                                                packet.size()))
                    .ok());
  }
  absl::SleepFor(absl::Milliseconds(100));
  const uint64_t taken = mixer_->Statistics(victim.leg).packets_received() - before;
  EXPECT_LT(taken, 1000u);
  EXPECT_GE(Drops(victim, "rate_limited") + taken, kPackets - 2u);
}

}  // namespace
}  // namespace narada::attack
