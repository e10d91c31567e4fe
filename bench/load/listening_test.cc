#include "bench/load/listening.h"

#include <algorithm>
#include <vector>

#include "bench/load/signals.h"
#include "gtest/gtest.h"

namespace narada::bench {
namespace {

const std::vector<int> kTones = {300, 500, 700};

// What one hears who hears all of `voices`.
std::vector<int16_t> Together(const Signals& signals, const std::vector<Voice>& voices) {
  std::vector<int16_t> sum(kToneWindow);
  for (const Voice& voice : voices) {
    const std::vector<int16_t> sound = signals.Decode(std::span(voice).first(10));
    std::transform(sum.begin(), sum.end(), sound.begin(), sum.begin(),
                   [](int16_t a, int16_t b) { return static_cast<int16_t>(a + b); });
  }
  return sum;
}

TEST(Listening, EachToneIsHeardAtItsLevel) {
  const Signals signals("PCMA");
  const std::vector<int16_t> sound = Together(signals, {signals.Tone(300), signals.Tone(700)});
  const std::vector<double> amplitudes = ToneBank(kTones).Amplitudes(sound);
  EXPECT_NEAR(amplitudes[0], kToneLevel, 0.02 * kToneLevel);
  EXPECT_LT(amplitudes[1], 0.01 * kToneLevel) << "nobody says 500 Hz";
  EXPECT_NEAR(amplitudes[2], kToneLevel, 0.02 * kToneLevel);
}

TEST(Listening, G711IsAsCleanAsItCanBe) {
  for (const char* const codec : {"PCMA", "PCMU"}) {
    const Signals signals(codec);
    const std::vector<int16_t> sound = Together(signals, {signals.Tone(300), signals.Tone(500)});
    const std::vector<double> amplitudes = ToneBank(kTones).Amplitudes(sound);
    EXPECT_GT(Sinad(sound, amplitudes), 34) << codec;
  }
}

TEST(Listening, AMissingPacketIsHeard) {
  const Signals signals("PCMA");
  Voice voice = signals.Tone(300);
  voice[4] = {};
  const std::vector<int16_t> sound = signals.Decode(std::span(voice).first(10));
  EXPECT_LT(Sinad(sound, ToneBank(kTones).Amplitudes(sound)), 15);
}

TEST(Listening, SilenceHasNoOffsetWorthTheName) {
  const Signals signals("PCMA");
  const std::vector<Payload> silence(10, signals.Silence());
  EXPECT_LT(std::abs(Offset(signals.Decode(silence))), 10);
}

TEST(Listening, AClickIsFoundToTheSampleAndToldFromOthers) {
  const Signals signals("PCMA");
  for (int id = 0; id < kClickIds; ++id) {
    std::vector<Payload> payloads(12, signals.Silence());
    payloads[5] = signals.Click(id);
    const std::vector<HeardClick> clicks = FindClicks(signals.Decode(payloads));
    ASSERT_EQ(clicks.size(), 1u) << id;
    EXPECT_EQ(clicks[0].id, id);
    EXPECT_NEAR(static_cast<double>(clicks[0].sample), 5 * 160 + kClickBegin, 2) << id;
  }
}

TEST(Listening, AClickIsFoundBehindOpus) {
  const Signals signals("opus");
  std::vector<Payload> payloads(12, signals.Silence());
  payloads[5] = signals.Click(0);
  const std::vector<HeardClick> clicks = FindClicks(signals.Decode(payloads));
  ASSERT_FALSE(clicks.empty());
  // Opus adds 6.5 ms of its own.
  EXPECT_NEAR(static_cast<double>(clicks[0].sample), 5 * 160 + kClickBegin + 52, 24);
}

TEST(Listening, TonesAreNoClicks) {
  const Signals signals("PCMU");
  const std::vector<int16_t> sound =
      Together(signals, {signals.Tone(300), signals.Tone(500), signals.Tone(875)});
  EXPECT_TRUE(FindClicks(sound).empty());
}

}  // namespace
}  // namespace narada::bench
