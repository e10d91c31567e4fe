#include "control/prompts/synthesis/speech_audio.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "gtest/gtest.h"

namespace narada::control::prompts {
namespace {

Audio Sine(double hertz, double amplitude, int rate_hz, double seconds) {
  Audio audio(static_cast<size_t>(seconds * rate_hz));
  for (size_t i = 0; i < audio.size(); ++i) {
    audio[i] =
        amplitude * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / rate_hz);
  }
  return audio;
}

double RmsDb(std::span<const double> audio) {
  double sum = 0;
  for (double sample : audio) sum += sample * sample;
  return 10 * std::log10(sum / static_cast<double>(audio.size()) + 1e-20);
}

std::span<const double> Middle(const Audio& audio) {
  return std::span(audio).subspan(audio.size() / 4, audio.size() / 2);
}

TEST(SpeechAudio, ResamplingKeepsToneAndLength) {
  const Audio out = Resampled(Sine(1000, 0.5, 22050, 1), 22050, 16000);
  EXPECT_EQ(out.size(), 16000u);
  const Audio wanted = Sine(1000, 0.5, 16000, 1);
  Audio difference(out.size());
  std::transform(out.begin(), out.end(), wanted.begin(), difference.begin(), std::minus<>());
  EXPECT_LT(RmsDb(Middle(difference)), -65);
}

TEST(SpeechAudio, ResamplingLeavesNoImages) {
  EXPECT_LT(RmsDb(Middle(Resampled(Sine(9000, 0.5, 22050, 1), 22050, 16000))), -60);
  EXPECT_NEAR(RmsDb(Middle(Resampled(Sine(6500, 0.5, 22050, 1), 22050, 16000))), -9.03, 0.5);
}

TEST(SpeechAudio, SilenceAroundTheWordsIsTrimmed) {
  Audio audio(16000);
  const Audio word = Sine(500, 0.3, 16000, 0.5);
  audio.insert(audio.end(), word.begin(), word.end());
  audio.resize(audio.size() + 16000);
  const Audio trimmed = Trimmed(audio, 16000);
  EXPECT_NEAR(static_cast<double>(trimmed.size()) / 16, 535, 4);  // Milliseconds.
  EXPECT_LT(std::abs(trimmed.front()), 0.001);
  EXPECT_LT(std::abs(trimmed.back()), 0.001);
}

TEST(SpeechAudio, SilenceAloneIsNothing) {
  EXPECT_TRUE(Trimmed(Audio(5000), 16000).empty());
  EXPECT_TRUE(Trimmed({}, 16000).empty());
}

TEST(SpeechAudio, TheLevelIsThatOfTheSpeechAndNotOfThePauses) {
  Audio audio = Sine(500, 0.3, 16000, 0.5);
  const double without_pause = SpeechLevelDbov(audio, 16000);
  audio.resize(audio.size() * 3);
  EXPECT_NEAR(SpeechLevelDbov(audio, 16000), without_pause, 0.2);
  EXPECT_EQ(SpeechLevelDbov(Audio(100), 16000), -127);
}

TEST(SpeechAudio, WordsComeOutAtOneLevel) {
  for (double amplitude : {0.01, 0.1, 0.9}) {
    const Audio levelled = Levelled(Sine(500, amplitude, 16000, 0.5), 16000);
    EXPECT_NEAR(SpeechLevelDbov(levelled, 16000), kSpeechLevelDbov, 0.1);
  }
}

TEST(SpeechAudio, PeaksStayBelowFullScale) {
  Audio audio = Sine(500, 0.01, 16000, 0.5);
  audio[4000] = 0.9;  // A click that would be raised beyond full scale.
  for (double sample : Levelled(audio, 16000)) EXPECT_LE(std::abs(sample), 0.85);
  EXPECT_EQ(ToPcm(Audio{2.0, -2.0}), (std::vector<int16_t>{32767, -32768}));
}

}  // namespace
}  // namespace narada::control::prompts
