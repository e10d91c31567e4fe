#include "mixer/media/ogg_opus.h"

#include <ogg/ogg.h>
#include <opus.h>

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/status.h"
#include "gtest/gtest.h"

namespace narada::mixer::media {
namespace {

using Bytes = std::vector<uint8_t>;

// A tone of 440 Hz at half of full scale, by libopus and libogg themselves.
class Writer {
 public:
  Writer(int channels, int rate_hz) : channels_(channels) {
    int error = 0;
    encoder_ = opus_encoder_create(48000, channels, OPUS_APPLICATION_AUDIO, &error);
    ogg_stream_init(&stream_, 1);
    std::string head = "OpusHead";
    head += '\1';
    head += static_cast<char>(channels);
    head += std::string("\x38\x01", 2);  // 312 samples to skip.
    for (int i = 0; i < 4; ++i) head += static_cast<char>(rate_hz >> (8 * i));
    head += std::string(3, '\0');
    Put(head, 0, false);
    Put(std::string("OpusTags\0\0\0\0\0\0\0\0", 16), 0, false);
  }
  ~Writer() {
    opus_encoder_destroy(encoder_);
    ogg_stream_clear(&stream_);
  }

  void Say(int milliseconds, bool is_last = true) {
    for (int i = 0; i < milliseconds / 20; ++i) {
      std::vector<int16_t> frame(static_cast<size_t>(960 * channels_));
      for (size_t k = 0; k < 960; ++k, ++said_) {
        const double phase = 2 * std::numbers::pi * 440 * static_cast<double>(said_) / 48000;
        for (size_t c = 0; c < static_cast<size_t>(channels_); ++c) {
          // The second channel is silent.
          frame[k * static_cast<size_t>(channels_) + c] =
              c == 0 ? static_cast<int16_t>(16384 * std::sin(phase)) : int16_t{0};
        }
      }
      std::string packet(1276, '\0');
      packet.resize(static_cast<size_t>(opus_encode(
          encoder_, frame.data(), 960, reinterpret_cast<uint8_t*>(packet.data()), 1276)));
      Put(packet, said_, is_last && i + 1 == milliseconds / 20);
    }
  }

  Bytes bytes;

 private:
  void Put(const std::string& data, int64_t granule, bool is_last) {
    ogg_packet packet = {};
    packet.packet = reinterpret_cast<uint8_t*>(const_cast<char*>(data.data()));
    packet.bytes = static_cast<long>(data.size());  // NOLINT(google-runtime-int)
    packet.b_o_s = packets_ == 0;
    packet.e_o_s = is_last;
    packet.granulepos = granule;
    packet.packetno = packets_++;
    ogg_stream_packetin(&stream_, &packet);
    ogg_page page;
    while (ogg_stream_flush(&stream_, &page)) {
      bytes.insert(bytes.end(), page.header, page.header + page.header_len);
      bytes.insert(bytes.end(), page.body, page.body + page.body_len);
    }
  }

  const int channels_;
  OpusEncoder* encoder_;
  ogg_stream_state stream_;
  int64_t packets_ = 0;
  int64_t said_ = 0;
};

double LevelDb(const std::vector<int16_t>& samples, size_t begin) {
  double energy = 0;
  for (size_t i = begin; i < samples.size(); ++i) energy += double{1} * samples[i] * samples[i];
  return 10 * std::log10(energy / static_cast<double>(samples.size() - begin) / 32768 / 32768);
}

TEST(OggOpus, ReadsAToneAtItsLevel) {
  Writer writer(1, 16000);
  writer.Say(500);
  const auto audio = ParseOggOpus(writer.bytes, 1 << 20);
  ASSERT_TRUE(audio.ok()) << audio.status();
  EXPECT_EQ(audio->rate.hertz(), 48000);
  EXPECT_EQ(audio->source_rate.hertz(), 16000);
  EXPECT_EQ(audio->samples.size(), 24000u - 312);
  EXPECT_NEAR(LevelDb(audio->samples, 4800), -9.03, 0.3);
}

TEST(OggOpus, AveragesTwoChannels) {
  Writer writer(2, 48000);
  writer.Say(500);
  const auto audio = ParseOggOpus(writer.bytes, 1 << 20);
  ASSERT_TRUE(audio.ok()) << audio.status();
  EXPECT_EQ(audio->source_rate.hertz(), 48000);
  EXPECT_NEAR(LevelDb(audio->samples, 4800), -9.03 - 6.02, 0.5);
}

TEST(OggOpus, AnUntoldRateIsTakenForTheHighest) {
  Writer writer(1, 0);
  writer.Say(100);
  EXPECT_EQ(ParseOggOpus(writer.bytes, 1 << 20)->source_rate.hertz(), 48000);
}

TEST(OggOpus, RefusesMoreThanIsAllowedBeforeItIsDecoded) {
  Writer writer(1, 48000);
  writer.Say(1000);
  const absl::Status status = ParseOggOpus(writer.bytes, 24000).status();
  EXPECT_EQ(ReasonOf(status), "PROMPTS_FULL");
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
}

TEST(OggOpus, SaysWhatIsWrong) {
  Writer writer(1, 48000);
  writer.Say(200);
  Bytes holed = writer.bytes;
  holed[holed.size() / 2] ^= 0x40;
  Writer empty(1, 48000);
  for (const Bytes& file : {Bytes{}, Bytes{'R', 'I', 'F', 'F'}, holed, empty.bytes,
                            Bytes(writer.bytes.begin(), writer.bytes.begin() + 40)}) {
    const auto audio = ParseOggOpus(file, 1 << 20);
    ASSERT_FALSE(audio.ok()) << file.size();
    EXPECT_EQ(ReasonOf(audio.status()), "PROMPT_DAMAGED");
  }
}

TEST(OggOpus, SurvivesAnyBytes) {
  SeededRandom random(5);
  Writer writer(1, 48000);
  writer.Say(100);
  for (int i = 0; i < 2'000; ++i) {
    Bytes file = writer.bytes;
    file.resize(random.Below(file.size() + 1));
    for (uint64_t n = random.Below(4); n > 0 && !file.empty(); --n) {
      file[random.Below(file.size())] = static_cast<uint8_t>(random.Next());
    }
    const auto audio = ParseOggOpus(file, 1 << 20);
    EXPECT_TRUE(!audio.ok() || !audio->samples.empty());
  }
}

}  // namespace
}  // namespace narada::mixer::media
