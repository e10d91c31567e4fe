#include "mixer/media/prompt.h"

#include <utility>

#include "base/check.h"
#include "mixer/dsp/resampler.h"

namespace narada::mixer::media {
namespace {

constexpr int kRates[] = {8000, 16000, 48000};

size_t PlaceOf(SampleRate rate) noexcept {
  return rate.hertz() == kRates[0] ? 0 : rate.hertz() == kRates[1] ? 1 : 2;
}

// What is above is not worth six times the memory of a telephone's rate: a little of 22.05 kHz, say.
SampleRate RateThatHolds(SampleRate source) {
  constexpr int kWidebandMax = 24000;
  if (source.hertz() <= kRates[0]) return SampleRate::FromHertz(kRates[0]);
  return SampleRate::FromHertz(source.hertz() <= kWidebandMax ? kRates[1] : kRates[2]);
}

}  // namespace

Prompt::Prompt(std::vector<int16_t> samples, SampleRate rate)
    : rate_(rate), size_(static_cast<int64_t>(samples.size())) {
  const int known = kRates[PlaceOf(rate)];
  CHECK_EQ(rate.hertz(), known) << "a prompt is kept at a rate of rooms";
  copies_[PlaceOf(rate)] = new Copy(std::move(samples));
}

Prompt::~Prompt() {
  for (const auto& copy : copies_) delete copy.load();
}

std::shared_ptr<const Prompt> Prompt::From(const DecodedAudio& audio) {
  const SampleRate rate = RateThatHolds(audio.source_rate);
  return std::make_shared<const Prompt>(dsp::Resample(audio.samples, audio.rate, rate), rate);
}

size_t Prompt::BytesToPrepare(SampleRate rate) const {
  return SamplesAt(rate).empty() ? SizeAt(rate) * sizeof(int16_t) : 0;
}

size_t Prompt::Prepare(SampleRate rate) const {
  const size_t bytes = BytesToPrepare(rate);
  if (bytes == 0) return 0;
  copies_[PlaceOf(rate)].store(new Copy(dsp::Resample(samples(), rate_, rate)),
                               std::memory_order_release);
  return bytes;
}

std::span<const int16_t> Prompt::SamplesAt(SampleRate rate) const noexcept {
  const Copy* const copy = copies_[PlaceOf(rate)].load(std::memory_order_acquire);
  if (copy == nullptr) return {};
  return *copy;
}

size_t Prompt::SizeAt(SampleRate rate) const noexcept {
  // As dsp::Resample() makes them: as long in time, rounded up to a sample.
  return static_cast<size_t>((size_ * rate.hertz() + rate_.hertz() - 1) / rate_.hertz());
}

size_t Prompt::memory_bytes() const noexcept {
  size_t bytes = sizeof(*this);
  for (const int hertz : kRates) {
    bytes += SamplesAt(SampleRate::FromHertz(hertz)).size() * sizeof(int16_t);
  }
  return bytes;
}

}  // namespace narada::mixer::media
