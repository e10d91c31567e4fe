// Changes the rate of a stream, block by block: between 8, 16 and 48 kHz, and by a few parts per
// million to follow a sender's clock. A windowed sinc in phases; no image or alias above -70 dB.
//   StreamResampler resampler(SampleRate::FromHertz(8000), SampleRate::FromHertz(16000));
//   resampler.Process(frame, wide);                  // 160 samples to 320
//
//   SkewResampler follower(rate, rate);              // for clock skew: as many samples as needed
//   follower.set_skew_ppb(measured);                 // phase and sound stay continuous
//   follower.Process(std::span(in).first(follower.InputFor(160)), frame);
// With equal rates and no skew it is an exact copy, delayed. Integers throughout: the same bits
// everywhere. A plain value of about 1 KiB (SkewResampler, for equal rates alone: 0.4) that allocates
// nothing, except that the first one of a process computes the coefficients that all share; so make
// one before the media path begins. One thread at a time.
#ifndef NARADA_MIXER_DSP_STREAM_RESAMPLER_H_
#define NARADA_MIXER_DSP_STREAM_RESAMPLER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "mixer/dsp/kernels.h"
#include "mixer/units/media_time.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::dsp {

// One ratio's taps.
struct ResamplerFilter;

// With memory for filters of so many taps.
template <size_t kTapsMax>
class BasicStreamResampler {
 public:
  static constexpr int32_t kSkewMaxPpb = 10'000'000;  // One in a hundred.

  // The rates are equal, or one is 2, 3 or 6 times the other.
  BasicStreamResampler(SampleRate from, SampleRate to, const Kernels& kernels = Kernels::Best());

  // Begins another stream between other rates, without skew. Also on the media path.
  void Configure(SampleRate from, SampleRate to) noexcept;

  // How many samples the next Process() takes to make `out_samples`. Without skew always the same
  // for blocks of whole input samples.
  size_t InputFor(size_t out_samples) const noexcept;

  // Takes InputFor(out.size()) samples and fills `out`.
  void Process(std::span<const int16_t> in, std::span<int16_t> out) noexcept;

  // The same as Process() of so many zeros where the filter knows nothing but zeros: makes as many.
  void PassSilence(size_t in_samples, size_t out_samples) noexcept;

  // From now on the input's clock is taken for so many parts per billion faster than nominal
  // (slower if negative): more (less) of it goes into each output. Within kSkewMaxPpb.
  void set_skew_ppb(int32_t ppb) noexcept;
  int32_t skew_ppb() const noexcept { return skew_ppb_; }

  // Takes over the stream of another resampler of the same rates, without a seam.
  void ContinueFrom(const BasicStreamResampler& other) noexcept;
  // Forgets the stream: silence before what comes next. The skew stays.
  void Reset() noexcept;

  // By how much the output is later than the input.
  MediaDuration delay() const noexcept;
  SampleRate from() const noexcept { return from_; }
  SampleRate to() const noexcept { return to_; }

 private:
  static constexpr size_t kChunk = 128;  // Samples taken at a time.

  // The output that is `fraction` of a sample behind the one before `end`, less the delay.
  int16_t OutputAt(size_t end, uint64_t fraction) const noexcept;
  // Lets the first samples behind the oldest `taps` become the past.
  void Forget(size_t samples) noexcept;

  SampleRate from_;
  SampleRate to_;
  const Kernels* kernels_;
  const ResamplerFilter* filter_;

  int32_t skew_ppb_ = 0;
  uint64_t step_ = 0;      // From one output to the next; in units of ResamplerFilter::unit.
  uint64_t position_ = 0;  // Of the next output, counted from the next sample of input.

  // The last samples taken, as many as the filter has taps, and room for a chunk.
  std::array<int16_t, kTapsMax + kChunk> samples_;
};

inline constexpr size_t kLongestFilterTaps = 384;  // From 48 to 8 kHz.
inline constexpr size_t kSkewFilterTaps = 32;

using StreamResampler = BasicStreamResampler<kLongestFilterTaps>;
using SkewResampler = BasicStreamResampler<kSkewFilterTaps>;
extern template class BasicStreamResampler<kLongestFilterTaps>;
extern template class BasicStreamResampler<kSkewFilterTaps>;

}  // namespace narada::mixer::dsp

#endif  // NARADA_MIXER_DSP_STREAM_RESAMPLER_H_
