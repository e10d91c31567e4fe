#include "control/prompts/synthesis/sounds.h"

#include <algorithm>
#include <cmath>

#include "gtest/gtest.h"

namespace narada::control::prompts {
namespace {

double PeakOf(const Audio& audio) {
  double peak = 0;
  for (double sample : audio) peak = std::max(peak, std::abs(sample));
  return peak;
}

TEST(Sounds, NeverClipAndNeverClick) {
  for (PromptKey key : {PromptKey::kEntryTone, PromptKey::kExitTone, PromptKey::kMusicOnHold}) {
    const Audio audio = ComposeSound(key);
    EXPECT_LT(PeakOf(audio), 0.9) << PromptKeyName(key);
    double step = std::abs(audio.front() - (key == PromptKey::kMusicOnHold ? audio.back() : 0));
    for (size_t i = 1; i < audio.size(); ++i) {
      step = std::max(step, std::abs(audio[i] - audio[i - 1]));
    }
    // The steepest slope of its highest partial at its level; a click would exceed it.
    EXPECT_LT(step, PeakOf(audio)) << PromptKeyName(key);
  }
}

TEST(Sounds, TonesAreShortAndTellComingFromGoing) {
  const Audio entry = ComposeSound(PromptKey::kEntryTone);
  const Audio exit = ComposeSound(PromptKey::kExitTone);
  EXPECT_LE(entry.size(), kRecordingRateHz / 2u);
  EXPECT_NE(ToPcm(entry), ToPcm(exit));
  EXPECT_LT(std::abs(entry.back()), 0.01);
}

TEST(Sounds, MusicLoopsWithoutASeam) {
  const Audio music = ComposeSound(PromptKey::kMusicOnHold);
  EXPECT_GT(music.size(), 30u * kRecordingRateHz);
  // What rang at the end rings on at the beginning: the seam is no larger a step than its surroundings.
  double nearby = 0;
  for (size_t i = music.size() - 200; i < music.size(); ++i) {
    nearby = std::max(nearby, std::abs(music[i] - music[i - 1]));
  }
  EXPECT_LE(std::abs(music.front() - music.back()), 2 * nearby + 1e-6);
}

TEST(Sounds, AreTheSameOnEveryBuild) {
  EXPECT_EQ(ToPcm(ComposeSound(PromptKey::kMusicOnHold)),
            ToPcm(ComposeSound(PromptKey::kMusicOnHold)));
}

}  // namespace
}  // namespace narada::control::prompts
