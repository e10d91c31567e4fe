// Keys pressed on one leg, by every path, and what another leg hears meanwhile: features.md row 10
// ("DTMF leaks, doubles or is lost") and its bar, nothing above -60 dBm0.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/media_path_scope.h"
#include "base/random.h"
#include "mixer/codec/g711.h"
#include "mixer/dtmf/dtmf_audio.h"
#include "mixer/room/room.h"
#include "mixer/rtp/packet_header.h"
#include "mixer/rtp/telephone_event.h"

namespace narada::mixer::room {
namespace {

constexpr SampleRate kRate = SampleRate::FromHertz(8000);
constexpr PayloadType kTelephoneEvent(101);
constexpr size_t kFrame = 160;

// Two µ-law phones in a room. The first says the audio of a test, the second listens.
class LegDigitsTest : public testing::Test {
 protected:
  static SocketAddress AddressOf(uint64_t id) {
    return {IpAddress::V4(192, 0, 2, static_cast<uint8_t>(id)), 5004};
  }

  static LegMedia Media(uint64_t id, bool finds_digits_in_band, bool has_telephone_event) {
    LegMedia media;
    media.receive_formats[0] = {.id = codec::CodecId::kPcmu, .payload_type = kPcmuPayloadType};
    media.receive_formats_count = 1;
    media.send_format = media.receive_formats[0];
    media.finds_digits_in_band = finds_digits_in_band;
    if (has_telephone_event) media.receive_telephone_event = kTelephoneEvent;
    media.remote_rtp = AddressOf(id);
    media.remote_rtcp = AddressOf(id).WithPort(5005);
    return media;
  }

  void Start(bool finds_digits_in_band, bool has_telephone_event) {
    for (const uint64_t id : {1, 2}) {
      const bool is_speaker = id == 1;
      legs_[id] = std::make_unique<Leg>(
          LegConfig{.id = {id}, .ssrc = Ssrc(static_cast<uint32_t>(id)), .seed = id},
          Media(id, is_speaker && finds_digits_in_band, is_speaker && has_telephone_event));
      room_.Add(*legs_[id]);
    }
  }

  ~LegDigitsTest() override {
    for (auto& [id, leg] : legs_) room_.Remove(*leg);
  }

  void Send(std::span<const uint8_t> payload, PayloadType type, uint32_t timestamp,
            bool marker = false) {
    std::vector<uint8_t> datagram(12);
    rtp::PacketHeader{.marker = marker,
                      .payload_type = type,
                      .sequence_number = SequenceNumber(number_++),
                      .timestamp = RtpTimestamp(timestamp),
                      .ssrc = Ssrc(1001)}
        .Write(datagram);
    datagram.insert(datagram.end(), payload.begin(), payload.end());
    legs_[1]->ReceiveRtp(datagram, AddressOf(1), due_ - Milliseconds(15));
  }

  void Tick(std::span<const int16_t> says) {
    due_ += Milliseconds(20);
    if (!says.empty() && !random_.OneIn(lost_one_in_)) {
      std::array<uint8_t, kFrame> payload;
      codec::EncodeULaw(says, payload);
      Send(payload, kPcmuPayloadType, timestamp_);
    } else if (!says.empty()) {
      ++number_;
    }
    timestamp_ += kFrame;
    outbox_.Clear();
    {
      MediaPathScope scope;
      room_.Tick(due_, outbox_, events_);
    }
    for (const OutgoingDatagram& datagram : outbox_.datagrams()) {
      if (datagram.is_rtcp || datagram.leg->id().value != 2) continue;
      std::array<int16_t, kFrame> frame;
      codec::DecodeULaw(datagram.payload, frame);
      heard_.insert(heard_.end(), frame.begin(), frame.end());
    }
    for (const RoomEvent& event : events_.events()) {
      if (event.kind == RoomEventKind::kDigit) told_ += event.digit;
    }
    events_.Clear();
  }
  void Say(std::vector<int16_t> samples) {
    samples.resize((samples.size() + kFrame - 1) / kFrame * kFrame);
    for (size_t at = 0; at < samples.size(); at += kFrame) {
      Tick(std::span(samples).subspan(at, kFrame));
    }
  }

  // The loudest that any 40 ms of what was heard are at the frequencies of `key`, in dBm0.
  double LoudestTone(char key) const {
    double loudest = -200;
    for (size_t at = 0; at + 320 <= heard_.size(); at += 80) {
      const std::span<const int16_t> part = std::span(heard_).subspan(at, 320);
      loudest = std::max({loudest, dtmf::LevelDbm0(part, dtmf::RowHz(key), kRate),
                          dtmf::LevelDbm0(part, dtmf::ColumnHz(key), kRate)});
    }
    return loudest;
  }

  Room room_{{.id = {7}}};
  std::map<uint64_t, std::unique_ptr<Leg>> legs_;
  Outbox outbox_{64};
  EventSink events_{1000};
  MediaTime due_ = MediaTime() + Seconds(100);
  SeededRandom random_{3};
  uint64_t lost_one_in_ = 1'000'000'000;
  uint16_t number_ = 100;
  uint32_t timestamp_ = 50'000;
  std::vector<int16_t> heard_;
  std::string told_;
};

TEST_F(LegDigitsTest, HearsToneWhereNobodyTakesItOut) {
  Start(false, false);
  dtmf::DtmfAudio audio(kRate);
  audio.Press('5', {.tone = Milliseconds(400)});
  Say(audio.samples());
  EXPECT_EQ(told_, "");
  EXPECT_NEAR(LoudestTone('5'), -10, 1) << "else the tests below measure nothing";
}

TEST_F(LegDigitsTest, TellsAToneAndLetsNobodyHearIt) {
  for (const double level : {-3.0, -10.0, -25.0}) {
    legs_.empty() ? Start(true, false) : void();
    told_.clear();
    heard_.clear();
    dtmf::DtmfAudio audio(kRate);
    audio.Silence(Milliseconds(207));
    for (const char key : dtmf::kKeys) {
      audio.Press(key, {.tone = Milliseconds(70), .pause = Milliseconds(60), .level_dbm0 = level});
    }
    audio.Silence(Milliseconds(300));
    Say(audio.samples());
    EXPECT_EQ(told_, dtmf::kKeys) << level;
    for (const char key : dtmf::kKeys) EXPECT_LT(LoudestTone(key), -60) << key << " at " << level;
  }
  EXPECT_EQ(legs_[1]->statistics().mixer_delay - legs_[1]->statistics().jitter_buffer_delay,
            Milliseconds(60));
  EXPECT_EQ(legs_[1]->statistics().digits_received[1], 3 * dtmf::kKeys.size());
}

TEST_F(LegDigitsTest, TellsATonePressedWhileTalkingAndLetsTheTalkThrough) {
  Start(true, false);
  dtmf::DtmfAudio audio(kRate);
  audio.Sine(400, -15, Milliseconds(1000));
  audio.Press('8', {.tone = Milliseconds(100), .pause = Milliseconds(0)});
  audio.Sine(400, -15, Milliseconds(1000));
  Say(audio.samples());
  EXPECT_EQ(told_, "8");
  EXPECT_LT(LoudestTone('8'), -45) << "the edges of a sine that is faded are not all of one tone";
  const std::span<const int16_t> before = std::span(heard_).subspan(8 * 500, 8 * 400);
  EXPECT_NEAR(dtmf::LevelDbm0(before, 400, kRate), -15, 0.5);
}

TEST_F(LegDigitsTest, TellsTonesOnceEachWhileOnePacketInTwentyIsLost) {
  Start(true, false);
  lost_one_in_ = 20;
  dtmf::DtmfAudio audio(kRate);
  std::string pressed;
  for (int i = 0; i < 300; ++i) {
    const char key = dtmf::kKeys[static_cast<size_t>(i * 7 % 16)];
    audio.Press(key, {.tone = Milliseconds(120), .pause = Milliseconds(120)});
    pressed += key;
  }
  Say(audio.samples());
  EXPECT_EQ(told_, pressed);
}

TEST_F(LegDigitsTest, CountsAPressOnceThatComesByAllThreePaths) {
  Start(true, true);
  const auto press = [this](uint8_t event) {
    dtmf::DtmfAudio audio(kRate);
    audio.Press(*rtp::TelephoneEvent{.event = event}.digit(),
                {.tone = Milliseconds(100), .pause = Milliseconds(100)});
    const uint32_t begin = timestamp_;
    for (int i = 0; i < 10; ++i) {
      if (i < 8) {  // Both: some gateways send tone and event.
        std::array<uint8_t, 4> payload;
        rtp::TelephoneEvent{.event = event,
                            .is_end = i >= 5,
                            .duration = static_cast<uint16_t>(160 * std::min(i + 1, 5))}
            .Write(payload);
        Send(payload, kTelephoneEvent, begin, i == 0);
      }
      Tick(std::span(audio.samples()).subspan(kFrame * static_cast<size_t>(i), kFrame));
    }
    legs_[1]->InjectDigit(*rtp::TelephoneEvent{.event = event}.digit(), due_);
  };
  Say(std::vector<int16_t>(kFrame * 10));
  for (const uint8_t event : {5, 5, 5, 1, 5}) press(event);
  Say(std::vector<int16_t>(kFrame * 20));
  EXPECT_EQ(told_, "55515");
  EXPECT_LT(LoudestTone('5'), -60);
  EXPECT_LT(LoudestTone('1'), -60);
}

// asterisk-unimrcp#44: a key held down for long.
TEST_F(LegDigitsTest, CountsAKeyHeldForFiveSecondsOnceThoughSignalingTellsItAtItsEnd) {
  Start(true, false);
  dtmf::DtmfAudio audio(kRate);
  audio.Press('*', {.tone = Seconds(5), .pause = Milliseconds(300)});
  Say(audio.samples());
  legs_[1]->InjectDigit('*', due_);
  Say(std::vector<int16_t>(kFrame * 5));
  EXPECT_EQ(told_, "*");
  EXPECT_LT(LoudestTone('*'), -60);
}

TEST_F(LegDigitsTest, BeginsToSearchWhenToldTo) {
  Start(false, false);
  dtmf::DtmfAudio audio(kRate);
  audio.Press('3', {});
  Say(audio.samples());
  EXPECT_EQ(told_, "");
  legs_[1]->UpdateMedia(Media(1, true, false));
  heard_.clear();
  Say(std::vector<int16_t>(kFrame * 10));
  Say(audio.samples());
  Say(std::vector<int16_t>(kFrame * 10));
  EXPECT_EQ(told_, "3");
  EXPECT_LT(LoudestTone('3'), -60);
}

}  // namespace
}  // namespace narada::mixer::room
