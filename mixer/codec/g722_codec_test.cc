#include "mixer/codec/g722_codec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "mixer/codec/test_voice.h"

namespace narada::mixer::codec {
namespace {

constexpr int kRate = 16'000;
constexpr size_t kFrame = 320;

std::vector<uint8_t> Encode(Encoder& encoder, std::span<const int16_t> samples) {
  std::vector<uint8_t> payload(samples.size() / 2);
  EXPECT_EQ(encoder.Encode(samples, payload), payload.size());
  return payload;
}

std::vector<int16_t> Decode(Decoder& decoder, const std::vector<uint8_t>& payload) {
  std::vector<int16_t> samples(payload.size() * 2);
  EXPECT_TRUE(decoder.Decode(payload, samples).ok());
  return samples;
}

TEST(G722Codec, PassesTheWideBand) {
  for (const double hertz : {100.0, 1000.0, 3000.0, 5000.0, 6800.0}) {
    G722Encoder encoder;
    G722Decoder decoder;
    const auto tone = Sine(hertz, 8'000, kRate, Milliseconds(500));
    const auto heard = Decode(decoder, Encode(encoder, tone));
    const double level = Power(std::span(heard).last(kRate / 5)) / Power(tone);
    EXPECT_NEAR(10 * std::log10(level), 0, 1) << hertz << " Hz";
  }
}

// A listener changes from its own encoder to one that has coded another sound until a second ago: the
// change is made where they agree, and measured against one who heard the other from the beginning.
TEST(G722Codec, ChangesEncodersAlmostUnheardWhereTheyAgree) {
  double signal = 0, early = 0, late = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const auto voice = TestVoice(kRate, Milliseconds(4'000), seed);
    const auto other = TestVoice(kRate, Milliseconds(1'000), seed + 100);
    G722Encoder common, own;
    G722Decoder ideal, changed;
    size_t changed_at = 0;
    for (size_t i = 0; (i + 1) * kFrame <= voice.size(); ++i) {
      const auto mix = std::span(voice).subspan(i * kFrame, kFrame);
      const bool is_apart = (i + 1) * kFrame <= other.size();
      const auto shared = Encode(common, mix);
      const auto separate =
          Encode(own, is_apart ? std::span(other).subspan(i * kFrame, kFrame) : mix);
      const auto expected = Decode(ideal, shared);
      const auto heard = Decode(changed, changed_at == 0 ? separate : shared);
      if (changed_at != 0 && i < changed_at + 15) {
        for (size_t k = 0; k < kFrame; ++k) {
          const double noise = std::pow(expected[k] - heard[k], 2);
          (i < changed_at + 5 ? early : late) += noise;
          if (i < changed_at + 5) signal += std::pow(expected[k], 2);
        }
      }
      if (changed_at == 0 && !is_apart && own.AgreesWith(common)) changed_at = i + 1;
    }
    EXPECT_GT(changed_at, 0u) << seed;
    EXPECT_LT(changed_at, 50u + 50u) << "within a second";
  }
  const double early_db = 10 * std::log10(signal / early);
  const double late_db = 10 * std::log10(2 * signal / late);
  RecordProperty("early_db", std::to_string(early_db));
  RecordProperty("late_db", std::to_string(late_db));
  EXPECT_GT(early_db, 12);
  EXPECT_GT(late_db, 20);
}

TEST(G722Codec, HasNoConcealmentOfItsOwn) {
  G722Decoder decoder;
  std::vector<int16_t> samples(kFrame, 7);
  EXPECT_FALSE(decoder.Conceal(samples));
  EXPECT_EQ(samples[0], 7);
}

}  // namespace
}  // namespace narada::mixer::codec
