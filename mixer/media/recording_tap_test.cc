#include "mixer/media/recording_tap.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace narada::mixer::media {
namespace {

constexpr SampleRate kRate = SampleRate::FromHertz(8000);

// Each record as "mix 3" or "leg 7 3"; "-" behind a silent one.
std::vector<std::string> TakeAll(RecordingTap& tap) {
  std::vector<std::string> taken;
  for (TapRecord record; tap.ring().Front(&record); tap.ring().PopFront()) {
    const TapHeader& header = record.header;
    const char* const names[] = {"", "mix", "leg", "added", "removed", "paused", "resumed"};
    std::string text = names[static_cast<int>(header.kind)];
    if (header.leg != 0) absl::StrAppend(&text, " ", header.leg);
    absl::StrAppend(&text, " ", header.tick);
    if (header.kind == TapKind::kMix && record.samples.empty()) text += " -";
    taken.push_back(text);
  }
  return taken;
}

class RecordingTapTest : public ::testing::Test {
 protected:
  RecordingTapTest() { tap_.Start(now_); }

  void Tick(int16_t value = 100) {
    tap_.BeginTick(now_);
    const std::vector<int16_t> frame(160, value);
    tap_.WriteLeg(7, frame, kRate);
    tap_.WriteMix(frame, kRate);
    now_ += Milliseconds(20);
  }

  MediaTime now_ = MediaTime() + Seconds(5);
  RecordingTap tap_{{.has_legs = true, .ring_bytes = 8192}};
};

TEST_F(RecordingTapTest, CountsTicksFromItsStart) {
  tap_.AddLeg(7);
  now_ += Milliseconds(13);
  Tick();
  Tick(0);
  EXPECT_EQ(TakeAll(tap_),
            (std::vector<std::string>{"added 7 0", "leg 7 0", "mix 0", "leg 7 1", "mix 1 -"}));
}

TEST_F(RecordingTapTest, TicksComeToTheirPlacesAlsoWhenALittleLateOrMissed) {
  Tick();
  now_ += Milliseconds(7);
  Tick();  // 7 ms late: the next one all the same.
  now_ += Milliseconds(40);
  Tick();  // Two were missed.
  EXPECT_EQ(TakeAll(tap_),
            (std::vector<std::string>{"leg 7 0", "mix 0", "leg 7 1", "mix 1", "leg 7 4", "mix 4"}));
}

TEST_F(RecordingTapTest, LeavesPausesOut) {
  Tick();
  tap_.Pause(now_);
  tap_.Pause(now_);
  EXPECT_TRUE(tap_.is_paused());
  for (int i = 0; i < 50; ++i) Tick();
  tap_.Resume(now_);
  Tick();
  EXPECT_EQ(TakeAll(tap_), (std::vector<std::string>{"leg 7 0", "mix 0", "paused 1", "resumed 1",
                                                     "leg 7 1", "mix 1"}));
}

TEST_F(RecordingTapTest, CountsTheTimeOfAnEmptyRoom) {
  now_ += Seconds(10);
  tap_.End(now_);
  EXPECT_EQ(tap_.ticks_at_end(), 500);
}

TEST_F(RecordingTapTest, LosesFramesOfASlowReaderAndCountsThem) {
  for (int i = 0; i < 100; ++i) Tick();
  const size_t kept = TakeAll(tap_).size();
  EXPECT_EQ(kept + tap_.frames_lost(), 200u);
  EXPECT_GT(tap_.frames_lost(), 100u);
  Tick();
  EXPECT_EQ(TakeAll(tap_), (std::vector<std::string>{"leg 7 100", "mix 100"}));
}

TEST_F(RecordingTapTest, MarksFindRoomWhereFramesDoNot) {
  for (int i = 0; i < 100; ++i) Tick();
  tap_.RemoveLeg(7);
  tap_.Pause(now_);
  const std::vector<std::string> taken = TakeAll(tap_);
  EXPECT_EQ(taken[taken.size() - 2], "removed 7 100");
}

TEST_F(RecordingTapTest, TakesNothingBehindItsEnd) {
  Tick();
  tap_.End(now_);
  Tick();
  tap_.RemoveLeg(7);
  tap_.Pause(now_);
  EXPECT_TRUE(tap_.has_ended());
  EXPECT_EQ(TakeAll(tap_).size(), 2u);
}

}  // namespace
}  // namespace narada::mixer::media
