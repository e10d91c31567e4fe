#include "mixer/codec/opus_codec.h"

#include <gtest/gtest.h>
#include <opus.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/media_path_scope.h"
#include "base/random.h"
#include "mixer/codec/test_voice.h"

namespace narada::mixer::codec {
namespace {

constexpr int kRate = 48'000;
constexpr size_t kFrame = 960;

using Payload = std::vector<uint8_t>;

Payload Encode(Encoder& encoder, std::span<const int16_t> samples) {
  Payload payload(encoder.PayloadSizeMax(SampleCount(static_cast<int64_t>(samples.size()))));
  payload.resize(encoder.Encode(samples, payload));
  return payload;
}

std::vector<Payload> EncodeAll(Encoder& encoder, std::span<const int16_t> said) {
  std::vector<Payload> payloads;
  for (; said.size() >= kFrame; said = said.subspan(kFrame)) {
    payloads.push_back(Encode(encoder, said.first(kFrame)));
  }
  return payloads;
}

// Decodes; packets of which `is_lost` says so are concealed, with the next one's help if allowed.
template <typename IsLost>
std::vector<int16_t> Decode(const std::vector<Payload>& payloads, IsLost is_lost, bool uses_next) {
  OpusStreamDecoder decoder(SampleRate::FromHertz(kRate));
  std::vector<int16_t> heard(payloads.size() * kFrame);
  for (size_t i = 0; i < payloads.size(); ++i) {
    const std::span<int16_t> frame = std::span(heard).subspan(i * kFrame, kFrame);
    const bool has_next = uses_next && i + 1 < payloads.size() && !is_lost(i + 1);
    MediaPathScope scope;  // Allocates nothing.
    if (is_lost(i)) {
      EXPECT_TRUE(decoder.Conceal(frame, has_next ? std::span<const uint8_t>(payloads[i + 1])
                                                  : std::span<const uint8_t>()));
    } else {
      EXPECT_TRUE(decoder.Decode(payloads[i], frame).ok());
    }
  }
  return heard;
}

constexpr auto kNothingLost = [](size_t) { return false; };
constexpr auto kOneInTenLost = [](size_t i) { return i % 10 == 7; };

// SNR over the lost frames alone, against what would have been heard.
double LostFramesSnr(const std::vector<int16_t>& clean, const std::vector<int16_t>& heard) {
  double signal = 0, noise = 0;
  for (size_t i = 0; i < clean.size(); ++i) {
    if (!kOneInTenLost(i / kFrame)) continue;
    signal += static_cast<double>(clean[i]) * clean[i];
    noise += std::pow(clean[i] - heard[i], 2);
  }
  return 10 * std::log10(signal / noise);
}

TEST(OpusCodec, RecoversLostFramesFromTheNextPacket) {
  OpusStreamEncoder encoder({.bitrate_bps = 24'000, .has_fec = true, .packet_loss_percent = 10});
  const auto payloads = EncodeAll(encoder, TestVoice(kRate, Milliseconds(4000)));
  const auto clean = Decode(payloads, kNothingLost, true);
  const double with_fec = LostFramesSnr(clean, Decode(payloads, kOneInTenLost, true));
  const double without = LostFramesSnr(clean, Decode(payloads, kOneInTenLost, false));
  RecordProperty("with_fec_db", std::to_string(with_fec));
  RecordProperty("without_db", std::to_string(without));
  EXPECT_GT(with_fec, without + 3);
  EXPECT_GT(with_fec, 5);
}

TEST(OpusCodec, ConcealsALossWithSoundThatFades) {
  OpusStreamEncoder encoder({});
  const auto tone = Sine(300, 8'000, kRate, Milliseconds(400));
  const auto payloads = EncodeAll(encoder, tone);
  // A single loss is filled with about as much sound, a long one is not held for ever.
  const auto heard = Decode(
      payloads, [](size_t i) { return i == 12; }, false);
  const double before = Power(std::span(heard).subspan(11 * kFrame, kFrame));
  const double filled = Power(std::span(heard).subspan(12 * kFrame, kFrame));
  EXPECT_NEAR(10 * std::log10(filled / before), 0, 3);
  const auto gone = Decode(
      payloads, [](size_t i) { return i >= 8; }, false);
  const double last = Power(std::span(gone).last(kFrame));
  EXPECT_LT(10 * std::log10(last / before), -12);
}

TEST(OpusCodec, ConcealsWhatNoFrameFits) {
  OpusStreamDecoder decoder(SampleRate::FromHertz(kRate));
  std::vector<int16_t> samples(7000, 7);
  EXPECT_FALSE(decoder.Conceal({}, {}));
  EXPECT_FALSE(decoder.Conceal(std::span(samples).first(100), {})) << "no whole 2.5 ms";
  EXPECT_FALSE(decoder.Conceal(std::span(samples).first(6000), {})) << "more than 120 ms";
  EXPECT_EQ(samples[0], 7) << "nothing was written";
  EXPECT_TRUE(decoder.Conceal(std::span(samples).first(120), {}));
  EXPECT_TRUE(decoder.Conceal(std::span(samples).first(5760), {}));
}

TEST(OpusCodec, SendsNothingInSilenceWhereDtxIsAgreed) {
  OpusStreamEncoder encoder({.has_dtx = true});
  auto said = TestVoice(kRate, Milliseconds(600));
  said.resize(said.size() + 4 * kRate);
  const auto payloads = EncodeAll(encoder, said);
  const auto unsent = std::count_if(payloads.begin() + 40, payloads.end(),
                                    [](const Payload& payload) { return payload.empty(); });
  const auto quiet = static_cast<double>(payloads.size() - 40);
  EXPECT_GT(static_cast<double>(unsent) / quiet, 0.8) << "most of silence is not sent,";
  EXPECT_LT(static_cast<double>(unsent) / quiet, 1.0) << "but now and then what it sounds like";

  OpusStreamEncoder always({.has_dtx = false});
  for (const Payload& payload : EncodeAll(always, said)) EXPECT_FALSE(payload.empty());
}

TEST(OpusCodec, GoesOnThroughTheGapsOfDtx) {
  OpusStreamEncoder encoder({.has_dtx = true});
  auto said = TestVoice(kRate, Milliseconds(600));
  said.resize(said.size() + kRate);
  const auto again = TestVoice(kRate, Milliseconds(1000), 2);
  const size_t second = said.size();
  said.insert(said.end(), again.begin(), again.end());
  const auto payloads = EncodeAll(encoder, said);
  const auto heard = Decode(
      payloads, [&](size_t i) { return payloads[i].empty(); }, /*uses_next=*/false);
  EXPECT_LT(Power(std::span(heard).subspan(second - kRate / 2, kRate / 4)), 64) << "silence";
  EXPECT_GT(Compare(again, std::span(heard).subspan(second), kRate).snr_db, 6) << "and speech";
}

TEST(OpusCodec, SaysOfAPacketWhatItsSenderLeftUnsaid) {
  const OpusStreamDecoder decoder(SampleRate::FromHertz(kRate));
  EXPECT_EQ(decoder.SayingOf(Payload{0xf8}), Saying::kNothing);
  EXPECT_EQ(decoder.SayingOf(Payload{0x08, 0x00}), Saying::kNothing);
  EXPECT_EQ(decoder.SayingOf(Payload{0xf8, 0xff, 0xfe}), Saying::kUnknown) << "CELT";
  EXPECT_EQ(decoder.SayingOf(Payload{}), Saying::kUnknown);
}

// RFC 6716 §4.2.3: flags of 1, 2 or 3 frames of SILK, in the middle and at the side.
TEST(OpusCodec, ReadsTheFlagsOfVoiceActivity) {
  const OpusStreamDecoder decoder(SampleRate::FromHertz(kRate));
  const auto saying = [&](uint8_t toc, uint8_t flags) {
    return decoder.SayingOf(Payload{toc, flags, 1, 2, 3});
  };
  const struct {
    uint8_t toc;
    int flags;
  } kFrames[] = {{0x08, 2}, {0x48, 2}, {0x50, 3}, {0x58, 4}, {0x0c, 4}, {0x5c, 8}, {0x78, 2}};
  for (const auto& [toc, flags] : kFrames) {
    SCOPED_TRACE(testing::Message() << "configuration " << (toc >> 3) << " " << (toc & 4));
    for (int bit = 0; bit < 8; ++bit) {
      EXPECT_EQ(saying(toc, static_cast<uint8_t>(0x80 >> bit)),
                bit < flags ? Saying::kUnknown : Saying::kNoVoice)
          << bit;
    }
  }
  EXPECT_EQ(decoder.SayingOf(Payload{0x0b, 0x02, 0x00, 1, 0x80, 1}), Saying::kUnknown)
      << "the second of two frames";
  EXPECT_EQ(decoder.SayingOf(Payload{0x0b, 0x02, 0x00, 1, 0x00, 1}), Saying::kNoVoice);
  EXPECT_EQ(decoder.SayingOf(Payload{0x0b, 0x02, 0x00, 1, 0x00}), Saying::kUnknown)
      << "no two frames of one length";
}

TEST(OpusCodec, NoticesVoiceInAllOfATalkAndNoneInAFaintNoise) {
  for (const int bitrate : {16'000, 24'000}) {
    OpusStreamEncoder encoder({.playback_rate_hz = 16'000, .bitrate_bps = bitrate});
    auto said = TestVoice(kRate, Milliseconds(2000));
    SeededRandom random(5);
    const size_t pause = said.size() / kFrame;
    said.resize(said.size() + 4 * kRate);
    for (size_t i = pause * kFrame; i < said.size(); ++i) {
      said[i] = static_cast<int16_t>(random.Next() % 21) - 10;  // -75 dBov.
    }
    const auto payloads = EncodeAll(encoder, said);
    const OpusStreamDecoder decoder(SampleRate::FromHertz(kRate));
    int quiet = 0;
    for (size_t i = 0; i < payloads.size(); ++i) {
      const bool is_quiet = decoder.SayingOf(payloads[i]) == Saying::kNoVoice;
      const double power = Power(std::span(said).subspan(i * kFrame, kFrame));
      EXPECT_FALSE(is_quiet && power > 1e5) << "at " << i * 20 << " ms";
      if (i >= pause + 50 && is_quiet) ++quiet;
    }
    EXPECT_GT(quiet, 100) << "of 150";
  }
}

TEST(OpusCodec, HearsStereoAsOneChannel) {
  // As a browser sends it: two channels, the voice in one of them.
  std::vector<std::byte> memory(static_cast<size_t>(opus_encoder_get_size(2)));
  auto* const encoder = reinterpret_cast<OpusEncoder*>(memory.data());
  ASSERT_EQ(opus_encoder_init(encoder, kRate, 2, OPUS_APPLICATION_AUDIO), OPUS_OK);
  opus_encoder_ctl(encoder, OPUS_SET_BITRATE(96'000));
  opus_encoder_ctl(encoder, OPUS_SET_FORCE_CHANNELS(2));
  const auto tone = Sine(440, 10'000, kRate, Milliseconds(400));
  OpusStreamDecoder decoder(SampleRate::FromHertz(kRate));
  std::vector<int16_t> heard;
  for (size_t begin = 0; begin < tone.size(); begin += kFrame) {
    std::vector<int16_t> both(2 * kFrame);
    for (size_t i = 0; i < kFrame; ++i) both[2 * i] = tone[begin + i];
    Payload payload(1275);
    const int size = opus_encode(encoder, both.data(), kFrame, payload.data(), 1275);
    ASSERT_GT(size, 0);
    ASSERT_EQ(opus_packet_get_nb_channels(payload.data()), 2);
    std::vector<int16_t> frame(kFrame);
    ASSERT_TRUE(decoder.Decode(std::span(payload).first(static_cast<size_t>(size)), frame).ok());
    heard.insert(heard.end(), frame.begin(), frame.end());
  }
  const double half = Power(Sine(440, 5'000, kRate, Milliseconds(20)));
  EXPECT_NEAR(10 * std::log10(Power(std::span(heard).last(kRate / 5)) / half), 0, 0.5);
}

TEST(OpusCodec, DecodesAtTheRateOfItsRoom) {
  OpusStreamEncoder encoder({.bitrate_bps = 64'000});
  const auto payloads = EncodeAll(encoder, Sine(1000, 10'000, kRate, Milliseconds(400)));
  for (const int rate_hz : {8'000, 16'000}) {
    OpusStreamDecoder decoder(SampleRate::FromHertz(rate_hz));
    std::vector<int16_t> heard;
    for (const Payload& payload : payloads) {
      std::vector<int16_t> frame(static_cast<size_t>(rate_hz / 50));
      ASSERT_EQ(decoder.SamplesIn(payload).size(), frame.size());
      ASSERT_TRUE(decoder.Decode(payload, frame).ok());
      heard.insert(heard.end(), frame.begin(), frame.end());
    }
    const auto tone = Sine(1000, 10'000, rate_hz, Milliseconds(400));
    EXPECT_NEAR(10 * std::log10(Power(std::span(heard).last(rate_hz / 5)) / Power(tone)), 0, 0.3);
  }
}

TEST(OpusCodec, KeepsItsBitrate) {
  for (const int bitrate : {12'000, 24'000, 48'000}) {
    for (const bool is_vbr : {false, true}) {
      OpusStreamEncoder encoder({.bitrate_bps = bitrate, .is_vbr = is_vbr});
      const auto payloads = EncodeAll(encoder, TestVoice(kRate, Milliseconds(4000)));
      size_t octets = 0;
      for (const Payload& payload : payloads) octets += payload.size();
      EXPECT_LT(static_cast<double>(octets) * 8 / 4, bitrate * 1.2);
      if (is_vbr) continue;
      for (const Payload& payload : payloads) EXPECT_EQ(payload.size(), payloads[0].size());
    }
  }
}

// 60 ms at the highest bitrate would be 3.8 kB: no packet may be more than an MTU holds.
TEST(OpusCodec, NeverExceedsAPacket) {
  OpusStreamEncoder encoder({.bitrate_bps = 510'000, .complexity = 0});
  SeededRandom random(3);
  std::vector<int16_t> noise(3 * kFrame);
  for (int16_t& sample : noise) sample = static_cast<int16_t>(random.Next());
  EXPECT_LE(Encode(encoder, noise).size(), kPayloadSizeMax);
}

TEST(OpusCodec, SendsNoMoreBandwidthThanIsPlayed) {
  OpusStreamEncoder encoder({.playback_rate_hz = 8'000});
  for (const Payload& payload : EncodeAll(encoder, TestVoice(kRate, Milliseconds(600)))) {
    EXPECT_EQ(opus_packet_get_bandwidth(payload.data()), OPUS_BANDWIDTH_NARROWBAND);
  }
}

TEST(OpusCodec, GivesTheSameBitsAgain) {
  const auto voice = TestVoice(kRate, Milliseconds(1000));
  OpusStreamEncoder one({}), other({});
  for (size_t begin = 0; begin + kFrame <= voice.size(); begin += kFrame) {
    const auto frame = std::span(voice).subspan(begin, kFrame);
    ASSERT_EQ(Encode(one, frame), Encode(other, frame));
    ASSERT_EQ(one.final_range(), other.final_range());
  }
}

// A listener changes from its own encoder to the common one, both of which have coded the same sound
// for a while: the seam, against a listener who had the common one from the beginning.
TEST(OpusCodec, ChangesEncodersUnheardAtAnIndependentFrame) {
  const auto voice = TestVoice(kRate, Milliseconds(3000));
  const auto other_voice = TestVoice(kRate, Milliseconds(3000), 2);
  constexpr size_t kSwitch = 75;
  const auto hear = [&](bool has_own, bool is_independent) {
    OpusStreamEncoder common({}), own({});
    std::vector<Payload> payloads;
    for (size_t i = 0; (i + 1) * kFrame <= voice.size(); ++i) {
      const auto mix = std::span(voice).subspan(i * kFrame, kFrame);
      const auto mine =
          std::span(i < kSwitch - 5 ? other_voice : voice).subspan(i * kFrame, kFrame);
      if (i == kSwitch && is_independent) common.EncodeNextIndependently();
      const Payload shared = Encode(common, mix);
      const Payload separate = Encode(own, mine);
      payloads.push_back(has_own && i < kSwitch ? separate : shared);
    }
    return Decode(payloads, kNothingLost, false);
  };
  const auto snr = [](std::span<const int16_t> ideal, std::span<const int16_t> heard) {
    double signal = 0, noise = 0;
    for (size_t i = 0; i < ideal.size(); ++i) {
      signal += static_cast<double>(ideal[i]) * ideal[i];
      noise += std::pow(ideal[i] - heard[i], 2);
    }
    return 10 * std::log10(signal / std::max(noise, 1.0));
  };
  const auto ideal = hear(false, true);
  const auto with = hear(true, true);
  const auto without = hear(true, false);
  const auto seam = [&](const std::vector<int16_t>& heard) {
    return snr(std::span(ideal).subspan(kSwitch * kFrame, 5 * kFrame),
               std::span(heard).subspan(kSwitch * kFrame, 5 * kFrame));
  };
  RecordProperty("independent_db", std::to_string(seam(with)));
  RecordProperty("dependent_db", std::to_string(seam(without)));
  EXPECT_GT(seam(with), 30);
  EXPECT_LT(seam(without), seam(with) - 10);
}

}  // namespace
}  // namespace narada::mixer::codec
