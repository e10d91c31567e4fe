#include "mixer/jitter/clock_follower.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/random.h"
#include "gtest/gtest.h"

namespace narada::mixer::jitter {
namespace {

// A tone of 1 kHz by the sender's clock, played to the end of `frames` frames of 20 ms.
class ClockFollowerTest : public testing::TestWithParam<int> {
 protected:
  static constexpr double kHertz = 1000;
  static constexpr double kPeak = 10'000;

  size_t frame() const { return static_cast<size_t>(GetParam()) / 50; }

  int16_t Said(int64_t sample) const {
    return static_cast<int16_t>(
        std::lround(kPeak * std::sin(2 * std::numbers::pi * kHertz * sample / GetParam())));
  }

  void Play(int frames) {
    std::vector<int16_t> out(frame());
    for (int i = 0; i < frames; ++i) {
      std::vector<int16_t> in(follower_.InputFor(frame()));
      for (int16_t& sample : in) sample = Said(taken_++);
      follower_.Play(in, out);
      heard_.insert(heard_.end(), out.begin(), out.end());
    }
  }

  ClockFollower follower_{SampleRate::FromHertz(GetParam())};
  int64_t taken_ = 0;
  std::vector<int16_t> heard_;
};

TEST_P(ClockFollowerTest, CopiesUntilItIsTold) {
  Play(50);
  EXPECT_EQ(taken_, static_cast<int64_t>(heard_.size()));
  for (size_t i = 0; i < heard_.size(); ++i) ASSERT_EQ(heard_[i], Said(i)) << i;
}

TEST_P(ClockFollowerTest, BeginsWithoutChangingASample) {
  Play(5);
  follower_.Begin();
  Play(20);
  EXPECT_TRUE(follower_.is_following());
  EXPECT_EQ(taken_, static_cast<int64_t>(heard_.size() + follower_.behind()));
  for (size_t i = 0; i < heard_.size(); ++i) ASSERT_EQ(heard_[i], Said(i)) << i;
}

TEST_P(ClockFollowerTest, FollowsAClockWithoutAStep) {
  Play(5);
  follower_.Begin();
  for (const int32_t ppb : {200'000, -300'000, 2'000'000, 0, -2'000'000}) {
    follower_.Follow(ppb);
    Play(50);
  }
  // The second difference of a sine is as small as its frequency is low; a step is not.
  const double w = 2 * std::numbers::pi * kHertz / GetParam();
  double largest = 0;
  for (size_t i = 2; i < heard_.size(); ++i) {
    largest =
        std::max(largest, std::abs(heard_[i] - 2 * std::cos(w) * heard_[i - 1] + heard_[i - 2]));
  }
  EXPECT_LT(largest, kPeak * 2 * w * w * 0.002 + 20);
}

TEST_P(ClockFollowerTest, TakesAsMuchAsTheSenderMakes) {
  follower_.BeginInSilence();
  follower_.Follow(200'000);
  Play(5000);  // 100 s, in which the sender makes 20 ms more.
  const auto expected = static_cast<double>(heard_.size()) * 1.0002;
  EXPECT_NEAR(static_cast<double>(taken_), expected, 2);
}

// What is not computed in a silence comes out as it would have, and so does what follows it.
TEST_P(ClockFollowerTest, PassesSilenceWithoutWork) {
  ClockFollower computing = follower_;
  const auto play = [&](ClockFollower& follower, bool is_silence) {
    std::vector<int16_t> in(follower.InputFor(frame()));
    for (size_t i = 0; i < in.size() && !is_silence; ++i) in[i] = Said(static_cast<int64_t>(i));
    std::vector<int16_t> out(frame());
    if (!is_silence || &follower == &computing) {
      follower.Play(in, out);
    } else if (follower.PlaySilence(in, out)) {
      EXPECT_TRUE(std::all_of(out.begin(), out.end(), [](int16_t s) { return s == 0; }))
          << "it is not written";
      ++taken_;  // Here: frames that were no work.
    }
    return out;
  };
  const auto both = [&](bool is_silence) {
    ASSERT_EQ(play(follower_, is_silence), play(computing, is_silence));
  };
  for (int i = 0; i < 3; ++i) both(true);
  EXPECT_EQ(taken_, 3) << "a copy of nothing";
  both(false);
  follower_.Begin();
  computing.Begin();
  for (int i = 0; i < 4; ++i) both(false);
  ASSERT_TRUE(follower_.is_following());
  follower_.Follow(40'000);
  computing.Follow(40'000);
  for (int i = 0; i < 100; ++i) both(true);
  EXPECT_EQ(taken_, 3 + 99) << "all but the one in which the resampler lets go of the tone";
  for (int i = 0; i < 5; ++i) both(false);
}

INSTANTIATE_TEST_SUITE_P(ClockFollower, ClockFollowerTest, testing::Values(8000, 16000, 48000));

}  // namespace
}  // namespace narada::mixer::jitter
