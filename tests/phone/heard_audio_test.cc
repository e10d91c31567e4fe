#include "tests/phone/heard_audio.h"

#include <gtest/gtest.h>

#include "tests/phone/tone.h"

namespace narada::phone {
namespace {

std::vector<int16_t> ToneSamples(double hz, double dbov, size_t samples) {
  std::vector<int16_t> out(samples, 0);
  const std::vector<Tone> tones = {{hz, dbov}};
  AddTones(tones, 0, out);
  return out;
}

TEST(HeardAudio, ToneHasTheLevelItWasMadeWith) {
  HeardAudio heard;
  heard.Put(0, ToneSamples(440, -20, 16000));
  EXPECT_NEAR(heard.ToneLevelDbov(440, absl::Seconds(0), absl::Seconds(2)), -20, 0.01);
  EXPECT_NEAR(heard.LevelDbov(absl::Seconds(0), absl::Seconds(2)), -20, 0.01);
}

TEST(HeardAudio, OtherToneIsNinetyDecibelsDown) {
  HeardAudio heard;
  heard.Put(0, ToneSamples(440, -10, 16000));
  EXPECT_LT(heard.ToneLevelDbov(480, absl::Seconds(0), absl::Seconds(1)), -100);
}

TEST(HeardAudio, UsualToneLevelForgivesOnePhaseJumpAndNoMissingTone) {
  HeardAudio turned;  // Half a period is missing in the middle of a second.
  turned.Put(0, ToneSamples(450, -20, 8000));
  turned.Put(4004, ToneSamples(450, -20, 8000));
  EXPECT_LT(turned.ToneLevelDbov(450, absl::Seconds(0), absl::Seconds(1)), -22);
  EXPECT_NEAR(turned.UsualToneLevelDbov(450, absl::Seconds(0), absl::Seconds(1)), -20, 0.1);

  HeardAudio missing;
  missing.Put(0, ToneSamples(450, -20, 3000));
  missing.Put(3000, std::vector<int16_t>(5000, 0));
  EXPECT_LT(missing.UsualToneLevelDbov(450, absl::Seconds(0), absl::Seconds(1)), -60);
}

TEST(HeardAudio, SilenceIsTheLowestLevel) {
  HeardAudio heard;
  EXPECT_EQ(heard.LevelDbov(absl::Seconds(0), absl::Seconds(1)), kSilenceDbov);
  EXPECT_EQ(heard.FirstSound(), absl::nullopt);
}

TEST(HeardAudio, MissingPacketIsAGapAndAQuietStretch) {
  HeardAudio heard;
  heard.Put(0, ToneSamples(400, -20, 800));
  heard.Put(960, ToneSamples(400, -20, 800));
  EXPECT_EQ(heard.LongestGap(absl::Seconds(0), absl::Seconds(1)), absl::Milliseconds(20));
  EXPECT_EQ(heard.LongestQuiet(-50, absl::Seconds(0), absl::Seconds(1)), absl::Milliseconds(20));
}

TEST(HeardAudio, FirstSoundAndFirstSilenceAreFoundWithinABlock) {
  HeardAudio heard;
  heard.Put(0, std::vector<int16_t>(4000, 0));
  heard.Put(4000, ToneSamples(400, -20, 4000));
  heard.Put(8000, std::vector<int16_t>(8000, 0));
  EXPECT_NEAR(absl::ToDoubleSeconds(heard.FirstSound().value()), 0.5, 0.011);
  EXPECT_NEAR(absl::ToDoubleSeconds(
                  heard.FirstSilence(absl::Milliseconds(300), -50, absl::Seconds(0.6)).value()),
              1.0, 0.011);
}

TEST(HeardAudio, SamplesBeforeTheAnswerAreDropped) {
  HeardAudio heard;
  heard.Put(-100, std::vector<int16_t>(160, 7));
  EXPECT_EQ(heard.samples().size(), 60u);
}

TEST(ParseTones, ReadsPairsAndNamesWhatIsWrong) {
  const auto tones = ParseTones("440@-20,660@-26");
  ASSERT_TRUE(tones.ok());
  EXPECT_EQ(tones->at(1).frequency_hz, 660);
  EXPECT_FALSE(ParseTones("440@0").ok());
  EXPECT_FALSE(ParseTones("abc").ok());
  EXPECT_FALSE(ParseTones("25000@-20").ok());
}

}  // namespace
}  // namespace narada::phone
