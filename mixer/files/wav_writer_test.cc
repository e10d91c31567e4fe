#include "mixer/files/wav_writer.h"

#include <sys/stat.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "gtest/gtest.h"
#include "mixer/files/sound_file.h"

namespace narada::mixer::files {
namespace {

constexpr SampleRate kRate = SampleRate::FromHertz(16000);

class WavWriterTest : public ::testing::Test {
 protected:
  WavWriterTest() : path_(::testing::TempDir() + "/wav_writer") {
    EXPECT_EQ(system(("rm -rf " + path_).c_str()), 0);
    folder_.emplace(*Folder::Open(path_, [this](size_t) { return disk_; }));
  }
  std::unique_ptr<WavWriter> Start() {
    return *WavWriter::Start(*folder_->MakeFile("mix.wav"), kRate);
  }
  SoundFile Read() const { return ReadSoundFile(path_ + "/mix.wav"); }

  const std::string path_;
  absl::Status disk_;
  std::optional<Folder> folder_;
};

TEST_F(WavWriterTest, IsReadByOthersToTheSample) {
  const auto writer = Start();
  std::vector<int16_t> samples = {1, -2, 32767, -32768};
  writer->Append(samples);
  writer->AppendSilence(3);
  writer->Append(samples);
  EXPECT_TRUE(writer->Finish().ok());
  const SoundFile file = Read();
  EXPECT_EQ(file.error, "");
  EXPECT_EQ(file.rate_hz, 16000);
  EXPECT_EQ(file.samples,
            (std::vector<int16_t>{1, -2, 32767, -32768, 0, 0, 0, 1, -2, 32767, -32768}));
}

TEST_F(WavWriterTest, IsPlayableAfterEveryFlush) {
  const auto writer = Start();
  EXPECT_EQ(Read().error, "");
  for (int second = 1; second <= 3; ++second) {
    writer->Append(std::vector<int16_t>(16000, static_cast<int16_t>(second)));
    EXPECT_TRUE(writer->Flush().ok());
    const SoundFile file = Read();  // The writer lives on: as after its death.
    EXPECT_EQ(file.frames, 16000 * second);
    EXPECT_EQ(file.samples.back(), second);
  }
}

// Real sizes; the silence takes no place on the disk.
TEST_F(WavWriterTest, BecomesRf64PastFourGibibytes) {
  const auto writer = Start();
  const int64_t fits = ((int64_t{1} << 32) - 2 - 72) / 2;
  writer->AppendSilence(fits - 2);
  writer->Append(std::vector<int16_t>{11, 12});
  EXPECT_TRUE(writer->Flush().ok());
  SoundFile file = ReadSoundFile(path_ + "/mix.wav", 0);
  EXPECT_EQ(file.error, "");
  EXPECT_FALSE(file.is_rf64);
  EXPECT_EQ(file.frames, fits);
  writer->Append(std::vector<int16_t>{13});
  EXPECT_TRUE(writer->Finish().ok());
  file = ReadSoundFile(path_ + "/mix.wav", 0);
  EXPECT_EQ(file.error, "");
  EXPECT_TRUE(file.is_rf64);
  EXPECT_EQ(file.frames, fits + 1);
  struct stat status {};
  ASSERT_EQ(stat((path_ + "/mix.wav").c_str(), &status), 0);
  EXPECT_LT(status.st_blocks * 512, 1 << 20);
}

TEST_F(WavWriterTest, TriesAgainWhereTheDiskRefused) {
  const auto writer = Start();
  disk_ = absl::ResourceExhaustedError("full");
  writer->Append(std::vector<int16_t>{1, 2});
  EXPECT_FALSE(writer->Flush().ok());
  writer->AppendSilence(100'000);
  writer->Append(std::vector<int16_t>{3});
  EXPECT_FALSE(writer->Flush().ok());
  EXPECT_EQ(Read().frames, 0);
  disk_ = absl::OkStatus();
  EXPECT_TRUE(writer->Flush().ok());
  const SoundFile file = Read();
  ASSERT_EQ(file.frames, 100'003);
  EXPECT_EQ(file.samples[1], 2);
  EXPECT_EQ(file.samples[2], 0);
  EXPECT_EQ(file.samples.back(), 3);
}

TEST_F(WavWriterTest, HoldsOnlySoMuchForADiskThatRefuses) {
  const auto writer = Start();
  disk_ = absl::ResourceExhaustedError("full");
  EXPECT_FALSE(writer->is_blocked());
  writer->Append(std::vector<int16_t>(200'000));
  EXPECT_TRUE(writer->is_blocked());
}

TEST_F(WavWriterTest, IsPlayableUpToTheLastGoodFlushWhenGivenUp) {
  const auto writer = Start();
  writer->Append(std::vector<int16_t>{1, 2, 3});
  EXPECT_TRUE(writer->Flush().ok());
  disk_ = absl::ResourceExhaustedError("full");
  writer->Append(std::vector<int16_t>{4});
  EXPECT_FALSE(writer->Finish().ok());
  EXPECT_TRUE(writer->Abandon().ok());
  EXPECT_EQ(Read().samples, (std::vector<int16_t>{1, 2, 3}));
}

TEST_F(WavWriterTest, ARepairFindsWhatTheHeaderDoesNotTell) {
  {
    const auto writer = Start();
    writer->Append(std::vector<int16_t>{1, 2, 3});
    EXPECT_TRUE(writer->Flush().ok());
  }
  const std::vector<uint8_t> more = {4, 0, 5, 0, 6};  // Two samples and a half.
  File file = *folder_->OpenFile("mix.wav");
  ASSERT_TRUE(file.WriteAt(*file.Size(), more).ok());
  EXPECT_TRUE(WavWriter::Repair(std::move(file)).ok());
  EXPECT_EQ(Read().samples, (std::vector<int16_t>{1, 2, 3, 4, 5}));
  const absl::Status status = WavWriter::Repair(*folder_->MakeFile("other.wav"));
  EXPECT_EQ(ReasonOf(status), "RECORDING_DAMAGED");
}

}  // namespace
}  // namespace narada::mixer::files
