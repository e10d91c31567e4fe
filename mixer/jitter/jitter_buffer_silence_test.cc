// A long digital silence, whose payloads are not kept: what is said in its midst is heard whole, in whatever order it comes.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "mixer/codec/encoder.h"
#include "mixer/codec/test_voice.h"
#include "mixer/jitter/jitter_buffer.h"

namespace narada::mixer::jitter {
namespace {

using codec::CodecId;

constexpr int kWord = 100;  // The number of the one packet that is no silence.
constexpr int kPackets = 200;
constexpr size_t kFrame = 160;

struct Heard {
  std::vector<int16_t> samples;
  JitterBufferStatistics statistics;
};

class JitterBufferInSilence : public testing::TestWithParam<CodecId> {
 protected:
  // Packet n arrives `delay_ms_of(n)` after n * 20 ms; `rate` is the leg's.
  template <typename F>
  Heard Hear(F delay_ms_of, SampleRate rate = SampleRate::FromHertz(8000)) {
    std::multimap<int, int> arrivals;
    for (int n = 0; n < kPackets; ++n) arrivals.emplace(20 * n + delay_ms_of(n), n);
    JitterBuffer buffer({.rate = rate, .decoder_rates_hz = {8000}, .delay_min = Milliseconds(70)});
    Heard heard;
    for (int ms = 0; ms < 20 * kPackets; ++ms) {
      const MediaTime now = MediaTime() + Seconds(1000) + Milliseconds(ms);
      for (auto [at, end] = arrivals.equal_range(ms); at != end; ++at) {
        EXPECT_EQ(buffer.Insert({.sequence_number = SequenceNumber(7) + at->second,
                                 .timestamp = RtpTimestamp(9) + RtpTicks(160 * at->second),
                                 .decoder = decoder_.get()},
                                at->second == kWord ? word_ : silence_, now),
                  InsertVerdict::kTaken);
      }
      if (ms % 20 != 7) continue;
      std::vector<int16_t> frame(rate.SamplesIn(Milliseconds(20)).size());
      buffer.Pull(frame, now);
      heard.samples.insert(heard.samples.end(), frame.begin(), frame.end());
    }
    heard.statistics = buffer.statistics();
    return heard;
  }

  // Where the word is heard whole; the end if nowhere.
  size_t FindWord(const Heard& heard) {
    std::vector<int16_t> word(kFrame);
    EXPECT_TRUE(decoder_->Decode(word_, word).ok());
    const auto at =
        std::search(heard.samples.begin(), heard.samples.end(), word.begin(), word.end());
    return static_cast<size_t>(at - heard.samples.begin());
  }

  std::unique_ptr<codec::Decoder> decoder_ = codec::MakeDecoder({.id = GetParam()});
  std::vector<uint8_t> silence_ = Encode(std::vector<int16_t>(kFrame));
  std::vector<uint8_t> word_ = Encode(codec::Sine(700, 8000, 8000, Milliseconds(20)));

 private:
  static std::vector<uint8_t> Encode(const std::vector<int16_t>& samples) {
    std::vector<uint8_t> payload(samples.size());
    const auto encoder = codec::MakeEncoder({.id = GetParam()});
    EXPECT_EQ(encoder->Encode(samples, payload), payload.size());
    return payload;
  }
};

TEST_P(JitterBufferInSilence, AWordIsHeardWhole) {
  const Heard heard = Hear([](int) { return 0; });
  EXPECT_GT(heard.statistics.packets_skipped, kPackets / 2u);
  const size_t word = FindWord(heard);
  ASSERT_LT(word, heard.samples.size());
  for (size_t i = 0; i < heard.samples.size(); ++i) {
    if (i >= word && i < word + kFrame) continue;
    ASSERT_LE(std::abs(heard.samples[i]), 8) << i;
  }
}

TEST_P(JitterBufferInSilence, AWordThatComesBehindTheSilenceThatFollowsItIsHeardWhole) {
  const Heard heard = Hear([](int n) { return n == kWord ? 50 : 0; });
  const size_t word = FindWord(heard);
  ASSERT_LT(word, heard.samples.size());
  for (size_t i = 0; i < heard.samples.size(); ++i) {
    if (i >= word && i < word + kFrame) continue;
    ASSERT_LE(std::abs(heard.samples[i]), 8) << i;
  }
  EXPECT_EQ(heard.statistics.concealed(), 0u);
}

// The samples of an unkept packet are those of the leg's rate, whatever the codec's.
TEST_P(JitterBufferInSilence, ANarrowbandPhoneInAWidebandRoomLosesNoTime) {
  const Heard narrow = Hear([](int) { return 0; });
  const Heard wide = Hear([](int) { return 0; }, SampleRate::FromHertz(16000));
  const auto loud = [](int16_t sample) { return std::abs(sample) > 4000; };
  const auto first = [&](const Heard& heard) {
    return std::find_if(heard.samples.begin(), heard.samples.end(), loud) - heard.samples.begin();
  };
  EXPECT_NEAR(static_cast<double>(first(wide)) / 2, static_cast<double>(first(narrow)), 40);
  EXPECT_EQ(wide.statistics.concealed(), 0u);
}

INSTANTIATE_TEST_SUITE_P(G711, JitterBufferInSilence,
                         testing::Values(CodecId::kPcma, CodecId::kPcmu));

}  // namespace
}  // namespace narada::mixer::jitter
