// Loud and quiet talkers come near each other, and nothing breathes (features.md 6), on speech of
// four voices at many levels. Prints what came out.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>
#include <vector>

#include "gtest/gtest.h"
#include "mixer/dsp/kernels.h"
#include "mixer/dsp/level_equalizer.h"
#include "mixer/dsp/voice_activity.h"
#include "mixer/units/sample_count.h"
#include "tests/voice/speech.h"

namespace narada {
namespace {

using mixer::SampleRate;
using mixer::dsp::Kernels;
using mixer::dsp::LevelEqualizer;
using mixer::dsp::VoiceActivity;

constexpr SampleRate kRate = SampleRate::FromHertz(8000);
constexpr size_t kFrame = 160;

constexpr char kEnglish[] =
    "Good morning everybody. I would like to begin with the budget of the last quarter, and then "
    "hear from each of you about what comes next. Is that all right? Very well.";
constexpr char kPolish[] =
    "Dzień dobry państwu. Zaczniemy od budżetu na ostatni kwartał, a potem chciałbym usłyszeć od "
    "każdego, co dalej. Czy to państwu odpowiada? Bardzo dobrze.";

// Half a minute and more of one talker, pauses between sentences, on a quiet line.
std::vector<int16_t> Talk(const char* voice, double level_dbov) {
  const bool is_polish = voice[0] == 'p';
  std::vector<int16_t> talk;
  for (int i = 0; i < 4; ++i) {
    const auto speech = Speak(voice, is_polish ? kPolish : kEnglish, kRate, level_dbov);
    talk.insert(talk.end(), speech.begin(), speech.end());
    talk.resize(talk.size() + kRate.hertz());
  }
  SeededRandom random(2);
  AddNoise(talk, NoiseKind::kWhite, kRate, -68, random);
  return talk;
}

// What one leg makes of it.
class Chain {
 public:
  void Hear(std::span<int16_t> frame) {
    activity_.Update(Kernels::Best(), frame);
    const auto ramp = equalizer_.Update(activity_.mean_square(), activity_.is_talk());
    ApplyGainRamp(Kernels::Best(), ramp, frame);
    const double gain_db = equalizer_.gain().decibels();
    fastest_db_ = std::max(fastest_db_, std::abs(gain_db - gain_db_));
    if (!activity_.is_talk()) moved_in_pause_db_ += std::abs(gain_db - gain_db_);
    gain_db_ = gain_db;
    gains_.push_back(gain_db);
  }
  double gain_db() const { return gain_db_; }
  double fastest_db_per_second() const { return fastest_db_ * 50; }
  double moved_in_pause_db() const { return moved_in_pause_db_; }
  // How far the gain wandered since this frame.
  double Wander(size_t since) const {
    const auto [low, high] =
        std::minmax_element(gains_.begin() + static_cast<int64_t>(since), gains_.end());
    return *high - *low;
  }
  LevelEqualizer& equalizer() { return equalizer_; }

 private:
  VoiceActivity activity_;
  LevelEqualizer equalizer_;
  double gain_db_ = 0;
  double fastest_db_ = 0;
  double moved_in_pause_db_ = 0;
  std::vector<double> gains_;
};

void HearAll(Chain& chain, std::vector<int16_t>& samples) {
  for (size_t at = 0; at + kFrame <= samples.size(); at += kFrame) {
    chain.Hear(std::span(samples).subspan(at, kFrame));
  }
}

TEST(LevelEqualizerOnSpeech, F6BringsEveryTalkerNearTheOthers) {
  for (const char* voice : {"en-us", "en-gb+f2", "pl", "pl+f2"}) {
    for (const double level : {-44.0, -36.0, -32.0, -26.0, -20.0, -14.0, -10.0, -6.0}) {
      std::vector<int16_t> talk = Talk(voice, level);
      Chain chain;
      HearAll(chain, talk);
      const double out = level + chain.gain_db();
      std::printf(
          "%-9s at %3.0f dBov: %+5.1f dB, comes out at %5.1f; gain moves %.2f dB/s at the "
          "fastest, %.2f dB in the second half\n",
          voice, level, chain.gain_db(), out, chain.fastest_db_per_second(),
          chain.Wander(talk.size() / kFrame / 2));
      EXPECT_LT(chain.fastest_db_per_second(), 3.0);
      EXPECT_LE(std::abs(chain.gain_db()), 10.05);
      EXPECT_EQ(chain.moved_in_pause_db(), 0);
      if (level > -37 && level < -7) {
        EXPECT_GE(out, -28.0) << voice << " at " << level;
        EXPECT_LE(out, -12.0) << voice << " at " << level;
      }
      if (level <= -44) {
        EXPECT_GT(chain.gain_db(), 9);
      }
      if (level == -20) {
        EXPECT_EQ(chain.gain_db(), 0);
      }
      EXPECT_LT(chain.Wander(talk.size() / kFrame / 2), 2.0) << voice << " at " << level;
    }
  }
}

TEST(LevelEqualizerOnSpeech, LeavesANormalVoiceAsItIsToTheSample) {
  const std::vector<int16_t> talk = Talk("en-us", -20);
  std::vector<int16_t> heard = talk;
  Chain chain;
  HearAll(chain, heard);
  EXPECT_EQ(heard, talk);
}

TEST(LevelEqualizerOnSpeech, F6DoesNotTurnUpNoiseOrMoveOnATone) {
  for (const bool is_tone : {false, true}) {
    std::vector<int16_t> line(kRate.hertz() * 30);
    SeededRandom random(3);
    if (is_tone) {
      for (size_t i = 0; i < line.size(); ++i) {
        line[i] = static_cast<int16_t>(std::lround(600 * std::sin(0.345 * static_cast<double>(i))));
      }
    }
    AddNoise(line, NoiseKind::kFan, kRate, is_tone ? -70 : -40, random);
    Chain chain;
    HearAll(chain, line);
    EXPECT_EQ(chain.gain_db(), 0) << (is_tone ? "tone" : "noise");
  }
}

TEST(LevelEqualizerOnSpeech, FollowsTheNextTalkerAtTheSamePhone) {
  Chain chain;
  std::vector<int16_t> loud = Talk("en-us", -10), faint = Talk("pl+f2", -34);
  HearAll(chain, loud);
  EXPECT_NEAR(chain.gain_db(), -4, 1.5);
  HearAll(chain, faint);
  EXPECT_NEAR(chain.gain_db(), 8, 2);
}

TEST(LevelEqualizerOnSpeech, GoesBackSlowlyWhenItIsTurnedOff) {
  Chain chain;
  std::vector<int16_t> talk = Talk("en-us", -34);
  HearAll(chain, talk);
  EXPECT_GT(chain.gain_db(), 6);
  chain.equalizer().SetEnabled(false);
  talk = Talk("en-us", -34);
  HearAll(chain, talk);
  EXPECT_EQ(chain.gain_db(), 0);
  EXPECT_LT(chain.fastest_db_per_second(), 3.0);
}

}  // namespace
}  // namespace narada
