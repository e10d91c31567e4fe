#include "control/model/speech_log.h"

#include "gtest/gtest.h"

namespace narada::control {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'770'000'000);
absl::Time At(double seconds) { return kStart + absl::Seconds(seconds); }

TEST(SpeechLog, BridgesShortPausesAndKeepsLongOnes) {
  SpeechLog log;
  for (const double at : {1, 3, 10}) {
    log.Note(true, At(at));
    log.Note(true, At(at));
    log.Note(false, At(at + 1));
  }
  EXPECT_EQ(log.Spans(At(60)), (std::vector<SpeechSpan>{{At(1), At(4)}, {At(10), At(11)}}));
}

TEST(SpeechLog, WhoStillSpeaksSpeaksUntilNow) {
  SpeechLog log;
  log.Note(true, At(1));
  EXPECT_EQ(log.Spans(At(5)), (std::vector<SpeechSpan>{{At(1), At(5)}}));
  log.Note(false, At(9));
  EXPECT_EQ(log.Spans(At(20)), (std::vector<SpeechSpan>{{At(1), At(9)}}));
}

TEST(SpeechLog, GrowsCoarserInsteadOfLong) {
  SpeechLog log;
  for (int i = 0; i < 5000; ++i) {
    log.Note(true, At(i * 8));
    log.Note(false, At(i * 8 + 3));
  }
  const std::vector<SpeechSpan> spans = log.Spans(At(40'000));
  EXPECT_LE(spans.size(), SpeechLog::kSpansMax);
  EXPECT_EQ(spans.front().from, At(0));
  EXPECT_EQ(spans.back().to, At(4999 * 8 + 3));
}

TEST(SpeechLog, ComesBackFromTextAndSurvivesNonsense) {
  const std::vector<SpeechSpan> spans = {{At(1.5), At(2)}, {At(60), At(61.25)}};
  EXPECT_EQ(SpeechToText(spans, kStart), "1500+500,60000+1250");
  EXPECT_EQ(SpeechFromText("1500+500,60000+1250", kStart), spans);
  EXPECT_EQ(SpeechFromText("x,1+,+2,1500+500+1,1500+500", kStart),
            (std::vector<SpeechSpan>{spans[0]}));
  EXPECT_TRUE(SpeechFromText("", kStart).empty());
}

}  // namespace
}  // namespace narada::control
