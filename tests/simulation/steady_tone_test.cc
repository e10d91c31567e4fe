// A mixer must neither insert nor drop a sample (features.md 2, reliability.md V12): a steady tone
// from a phone whose clock runs up to 300 ppm fast or slow, followed phase by phase. Prints the
// largest step.
//   bazel test //tests/simulation:steady_tone_test                    minutes of each
//   bazel run -c opt //tests/simulation:steady_tone_test -- long      24 hours of G.711 with 200 ppm, about ten minutes
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>
#include <string>

#include "gtest/gtest.h"
#include "tests/phone/tone_tracker.h"
#include "tests/simulation/simulation.h"

namespace narada::simulation {
namespace {

using mixer::MediaDuration;
using mixer::Milliseconds;
using mixer::Seconds;
using mixer::codec::CodecId;

bool is_long = false;

constexpr double kHertz = 997;  // Not a whole number of periods in any frame.

// What a listener made of the tone, once it had settled.
class Listener {
 public:
  explicit Listener(int rate_hz) : tracker_(kHertz, rate_hz) {}

  void Hear(std::span<const int16_t> frame) {
    const phone::ToneTracker::Frame heard = tracker_.Hear(frame);
    if (!is_settled_) return;
    largest_step_us_ = std::max(largest_step_us_, std::abs(heard.step_us));
    drift_us_ += heard.step_us;
    faintest_ = std::min(faintest_, heard.amplitude);
    loudest_ = std::max(loudest_, heard.amplitude);
    ++frames_;
  }
  void Settle() { is_settled_ = true; }

  int64_t frames() const { return frames_; }
  double largest_step_us() const { return largest_step_us_; }
  // By how much less time the tone has taken than ours, in ppm.
  double skew_ppm() const { return drift_us_ / (static_cast<double>(frames_) * 0.02); }
  double faintest_of_loudest() const { return faintest_ / loudest_; }

 private:
  phone::ToneTracker tracker_;
  bool is_settled_ = false;
  double largest_step_us_ = 0;
  double drift_us_ = 0;
  double faintest_ = 1e9;
  double loudest_ = 0;
  int64_t frames_ = 0;
};

void FollowATone(CodecId codec, int ppm, MediaDuration duration) {
  Simulation sim({.seed = static_cast<uint64_t>(1000 + ppm),
                  .legs = 2,
                  .listening_max = 0,
                  .formats = {Format(codec)}});
  sim.phone(0).Skew(ppm);
  sim.phone(0).Say(Tone(Hertz(kHertz)));
  Listener listener(mixer::codec::TraitsOf(codec).sample_rate.hertz());
  sim.phone(1).SetEar([&listener](std::span<const int16_t> frame) { listener.Hear(frame); });
  // Within the first minute the skew is learnt; a period or two may go in, unheard.
  sim.Run(Seconds(60));
  const auto before = sim.leg(0).statistics();
  EXPECT_LE(before.samples_inserted + before.samples_removed,
            static_cast<uint64_t>(mixer::codec::TraitsOf(codec).sample_rate.hertz() / 40));
  listener.Settle();
  sim.Run(duration);

  const auto statistics = sim.leg(0).statistics();
  std::printf(
      "%s, %+d ppm, %.1f h: largest step %.1f us in 20 ms, tone %+.2f ppm, faintest frame "
      "%.3f of the loudest, skew estimated %+.2f ppm, delay %.1f ms\n",
      mixer::codec::EncodingName(codec), ppm, duration.seconds() / 3600, listener.largest_step_us(),
      listener.skew_ppm(), listener.faintest_of_loudest(), statistics.clock_skew_ppb / 1e3,
      static_cast<double>(statistics.jitter_buffer_delay.microseconds()) / 1e3);
  // Not a frame, not a period, not a sample more or less; no frame of silence.
  EXPECT_EQ(statistics.samples_inserted, before.samples_inserted);
  EXPECT_EQ(statistics.samples_removed, before.samples_removed);
  EXPECT_EQ(statistics.concealed_network + statistics.concealed_ceiling +
                statistics.concealed_codec + statistics.concealed_cpu,
            0u);
  EXPECT_EQ(listener.frames(), duration / Milliseconds(20));
  EXPECT_LT(listener.largest_step_us(), 60);  // A sample is 125 us, or a third of it more.
  EXPECT_NEAR(listener.skew_ppm(), ppm, 1 + 5'000 / duration.seconds());
  // The extremes of a day are further apart (0.969) than those of minutes.
  EXPECT_GT(listener.faintest_of_loudest(), codec == CodecId::kOpus ? 0.8 : is_long ? 0.96 : 0.97);
  EXPECT_LT(statistics.jitter_buffer_delay_max, Milliseconds(55));
}

TEST(SteadyTone, V12F2IsPhaseContinuousWithoutSkew) {
  FollowATone(CodecId::kPcma, 0, is_long ? Seconds(24 * 3600) : Seconds(120));
}

TEST(SteadyTone, V12F2IsPhaseContinuousWithASlowClock) {
  FollowATone(CodecId::kPcma, -200, is_long ? Seconds(24 * 3600) : Seconds(400));
}

TEST(SteadyTone, V12F2IsPhaseContinuousWithAFastClock) {
  FollowATone(CodecId::kPcmu, 200, is_long ? Seconds(24 * 3600) : Seconds(400));
}

TEST(SteadyTone, V12F2IsPhaseContinuousAtTheEdgeOfWhatClocksDo) {
  FollowATone(CodecId::kG722, 300, is_long ? Seconds(3600) : Seconds(120));
  FollowATone(CodecId::kL16At16k, -300, is_long ? Seconds(3600) : Seconds(120));
  FollowATone(CodecId::kOpus, -300, is_long ? Seconds(3600) : Seconds(60));
}

}  // namespace
}  // namespace narada::simulation

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  narada::simulation::is_long = argc > 1 && std::string(argv[1]) == "long";
  return RUN_ALL_TESTS();
}
