#include "mixer/media/wav.h"

#include <initializer_list>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/status.h"
#include "gtest/gtest.h"

namespace narada::mixer::media {
namespace {

using Bytes = std::vector<uint8_t>;

void Append(Bytes& bytes, const std::string& text) {
  bytes.insert(bytes.end(), text.begin(), text.end());
}
void AppendNumber(Bytes& bytes, uint32_t value, int size) {
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

Bytes Chunk(const std::string& tag, const Bytes& body) {
  Bytes bytes;
  Append(bytes, tag);
  AppendNumber(bytes, static_cast<uint32_t>(body.size()), 4);
  bytes.insert(bytes.end(), body.begin(), body.end());
  if (body.size() % 2 == 1) bytes.push_back(0);
  return bytes;
}

Bytes Format(int code, int channels, uint32_t rate_hz, int bits) {
  Bytes body;
  AppendNumber(body, code, 2);
  AppendNumber(body, channels, 2);
  AppendNumber(body, rate_hz, 4);
  AppendNumber(body, rate_hz * channels * bits / 8, 4);
  AppendNumber(body, channels * bits / 8, 2);
  AppendNumber(body, bits, 2);
  return body;
}

Bytes File(std::initializer_list<Bytes> chunks) {
  Bytes body;
  Append(body, "WAVE");
  for (const Bytes& chunk : chunks) body.insert(body.end(), chunk.begin(), chunk.end());
  return Chunk("RIFF", body);
}

const Bytes kTwoSamples = {0x01, 0x00, 0xff, 0xff};  // 1, -1.

TEST(Wav, ReadsPcmOfSixteenBits) {
  const auto wav =
      ParseWav(File({Chunk("fmt ", Format(1, 1, 16000, 16)), Chunk("data", kTwoSamples)}));
  ASSERT_TRUE(wav.ok()) << wav.status();
  EXPECT_EQ(wav->rate.hertz(), 16000);
  EXPECT_EQ(wav->samples, (std::vector<int16_t>{1, -1}));
}

TEST(Wav, ReadsBothLawsOfG711) {
  const auto a_law = ParseWav(File({Chunk("fmt ", Format(6, 1, 8000, 8)), Chunk("data", {0xd5})}));
  ASSERT_TRUE(a_law.ok()) << a_law.status();
  EXPECT_EQ(a_law->samples, std::vector<int16_t>{8});
  const auto u_law = ParseWav(File({Chunk("fmt ", Format(7, 1, 8000, 8)), Chunk("data", {0xff})}));
  ASSERT_TRUE(u_law.ok()) << u_law.status();
  EXPECT_EQ(u_law->samples, std::vector<int16_t>{0});
}

TEST(Wav, ReadsSamplesOfAnyWidth) {
  const struct {
    Bytes format;
    Bytes data;
  } cases[] = {
      {Format(1, 1, 8000, 8), {0x80, 0xff, 0x00, 0xc0}},
      {Format(1, 1, 8000, 24), {0, 0, 0, 0, 0, 0x7f, 0, 0, 0x80, 0x80, 0xff, 0x3f}},
      {Format(1, 1, 8000, 32), {0, 0, 0, 0, 0, 0, 0, 0x7f, 0, 0, 0, 0x80, 0xff, 0x7f, 0, 0x40}},
      {Format(3, 1, 8000, 32), {0, 0, 0, 0, 0, 0, 0x7e, 0x3f, 0, 0, 0x80, 0xbf, 0, 0, 0, 0x3f}},
      {Format(3, 1, 8000, 64), {0, 0, 0, 0, 0, 0, 0,    0,    0, 0, 0, 0, 0, 0xc0, 0xef, 0x3f,
                                0, 0, 0, 0, 0, 0, 0xf0, 0xbf, 0, 0, 0, 0, 0, 0,    0xe0, 0x3f}},
  };
  for (const auto& c : cases) {
    const auto wav = ParseWav(File({Chunk("fmt ", c.format), Chunk("data", c.data)}));
    ASSERT_TRUE(wav.ok()) << wav.status();
    EXPECT_EQ(wav->samples, (std::vector<int16_t>{0, 0x7f00, -32768, 0x4000}));
  }
}

TEST(Wav, FloatsBeyondFullScaleAreClippedAndThoseThatAreNoneAreSilent) {
  const auto wav = ParseWav(
      File({Chunk("fmt ", Format(3, 1, 44100, 32)),
            Chunk("data", {0, 0, 0, 0x40, 0, 0, 0, 0xc0, 0, 0, 0xc0, 0x7f, 0, 0, 0x80, 0x7f})}));
  ASSERT_TRUE(wav.ok()) << wav.status();
  EXPECT_EQ(wav->samples, (std::vector<int16_t>{32767, -32768, 0, 0}));
}

TEST(Wav, AveragesTwoChannels) {
  const auto wav =
      ParseWav(File({Chunk("fmt ", Format(1, 2, 48000, 16)),
                     Chunk("data", {0x10, 0x00, 0x20, 0x00, 0x00, 0x80, 0x00, 0x80})}));
  ASSERT_TRUE(wav.ok()) << wav.status();
  EXPECT_EQ(wav->samples, (std::vector<int16_t>{0x18, -32768}));
}

TEST(Wav, ReadsTheExtensibleForm) {
  Bytes format = Format(0xfffe, 1, 8000, 16);
  AppendNumber(format, 22, 2);
  AppendNumber(format, 16, 2);
  AppendNumber(format, 4, 4);
  AppendNumber(format, 1, 2);
  format.resize(40, 0);
  const auto wav = ParseWav(File({Chunk("fmt ", format), Chunk("data", kTwoSamples)}));
  ASSERT_TRUE(wav.ok()) << wav.status();
  EXPECT_EQ(wav->samples.size(), 2u);
}

TEST(Wav, SkipsChunksThatItDoesNotKnow) {
  const auto wav = ParseWav(File({Chunk("LIST", {1, 2, 3}), Chunk("fmt ", Format(1, 1, 8000, 16)),
                                  Chunk("fact", {0, 0, 0, 0}), Chunk("data", kTwoSamples)}));
  ASSERT_TRUE(wav.ok()) << wav.status();
}

TEST(Wav, ReadsToTheEndWhereAStreamingWriterLeftTheSizeOpen) {
  Bytes file = File({Chunk("fmt ", Format(1, 1, 8000, 16))});
  Append(file, "data");
  const size_t size_at = file.size();
  AppendNumber(file, 0, 4);
  file.insert(file.end(), kTwoSamples.begin(), kTwoSamples.end());
  for (uint32_t open : {0u, 0x7ffff000u, 0xffffffffu}) {
    for (int i = 0; i < 4; ++i) file[size_at + i] = static_cast<uint8_t>(open >> (8 * i));
    const auto wav = ParseWav(file);
    ASSERT_TRUE(wav.ok()) << wav.status();
    EXPECT_EQ(wav->samples.size(), 2u);
  }
}

TEST(Wav, SaysWhatIsWrong) {
  const Bytes format = Chunk("fmt ", Format(1, 1, 8000, 16));
  Bytes cut = File({format, Chunk("data", kTwoSamples)});
  cut.pop_back();
  const struct {
    Bytes file;
    const char* what;
  } cases[] = {
      {{}, "does not begin with RIFF or RF64"},
      {{'R', 'I', 'F', 'F', 0}, "cut in its header"},
      {Chunk("RIFF", {'A', 'V', 'I', ' '}), "not WAVE"},
      {File({}), "no format chunk"},
      {File({Chunk("data", kTwoSamples)}), "before their format"},
      {File({format}), "no samples"},
      {File({format, Chunk("data", {})}), "no samples"},
      {File({Chunk("fmt ", {1, 0})}), "too short"},
      {File({Chunk("fmt ", Format(2, 1, 8000, 4))}), "format 2"},
      {File({Chunk("fmt ", Format(3, 1, 8000, 16))}), "16 bits"},
      {File({Chunk("fmt ", Format(1, 6, 8000, 16))}), "6 channels"},
      {File({Chunk("fmt ", Format(1, 1, 8000, 12))}), "12 bits"},
      {File({Chunk("fmt ", Format(1, 1, 3999, 16))}), "3999 Hz"},
      {File({Chunk("fmt ", Format(1, 1, 192001, 16))}), "192001 Hz"},
      {cut, "it is cut: 3 of 4 bytes"},
  };
  for (const auto& c : cases) {
    const auto wav = ParseWav(c.file);
    ASSERT_FALSE(wav.ok()) << c.what;
    EXPECT_EQ(wav.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ReasonOf(wav.status()), "PROMPT_DAMAGED");
    EXPECT_NE(std::string(wav.status().message()).find(c.what), std::string::npos) << wav.status();
  }
}

TEST(Wav, SurvivesAnyBytes) {
  SeededRandom random(5);
  const Bytes good = File({Chunk("LIST", {1, 2, 3}), Chunk("fmt ", Format(1, 2, 8000, 16)),
                           Chunk("data", Bytes(64, 7))});
  for (int i = 0; i < 20'000; ++i) {
    Bytes file = good;
    file.resize(random.Below(good.size() + 1));
    for (uint64_t n = random.Below(4); n > 0 && !file.empty(); --n) {
      file[random.Below(file.size())] = static_cast<uint8_t>(random.Next());
    }
    const auto wav = ParseWav(file);
    EXPECT_TRUE(!wav.ok() || !wav->samples.empty());
  }
}

}  // namespace
}  // namespace narada::mixer::media
