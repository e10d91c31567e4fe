// Pauses that are not decoded: what follows them sounds as if they had been.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "base/random.h"
#include "gtest/gtest.h"
#include "mixer/codec/encoder.h"
#include "mixer/codec/test_voice.h"
#include "mixer/jitter/decoded_audio.h"

namespace narada::mixer::jitter {
namespace {

using codec::CodecId;
using Payload = std::vector<uint8_t>;

constexpr int kPause = 100;  // Packets between two talks of 30.
constexpr int kTalk = 30;
constexpr int kSecondTalk = kTalk + kPause;

// A talk, a pause with a noise of so many dBov, and another talk, which is loud from its first sample on.
struct Stream {
  CodecId id;
  SampleRate rate;
  std::vector<Payload> payloads;
  std::vector<bool> are_silence;  // As the sender says.

  Stream(CodecId codec, double noise_dbov, const codec::OpusParameters& opus = {})
      : id(codec), rate(codec::TraitsOf(codec).sample_rate) {
    const size_t frame = rate.SamplesIn(Milliseconds(20)).size();
    std::vector<int16_t> said = codec::TestVoice(rate.hertz(), Milliseconds(20 * kTalk));
    SeededRandom random(5);
    const double amplitude = 32768 * std::pow(10, noise_dbov / 20) * std::sqrt(3.0);
    for (size_t i = 0; i < kPause * frame; ++i) {
      const double part = static_cast<double>(random.Next() % 20001) / 10000 - 1;
      said.push_back(static_cast<int16_t>(std::lround(amplitude * part)));
    }
    const auto tone = codec::Sine(300, 8000, rate.hertz(), Milliseconds(20 * kTalk));
    said.insert(said.end(), tone.begin(), tone.end());
    const auto encoder = codec::MakeEncoder({.id = codec, .opus = opus});
    for (std::span<const int16_t> rest(said); !rest.empty(); rest = rest.subspan(frame)) {
      Payload payload(encoder->PayloadSizeMax(SampleCount(static_cast<int64_t>(frame))));
      payload.resize(encoder->Encode(rest.first(frame), payload));
      // What a phone sends that says in each packet that it says nothing.
      if (payload.empty()) payload = {static_cast<uint8_t>(payloads.back()[0] & ~3)};
      payloads.push_back(std::move(payload));
      const auto at = static_cast<int>(are_silence.size());
      are_silence.push_back(at >= kTalk && at < kSecondTalk);
    }
  }
};

struct Heard {
  std::vector<int16_t> samples;
  uint64_t skipped = 0;
  std::vector<bool> were_at_rest;

  std::span<const int16_t> Packets(int first, int count) const {
    const size_t frame = samples.size() / were_at_rest.size();
    return std::span(samples).subspan(static_cast<size_t>(first) * frame,
                                      static_cast<size_t>(count) * frame);
  }
};

// Keeps to itself what it could tell of a packet, so that all are decoded.
class DiscreetDecoder final : public codec::Decoder {
 public:
  explicit DiscreetDecoder(CodecId id) : decoder_(codec::MakeDecoder({.id = id})) {}
  CodecId id() const noexcept override { return decoder_->id(); }
  SampleCount SamplesIn(std::span<const uint8_t> payload) const noexcept override {
    return decoder_->SamplesIn(payload);
  }
  Result<SampleCount, codec::CodecError> Decode(std::span<const uint8_t> payload,
                                                std::span<int16_t> samples) noexcept override {
    return decoder_->Decode(payload, samples);
  }

 private:
  const std::unique_ptr<codec::Decoder> decoder_;
};

Heard Hear(const Stream& stream, codec::Decoder& decoder, bool has_levels, SampleRate rate) {
  const std::array<int, 2> others = {stream.rate.hertz()};
  DecodedAudio audio(rate, others);
  Heard heard;
  for (size_t i = 0; i < stream.payloads.size(); ++i) {
    EXPECT_TRUE(audio.Append(decoder, stream.payloads[i], 0, has_levels && stream.are_silence[i]));
    heard.samples.insert(heard.samples.end(), audio.samples().begin(), audio.samples().end());
    audio.Take(audio.size());
    heard.were_at_rest.push_back(audio.is_at_rest());
  }
  heard.skipped = audio.skipped();
  return heard;
}

Heard Hear(const Stream& stream, bool has_levels) {
  const auto decoder = codec::MakeDecoder({.id = stream.id});
  return Hear(stream, *decoder, has_levels, stream.rate);
}

double Snr(std::span<const int16_t> ideal, std::span<const int16_t> heard) {
  double noise = 1e-3;
  for (size_t i = 0; i < ideal.size(); ++i) noise += std::pow(ideal[i] - heard[i], 2);
  return 10 * std::log10(codec::Power(ideal) * static_cast<double>(ideal.size()) / noise);
}

int LargestStep(std::span<const int16_t> samples) {
  int largest = 0;
  for (size_t i = 1; i < samples.size(); ++i) {
    largest = std::max(largest, std::abs(samples[i] - samples[i - 1]));
  }
  return largest;
}

TEST(DecodedAudioPause, WhatFollowsASilenceByLevelIsHeardWholeAndWithoutAClick) {
  for (const CodecId id : {CodecId::kOpus, CodecId::kL16At16k}) {
    for (const double noise_dbov : {-200.0, -70.0}) {
      for (const SampleRate rate : {SampleRate::FromHertz(16'000), SampleRate::FromHertz(48'000)}) {
        SCOPED_TRACE(testing::Message() << id << " at " << rate << " after " << noise_dbov);
        const Stream stream(id, noise_dbov);
        DiscreetDecoder one(id), other(id);
        const Heard all = Hear(stream, one, false, rate);
        const Heard some = Hear(stream, other, true, rate);
        EXPECT_EQ(some.skipped, kPause - 5u);
        EXPECT_TRUE(some.were_at_rest[kSecondTalk - 1]);
        for (const int16_t sample : some.Packets(kTalk + 10, kPause - 10)) ASSERT_EQ(sample, 0);
        // The talk before it is untouched, the fade is not heard, and so is the seam.
        EXPECT_TRUE(std::ranges::equal(all.Packets(0, kTalk + 4), some.Packets(0, kTalk + 4)));
        EXPECT_LT(LargestStep(some.Packets(kTalk + 2, kPause - 2)), 120);
        const double first = Snr(all.Packets(kSecondTalk, 1), some.Packets(kSecondTalk, 1));
        const double next = Snr(all.Packets(kSecondTalk, 5), some.Packets(kSecondTalk, 5));
        std::printf("%s at %d after %.0f dBov: %.1f dB in the first packet, %.1f dB in 100 ms\n",
                    codec::CodecName(id), rate.hertz(), noise_dbov, first, next);
        EXPECT_GT(first, 30);
        EXPECT_GT(next, 30);
      }
    }
  }
}

// A sender with DTX that says in each packet that it says nothing.
TEST(DecodedAudioPause, DecodesALongPauseOfDtxNoMoreAndGoesOnAfterIt) {
  const Stream stream(CodecId::kOpus, -200, {.has_dtx = true});
  const Heard heard = Hear(stream, false);
  EXPECT_GT(heard.skipped, 60u);
  EXPECT_TRUE(heard.were_at_rest[kSecondTalk - 1]);
  const auto pause = heard.Packets(kTalk + 20, kPause - 20);
  EXPECT_GT(std::count(pause.begin(), pause.end(), 0), static_cast<int64_t>(pause.size() * 9 / 10));
  EXPECT_LT(LargestStep(pause), 100);
  const auto tone = codec::Sine(300, 8000, stream.rate.hertz(), Milliseconds(400));
  EXPECT_GT(codec::Compare(tone, heard.Packets(kSecondTalk, 20), stream.rate.hertz()).snr_db, 15);
}

// By SILK's own voice activity, without any level: of a phone that knows neither DTX nor RFC 6464.
TEST(DecodedAudioPause, FaintNoiseInWhichTheCodecNoticesNoVoiceIsNotDecoded) {
  const codec::OpusParameters opus{.playback_rate_hz = 16'000, .bitrate_bps = 20'000};
  const Stream faint(CodecId::kOpus, -75, opus);
  const Heard all = Hear(faint, false);
  EXPECT_GT(all.skipped, 50u);
  const auto tone = codec::Sine(300, 8000, faint.rate.hertz(), Milliseconds(400));
  EXPECT_GT(codec::Compare(tone, all.Packets(kSecondTalk, 20), faint.rate.hertz()).snr_db, 10);
  EXPECT_GT(codec::Power(all.Packets(kSecondTalk, 1)), 1e6) << "from its first packet on";

  const Heard audible = Hear(Stream(CodecId::kOpus, -50, opus), false);
  EXPECT_LT(audible.skipped, 5u) << "it is heard, voice or not";
}

// Of a muted phone; what it says after that is what it was, to the sample.
TEST(DecodedAudioPause, DigitalSilenceOfG711IsNotDecoded) {
  for (const CodecId id : {CodecId::kPcma, CodecId::kPcmu}) {
    const Stream stream(id, -200);
    const Heard heard = Hear(stream, false);
    EXPECT_GT(heard.skipped, kPause - 10u);
    EXPECT_TRUE(heard.were_at_rest[kSecondTalk - 1]);
    const auto decoder = codec::MakeDecoder({.id = id});
    std::vector<int16_t> frame(160);
    for (int i = 0; i < kTalk; ++i) {
      const auto at = static_cast<size_t>(kSecondTalk + i);
      ASSERT_TRUE(decoder->Decode(stream.payloads[at], frame).ok());
      ASSERT_TRUE(std::ranges::equal(frame, heard.Packets(kSecondTalk + i, 1))) << i;
    }
  }
}

// Its predictors would be too long in coming to what its encoder knows.
TEST(DecodedAudioPause, G722IsAlwaysDecoded) {
  EXPECT_EQ(Hear(Stream(CodecId::kG722, -200), true).skipped, 0u);
}

TEST(DecodedAudioPause, AShortSilenceBetweenWordsIsDecoded) {
  const Stream stream(CodecId::kOpus, -70);
  DecodedAudio audio(stream.rate, std::array<int, 2>{});
  DiscreetDecoder decoder(stream.id);
  for (size_t i = 0; i < static_cast<size_t>(kTalk); ++i) {
    audio.Append(decoder, stream.payloads[i], 0, i % 5 != 0);
    audio.Take(audio.size());
  }
  EXPECT_EQ(audio.skipped(), 0u);
}

TEST(DecodedAudioPause, AtRestConcealsZerosAndRemembersNothing) {
  const Stream stream(CodecId::kOpus, -70);
  DecodedAudio audio(stream.rate, std::array<int, 2>{});
  const auto decoder = codec::MakeDecoder({.id = stream.id});
  size_t at = 0;
  for (; !audio.is_at_rest(); ++at) {
    ASSERT_LT(at, static_cast<size_t>(kSecondTalk));
    ASSERT_TRUE(audio.Append(*decoder, stream.payloads[at], 0, at >= kTalk));
    audio.Take(audio.size());
  }
  EXPECT_FALSE(audio.ConcealByCodec(960, {}));
  audio.Conceal(960);
  audio.Skip();
  EXPECT_EQ(audio.size(), 960u);
  EXPECT_TRUE(std::ranges::all_of(audio.samples(), [](int16_t sample) { return sample == 0; }));
  EXPECT_TRUE(audio.is_at_rest());
  audio.Take(960);
  EXPECT_TRUE(audio.is_silent());
  ASSERT_TRUE(audio.Append(*decoder, stream.payloads[at], 0, true));
  EXPECT_TRUE(audio.is_at_rest());
  audio.Take(960);
  // The first packet of the next talk is lost, and the second one asked about it.
  ASSERT_TRUE(audio.ConcealByCodec(960, stream.payloads[kSecondTalk + 1]));
  EXPECT_FALSE(audio.is_at_rest());
  for (int i = 1; i <= 4; ++i) {
    ASSERT_TRUE(audio.Append(*decoder, stream.payloads[static_cast<size_t>(kSecondTalk + i)], 0));
  }
  EXPECT_GT(codec::Power(audio.samples().last(960)), 1e6);
}

// A key is pressed in the pause, and forgotten: what is said after it is not the key.
TEST(DecodedAudioPause, AKeyInAPauseCutsNothingFromTheNextWord) {
  const Stream stream(CodecId::kOpus, -70);
  DecodedAudio audio(stream.rate, std::array<int, 2>{});
  const auto decoder = codec::MakeDecoder({.id = stream.id});
  for (size_t i = 0; i <= static_cast<size_t>(kSecondTalk); ++i) {
    if (i == 80) audio.ForgetSound();
    audio.Take(audio.size());
    ASSERT_TRUE(audio.Append(*decoder, stream.payloads[i], 0, stream.are_silence[i]));
  }
  EXPECT_GT(codec::Power(audio.samples()), 1e7);
}

TEST(DecodedAudioPause, AnotherDecoderBeginsAnotherStream) {
  const Stream stream(CodecId::kOpus, -70);
  DecodedAudio audio(stream.rate, std::array<int, 2>{});
  const auto one = codec::MakeDecoder({.id = stream.id});
  const auto other = codec::MakeDecoder({.id = stream.id});
  for (size_t i = kTalk; i < kTalk + 20; ++i) {
    audio.Append(*one, stream.payloads[i], 0, true);
    audio.Take(audio.size());
  }
  const uint64_t skipped = audio.skipped();
  EXPECT_GT(skipped, 0u);
  audio.Append(*other, stream.payloads[kTalk + 20], 0, true);
  EXPECT_EQ(audio.skipped(), skipped);
}

}  // namespace
}  // namespace narada::mixer::jitter
