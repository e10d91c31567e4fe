#include "mixer/media/prompt.h"

#include <cmath>
#include <numbers>
#include <vector>

#include "gtest/gtest.h"
#include "mixer/media/prompt_converter.h"

namespace narada::mixer::media {
namespace {

const SampleRate kRates[] = {SampleRate::FromHertz(8000), SampleRate::FromHertz(16000),
                             SampleRate::FromHertz(48000)};

std::vector<int16_t> Tone(int rate_hz, double frequency_hz, int samples) {
  std::vector<int16_t> tone(static_cast<size_t>(samples));
  for (size_t i = 0; i < tone.size(); ++i) {
    tone[i] = static_cast<int16_t>(std::lround(
        8000 * std::sin(2 * std::numbers::pi * frequency_hz * static_cast<double>(i) / rate_hz)));
  }
  return tone;
}

TEST(Prompt, IsKeptAtTheLowestRateThatHoldsItsSound) {
  const struct {
    int source_hz;
    int kept_hz;
  } cases[] = {{8000, 8000},   {6000, 8000},   {11025, 16000}, {16000, 16000},
               {22050, 16000}, {44100, 48000}, {48000, 48000}, {96000, 48000}};
  for (const auto& c : cases) {
    const SampleRate source = SampleRate::FromHertz(c.source_hz);
    const auto prompt = Prompt::From({.rate = source,
                                      .samples = Tone(c.source_hz, 440, c.source_hz / 10),
                                      .source_rate = source});
    EXPECT_EQ(prompt->rate().hertz(), c.kept_hz) << c.source_hz;
    EXPECT_EQ(prompt->duration(), Milliseconds(100)) << c.source_hz;
  }
}

TEST(Prompt, HasFurtherCopiesOnlyWhereTheyWerePrepared) {
  const Prompt prompt(Tone(16000, 440, 1600), kRates[1]);
  EXPECT_EQ(prompt.SamplesAt(kRates[1]).size(), 1600u);
  EXPECT_TRUE(prompt.SamplesAt(kRates[0]).empty());
  EXPECT_EQ(prompt.SizeAt(kRates[0]), 800u);
  EXPECT_EQ(prompt.BytesToPrepare(kRates[0]), 1600u);
  const size_t before = prompt.memory_bytes();
  EXPECT_EQ(prompt.Prepare(kRates[0]), 1600u);
  EXPECT_EQ(prompt.Prepare(kRates[0]), 0u);
  EXPECT_EQ(prompt.memory_bytes(), before + 1600);
  EXPECT_EQ(prompt.SamplesAt(kRates[0]).size(), 800u);
  EXPECT_TRUE(prompt.SamplesAt(kRates[2]).empty());
}

// In place and alike: a change from one to the other in the middle of a prompt is not heard.
TEST(PromptConverter, SoundsLikeThePreparedSamplesFromAnyPlace) {
  for (const SampleRate from : kRates) {
    for (const SampleRate to : kRates) {
      if (from == to) continue;
      const Prompt prompt(Tone(from.hertz(), 1000, from.hertz() / 2), from);
      prompt.Prepare(to);
      const std::span<const int16_t> wanted = prompt.SamplesAt(to);
      for (const size_t begin : {size_t{0}, size_t{1}, size_t{777}, wanted.size() / 2 + 5}) {
        PromptConverter converter;
        const size_t frame = to.SamplesIn(Milliseconds(20)).size();
        double noise = 0;
        std::vector<int16_t> out(frame);
        for (size_t at = begin; at < wanted.size(); at += frame) {
          const size_t size = std::min(frame, wanted.size() - at);
          converter.Read(prompt, to, at, std::span(out).first(size));
          // The filters differ where the tone begins and ends.
          const size_t edge = frame / 4;
          for (size_t i = 0; i < size; ++i) {
            if (at + i < edge || at + i + edge >= wanted.size()) continue;
            noise += std::pow(double{1} * out[i] - wanted[at + i], 2);
          }
        }
        const double noise_rms = std::sqrt(noise / static_cast<double>(wanted.size() - begin));
        EXPECT_LT(noise_rms, 8000 * 0.7071 * 1e-2)  // 40 dB down.
            << from << " to " << to << " from " << begin;
      }
    }
  }
}

}  // namespace
}  // namespace narada::mixer::media
