#include "mixer/media/trim.h"

#include <vector>

#include "gtest/gtest.h"

namespace narada::mixer::media {
namespace {

// Seconds of noise floor, of a square wave, and of noise floor again.
DecodedAudio Said(double before, double word, double behind) {
  DecodedAudio audio;
  const auto add = [&](double seconds, int16_t value) {
    for (int i = 0; i < static_cast<int>(8000 * seconds); ++i) {
      audio.samples.push_back(i % 16 < 8 ? value : static_cast<int16_t>(-value));
    }
  };
  add(before, 20);
  add(word, 3000);
  add(behind, 20);
  return audio;
}

TEST(Trim, LeavesTheWordAndATenthOfASecondOnBothSides) {
  DecodedAudio audio = Said(1.0, 0.5, 2.0);
  EXPECT_TRUE(TrimSilence(audio));
  EXPECT_EQ(audio.samples.size(), 800u + 4000 + 800);
  EXPECT_EQ(audio.samples[799], -20);
  EXPECT_EQ(audio.samples[800], 3000);
}

TEST(Trim, ChangesNothingThatBeginsAndEndsWithSound) {
  DecodedAudio audio = Said(0.05, 0.5, 0.05);
  EXPECT_TRUE(TrimSilence(audio));
  EXPECT_EQ(audio.samples.size(), Said(0.05, 0.5, 0.05).samples.size());
}

TEST(Trim, SaysWhereNothingWasSaid) {
  DecodedAudio audio = Said(1.0, 0, 1.0);
  EXPECT_FALSE(TrimSilence(audio));
  EXPECT_EQ(audio.samples.size(), 16000u);
  DecodedAudio nothing;
  EXPECT_FALSE(TrimSilence(nothing));
}

}  // namespace
}  // namespace narada::mixer::media
