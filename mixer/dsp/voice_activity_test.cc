#include "mixer/dsp/voice_activity.h"

#include <array>
#include <cmath>

#include "base/random.h"
#include "gtest/gtest.h"

namespace narada::mixer::dsp {
namespace {

constexpr size_t kFrame = 160;

// A line of white noise and constant values, at the level that a test says.
class VoiceActivityTest : public testing::Test {
 protected:
  // One frame of noise at this level.
  std::array<int16_t, kFrame> Noise(double level_dbov) {
    std::array<int16_t, kFrame> frame;
    const double peak = std::sqrt(3.0) * std::pow(10, level_dbov / 20) * 32768;
    for (int16_t& sample : frame) {
      sample = static_cast<int16_t>(std::lround((2 * random_.Fraction() - 1) * peak));
    }
    return frame;
  }
  void Hear(double level_dbov) { Hear(activity_, level_dbov); }
  void Hear(VoiceActivity& activity, double level_dbov) {
    activity.Update(Kernels::Best(), Noise(level_dbov));
  }

  SeededRandom random_{1};
  VoiceActivity activity_;
};

TEST_F(VoiceActivityTest, HearsTheFirstFrameOfAWord) {
  for (int i = 0; i < 500; ++i) Hear(-60);
  EXPECT_FALSE(activity_.is_speech());
  Hear(-40);
  EXPECT_TRUE(activity_.is_speech());
  EXPECT_TRUE(activity_.is_talk());
}

TEST_F(VoiceActivityTest, OpensForTheFrameBeforeWhereTheNextOneIsKnown) {
  for (int i = 0; i < 500; ++i) Hear(-60);
  activity_.Update(Kernels::Best(), Noise(-60), Noise(-40));
  EXPECT_TRUE(activity_.is_speech());
  EXPECT_FALSE(activity_.is_talk());
  // Less than 10 ms tell nothing.
  VoiceActivity other;
  for (int i = 0; i < 500; ++i) Hear(other, -60);
  const auto next = Noise(-40);
  other.Update(Kernels::Best(), Noise(-60), std::span(next).first(79));
  EXPECT_FALSE(other.is_speech());
}

TEST_F(VoiceActivityTest, BridgesPausesOfHalfASecond) {
  Hear(-25);
  for (int i = 0; i < VoiceActivity::kSpeechHangoverFrames; ++i) {
    Hear(-70);
    EXPECT_TRUE(activity_.is_speech()) << i;
    EXPECT_FALSE(activity_.is_talk()) << i;
  }
  Hear(-70);
  EXPECT_FALSE(activity_.is_speech());
}

TEST_F(VoiceActivityTest, NeverTakesATestToneForNoise) {
  for (int i = 0; i < 50 * 60; ++i) {
    Hear(-20);
    ASSERT_TRUE(activity_.is_speech()) << i;
  }
}

TEST_F(VoiceActivityTest, GetsUsedToAFan) {
  for (int i = 0; i < 50 * 20; ++i) Hear(-50);
  EXPECT_FALSE(activity_.is_speech());
  EXPECT_TRUE(activity_.is_audible());
  Hear(-38);
  EXPECT_TRUE(activity_.is_speech());
}

TEST_F(VoiceActivityTest, TakesDigitalSilenceOfALawForSilence) {
  std::array<int16_t, kFrame> silence;
  silence.fill(8);  // 0xD5.
  for (int i = 0; i < 10; ++i) activity_.Update(Kernels::Best(), silence);
  EXPECT_TRUE(activity_.is_digital_silence());
  EXPECT_FALSE(activity_.is_audible());
  EXPECT_FALSE(activity_.is_speech());
}

TEST_F(VoiceActivityTest, KeepsItsNoiseWhileTheFarEndSendsNothing) {
  for (int i = 0; i < 1000; ++i) Hear(-50);
  for (int i = 0; i < 1000; ++i) activity_.UpdateWithSilence();
  Hear(-50);
  EXPECT_FALSE(activity_.is_speech());
}

TEST_F(VoiceActivityTest, RanksTheLouderTalkerFirst) {
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
