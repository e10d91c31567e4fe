// What every codec promises behind the interfaces.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/media_path_scope.h"
#include "base/random.h"
#include "mixer/codec/codec_traits.h"
#include "mixer/codec/decoder.h"
#include "mixer/codec/encoder.h"
#include "mixer/codec/test_voice.h"

namespace narada::mixer::codec {
namespace {

// What a codec must be able to do, measured and rounded down.
struct Quality {
  CodecId id;
  double tone_snr_db;
  double voice_snr_db;
};
constexpr Quality kQualities[] = {
    {CodecId::kPcma, 36, 36},     {CodecId::kPcmu, 36, 36},    {CodecId::kG722, 50, 38},
    {CodecId::kOpus, 35, 6},      {CodecId::kL16At8k, 99, 99}, {CodecId::kL16At16k, 99, 99},
    {CodecId::kL16At48k, 99, 99},
};

class EveryCodec : public testing::TestWithParam<Quality> {
 protected:
  EveryCodec() {
    format_.id = GetParam().id;
    encoder_ = MakeEncoder(format_);
    decoder_ = MakeDecoder(format_);
  }

  int rate_hz() const { return encoder_->sample_rate().hertz(); }
  size_t SamplesIn(MediaDuration duration) const {
    return encoder_->sample_rate().SamplesIn(duration).size();
  }
  std::vector<int16_t> Tone() const { return Sine(440, 10'000, rate_hz(), Milliseconds(20)); }
  std::vector<uint8_t> Encode(std::span<const int16_t> samples) {
    std::vector<uint8_t> payload(
        encoder_->PayloadSizeMax(SampleCount(static_cast<int64_t>(samples.size()))));
    payload.resize(encoder_->Encode(samples, payload));
    return payload;
  }
  // Through encoder and decoder in packets of `ptime`; nothing on the way may allocate.
  std::vector<int16_t> Carry(std::span<const int16_t> said, MediaDuration ptime) {
    const size_t each = SamplesIn(ptime);
    std::vector<int16_t> heard;
    std::vector<int16_t> frame(each);
    std::vector<uint8_t> payload(encoder_->PayloadSizeMax(SampleCount(static_cast<int64_t>(each))));
    for (; said.size() >= each; said = said.subspan(each)) {
      SampleCount announced, decoded;
      {
        MediaPathScope scope;
        const size_t size = encoder_->Encode(said.first(each), payload);
        const std::span<const uint8_t> sent(payload.data(), size);
        announced = decoder_->SamplesIn(sent);
        const Result<SampleCount, CodecError> result = decoder_->Decode(sent, frame);
        if (result.ok()) decoded = *result;
      }
      EXPECT_EQ(announced.size(), each);
      EXPECT_EQ(decoded.size(), each);
      heard.insert(heard.end(), frame.begin(), frame.end());
    }
    return heard;
  }

  CodecFormat format_;
  std::unique_ptr<Encoder> encoder_;
  std::unique_ptr<Decoder> decoder_;
};

TEST_P(EveryCodec, KnowsItself) {
  EXPECT_EQ(encoder_->id(), GetParam().id);
  EXPECT_EQ(decoder_->id(), GetParam().id);
  EXPECT_EQ(encoder_->sample_rate(), TraitsOf(GetParam().id).sample_rate);
  EXPECT_EQ(decoder_->sample_rate(), TraitsOf(GetParam().id).sample_rate);
}

TEST_P(EveryCodec, CarriesATone) {
  const auto tone = Sine(440, 10'000, rate_hz(), Milliseconds(600));
  const Likeness likeness = Compare(tone, Carry(tone, Milliseconds(20)), rate_hz());
  RecordProperty("snr_db", std::to_string(likeness.snr_db));
  EXPECT_GT(likeness.snr_db, GetParam().tone_snr_db);
  EXPECT_NEAR(likeness.level_db, 0, 0.2);
}

TEST_P(EveryCodec, CarriesAVoice) {
  const auto voice = TestVoice(rate_hz(), Milliseconds(2000));
  const Likeness likeness = Compare(voice, Carry(voice, Milliseconds(20)), rate_hz());
  RecordProperty("snr_db", std::to_string(likeness.snr_db));
  RecordProperty("delay", std::to_string(likeness.delay));
  EXPECT_GT(likeness.snr_db, GetParam().voice_snr_db);
  EXPECT_NEAR(likeness.level_db, 0, 1);
}

TEST_P(EveryCodec, CarriesEveryPacketTime) {
  for (int ptime_ms = 10; ptime_ms <= 60; ptime_ms += 10) {
    const MediaDuration ptime = Milliseconds(ptime_ms);
    if (ptime > TraitsOf(format_.id).ptime_max) break;
    if (format_.id == CodecId::kOpus && (ptime_ms == 30 || ptime_ms == 50)) continue;
    SCOPED_TRACE(ptime_ms);
    const SampleCount samples(static_cast<int64_t>(SamplesIn(ptime)));
    EXPECT_LE(encoder_->PayloadSizeMax(samples), kPayloadSizeMax);
    Carry(TestVoice(rate_hz(), Milliseconds(600)), ptime);
  }
}

// 500 silent legs of any codec must add up to silence: what they decode to is below what
// VoiceActivity takes for anything (kDigitalSilence, a mean square of 64: A-law's 0xD5 is +8).
TEST_P(EveryCodec, MakesSilenceOfSilence) {
  const auto heard = Carry(std::vector<int16_t>(SamplesIn(Seconds(1))), Milliseconds(20));
  for (size_t begin = 0; begin < heard.size(); begin += SamplesIn(Milliseconds(20))) {
    ASSERT_LE(Power(std::span(heard).subspan(begin, SamplesIn(Milliseconds(20)))), 64);
  }
}

TEST_P(EveryCodec, FallsSilentAfterAVoice) {
  auto said = TestVoice(rate_hz(), Milliseconds(500));
  said.resize(said.size() + SamplesIn(Seconds(1)));
  const auto heard = Carry(said, Milliseconds(20));
  EXPECT_LE(Power(std::span(heard).last(SamplesIn(Milliseconds(500)))), 64);
}

TEST_P(EveryCodec, ContinuesAnothersStreamExactly) {
  const auto voice = TestVoice(rate_hz(), Milliseconds(400));
  const auto other = MakeEncoder(format_);
  const size_t each = SamplesIn(Milliseconds(20));
  std::span<const int16_t> rest = voice;
  for (int i = 0; i < 10; ++i, rest = rest.subspan(each)) Encode(rest.first(each));
  {
    MediaPathScope scope;
    other->ContinueFrom(*encoder_);
  }
  for (; rest.size() >= each; rest = rest.subspan(each)) {
    const std::vector<uint8_t> expected = Encode(rest.first(each));
    std::vector<uint8_t> payload(other->PayloadSizeMax(SampleCount(static_cast<int64_t>(each))));
    payload.resize(other->Encode(rest.first(each), payload));
    ASSERT_EQ(payload, expected);
  }
}

TEST_P(EveryCodec, RefusesAnEmptyPayload) {
  std::vector<int16_t> samples(960);
  const Result<SampleCount, CodecError> decoded = decoder_->Decode({}, samples);
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error(), CodecError::kPayloadInvalid);
  EXPECT_EQ(decoder_->SamplesIn({}), SampleCount(0));
}

TEST_P(EveryCodec, RefusesMoreThanFits) {
  const std::vector<uint8_t> payload = Encode(Tone());
  std::vector<int16_t> samples(Tone().size() - 1, 7);
  const Result<SampleCount, CodecError> decoded = decoder_->Decode(payload, samples);
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error(), CodecError::kFrameTooSmall);
  EXPECT_EQ(samples.front(), 7) << "nothing was written";
}

TEST_P(EveryCodec, WritesOnlyWhatItSays) {
  const std::vector<uint8_t> payload = Encode(Tone());
  std::vector<int16_t> samples(Tone().size() + 10, 7);
  ASSERT_TRUE(decoder_->Decode(payload, samples).ok());
  for (size_t i = Tone().size(); i < samples.size(); ++i) EXPECT_EQ(samples[i], 7);
}

TEST_P(EveryCodec, SurvivesGarbageAndGoesOn) {
  SeededRandom random(4);
  std::vector<int16_t> samples(SamplesIn(Milliseconds(120)));
  for (int i = 0; i < 2000; ++i) {
    std::vector<uint8_t> garbage(random.Below(200));
    for (uint8_t& octet : garbage) octet = static_cast<uint8_t>(random.Next());
    MediaPathScope scope;
    const SampleCount announced = decoder_->SamplesIn(garbage);
    const Result<SampleCount, CodecError> decoded = decoder_->Decode(garbage, samples);
    if (decoded.ok()) {
      ASSERT_EQ(*decoded, announced);
    }
    decoder_->Conceal(std::span(samples).first(SamplesIn(Milliseconds(20))), garbage);
  }
  decoder_->Reset();
  const auto tone = Sine(440, 10'000, rate_hz(), Milliseconds(600));
  EXPECT_GT(Compare(tone, Carry(tone, Milliseconds(20)), rate_hz()).snr_db,
            GetParam().tone_snr_db - 3);
}

INSTANTIATE_TEST_SUITE_P(Codecs, EveryCodec, testing::ValuesIn(kQualities),
                         [](const testing::TestParamInfo<Quality>& info) {
                           std::string name = CodecName(info.param.id);
                           std::erase(name, '/');
                           return name;
                         });

}  // namespace
}  // namespace narada::mixer::codec
