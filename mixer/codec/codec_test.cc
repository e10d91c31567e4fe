// What every codec promises behind the interfaces.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/media_path_scope.h"
#include "mixer/codec/codec_traits.h"
#include "mixer/codec/decoder.h"
#include "mixer/codec/encoder.h"

namespace narada::mixer::codec {
namespace {

class EveryCodec : public testing::TestWithParam<CodecId> {
 protected:
  EveryCodec() {
    CodecFormat format;
    format.id = GetParam();
    encoder_ = MakeEncoder(format);
    decoder_ = MakeDecoder(format);
  }

  // 20 ms of a 440 Hz sine of -13 dBov.
  std::vector<int16_t> Tone() const {
    const SampleRate rate = encoder_->sample_rate();
    std::vector<int16_t> samples(rate.SamplesIn(Milliseconds(20)).size());
    for (size_t i = 0; i < samples.size(); ++i) {
      const double phase = 2 * 3.14159265358979 * 440 * static_cast<double>(i) / rate.hertz();
      samples[i] = static_cast<int16_t>(std::lround(10000 * std::sin(phase)));
    }
    return samples;
  }

  std::unique_ptr<Encoder> encoder_;
  std::unique_ptr<Decoder> decoder_;
};

TEST_P(EveryCodec, KnowsItself) {
  EXPECT_EQ(encoder_->id(), GetParam());
  EXPECT_EQ(decoder_->id(), GetParam());
  EXPECT_EQ(encoder_->sample_rate(), TraitsOf(GetParam()).sample_rate);
  EXPECT_EQ(decoder_->sample_rate(), TraitsOf(GetParam()).sample_rate);
}

TEST_P(EveryCodec, CarriesAToneWithoutAllocating) {
  const std::vector<int16_t> tone = Tone();
  const SampleCount count(static_cast<int64_t>(tone.size()));
  std::vector<uint8_t> payload(encoder_->PayloadSizeMax(count));
  std::vector<int16_t> heard(tone.size());
  size_t size = 0;
  SampleCount announced;
  SampleCount decoded;
  {
    MediaPathScope scope;
    size = encoder_->Encode(tone, payload);
    const std::span<const uint8_t> sent(payload.data(), size);
    announced = decoder_->SamplesIn(sent);
    const Result<SampleCount, CodecError> result = decoder_->Decode(sent, heard);
    if (result.ok()) decoded = *result;
  }
  EXPECT_GT(size, 0u);
  EXPECT_EQ(announced, count);
  EXPECT_EQ(decoded, count);
  double signal = 0;
  double noise = 0;
  for (size_t i = 0; i < tone.size(); ++i) {
    signal += std::pow(tone[i], 2);
    noise += std::pow(tone[i] - heard[i], 2);
  }
  EXPECT_GT(10 * std::log10(signal / noise), 30) << "dB of signal over noise";
}

TEST_P(EveryCodec, RefusesAnEmptyPayload) {
  std::vector<int16_t> samples(960);
  const Result<SampleCount, CodecError> decoded = decoder_->Decode({}, samples);
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error(), CodecError::kPayloadInvalid);
  EXPECT_EQ(decoder_->SamplesIn({}), SampleCount(0));
}

TEST_P(EveryCodec, RefusesMoreThanFits) {
  const std::vector<int16_t> tone = Tone();
  std::vector<uint8_t> payload(
      encoder_->PayloadSizeMax(SampleCount(static_cast<int64_t>(tone.size()))));
  payload.resize(encoder_->Encode(tone, payload));
  std::vector<int16_t> samples(tone.size() - 1, 7);
  const Result<SampleCount, CodecError> decoded = decoder_->Decode(payload, samples);
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error(), CodecError::kFrameTooSmall);
  EXPECT_EQ(samples.front(), 7) << "nothing was written";
}

TEST_P(EveryCodec, WritesOnlyWhatItSays) {
  const std::vector<int16_t> tone = Tone();
  std::vector<uint8_t> payload(
      encoder_->PayloadSizeMax(SampleCount(static_cast<int64_t>(tone.size()))));
  payload.resize(encoder_->Encode(tone, payload));
  std::vector<int16_t> samples(tone.size() + 10, 7);
  ASSERT_TRUE(decoder_->Decode(payload, samples).ok());
  for (size_t i = tone.size(); i < samples.size(); ++i) EXPECT_EQ(samples[i], 7);
}

INSTANTIATE_TEST_SUITE_P(Codecs, EveryCodec, testing::Values(CodecId::kPcma, CodecId::kPcmu),
                         [](const testing::TestParamInfo<CodecId>& info) {
                           return std::string(EncodingName(info.param));
                         });

}  // namespace
}  // namespace narada::mixer::codec
