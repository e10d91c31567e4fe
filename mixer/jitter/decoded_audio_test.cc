#include "mixer/jitter/decoded_audio.h"

#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "gtest/gtest.h"
#include "mixer/codec/encoder.h"

namespace narada::mixer::jitter {
namespace {

using codec::CodecId;

constexpr SampleRate k8k = SampleRate::FromHertz(8000);
constexpr SampleRate k16k = SampleRate::FromHertz(16000);
constexpr SampleRate k48k = SampleRate::FromHertz(48000);
constexpr std::array<int, 2> kNoOthers = {};

// A tone of 500 Hz and -11 dBov in one codec, packet by packet.
class Voice {
 public:
  explicit Voice(CodecId id)
      : encoder_(codec::MakeEncoder({.id = id, .opus = {.has_fec = true}})),
        decoder_(codec::MakeDecoder({.id = id})) {}

  std::vector<uint8_t> Say(MediaDuration length) {
    std::vector<int16_t> samples(encoder_->sample_rate().SamplesIn(length).size());
    for (int16_t& sample : samples) {
      sample =
          static_cast<int16_t>(std::lround(13'000 * std::sin(2 * std::numbers::pi * 500 * said_++ /
                                                             encoder_->sample_rate().hertz())));
    }
    std::vector<uint8_t> payload(
        encoder_->PayloadSizeMax(SampleCount(static_cast<int64_t>(samples.size()))));
    payload.resize(encoder_->Encode(samples, payload));
    return payload;
  }
  codec::Decoder& decoder() { return *decoder_; }

 private:
  std::unique_ptr<codec::Encoder> encoder_;
  std::unique_ptr<codec::Decoder> decoder_;
  int64_t said_ = 0;
};

// The part of the tone in the power of all that is there, and its level, of the last `ms`.
double Purity(std::span<const int16_t> samples, SampleRate rate, int ms, double* level = nullptr) {
  const auto last = samples.last(rate.SamplesIn(Milliseconds(ms)).size());
  double re = 0, im = 0, all = 0;
  for (size_t i = 0; i < last.size(); ++i) {
    const double angle = 2 * std::numbers::pi * 500 * static_cast<double>(i) / rate.hertz();
    re += last[i] * std::cos(angle);
    im += last[i] * std::sin(angle);
    all += double{1} * last[i] * last[i];
  }
  const double tone = 2 * (re * re + im * im) / static_cast<double>(last.size());
  if (level != nullptr) {
    *level = 10 * std::log10(tone / static_cast<double>(last.size()) / (32768.0 * 32768.0));
  }
  return tone / all;
}

TEST(DecodedAudio, AppendsPacketsOfAnyLength) {
  Voice voice(CodecId::kPcma);
  DecodedAudio audio(k8k, kNoOthers);
  size_t said = 0;
  for (const int ms : {10, 60, 30, 20}) {
    EXPECT_TRUE(audio.Append(voice.decoder(), voice.Say(Milliseconds(ms)), 0));
    EXPECT_EQ(audio.size(), said += ms * 8);
  }
  EXPECT_GT(Purity(audio.samples(), k8k, 100), 0.999);
  audio.Take(160);
  EXPECT_EQ(audio.size(), said - 160);
}

TEST(DecodedAudio, LeavesOutWhatIsPast) {
  Voice voice(CodecId::kPcma);
  DecodedAudio audio(k8k, kNoOthers);
  EXPECT_TRUE(audio.Append(voice.decoder(), voice.Say(Milliseconds(20)), 60));
  EXPECT_EQ(audio.size(), 100u);
}

TEST(DecodedAudio, BringsEveryCodecToItsRate) {
  for (const SampleRate rate : {k8k, k16k, k48k}) {
    for (const CodecId id : {CodecId::kPcmu, CodecId::kG722, CodecId::kOpus}) {
      SCOPED_TRACE(testing::Message() << id << " at " << rate);
      Voice voice(id);
      const std::array<int, 2> others = {voice.decoder().sample_rate().hertz()};
      DecodedAudio audio(rate, others);
      for (int i = 0; i < 20; ++i) {
        if (!audio.HasRoom()) audio.Take(rate.SamplesIn(Milliseconds(20)).size());
        ASSERT_TRUE(audio.Append(voice.decoder(), voice.Say(Milliseconds(20)), 0));
      }
      double level = 0;
      EXPECT_GT(Purity(audio.samples(), rate, 40, &level), 0.99);
      EXPECT_NEAR(level, -11, 0.5);
    }
  }
}

TEST(DecodedAudio, CannotDecodeARateThatItWasNotMadeFor) {
  Voice voice(CodecId::kG722);
  DecodedAudio audio(k8k, kNoOthers);
  EXPECT_FALSE(audio.CanDecode(k16k));
  EXPECT_FALSE(audio.Append(voice.decoder(), voice.Say(Milliseconds(20)), 0));
  EXPECT_EQ(audio.size(), 0u);
}

TEST(DecodedAudio, LetsOpusConcealItsOwnLosses) {
  Voice voice(CodecId::kOpus);
  const std::array<int, 2> others = {voice.decoder().sample_rate().hertz()};
  DecodedAudio audio(k48k, others);
  for (int i = 0; i < 20; ++i) {
    audio.Append(voice.decoder(), voice.Say(Milliseconds(20)), 0);
    if (audio.size() > 960) audio.Take(audio.size() - 960);
  }
  voice.Say(Milliseconds(20));  // Lost.
  const auto next = voice.Say(Milliseconds(20));
  EXPECT_TRUE(audio.ConcealByCodec(960, next));
  EXPECT_TRUE(audio.Append(voice.decoder(), next, 0));
  // The codec fades what it makes up; nothing of it is missing.
  double level = 0;
  EXPECT_GT(Purity(audio.samples(), k48k, 40, &level), 0.8);
  EXPECT_NEAR(level, -11, 5);
}

TEST(DecodedAudio, KnowsBetterThanG711) {
  Voice voice(CodecId::kPcma);
  DecodedAudio audio(k8k, kNoOthers);
  audio.Append(voice.decoder(), voice.Say(Milliseconds(40)), 0);
  EXPECT_FALSE(audio.ConcealByCodec(160, {}));
  audio.Conceal(160);
  EXPECT_GT(Purity(audio.samples(), k8k, 20), 0.95);
}

TEST(DecodedAudio, FadesOverASkipWithoutAStep) {
  Voice voice(CodecId::kPcma);
  DecodedAudio audio(k8k, kNoOthers);
  audio.Append(voice.decoder(), voice.Say(Milliseconds(60)), 0);
  audio.FadeOutAfter(160);
  EXPECT_EQ(audio.size(), 160u);
  voice.Say(Milliseconds(33));
  audio.Append(voice.decoder(), voice.Say(Milliseconds(20)), 0);
  const auto samples = audio.samples();
  for (size_t i = 1; i < samples.size(); ++i) {
    // The tone's own steps are up to 5100.
    EXPECT_LT(std::abs(samples[i] - samples[i - 1]), 5600) << i;
  }
  EXPECT_LT(std::abs(samples[159]), 200);
}

TEST(DecodedAudio, FadesOutToSilence) {
  Voice voice(CodecId::kPcma);
  DecodedAudio audio(k8k, kNoOthers);
  audio.Append(voice.decoder(), voice.Say(Milliseconds(40)), 0);
  EXPECT_FALSE(audio.is_silent());
  for (int i = 0; i < 5; ++i) {
    audio.Conceal(160);
    audio.Take(audio.size());
  }
  EXPECT_TRUE(audio.is_silent());
}

}  // namespace
}  // namespace narada::mixer::jitter
