#include "mixer/files/recording_log.h"

#include <string>

#include "base/random.h"
#include "base/status.h"
#include "gtest/gtest.h"

namespace narada::mixer::files {
namespace {

const absl::Time kStart =
    absl::FromCivil(absl::CivilSecond(2026, 11, 22, 15, 4, 5), absl::UTCTimeZone());

RecordingInfo Info() {
  return {.recording_id = "talk-1",
          .room_id = "board",
          .format = RecordingFormat::kOggOpus,
          .has_legs = true,
          .rate = SampleRate::FromHertz(48000),
          .start_time = kStart + absl::Microseconds(123456),
          .labels = {{"call", "c-1"}, {"note", "a \"quote\",\nand \\ a line"}}};
}

std::string WholeLog() {
  return LogHead(Info()) + LogTrack(0, "mix", "mix.opus") + LogJoined(0, "l-12") +
         LogTrack(0, "l-12", "l-12.opus") + LogPaused(48000, kStart) +
         LogResumed(48000, kStart + absl::Minutes(1)) + LogLost(72000, 17) + LogLeft(72000, "l-12");
}

TEST(RecordingLog, TellsEverythingAgain) {
  const absl::StatusOr<RecordingInfo> info =
      ParseLog(WholeLog() + LogEnd(96000, RecordingState::kFinished, kStart));
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->recording_id, "talk-1");
  EXPECT_EQ(info->room_id, "board");
  EXPECT_EQ(info->format, RecordingFormat::kOggOpus);
  EXPECT_TRUE(info->has_legs);
  EXPECT_EQ(info->rate.hertz(), 48000);
  EXPECT_EQ(info->start_time, Info().start_time);
  EXPECT_EQ(info->labels, Info().labels);
  EXPECT_EQ(info->state, RecordingState::kFinished);
  EXPECT_EQ(info->duration, Seconds(2));
  EXPECT_EQ(info->frames_lost, 17u);
  ASSERT_EQ(info->tracks.size(), 2u);
  EXPECT_EQ(info->tracks[1].track_id, "l-12");
  EXPECT_EQ(info->tracks[1].file_name, "l-12.opus");
}

TEST(RecordingLog, WithoutAnEndTheProcessDied) {
  std::string text = WholeLog();
  EXPECT_EQ(ParseLog(text)->state, RecordingState::kRunning);
  EXPECT_EQ(ParseLog(text + LogPaused(96000, kStart))->state, RecordingState::kPaused);
  EXPECT_EQ(ParseLog(text + "at 96000 fini")->state, RecordingState::kRunning);
}

TEST(RecordingLog, PassesByWhatALaterVersionSays) {
  EXPECT_TRUE(ParseLog(WholeLog() + "checksum abc\nat 7 applauded \"l-12\"\n").ok());
}

TEST(RecordingLog, RefusesWhatIsNoLog) {
  for (const char* text :
       {"", "hello", "hello\n", "narada-recording 1\n", "narada-recording 1\nid a\nroom \"b\"\n",
        "narada-recording 1\nid a\nroom \"b\"\nformat mp3\nrate 8000\n"}) {
    EXPECT_EQ(ReasonOf(ParseLog(text).status()), "RECORDING_DAMAGED") << text;
  }
}

TEST(RecordingLog, SurvivesAnyBytes) {
  SeededRandom random(11);
  const std::string good = WholeLog();
  for (int i = 0; i < 20'000; ++i) {
    std::string text = good.substr(0, random.Below(good.size() + 1));
    for (uint64_t n = random.Below(4); n > 0 && !text.empty(); --n) {
      text[random.Below(text.size())] = static_cast<char>(random.Next());
    }
    ParseLog(text).status().IgnoreError();
  }
}

}  // namespace
}  // namespace narada::mixer::files
