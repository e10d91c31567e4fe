#include "mixer/jitter/sender_pause.h"

#include <vector>

#include "gtest/gtest.h"

namespace narada::mixer::jitter {
namespace {

using codec::Saying;
using Turn = SenderPause::Turn;

constexpr MediaDuration kPacket = Milliseconds(20);

// Until it is skipped: five packets of 20 ms.
void BeginPause(SenderPause& pause, bool is_said = true) {
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(pause.OnPacket(is_said ? Saying::kUnknown : Saying::kNothing, is_said, kPacket),
              Turn::kPlay);
    pause.OnDecoded(true);
  }
  ASSERT_EQ(pause.OnPacket(is_said ? Saying::kUnknown : Saying::kNothing, is_said, kPacket),
            Turn::kFadeOut);
}

TEST(SenderPause, SkipsWhatIsSaidToBeSilenceOrNothingAfterATenthOfASecond) {
  for (const bool is_said : {true, false}) {
    SenderPause pause(true);
    BeginPause(pause, is_said);
    EXPECT_EQ(pause.OnPacket(Saying::kUnknown, true, kPacket), Turn::kSkip);
    EXPECT_EQ(pause.OnPacket(Saying::kNothing, false, kPacket), Turn::kSkip);
    EXPECT_EQ(pause.OnPacket(Saying::kUnknown, false, kPacket), Turn::kResume);
    pause.OnDecoded(true);
    EXPECT_FALSE(pause.is_on());
    EXPECT_EQ(pause.OnPacket(Saying::kUnknown, true, kPacket), Turn::kPlay) << "a short pause";
  }
}

TEST(SenderPause, GoesOnUntilSomethingIsToBeHeard) {
  SenderPause pause(true);
  BeginPause(pause);
  EXPECT_EQ(pause.OnPacket(Saying::kUnknown, false, kPacket), Turn::kResume);
  pause.OnDecoded(false);
  EXPECT_EQ(pause.OnPacket(Saying::kUnknown, true, kPacket), Turn::kSkip);
  EXPECT_EQ(pause.OnPacket(Saying::kUnknown, false, kPacket), Turn::kResume);
  pause.OnDecoded(true);
  EXPECT_EQ(pause.OnPacket(Saying::kUnknown, false, kPacket), Turn::kPlay);
}

// A tone that swells, a line that hums: no voice, but not silence.
TEST(SenderPause, BelievesACodecThatNoticesNoVoiceOnlyWhereNoneWasHeard) {
  SenderPause pause(true);
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(pause.OnPacket(Saying::kNoVoice, false, kPacket), Turn::kPlay);
    pause.OnDecoded(true);
  }
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(pause.OnPacket(Saying::kNoVoice, false, kPacket), Turn::kPlay);
    pause.OnDecoded(false);
  }
  EXPECT_EQ(pause.OnPacket(Saying::kNoVoice, false, kPacket), Turn::kFadeOut);
  EXPECT_EQ(pause.OnPacket(Saying::kNoVoice, false, kPacket), Turn::kSkip);
}

TEST(SenderPause, LooksNowAndThenWhetherThereIsStillNothing) {
  SenderPause pause(true);
  for (int i = 0; i < 7; ++i) {
    if (pause.OnPacket(Saying::kNoVoice, false, kPacket) == Turn::kPlay) pause.OnDecoded(false);
  }
  int skipped = 1;
  while (pause.OnPacket(Saying::kNoVoice, false, kPacket) == Turn::kSkip) ++skipped;
  EXPECT_EQ(skipped, SenderPause::kUnheardMax - 1);
  pause.OnDecoded(true);
  EXPECT_EQ(pause.OnPacket(Saying::kNoVoice, false, kPacket), Turn::kPlay);
}

TEST(SenderPause, KeepsTheLastTwoPackets) {
  SenderPause pause(true);
  EXPECT_TRUE(pause.kept(1).empty());
  for (uint8_t i = 1; i <= 3; ++i) pause.Keep(std::vector<uint8_t>(i, i));
  EXPECT_EQ(pause.kept(0).size(), 2u);
  EXPECT_EQ(pause.kept(1).size(), 3u);
  EXPECT_EQ(pause.kept(1)[2], 3);
  pause.Keep(std::vector<uint8_t>(1000));
  EXPECT_EQ(pause.kept(0).size(), 3u);
  EXPECT_TRUE(pause.kept(1).empty()) << "too long";
  pause.ForgetKept();
  EXPECT_TRUE(pause.kept(0).empty());
}

TEST(SenderPause, KeepsNothingForDecodersWithoutMemory) {
  SenderPause pause(false);
  pause.Keep(std::vector<uint8_t>(10));
  EXPECT_TRUE(pause.kept(1).empty());
}

}  // namespace
}  // namespace narada::mixer::jitter
