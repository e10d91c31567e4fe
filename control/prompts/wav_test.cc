#include "control/prompts/wav.h"

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "gtest/gtest.h"

namespace narada::control::prompts {
namespace {

const std::vector<int16_t> kSamples = {0, 1, -1, 32767, -32768, 1000, -1000, 7};

std::string ErrorOf(const std::string& bytes) {
  const auto info = CheckWav(bytes);
  if (!info.ok()) {
    EXPECT_EQ(ReasonOf(info.status()), "PROMPT_DAMAGED");
  }
  return info.ok() ? "" : std::string(info.status().message());
}

// A WAV file with one byte changed.
std::string With(size_t at, char byte) {
  std::string wav = WriteWav(kSamples, 16000);
  wav[at] = byte;
  return wav;
}

TEST(Wav, WhatIsWrittenIsReadBack) {
  const std::string wav = WriteWav(kSamples, 16000);
  const auto pcm = ReadMonoPcm(wav);
  ASSERT_TRUE(pcm.ok()) << pcm.status();
  EXPECT_EQ(pcm->samples, kSamples);
  EXPECT_EQ(pcm->rate_hz, 16000);
  const auto info = CheckWav(wav);
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->channels, 1);
  EXPECT_EQ(info->duration, absl::Microseconds(500));
}

TEST(Wav, ATruncatedFileIsDamagedAtEveryLength) {
  const std::string wav = WriteWav(kSamples, 8000);
  for (size_t length = 0; length < wav.size(); ++length) {
    EXPECT_NE(ErrorOf(wav.substr(0, length)), "") << length;
  }
}

TEST(Wav, WhatIsNotAWavFileIsDamaged) {
  EXPECT_EQ(ErrorOf(""), "is not a WAV file");
  EXPECT_EQ(ErrorOf(std::string(100, 'x')), "is not a WAV file");
  EXPECT_EQ(ErrorOf(With(8, 'X')), "is not a WAV file");
}

TEST(Wav, OnlyWhatTheMixerPlaysIsAccepted) {
  EXPECT_EQ(ErrorOf(With(20, 3)), "is coded otherwise than as PCM of 16 bits, A-law or µ-law");
  EXPECT_EQ(ErrorOf(With(34, 24)), "is coded otherwise than as PCM of 16 bits, A-law or µ-law");
  EXPECT_EQ(ErrorOf(With(22, 3)), "is neither mono nor stereo");
  EXPECT_EQ(ErrorOf(With(22, 0)), "is neither mono nor stereo");
  EXPECT_EQ(ErrorOf(WriteWav(kSamples, 22050)),
            "has a sampling rate of 22050 Hz, not 8000, 16000 or 48000");
  EXPECT_EQ(ErrorOf(WriteWav(kSamples, 0)), "has a sampling rate of 0 Hz");
  EXPECT_EQ(ErrorOf(WriteWav({}, 8000)), "is empty");
}

TEST(Wav, ChunksInBetweenAreSkipped) {
  std::string wav = WriteWav(kSamples, 8000);
  wav.insert(36, std::string("LIST\x03\0\0\0abc\0", 12));
  EXPECT_EQ(ErrorOf(wav), "");
}

TEST(Wav, AFileWithoutSamplesIsDamaged) {
  EXPECT_EQ(ErrorOf(WriteWav(kSamples, 8000).substr(0, 36)), "has no samples");
  std::string wav = WriteWav(kSamples, 8000);
  wav[12] = 'x';
  EXPECT_EQ(ErrorOf(wav), "has samples before their format");
}

TEST(Wav, TheSynthesiserMayLeaveTheLengthOpen) {
  std::string wav = WriteWav(kSamples, 22050);
  wav.replace(40, 4, std::string("\x00\xF0\xFF\x7F", 4));
  const auto pcm = ReadMonoPcm(wav);
  ASSERT_TRUE(pcm.ok()) << pcm.status();
  EXPECT_EQ(pcm->samples.size(), kSamples.size());
  EXPECT_EQ(ErrorOf(wav), "is cut off");
}

}  // namespace
}  // namespace narada::control::prompts
