#include "mixer/dtmf/in_band_digits.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/media_path_scope.h"
#include "base/random.h"
#include "gtest/gtest.h"
#include "mixer/dtmf/dtmf_audio.h"

namespace narada::mixer::dtmf {
namespace {

// Plays audio through, frame by frame; what comes out is as long, and kLookBack late.
class InBandDigitsTest : public testing::TestWithParam<int> {
 protected:
  void Run(std::vector<int16_t> samples, const std::vector<bool>& concealed = {}) {
    const size_t frame = rate_.SamplesIn(Milliseconds(20)).size();
    samples.resize((samples.size() + frame - 1) / frame * frame + 4 * frame);
    for (size_t at = 0; at < samples.size(); at += frame) {
      const bool is_concealed = at / frame < concealed.size() && concealed[at / frame];
      const auto digit = digits_.Process(std::span(samples).subspan(at, frame), is_concealed);
      if (digit.has_value()) told_ += *digit;
    }
    heard_ = std::move(samples);
    heard_.erase(heard_.begin(), heard_.begin() + rate_.SamplesIn(InBandDigits::kLookBack).value());
  }

  double Loudest(std::span<const int16_t> samples) const {
    int loudest = 0;
    for (const int16_t sample : samples) loudest = std::max(loudest, std::abs(int{sample}));
    return loudest;
  }

  const SampleRate rate_ = SampleRate::FromHertz(GetParam());
  InBandDigits digits_{rate_};
  std::string told_;
  std::vector<int16_t> heard_;
};

INSTANTIATE_TEST_SUITE_P(Rates, InBandDigitsTest, testing::Values(8000, 16'000, 48'000));

TEST_P(InBandDigitsTest, LeavesWhatIsNoKeyAsItIs) {
  DtmfAudio audio(rate_);
  audio.Sine(440, -15, Milliseconds(1000));
  const std::vector<int16_t> said = audio.samples();
  Run(said);
  EXPECT_EQ(told_, "");
  heard_.resize(said.size());
  EXPECT_TRUE(heard_ == said);
}

// features.md row 10, RTPE#1123: the head of a tone that passes before the detector fires.
TEST_P(InBandDigitsTest, LetsNothingOfAToneThrough) {
  for (const double level : {-3.0, -10.0, -25.0}) {
    for (int offset_ms = 0; offset_ms < 20; offset_ms += 3) {
      DtmfAudio audio(rate_);
      audio.Silence(Milliseconds(100 + offset_ms));
      for (const char key : kKeys) {
        audio.Press(key, {.tone = Milliseconds(40 + 3 * offset_ms),
                          .pause = Milliseconds(60),
                          .level_dbm0 = level});
      }
      told_.clear();
      Run(audio.samples());
      ASSERT_EQ(told_, kKeys);
      // Not a sample of any tone; so the energy at its frequencies is nothing as well.
      EXPECT_EQ(Loudest(heard_), 0) << level << " dBm0, " << offset_ms << " ms";
    }
  }
}

// What is measured where somebody talks meanwhile: below -60 dBm0 at both frequencies.
TEST_P(InBandDigitsTest, LeavesLessThanMinus60Dbm0AmongNoise) {
  DtmfAudio audio(rate_);
  audio.Press(
      '5',
      {.tone = Milliseconds(100), .pause = Milliseconds(100), .level_dbm0 = -3, .noise_dbm0 = -45});
  Run(audio.samples());
  EXPECT_EQ(told_, "5");
  const std::span<const int16_t> during =
      std::span(heard_).first(rate_.SamplesIn(Milliseconds(100)).size());
  EXPECT_LT(LevelDbm0(during, RowHz('5'), rate_), -60);
  EXPECT_LT(LevelDbm0(during, ColumnHz('5'), rate_), -60);
}

TEST_P(InBandDigitsTest, GivesTheVoiceBackSoonAfterTheTone) {
  DtmfAudio audio(rate_);
  audio.Sine(300, -15, Milliseconds(500));
  audio.Press('5', {.tone = Milliseconds(80), .pause = Milliseconds(0)});
  audio.Sine(300, -15, Milliseconds(500));
  const std::vector<int16_t> said = audio.samples();
  Run(said);
  EXPECT_EQ(told_, "5");
  const auto ms = [this](int64_t n) { return rate_.SamplesIn(Milliseconds(n)).size(); };
  // Up to a block more than the detector takes, and back within two and a half blocks.
  EXPECT_TRUE(
      std::equal(heard_.begin(), heard_.begin() + static_cast<long>(ms(500 - 30)), said.begin()));
  EXPECT_TRUE(std::equal(said.begin() + static_cast<long>(ms(580 + 45)), said.end(),
                         heard_.begin() + static_cast<long>(ms(580 + 45))));
  // Faded, not cut: no step that the sine itself does not make.
  int step = 0;
  int step_said = 0;
  for (size_t i = 1; i < ms(1000); ++i) {
    step = std::max(step, std::abs(heard_[i] - heard_[i - 1]));
    if (i < ms(490)) step_said = std::max(step_said, std::abs(said[i] - said[i - 1]));
  }
  EXPECT_LE(step, step_said + static_cast<int>(AmplitudeOf(-15)) / static_cast<int>(ms(3)) + 1);
}

TEST_P(InBandDigitsTest, TellsQuickPressesOfOneKeyOneByOne) {
  DtmfAudio audio(rate_);
  for (int i = 0; i < 20; ++i) {
    audio.Press('9', {.tone = Milliseconds(40 + i), .pause = Milliseconds(41 + i % 7)});
  }
  Run(audio.samples());
  EXPECT_EQ(told_, std::string(20, '9'));
  EXPECT_EQ(Loudest(heard_), 0);
}

TEST_P(InBandDigitsTest, TakesALongPressWithAFaultInItForOne) {
  DtmfAudio audio(rate_);
  audio.Press('4', {.tone = Seconds(3), .pause = Milliseconds(10)});  // Q.24: 10 ms are no pause.
  audio.Press('4', {.tone = Seconds(3)});
  Run(audio.samples());
  EXPECT_EQ(told_, "4");
  EXPECT_EQ(Loudest(heard_), 0);
}

TEST_P(InBandDigitsTest, TakesAPressOfWhichFramesAreMissingForOne) {
  DtmfAudio audio(rate_);
  audio.Press('7', {.tone = Milliseconds(600), .pause = Milliseconds(200)});
  std::vector<int16_t> samples = audio.samples();
  std::vector<bool> concealed(40);
  const size_t frame = rate_.SamplesIn(Milliseconds(20)).size();
  for (const size_t missing : {6, 7, 8, 15, 20, 21}) {  // Made up as silence: the worst case.
    concealed[missing] = true;
    std::fill_n(samples.begin() + static_cast<long>(missing * frame), frame, int16_t{0});
  }
  Run(samples, concealed);
  EXPECT_EQ(told_, "7");
  EXPECT_EQ(Loudest(heard_), 0);
}

TEST_P(InBandDigitsTest, AllocatesNothing) {
  DtmfAudio audio(rate_);
  for (const char key : kKeys) audio.Press(key, {});
  const size_t frame = rate_.SamplesIn(Milliseconds(20)).size();
  std::span<int16_t> samples = audio.samples();
  size_t told = 0;
  {
    MediaPathScope scope;
    for (; samples.size() >= frame; samples = samples.subspan(frame)) {
      told += digits_.Process(samples.first(frame), false).has_value();
    }
  }
  EXPECT_EQ(told, kKeys.size());
}

// features.md "DTMF never enters the mix": no press missed, none told twice.
TEST(InBandDigitsCampaign, TellsTenThousandPressesOnceEachAndLetsNoneThrough) {
  const SampleRate rate = SampleRate::FromHertz(8000);
  InBandDigits digits(rate);
  SeededRandom random(11);
  std::string pressed;
  std::string told;
  int loudest = 0;
  std::vector<int16_t> rest;
  for (int i = 0; i < 10'000; ++i) {
    DtmfAudio audio(rate, static_cast<uint64_t>(i));
    const char key = kKeys[random.Below(kKeys.size())];
    pressed += key;
    audio.Press(key, {.tone = Milliseconds(random.Between(40, 120)),
                      .pause = Milliseconds(random.Between(40, 120)),
                      .level_dbm0 = -static_cast<double>(random.Between(3, 25)),
                      .twist_db = static_cast<double>(random.Between(-4, 3)),
                      .deviation = 0.01 * (random.Fraction() - 0.5)});
    rest.insert(rest.end(), audio.samples().begin(), audio.samples().end());
    size_t at = 0;
    for (; rest.size() - at >= 160; at += 160) {
      const std::span<int16_t> frame = std::span(rest).subspan(at, 160);
      if (const auto digit = digits.Process(frame, false)) told += *digit;
      for (const int16_t sample : frame) loudest = std::max(loudest, std::abs(int{sample}));
    }
    rest.erase(rest.begin(), rest.begin() + static_cast<long>(at));
  }
  rest.resize(160 * 10);
  for (size_t at = 0; at < rest.size(); at += 160) {
    if (const auto digit = digits.Process(std::span(rest).subspan(at, 160), false)) told += *digit;
  }
  EXPECT_TRUE(told == pressed) << told.size() << " told, " << pressed.size() << " pressed";
  EXPECT_EQ(loudest, 0);
}

}  // namespace
}  // namespace narada::mixer::dtmf
