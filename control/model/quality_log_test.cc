#include "control/model/quality_log.h"

#include "gtest/gtest.h"

namespace narada::control {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'770'000'000);
absl::Time At(int seconds) { return kStart + absl::Seconds(seconds); }
CallQuality Quality(double mos, double loss_ratio = 0, int jitter_ms = 3) {
  return {
      .mos = mos, .loss_ratio = loss_ratio, .interarrival_jitter = absl::Milliseconds(jitter_ms)};
}

TEST(QualityLog, KeepsEachSampleOfAnHour) {
  QualityLog log;
  for (int i = 1; i <= 360; ++i) log.Add(Quality(4.2), At(i * 10));
  ASSERT_EQ(log.samples().size(), 360u);
  EXPECT_EQ(log.samples()[7], (QualitySample{At(80), 4.2, 0, absl::Milliseconds(3)}));
}

TEST(QualityLog, GrowsCoarserInsteadOfLongAndLosesNoBadMoment) {
  QualityLog log;
  for (int i = 1; i <= 4320; ++i) {  // Twelve hours.
    const bool is_bad = i == 100 || i == 4000;
    log.Add(is_bad ? Quality(1.5, 0.2, 90) : Quality(4.2, 0.1), At(i * 10));
  }
  EXPECT_LE(log.samples().size(), QualityLog::kSamplesMax);
  EXPECT_GT(log.samples().size(), QualityLog::kSamplesMax / 3);
  int bad = 0;
  for (size_t i = 0; i < log.samples().size(); ++i) {
    const QualitySample& sample = log.samples()[i];
    if (i > 0) {
      EXPECT_GT(sample.at, log.samples()[i - 1].at);
    }
    if (sample.mos == 1.5 && sample.interarrival_jitter == absl::Milliseconds(90)) ++bad;
  }
  EXPECT_EQ(bad, 2);
}

TEST(QualityLog, UnknownMosHidesNoKnownOne) {
  QualityLog log;
  for (int i = 1; i <= 361; ++i) log.Add(Quality(i % 2 == 0 ? 0 : 3.1), At(i * 10));
  for (const QualitySample& sample : log.samples()) EXPECT_EQ(sample.mos, 3.1);
}

TEST(QualityLog, ComesBackFromTextAndSurvivesNonsense) {
  const std::vector<QualitySample> samples = {{At(10), 4.25, 0.01, absl::Microseconds(1500)},
                                              {At(20), 0, 0.005, absl::ZeroDuration()}};
  const std::string text = "10000:4250:10000:1500,20000:0:5000:0";
  EXPECT_EQ(QualityToText(samples, kStart), text);
  EXPECT_EQ(QualityFromText(text, kStart), samples);
  EXPECT_EQ(QualityFromText("x,1:2:3,1:2:3:4:5,:::,20000:0:5000:0", kStart),
            (std::vector<QualitySample>{samples[1]}));
  EXPECT_TRUE(QualityFromText("", kStart).empty());
}

}  // namespace
}  // namespace narada::control
