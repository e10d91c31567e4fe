#include "mixer/media/prompt_converter.h"

#include <algorithm>
#include <array>

#include "mixer/units/media_time.h"

namespace narada::mixer::media {
namespace {

// 20 ms at 48 kHz.
constexpr size_t kFrameMax = 960;

// What a resampler has to have heard before its output is right: more than its longest filter.
constexpr MediaDuration kLeadIn = Milliseconds(10);

}  // namespace

PromptConverter::PromptConverter()
    : resampler_(SampleRate::FromHertz(8000), SampleRate::FromHertz(16000)) {}

void PromptConverter::Read(const Prompt& prompt, SampleRate rate, size_t position,
                           std::span<int16_t> out) noexcept {
  const bool goes_on = prompt_ == &prompt && resampler_.to() == rate && next_ == position;
  if (!goes_on) Begin(prompt, rate, position);
  Continue(out);
}

void PromptConverter::Begin(const Prompt& prompt, SampleRate rate, size_t position) noexcept {
  prompt_ = &prompt;
  const SampleRate from = prompt.rate();
  resampler_.Configure(from, rate);
  // Outputs that both rates have in common, before the position by the lead-in.
  const size_t lead_in = rate.SamplesIn(kLeadIn).size();
  const auto up = static_cast<size_t>(std::max(rate.hertz() / from.hertz(), 1));
  const auto down = static_cast<int64_t>(std::max(from.hertz() / rate.hertz(), 1));
  const size_t beyond = position % up;
  const auto begin = static_cast<int64_t>(position - beyond) - static_cast<int64_t>(lead_in);
  // Going down, an output stands at the last input of its group.
  next_in_ = begin * from.hertz() / rate.hertz() - (down - 1);
  size_t unheard = lead_in + beyond + rate.SamplesIn(resampler_.delay()).size();
  std::array<int16_t, kFrameMax> none;
  while (unheard > 0) {
    const size_t size = std::min(unheard, none.size() / 2);
    Continue(std::span(none).first(size));
    unheard -= size;
  }
  next_ = position;
}

void PromptConverter::Continue(std::span<int16_t> out) noexcept {
  next_ += out.size();
  const std::span<const int16_t> samples = prompt_->samples();
  std::array<int16_t, kFrameMax> in;
  const size_t block_max = resampler_.from() > resampler_.to()
                               ? in.size() * static_cast<size_t>(resampler_.to().hertz()) /
                                     static_cast<size_t>(resampler_.from().hertz())
                               : in.size();
  while (!out.empty()) {
    const std::span<int16_t> block = out.first(std::min(out.size(), block_max));
    const size_t wanted = resampler_.InputFor(block.size());
    for (size_t i = 0; i < wanted; ++i) {
      const int64_t at = next_in_ + static_cast<int64_t>(i);
      const bool is_inside = at >= 0 && at < static_cast<int64_t>(samples.size());
      in[i] = is_inside ? samples[static_cast<size_t>(at)] : int16_t{0};
    }
    next_in_ += static_cast<int64_t>(wanted);
    resampler_.Process(std::span<const int16_t>(in).first(wanted), block);
    out = out.subspan(block.size());
  }
}

}  // namespace narada::mixer::media
