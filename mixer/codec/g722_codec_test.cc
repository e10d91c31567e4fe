#include "mixer/codec/g722_codec.h"

#include <gtest/gtest.h>

#include <algorithm>
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

// A listener is led from an encoder of its own, which has coded another sound until a second ago, to
// the common one, and compared with one who heard the common one from the beginning.
struct Change {
  int packets = 0;        // Until it was done.
  double seam_db = 200;   // Signal to difference in the worst packet after the change.
  double apart_db = 200;  // The same before it: how much two encoders differ anyhow.
};

Change Lead(std::span<const int16_t> common_sound, std::span<const int16_t> own_sound) {
  G722Encoder common, own;
  G722Decoder ideal, changed;
  Change change;
  constexpr int kApart = 50;
  constexpr int kPatience = 50;
  int joined_at = 0;
  double loudness = 0;
  for (size_t i = 0; (i + 1) * kFrame <= common_sound.size(); ++i) {
    const auto mix = common_sound.subspan(i * kFrame, kFrame);
    const auto shared = Encode(common, mix);
    std::vector<uint8_t> heard_payload = shared;
    const int packet = static_cast<int>(i);
    const int waited = packet - kApart - 1;
    if (joined_at == 0 && waited < 0) {
      heard_payload = Encode(own, packet < kApart ? own_sound.subspan(i * kFrame, kFrame) : mix);
      if (waited == -1) own.StartJoining(common);
    } else if (joined_at == 0) {
      own.EncodeJoining(mix, shared, std::max(0, 100 - 100 * waited / kPatience), heard_payload);
      if (own.has_joined()) joined_at = packet;
    }
    const auto expected = Decode(ideal, shared);
    const auto heard = Decode(changed, heard_payload);
    if (waited < 0) continue;
    double signal = 0, noise = 0;
    for (size_t k = 0; k < kFrame; ++k) {
      signal += std::pow(expected[k], 2);
      noise += std::pow(expected[k] - heard[k], 2);
    }
    // What was loud is still in the ear for 100 ms.
    loudness = std::max(signal, loudness / 2);
    if (noise < kFrame * 16.0 * 16.0) continue;  // -66 dBov: nobody hears that.
    const double db = 10 * std::log10(loudness / noise);
    double& worst = heard_payload == shared ? change.seam_db : change.apart_db;
    worst = std::min(worst, db);
  }
  change.packets = joined_at - kApart;
  return change;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Tones are the hardest: they keep two encoders apart for ever, and hide nothing.
TEST(G722Codec, JoinsAnotherStreamOfATone) {
  std::vector<double> seams_db;
  for (const double hertz : {300.0, 440.0, 700.0, 1000.0, 2000.0, 3400.0, 5000.0, 6000.0}) {
    const auto tone = Sine(hertz, 6000, kRate, Milliseconds(4'000));
    const Change change = Lead(tone, Sine(1300, 6000, kRate, Milliseconds(4'000)));
    EXPECT_LE(change.packets, 51) << hertz;
    EXPECT_GT(change.seam_db, 18) << hertz;
    seams_db.push_back(change.seam_db);
  }
  RecordProperty("seam_db", std::to_string(Median(seams_db)));
  EXPECT_GT(Median(seams_db), 28);
}

TEST(G722Codec, JoinsAnotherStreamOfAVoice) {
  int packets = 0;
  std::vector<double> seams_db;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const auto voice = TestVoice(kRate, Milliseconds(4'000), seed);
    const Change change = Lead(voice, TestVoice(kRate, Milliseconds(4'000), seed + 100));
    packets += change.packets;
    EXPECT_LE(change.packets, 51) << seed;
    EXPECT_GT(change.seam_db, 6) << seed;
    seams_db.push_back(change.seam_db);
  }
  RecordProperty("packets", packets / 20);
  RecordProperty("seam_db", std::to_string(Median(seams_db)));
  EXPECT_LT(packets / 20, 45) << "on average";
  EXPECT_GT(Median(seams_db), 25);
}

// Silence, a full-scale square and noise: nothing to be led to, or nothing that agrees.
TEST(G722Codec, JoinsInTimeWhateverTheSound) {
  std::vector<std::vector<int16_t>> sounds(2, std::vector<int16_t>(4 * kRate));
  for (size_t i = 0; i < sounds[1].size(); ++i) sounds[1][i] = i / 9 % 2 == 0 ? 32767 : -32768;
  for (const auto& sound : sounds) {
    EXPECT_LE(Lead(sound, Sine(1300, 6000, kRate, Milliseconds(4'000))).packets, 51);
  }
}

TEST(G722Codec, HasNoConcealmentOfItsOwn) {
  G722Decoder decoder;
  std::vector<int16_t> samples(kFrame, 7);
  EXPECT_FALSE(decoder.Conceal(samples));
  EXPECT_EQ(samples[0], 7);
}

}  // namespace
}  // namespace narada::mixer::codec
