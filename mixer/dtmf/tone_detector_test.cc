#include "mixer/dtmf/tone_detector.h"

#include <string>

#include "base/media_path_scope.h"
#include "gtest/gtest.h"
#include "mixer/dtmf/dtmf_audio.h"

namespace narada::mixer::dtmf {
namespace {

constexpr SampleRate kRate = SampleRate::FromHertz(8000);

std::string DigitsIn(std::span<const int16_t> samples) {
  ToneDetector detector;
  std::string digits;
  detector.Process(samples, [&](ToneChange change) {
    if (change.digit != 0) digits += change.digit;
  });
  return digits;
}

// Of presses of every key at any alignment, the percentage that is told, once and right.
double PercentFound(const Press& press) {
  DtmfAudio audio(kRate, 5);
  std::string pressed;
  for (int round = 0; round < 25; ++round) {
    for (const char key : kKeys) {
      audio.Press(key, press);
      audio.Silence(Milliseconds(round * 7 % 23));
      pressed += key;
    }
  }
  const std::string told = DigitsIn(audio.samples());
  size_t found = 0;
  for (size_t at = 0, i = 0; i < pressed.size() && at < told.size(); ++i) {
    if (told[at] != pressed[i]) continue;
    ++found;
    ++at;
  }
  if (told.size() > found) return -1;  // Something was told twice or wrong.
  return 100.0 * static_cast<double>(found) / static_cast<double>(pressed.size());
}

TEST(ToneDetector, TellsEveryKey) {
  DtmfAudio audio(kRate);
  for (const char key : kKeys) audio.Press(key, {});
  EXPECT_EQ(DigitsIn(audio.samples()), kKeys);
}

// --- ITU-T Q.24, table A.1, in the values of AT&T where administrations differ ---

TEST(ToneDetector, TakesTonesOfFortyMillisecondsAndNoneOfTwenty) {
  EXPECT_EQ(PercentFound({.tone = Milliseconds(40)}), 100);
  EXPECT_EQ(PercentFound({.tone = Milliseconds(20)}), 0);
  EXPECT_LT(PercentFound({.tone = Milliseconds(23)}), 25);
}

TEST(ToneDetector, TakesEveryLevelOfAKeyAndNoFaintOne) {
  for (const double level : {0.0, -3.0, -10.0, -20.0, -25.0, -30.0, -34.0}) {
    EXPECT_EQ(PercentFound({.tone = Milliseconds(50), .level_dbm0 = level}), 100) << level;
  }
  for (const double level : {-40.0, -55.0}) {
    EXPECT_EQ(PercentFound({.tone = Milliseconds(50), .level_dbm0 = level}), 0) << level;
  }
}

TEST(ToneDetector, TakesTwistAndNoMore) {
  // Of the edge itself, at the shortest tones, a few.
  EXPECT_GE(PercentFound({.tone = Milliseconds(50), .level_dbm0 = -12, .twist_db = -8}), 95);
  EXPECT_GE(PercentFound({.tone = Milliseconds(50), .level_dbm0 = -12, .twist_db = -7}), 99);
  for (const double twist : {-6.0, -4.0, 0.0, 4.0, 5.0}) {
    EXPECT_EQ(PercentFound({.tone = Milliseconds(50), .level_dbm0 = -12, .twist_db = twist}), 100)
        << twist;
  }
  for (const double twist : {-12.0, 10.0}) {
    EXPECT_EQ(PercentFound({.tone = Milliseconds(50), .level_dbm0 = -15, .twist_db = twist}), 0)
        << twist;
  }
}

TEST(ToneDetector, TakesFrequenciesALittleOffAndNoOthers) {
  for (const double deviation : {-0.012, -0.006, 0.006, 0.012}) {
    EXPECT_EQ(PercentFound({.tone = Milliseconds(60), .deviation = deviation}), 100) << deviation;
  }
  for (const double deviation : {-0.015, 0.015}) {
    EXPECT_GE(PercentFound({.tone = Milliseconds(60), .deviation = deviation}), 80) << deviation;
  }
  for (const double deviation : {-0.035, 0.035}) {
    EXPECT_EQ(PercentFound({.tone = Milliseconds(100), .deviation = deviation}), 0) << deviation;
  }
}

TEST(ToneDetector, HearsTonesThroughNoise) {
  for (const double snr : {24.0, 18.0, 15.0}) {
    EXPECT_EQ(PercentFound({.tone = Milliseconds(50), .noise_dbm0 = -10 - snr}), 100) << snr;
  }
}

TEST(ToneDetector, TellsTheSameKeyAgainAfterAPauseOfFortyMilliseconds) {
  EXPECT_EQ(PercentFound({.tone = Milliseconds(50), .pause = Milliseconds(40)}), 100);
  DtmfAudio audio(kRate);
  for (int i = 0; i < 50; ++i) {
    audio.Press('8', {.tone = Milliseconds(45 + i % 13), .pause = Milliseconds(40)});
  }
  EXPECT_EQ(DigitsIn(audio.samples()), std::string(50, '8'));
}

TEST(ToneDetector, NoticesATonesBeginningWithinItsDelay) {
  for (int offset = 0; offset < 102; ++offset) {
    DtmfAudio audio(kRate);
    audio.samples().resize(static_cast<size_t>(800 + offset));
    audio.Press('3', {});
    ToneDetector detector;
    int64_t at = 0;
    detector.Process(audio.samples(), [&](ToneChange change) {
      if (change.digit == '3') at = change.at;
    });
    EXPECT_GE(at, 800 + offset);
    EXPECT_LE(at, 800 + offset + ToneDetector::kDelayMax);
  }
}

TEST(ToneDetector, LetsAGapInTheStreamNeitherEndNorSplitATone) {
  ToneDetector detector;
  std::string digits;
  const auto tell = [&](ToneChange change) { digits += change.digit == 0 ? '.' : change.digit; };
  DtmfAudio audio(kRate);
  audio.Press('6', {.tone = Milliseconds(200), .pause = Milliseconds(60)});
  const std::span<const int16_t> samples = audio.samples();
  detector.Process(samples.first(800), tell);
  detector.Skip(320);
  detector.Process(samples.subspan(1120), tell);
  EXPECT_EQ(digits, "6.");
}

TEST(ToneDetector, AllocatesNothing) {
  DtmfAudio audio(kRate);
  for (const char key : kKeys) audio.Press(key, {});
  ToneDetector detector;
  size_t digits = 0;
  {
    MediaPathScope scope;
    for (int round = 0; round < 20; ++round) {  // More than spandsp would keep.
      detector.Process(audio.samples(), [&](ToneChange change) { digits += change.digit != 0; });
    }
    detector.Skip(160);
  }
  EXPECT_EQ(digits, 20 * kKeys.size());
  EXPECT_TRUE(MediaPathScope::IsEnforced());
}

}  // namespace
}  // namespace narada::mixer::dtmf
