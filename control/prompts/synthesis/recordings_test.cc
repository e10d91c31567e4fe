// What was built, as a caller hears it: at once, at one level.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "control/prompts/synthesis/speech_audio.h"
#include "control/prompts/wav.h"
#include "gtest/gtest.h"

namespace narada::control::prompts {
namespace {

namespace fs = std::filesystem;

constexpr char kBuilt[] = "control/prompts/recordings";

Audio Read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  const auto pcm = ReadMonoPcm(bytes.str());
  EXPECT_TRUE(pcm.ok()) << path << ": " << pcm.status();
  EXPECT_EQ(pcm->rate_hz, kRecordingRateHz);
  return pcm.ok() ? ToAudio(pcm->samples) : Audio();
}

// Milliseconds until the sound is as loud as 20 dB below speech level.
int OnsetMs(const Audio& audio) {
  const double audible = std::pow(10, (kSpeechLevelDbov - 20) / 20);
  for (size_t i = 0; i < audio.size(); ++i) {
    if (std::abs(audio[i]) >= audible) return static_cast<int>(i * 1000 / kRecordingRateHz);
  }
  return 1'000'000;
}

TEST(Recordings, TheGreetingIsHeardAtOnce) {
  for (const char* language : {"pl", "en"}) {
    EXPECT_LE(OnsetMs(Read(fs::path(kBuilt) / language / "greeting.wav")), 30) << language;
  }
}

TEST(Recordings, EveryRecordingBeginsSoonAndHasTheSameLevel) {
  int checked = 0;
  for (const char* language : {"pl", "en"}) {
    for (const auto& entry : fs::directory_iterator(fs::path(kBuilt) / language)) {
      if (entry.path().extension() != ".wav") continue;
      const Audio audio = Read(entry.path());
      EXPECT_LE(OnsetMs(audio), 120) << entry.path();
      EXPECT_NEAR(SpeechLevelDbov(audio, kRecordingRateHz), kSpeechLevelDbov, 2.5) << entry.path();
      ++checked;
    }
  }
  EXPECT_GT(checked, 300);
}

}  // namespace
}  // namespace narada::control::prompts
