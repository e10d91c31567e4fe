#include "mixer/files/ogg_opus_writer.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "mixer/files/sound_file.h"

namespace narada::mixer::files {
namespace {

std::vector<int16_t> Tone(int rate_hz, double frequency_hz, int milliseconds) {
  std::vector<int16_t> samples(static_cast<size_t>(rate_hz / 1000 * milliseconds));
  for (size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<int16_t>(
        8000 * std::sin(2 * std::numbers::pi * frequency_hz * static_cast<double>(i) / rate_hz));
  }
  return samples;
}

class OggOpusWriterTest : public ::testing::Test {
 protected:
  OggOpusWriterTest() : path_(::testing::TempDir() + "/ogg_opus_writer") {
    EXPECT_EQ(system(("rm -rf " + path_).c_str()), 0);
    folder_.emplace(*Folder::Open(path_));
  }
  std::unique_ptr<OggOpusWriter> Start(int rate_hz) {
    return *OggOpusWriter::Start(*folder_->MakeFile("mix.opus"),
                                 {.rate = SampleRate::FromHertz(rate_hz), .serial = 3});
  }
  // At the rate that the header names.
  SoundFile Read() const { return ReadSoundFile(path_ + "/mix.opus"); }

  const std::string path_;
  std::optional<Folder> folder_;
};

// How much later `heard` is than `wanted`, in samples: the best match.
int ShiftOf(const std::vector<int16_t>& heard, size_t begin, const std::vector<int16_t>& wanted) {
  double best = 0;
  int best_shift = -100;
  for (int shift = -20; shift <= 20; ++shift) {
    double product = 0;
    for (size_t i = wanted.size() / 8; i < wanted.size() * 7 / 8; ++i) {
      product += double{1} * wanted[i] * heard[begin + i + static_cast<size_t>(shift)];
    }
    if (product > best) {
      best = product;
      best_shift = shift;
    }
  }
  return best_shift;
}

TEST_F(OggOpusWriterTest, BeginsAndEndsToTheSample) {
  for (const int rate_hz : {8000, 16000, 48000}) {
    const auto writer = Start(rate_hz);
    const size_t begin = static_cast<size_t>(rate_hz) / 2;
    writer->AppendSilence(static_cast<int64_t>(begin));
    std::vector<int16_t> burst = Tone(rate_hz, 301, 333);
    burst.push_back(0);  // No whole number of frames.
    writer->Append(burst);
    EXPECT_TRUE(writer->Finish().ok());
    const SoundFile file = Read();
    ASSERT_EQ(file.error, "") << rate_hz;
    ASSERT_EQ(file.rate_hz, rate_hz);
    EXPECT_EQ(file.frames, writer->samples());
    EXPECT_LE(std::abs(ShiftOf(file.samples, begin, burst)), 1) << rate_hz;
    const std::vector<int16_t> inside(file.samples.begin() + static_cast<ptrdiff_t>(begin * 6 / 5),
                                      file.samples.begin() + static_cast<ptrdiff_t>(begin * 8 / 5));
    EXPECT_NEAR(ToneLevelDbov(inside, rate_hz, 301), -15.3, 0.5);
    ASSERT_EQ(system(("rm " + path_ + "/mix.opus").c_str()), 0);
  }
}

TEST_F(OggOpusWriterTest, IsPlayableAfterEveryFlush) {
  const auto writer = Start(16000);
  for (int i = 1; i <= 5; ++i) {
    writer->Append(Tone(16000, 440, 500));
    EXPECT_TRUE(writer->Flush().ok());
    const SoundFile file = Read();  // As after a kill.
    ASSERT_EQ(file.error, "");
    EXPECT_GE(file.samples.size(), static_cast<size_t>(8000 * i - 480));
    EXPECT_NEAR(ToneLevelDbov(file.samples, 16000, 440), -15.3, 1.5);
  }
}

TEST_F(OggOpusWriterTest, LongSilenceIsSmallAndSilent) {
  for (const int rate_hz : {8000, 16000, 48000}) {
    const auto writer = Start(rate_hz);
    writer->Append(Tone(rate_hz, 440, 1000));
    while (writer->samples() < int64_t{120} * rate_hz) {
      writer->AppendSilence(int64_t{120} * rate_hz - writer->samples());
      EXPECT_TRUE(writer->Flush().ok());
    }
    writer->Append(Tone(rate_hz, 880, 1000));
    EXPECT_TRUE(writer->Finish().ok());
    const SoundFile file = Read();
    ASSERT_EQ(file.error, "");
    EXPECT_EQ(file.frames, int64_t{121} * rate_hz);
    int peak = 0;
    const auto second = static_cast<size_t>(rate_hz);
    for (size_t i = second * 2; i < second * 120 - second / 100; ++i) {
      peak = std::max(peak, std::abs(int{file.samples[i]}));
    }
    EXPECT_LE(peak, 4) << rate_hz;
    const std::vector<int16_t> last(file.samples.end() - rate_hz * 4 / 5, file.samples.end());
    EXPECT_NEAR(ToneLevelDbov(last, rate_hz, 880), -15.3, 0.5);
    EXPECT_LT(writer->size_bytes(), 48u << 10) << rate_hz;

    ASSERT_EQ(system(("rm " + path_ + "/mix.opus").c_str()), 0);
  }
}

}  // namespace
}  // namespace narada::mixer::files
