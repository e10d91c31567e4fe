// A recorder with its real thread and a real disk; the test is the worker that feeds the tap.
#include "mixer/files/recorder.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/status.h"
#include "gtest/gtest.h"
#include "mixer/files/sound_file.h"
#include "mixer/media/ogg_opus.h"

namespace narada::mixer::files {
namespace {

constexpr SampleRate kRate = SampleRate::FromHertz(8000);
constexpr uint64_t kAnna = 1, kBob = 2;

class Listener final : public RecorderListener {
 public:
  void OnRecordingChanged(const RecordingInfo& info) override {
    absl::MutexLock lock(&mutex_);
    told_.push_back(info);
  }
  std::vector<RecordingInfo> told() {
    absl::MutexLock lock(&mutex_);
    return told_;
  }

 private:
  absl::Mutex mutex_;
  std::vector<RecordingInfo> told_;
};

class RecorderTest : public ::testing::Test {
 protected:
  RecorderTest() : path_(::testing::TempDir() + "/recorder") {
    EXPECT_EQ(system(("rm -rf " + path_).c_str()), 0);
    options_.folder = path_;
    Open();
  }
  void Open() {
    recorder_ = *Recorder::Open(options_, clock_, listener_);
    recorder_->leg_names().Add(kAnna, "l-anna");
    recorder_->leg_names().Add(kBob, "l-bob");
  }

  std::shared_ptr<Recording> Start(const std::string& id,
                                   RecordingFormat format = RecordingFormat::kWav) {
    const absl::StatusOr<std::shared_ptr<Recording>> recording =
        recorder_->Start({.recording_id = id,
                          .room_id = "room of " + id,
                          .format = format,
                          .has_legs = true,
                          .rate = kRate,
                          .labels = {{"call", "c-1"}}});
    EXPECT_TRUE(recording.ok()) << recording.status();
    (*recording)->tap().Start(now_);
    return *recording;
  }

  // 20 ms of a room in which a leg says a constant; 0: it is silent.
  void Tick(Recording& recording, std::vector<std::pair<uint64_t, int16_t>> legs) {
    recording.tap().BeginTick(now_);
    int16_t sum = 0;
    for (const auto& [leg, value] : legs) {
      sum = static_cast<int16_t>(sum + value);
      if (value != 0) recording.tap().WriteLeg(leg, std::vector<int16_t>(160, value), kRate);
    }
    recording.tap().WriteMix(std::vector<int16_t>(160, sum), kRate);
    now_ += Milliseconds(20);
  }
  void Ticks(Recording& recording, int count, std::vector<std::pair<uint64_t, int16_t>> legs) {
    for (int i = 0; i < count; ++i) Tick(recording, legs);
  }

  // As the worker ends it, then until its files are whole.
  RecordingInfo Stop(Recording& recording) {
    const std::string id = recording.info().recording_id;
    EXPECT_FALSE(recorder_->WaitUntilOver(id, absl::Milliseconds(1))) << "it runs";
    recording.tap().End(now_);
    EXPECT_TRUE(recorder_->WaitUntilOver(id, absl::Seconds(10)));
    EXPECT_EQ(recorder_->FindRunning(id), nullptr);
    return *recorder_->Find(id);
  }
  template <typename F>
  bool WaitUntil(F is_true) {
    for (int i = 0; i < 1000; ++i) {
      if (is_true()) return true;
      absl::SleepFor(absl::Milliseconds(10));
    }
    return false;
  }
  std::vector<int16_t> Samples(const std::string& id, const std::string& file) {
    const SoundFile sound = ReadSoundFile(absl::StrCat(path_, "/", id, "/", file));
    EXPECT_EQ(sound.error, "") << file;
    return sound.samples;
  }
  // Also a chain of Ogg Opus, which libsndfile does not follow.
  static std::vector<int16_t> ReadWhole(const std::string& path) {
    if (path.substr(path.size() - 4) == ".wav") return ReadSoundFile(path).samples;
    FILE* const file = fopen(path.c_str(), "r");
    std::vector<uint8_t> bytes;
    for (int c = file ? fgetc(file) : EOF; c != EOF; c = fgetc(file)) {
      bytes.push_back(static_cast<uint8_t>(c));
    }
    if (file != nullptr) fclose(file);
    const auto audio = media::ParseOggOpus(bytes, 100'000'000);
    EXPECT_TRUE(audio.ok()) << audio.status();
    if (!audio.ok()) return {};
    std::vector<int16_t> samples;  // Every sixth: 8 kHz.
    for (size_t i = 0; i < audio->samples.size(); i += 6) samples.push_back(audio->samples[i]);
    EXPECT_EQ(audio->samples.size() % 960, 0u) << "whole ticks";
    return samples;
  }
  std::string LogOf(const std::string& id) {
    std::string text;
    FILE* const file = fopen(absl::StrCat(path_, "/", id, "/recording.log").c_str(), "r");
    for (int c = file ? fgetc(file) : EOF; c != EOF; c = fgetc(file)) {
      text.push_back(static_cast<char>(c));
    }
    if (file != nullptr) fclose(file);
    return text;
  }

  const std::string path_;
  const SystemClock clock_;
  Listener listener_;
  RecorderOptions options_;
  MediaTime now_ = MediaTime() + Seconds(100);
  std::unique_ptr<Recorder> recorder_;
};

// Row 18 of the field's list: tracks sum to the mix with no offset, and the samples are the ticks.
TEST_F(RecorderTest, TracksSumToTheMixSampleBySample) {
  const auto recording = Start("sum");
  media::RecordingTap& tap = recording->tap();
  tap.AddLeg(kAnna);
  Ticks(*recording, 10, {{kAnna, 100}});
  tap.AddLeg(kBob);  // Comes late.
  Ticks(*recording, 10, {{kAnna, 100}, {kBob, 7}});
  Ticks(*recording, 5, {{kAnna, 0}, {kBob, 7}});
  tap.RemoveLeg(kAnna);
  now_ += Milliseconds(60);  // Three ticks were missed.
  Ticks(*recording, 5, {{kBob, 7}});
  const RecordingInfo info = Stop(*recording);
  EXPECT_EQ(info.state, RecordingState::kFinished);
  EXPECT_EQ(info.frames_lost, 0u);
  EXPECT_EQ(info.duration, Milliseconds(20) * 33);
  const std::vector<int16_t> mix = Samples("sum", "mix.wav");
  const std::vector<int16_t> anna = Samples("sum", "l-anna.wav");
  const std::vector<int16_t> bob = Samples("sum", "l-bob.wav");
  ASSERT_EQ(mix.size(), 33u * 160);
  ASSERT_EQ(anna.size(), mix.size());
  ASSERT_EQ(bob.size(), mix.size());
  for (size_t i = 0; i < mix.size(); ++i) ASSERT_EQ(mix[i], anna[i] + bob[i]) << i;
  EXPECT_EQ(bob[1599], 0);
  EXPECT_EQ(bob[1600], 7);
  EXPECT_EQ(mix[28 * 160 - 1], 0);
  EXPECT_EQ(mix[28 * 160], 7);
}

TEST_F(RecorderTest, APauseIsLeftOutAndMarked) {
  const auto recording = Start("pause");
  recording->tap().AddLeg(kAnna);
  Ticks(*recording, 10, {{kAnna, 1}});
  EXPECT_TRUE(WaitUntil([&] { return recording->info().duration == Milliseconds(200); }));
  recording->tap().Pause(now_);
  Ticks(*recording, 500, {{kAnna, 2}});
  EXPECT_TRUE(WaitUntil([&] { return recording->info().state == RecordingState::kPaused; }));
  recording->tap().Resume(now_);
  Ticks(*recording, 10, {{kAnna, 3}});
  EXPECT_TRUE(WaitUntil([&] { return recording->info().state == RecordingState::kRunning; }));
  EXPECT_EQ(Stop(*recording).duration, Milliseconds(400));
  const std::vector<int16_t> anna = Samples("pause", "l-anna.wav");
  ASSERT_EQ(anna.size(), 3200u);
  EXPECT_EQ(anna[1599], 1);
  EXPECT_EQ(anna[1600], 3);
  const std::string log = LogOf("pause");
  EXPECT_NE(log.find("at 1600 paused 2"), std::string::npos) << log;
  EXPECT_NE(log.find("at 1600 resumed 2"), std::string::npos) << log;
  EXPECT_NE(log.find("at 0 joined \"l-anna\""), std::string::npos) << log;
  std::vector<RecordingState> states;
  for (const RecordingInfo& told : listener_.told()) {
    if (states.empty() || states.back() != told.state) states.push_back(told.state);
  }
  EXPECT_EQ(states,
            (std::vector<RecordingState>{RecordingState::kRunning, RecordingState::kPaused,
                                         RecordingState::kRunning, RecordingState::kFinished}));
}

TEST_F(RecorderTest, WritesOggOpusAlike) {
  const auto recording = Start("opus", RecordingFormat::kOggOpus);
  recording->tap().AddLeg(kAnna);
  std::vector<int16_t> tone(160);
  for (int tick = 0; tick < 100; ++tick) {
    recording->tap().BeginTick(now_);
    for (size_t i = 0; i < tone.size(); ++i) {
      tone[i] = static_cast<int16_t>(8000 * std::sin(2 * std::numbers::pi * 500 * i / 8000));
    }
    if (tick >= 50) recording->tap().WriteLeg(kAnna, tone, kRate);
    recording->tap().WriteMix(tone, kRate);
    now_ += Milliseconds(20);
  }
  Stop(*recording);
  const std::vector<int16_t> mix = Samples("opus", "mix.opus");
  const std::vector<int16_t> anna = Samples("opus", "l-anna.opus");
  ASSERT_EQ(mix.size(), 16000u);
  ASSERT_EQ(anna.size(), 16000u);
  EXPECT_NEAR(ToneLevelDbov(mix, 8000, 500), -15.3, 0.5);
  EXPECT_NEAR(ToneLevelDbov({anna.begin() + 9000, anna.end()}, 8000, 500), -15.3, 0.5);
  EXPECT_LT(ToneLevelDbov({anna.begin(), anna.begin() + 7000}, 8000, 500), -60);
}

// V25, and "disk full or slow: counted, reported as an event".
TEST_F(RecorderTest, ASlowDiskLosesFramesThatAreCountedAndKeepsTheirPlaces) {
  recorder_.reset();
  std::atomic<bool> is_slow{false};
  options_.before_write = [&](size_t) {
    while (is_slow.load()) absl::SleepFor(absl::Milliseconds(5));
    return absl::OkStatus();
  };
  options_.ring_bytes = 64 << 10;
  Open();
  const auto recording = Start("slow");
  recording->tap().AddLeg(kAnna);
  Ticks(*recording, 10, {{kAnna, 1}});
  is_slow = true;
  absl::SleepFor(absl::Milliseconds(600));  // The thread is in a write by now.
  Ticks(*recording, 300, {{kAnna, 2}});
  EXPECT_GT(recording->tap().frames_lost(), 0u);
  is_slow = false;
  EXPECT_TRUE(WaitUntil([&] { return recording->info().duration >= Milliseconds(20 * 100); }));
  absl::SleepFor(absl::Milliseconds(200));
  Ticks(*recording, 10, {{kAnna, 3}});
  const RecordingInfo info = Stop(*recording);
  EXPECT_EQ(info.state, RecordingState::kFinished);
  EXPECT_EQ(info.duration, Milliseconds(20 * 320));
  EXPECT_EQ(info.frames_lost, recording->tap().frames_lost());
  const std::vector<RecordingInfo> all_told = listener_.told();
  EXPECT_TRUE(std::any_of(all_told.begin(), all_told.end(),
                          [](const RecordingInfo& told) { return told.frames_lost > 0; }));
  const std::vector<int16_t> anna = Samples("slow", "l-anna.wav");
  ASSERT_EQ(anna.size(), 320u * 160);
  EXPECT_EQ(anna[310 * 160 - 1], 0);  // Lost.
  EXPECT_EQ(anna[310 * 160], 3);
  EXPECT_NE(LogOf("slow").find(absl::StrCat("lost ", info.frames_lost)), std::string::npos);
}

TEST_F(RecorderTest, AFullDiskEndsTheRecordingWhichIsPlayableUpToThere) {
  recorder_.reset();
  std::atomic<bool> is_full{false};
  options_.before_write = [&](size_t) {
    return is_full ? ErrorWithReason(absl::StatusCode::kResourceExhausted, "DISK_FULL", "test")
                   : absl::OkStatus();
  };
  Open();
  for (const RecordingFormat format : {RecordingFormat::kWav, RecordingFormat::kOggOpus}) {
    const bool is_wav = format == RecordingFormat::kWav;
    const std::string id = is_wav ? "full-wav" : "full-opus";
    is_full = false;
    const auto recording = Start(id, format);
    Ticks(*recording, 100, {});
    ASSERT_TRUE(WaitUntil([&] { return recording->info().tracks[0].size_bytes > 200; }));
    const auto flushed = [&] { return recording->info().tracks[0].size_bytes; };
    absl::SleepFor(absl::Milliseconds(600));
    const uint64_t before = flushed();
    is_full = true;
    Ticks(*recording, 100, {});
    recording->tap().End(now_);
    EXPECT_TRUE(WaitUntil([&] { return recorder_->FindRunning(id) == nullptr; }));
    EXPECT_EQ(recorder_->Find(id)->state, RecordingState::kFailed);
    EXPECT_EQ(flushed(), before);
    EXPECT_GE(Samples(id, is_wav ? "mix.wav" : "mix.opus").size(), 100u * 160 - 320);
  }
}

TEST_F(RecorderTest, StopsAtTheReserveOfFreeSpace) {
  recorder_.reset();
  options_.reserve_bytes = uint64_t{1} << 60;
  Open();
  const absl::Status status =
      recorder_->Start({.recording_id = "reserve", .room_id = "r"}).status();
  EXPECT_EQ(ReasonOf(status), "DISK_FULL");
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(recorder_->Find("reserve").has_value());
}

TEST_F(RecorderTest, EndsAtTheLongestDurationAndAsksForItsTap) {
  recorder_.reset();
  options_.duration_max = Seconds(1);
  Open();
  const auto recording = Start("long");
  Ticks(*recording, 100, {});
  EXPECT_TRUE(WaitUntil([&] { return recorder_->TapsToEnd().size() == 1; }));
  EXPECT_EQ(recorder_->Find("long")->state, RecordingState::kFinished);
  recording->tap().End(now_);
  EXPECT_TRUE(WaitUntil([&] { return recorder_->FindRunning("long") == nullptr; }));
  EXPECT_TRUE(recorder_->TapsToEnd().empty());
}

TEST_F(RecorderTest, RefusesASecondOfTheSameNameOrRoom) {
  const auto recording = Start("one");
  EXPECT_EQ(ReasonOf(recorder_->Start({.recording_id = "one", .room_id = "x"}).status()),
            "RECORDING_EXISTS");
  EXPECT_EQ(ReasonOf(recorder_->Start({.recording_id = "two", .room_id = "room of one"}).status()),
            "RECORDING_EXISTS");
  Stop(*recording);
  EXPECT_TRUE(recorder_->Start({.recording_id = "two", .room_id = "room of one"}).ok());
  recorder_->Discard("two");
  EXPECT_FALSE(recorder_->Find("two").has_value());
}

TEST_F(RecorderTest, FindsItsRecordingsAgain) {
  const auto recording = Start("again");
  recording->tap().AddLeg(kAnna);
  Ticks(*recording, 50, {{kAnna, 5}});
  Stop(*recording);
  recorder_.reset();
  Open();
  const std::optional<RecordingInfo> info = recorder_->Find("again");
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->state, RecordingState::kFinished);
  EXPECT_EQ(info->room_id, "room of again");
  EXPECT_EQ(info->duration, Seconds(1));
  EXPECT_EQ(info->labels.at("call"), "c-1");
  ASSERT_EQ(info->tracks.size(), 2u);
  EXPECT_EQ(info->tracks[0].size_bytes, 80u + 16000);
  EXPECT_EQ(recorder_->Read("again", "mix", 0, 4)->substr(0, 4), "RIFF");
  EXPECT_EQ(recorder_->Read("again", "l-anna", 16000, 1000)->size(), 80u);
  EXPECT_EQ(ReasonOf(recorder_->Read("again", "l-anna", 16081, 1).status()), "OFFSET_PAST_END");
  EXPECT_EQ(ReasonOf(recorder_->Read("again", "../mix", 0, 1).status()), "TRACK_UNKNOWN");
  EXPECT_EQ(ReasonOf(recorder_->Read("other", "mix", 0, 1).status()), "RECORDING_UNKNOWN");
  EXPECT_EQ(recorder_->List("", 10).size(), 1u);
  EXPECT_TRUE(recorder_->Delete("again").ok());
  EXPECT_FALSE(recorder_->Find("again").has_value());
  EXPECT_EQ(ReasonOf(recorder_->Delete("again")), "RECORDING_UNKNOWN");
}

// Kill -9: what lies on the disk is copied while the recorder runs, and a second one finds the copy.
TEST_F(RecorderTest, GoesOnAfterAKillWithTheTimeBetweenAsSilence) {
  for (const RecordingFormat format : {RecordingFormat::kWav, RecordingFormat::kOggOpus}) {
    const bool is_wav = format == RecordingFormat::kWav;
    const std::string id = is_wav ? "killed-wav" : "killed-opus";
    const std::string other = path_ + "-after";
    const auto recording = Start(id, format);
    recording->tap().AddLeg(kAnna);
    Ticks(*recording, 100, {{kAnna, 1000}});
    absl::SleepFor(absl::Milliseconds(900));  // Flushed by now.
    ASSERT_EQ(system(("rm -rf " + other + "; cp -rp " + path_ + " " + other).c_str()), 0);
    // A line and a page that were being written.
    ASSERT_EQ(system(("cd " + other + "/" + id + " && printf 'at 99 le' >> recording.log && " +
                      (is_wav ? "printf x >> mix.wav" : "printf 'OggS..' >> mix.opus"))
                         .c_str()),
              0);
    absl::SleepFor(absl::Milliseconds(200));  // Until the next process is there.
    RecorderOptions options;
    options.folder = other;
    {
      const auto next = *Recorder::Open(options, clock_, listener_);
      next->leg_names().Add(7, "l-anna");
      const std::vector<RecordingInfo> interrupted = next->Interrupted();
      ASSERT_EQ(interrupted.size(), 1u);
      EXPECT_EQ(interrupted[0].recording_id, id);
      EXPECT_EQ(interrupted[0].state, RecordingState::kRunning);
      const auto continued = next->Continue(id);
      ASSERT_TRUE(continued.ok()) << continued.status();
      (*continued)->tap().Start(now_);
      (*continued)->tap().AddLeg(7);
      for (int i = 0; i < 50; ++i) {
        (*continued)->tap().BeginTick(now_);
        (*continued)->tap().WriteLeg(7, std::vector<int16_t>(160, 2000), kRate);
        (*continued)->tap().WriteMix(std::vector<int16_t>(160, 2000), kRate);
        now_ += Milliseconds(20);
      }
      (*continued)->tap().End(now_);
      ASSERT_TRUE(WaitUntil([&] { return next->FindRunning(id) == nullptr; }));
      EXPECT_EQ(next->Find(id)->state, RecordingState::kFinished);
      EXPECT_EQ(next->Find(id)->tracks.size(), 2u);
      EXPECT_TRUE(next->Interrupted().empty());
    }
    for (const char* const track : {"mix", "l-anna"}) {
      const std::string file = absl::StrCat(other, "/", id, "/", track, is_wav ? ".wav" : ".opus");
      const std::vector<int16_t> samples = ReadWhole(file);
      // 2 s, the time between and 1 s.
      ASSERT_GT(samples.size(), size_t{3} * 8000) << file;
      ASSERT_LT(samples.size(), size_t{6} * 8000) << file;
      if (!is_wav) continue;  // A constant is nothing that a codec keeps.
      EXPECT_EQ(samples[15999], 1000);
      EXPECT_EQ(samples[16000], 0);
      EXPECT_EQ(samples[samples.size() - 8001], 0);
      EXPECT_EQ(samples[samples.size() - 8000], 2000);
    }
    Stop(*recording);
    EXPECT_TRUE(recorder_->Delete(id).ok());
  }
}

TEST_F(RecorderTest, EndsWhatAKillLeftWhereItsRoomIsGone) {
  const auto recording = Start("gone");
  Ticks(*recording, 100, {});
  absl::SleepFor(absl::Milliseconds(900));
  const std::string other = path_ + "-gone";
  ASSERT_EQ(system(("rm -rf " + other + "; cp -rp " + path_ + " " + other).c_str()), 0);
  RecorderOptions options;
  options.folder = other;
  for (int life = 0; life < 2; ++life) {
    const auto next = *Recorder::Open(options, clock_, listener_);
    EXPECT_EQ(next->Interrupted().size(), life == 0 ? 1u : 0u);
    next->EndInterrupted("gone");
    EXPECT_EQ(next->Find("gone")->state, RecordingState::kFinished);
    EXPECT_EQ(next->Find("gone")->duration, Seconds(2));
  }
  EXPECT_EQ(ReadSoundFile(other + "/gone/mix.wav").frames, 16000);
}

TEST_F(RecorderTest, ARunningOneIsNotDeleted) {
  const auto recording = Start("running");
  EXPECT_EQ(ReasonOf(recorder_->Delete("running")), "RECORDING_RUNNING");
  EXPECT_EQ(recorder_->Figures().running, 1u);
}

}  // namespace
}  // namespace narada::mixer::files
