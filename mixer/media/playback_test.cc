#include "mixer/media/playback.h"

#include <memory>
#include <vector>

#include "gtest/gtest.h"

namespace narada::mixer::media {
namespace {

constexpr SampleRate kRate = SampleRate::FromHertz(8000);

PromptPointer Recording(std::vector<int16_t> samples) {
  return std::make_shared<const Prompt>(std::move(samples), kRate);
}

// All that is played, in frames of `frame` samples, up to `frames_max` of them.
std::vector<int16_t> PlayAll(PlaybackPlan& plan, size_t frame, int frames_max = 100) {
  Playback playback(plan, kRate);
  std::vector<int16_t> heard, samples(frame);
  while (frames_max-- > 0 && playback.Read(samples)) {
    heard.insert(heard.end(), samples.begin(), samples.end());
  }
  return heard;
}

TEST(Playback, PlaysItsItemsInOrderAndFillsTheLastFrameWithSilence) {
  PlaybackPlan plan{.items = {Recording({1, 2, 3}), Recording({4, 5})}};
  EXPECT_EQ(PlayAll(plan, 4), (std::vector<int16_t>{1, 2, 3, 4, 5, 0, 0, 0}));
}

TEST(Playback, EndsWithTheFrameThatHoldsTheLastSample) {
  PlaybackPlan plan{.items = {Recording({1, 2, 3, 4})}};
  Playback playback(plan, kRate);
  std::vector<int16_t> frame(4);
  EXPECT_TRUE(playback.Read(frame));
  EXPECT_TRUE(playback.has_ended());
  EXPECT_FALSE(playback.Read(frame));
  EXPECT_EQ(frame, std::vector<int16_t>(4, 0));
}

TEST(Playback, PausesToTheSample) {
  PlaybackPlan plan{.items = {Recording({7}), Pause{Milliseconds(1)}, Recording({9})}};
  EXPECT_EQ(PlayAll(plan, 5), (std::vector<int16_t>{7, 0, 0, 0, 0, 0, 0, 0, 0, 9}));
}

TEST(Playback, RepeatsAsOftenAsAsked) {
  PlaybackPlan plan{.items = {Recording({1, 2})}, .times = 3};
  EXPECT_EQ(PlayAll(plan, 6), (std::vector<int16_t>{1, 2, 1, 2, 1, 2}));
}

TEST(Playback, RepeatsMusicUntilItIsStopped) {
  PlaybackPlan plan{.items = {Recording({1, 2, 3})}, .times = PlaybackPlan::kEndless};
  EXPECT_EQ(PlayAll(plan, 4, 3), (std::vector<int16_t>{1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3}));
}

TEST(Playback, HasEndedAtOnceWithoutASingleSample) {
  for (uint32_t times : {1u, PlaybackPlan::kEndless}) {
    PlaybackPlan plan{.items = {Recording({}), Pause{Milliseconds(0)}}, .times = times};
    Playback playback(plan, kRate);
    EXPECT_TRUE(playback.has_ended());
    std::vector<int16_t> frame(4, 1);
    EXPECT_FALSE(playback.Read(frame));
  }
  PlaybackPlan nothing;
  EXPECT_TRUE(Playback(nothing, kRate).has_ended());
}

TEST(Playback, PassesEmptyItemsBy) {
  PlaybackPlan plan{
      .items = {Recording({}), Recording({1}), Recording({}), Recording({2}), Recording({})},
      .times = 2};
  EXPECT_EQ(PlayAll(plan, 4), (std::vector<int16_t>{1, 2, 1, 2}));
}

TEST(Playback, PlaysATone) {
  PlaybackPlan plan{
      .items = {Tone{
          .frequency_hz = 1000, .level = AudioLevel::Dbov(-20), .duration = Milliseconds(200)}}};
  const auto heard = PlayAll(plan, 160);
  EXPECT_EQ(heard.size(), 1600u);
  EXPECT_NEAR(AudioLevel::Of(heard).dbov(), -20, 0.05);
}

TEST(Playback, AppliesItsGain) {
  PlaybackPlan plan{.items = {Recording({1000, -1000})}, .gain = Gain::FromDecibels(-6.0206)};
  EXPECT_EQ(PlayAll(plan, 2), (std::vector<int16_t>{500, -500}));
}

}  // namespace
}  // namespace narada::mixer::media
