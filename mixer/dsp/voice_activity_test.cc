#include "mixer/dsp/voice_activity.h"

#include <cmath>

#include "gtest/gtest.h"

namespace narada::mixer::dsp {
namespace {

constexpr size_t kFrame = 160;

// One frame at this level.
void Hear(VoiceActivity& activity, double level_dbov) {
  activity.Update(static_cast<uint64_t>(kFrame * std::pow(10, level_dbov / 10) * (1 << 30)),
                  kFrame);
}

TEST(VoiceActivity, HearsTheFirstFrameOfAWord) {
  VoiceActivity activity;
  for (int i = 0; i < 500; ++i) Hear(activity, -60);
  EXPECT_FALSE(activity.is_speech());
  Hear(activity, -40);
  EXPECT_TRUE(activity.is_speech());
}

TEST(VoiceActivity, BridgesPausesOfHalfASecond) {
  VoiceActivity activity;
  Hear(activity, -25);
  for (int i = 0; i < VoiceActivity::kSpeechHangoverFrames; ++i) {
    Hear(activity, -70);
    EXPECT_TRUE(activity.is_speech()) << i;
  }
  Hear(activity, -70);
  EXPECT_FALSE(activity.is_speech());
}

TEST(VoiceActivity, NeverTakesATestToneForNoise) {
  VoiceActivity activity;
  for (int i = 0; i < 50 * 60 * 10; ++i) {
    Hear(activity, -20);
    ASSERT_TRUE(activity.is_speech()) << i;
  }
}

TEST(VoiceActivity, GetsUsedToAFan) {
  VoiceActivity activity;
  for (int i = 0; i < 50 * 20; ++i) Hear(activity, -50);
  EXPECT_FALSE(activity.is_speech());
  EXPECT_TRUE(activity.is_audible());
  Hear(activity, -38);
  EXPECT_TRUE(activity.is_speech());
}

TEST(VoiceActivity, TakesDigitalSilenceOfALawForSilence) {
  VoiceActivity activity;
  for (int i = 0; i < 10; ++i) activity.Update(64 * kFrame, kFrame);  // 0xD5 decodes to 8.
  EXPECT_TRUE(activity.is_digital_silence());
  EXPECT_FALSE(activity.is_audible());
  EXPECT_FALSE(activity.is_speech());
}

TEST(VoiceActivity, KeepsItsNoiseWhileTheFarEndSendsNothing) {
  VoiceActivity activity;
  for (int i = 0; i < 1000; ++i) Hear(activity, -50);
  for (int i = 0; i < 1000; ++i) activity.Update(0, 0);
  Hear(activity, -50);
  EXPECT_FALSE(activity.is_speech());
}

TEST(VoiceActivity, RanksTheLouderTalkerFirst) {
  VoiceActivity loud, soft;
  for (int i = 0; i < 10; ++i) {
    Hear(loud, -20);
    Hear(soft, -30);
  }
  EXPECT_GT(loud.loudness(), soft.loudness());
  Hear(loud, -60);  // Between two syllables.
  EXPECT_GT(loud.loudness(), soft.loudness());
}

}  // namespace
}  // namespace narada::mixer::dsp
