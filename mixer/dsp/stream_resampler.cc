#include "mixer/dsp/stream_resampler.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/check.h"
#include "mixer/dsp/windowed_sinc.h"

namespace narada::mixer::dsp {
namespace {

// Taps at the lower of the two rates. Of a change of rate: pass band to 0.86 of half the lower
// rate, stop band from there on (3.45 and 4 kHz at 8 kHz). Of a mere shift: flat to 0.88.
constexpr int kTapsOfChange = 64;
constexpr int kTapsOfShift = static_cast<int>(kSkewFilterTaps);
constexpr double kCutoffOfChange = 0.93;
constexpr double kKaiserBeta = 7.0;  // Stop band below -70 dB.

// Fractions of an input sample have `up` times so many bits.
constexpr int kFractionBits = 32;
constexpr int kWayBits = 24;

// The taps of one phase. Their sum is exactly one, so that no phase has a gain of its own.
void FillTaps(double fraction, double cutoff, int coefficient_bits, std::span<int16_t> taps) {
  const auto count = static_cast<int>(taps.size());
  std::vector<double> exact(taps.size());
  for (int i = 0; i < count; ++i) {
    exact[i] = WindowedSinc(i - (count / 2 - 1) - fraction, cutoff, count / 2.0, kKaiserBeta);
  }
  const double total = std::accumulate(exact.begin(), exact.end(), 0.0);
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    taps[i] = static_cast<int16_t>(std::lround(exact[i] / total * (1 << coefficient_bits)));
    sum += taps[i];
  }
  // What rounding lost goes where it changes least: spread over the largest taps.
  for (int i = 0, missing = (1 << coefficient_bits) - sum; missing != 0; ++i) {
    const int offset = (i + 1) / 2 * (i % 2 == 0 ? 1 : -1);
    const int sign = missing > 0 ? 1 : -1;
    taps[count / 2 - 1 + (fraction > 0.5 ? 1 : 0) + offset] += static_cast<int16_t>(sign);
    missing -= sign;
  }
}

}  // namespace

// Its taps in `phases` steps through an input sample; between them it is interpolated.
struct ResamplerFilter {
  size_t taps;
  int coefficient_bits;               // After the point.
  uint64_t unit;                      // One input sample, in the units of position_.
  int phase_shift;                    // A fraction of an input sample to its phase.
  std::vector<int16_t> coefficients;  // phases + 1 times `taps`.

  ResamplerFilter(int up, int down);
};

ResamplerFilter::ResamplerFilter(int up, int down) {
  const bool is_change = up != down;
  // The curve between neighbouring phases is bent the more the higher the cutoff is, so that
  // fewer phases do when going down. Up to 192; a whole number for each output's nominal place.
  const int phases_per_output = up == 1 ? (down > 3 ? 32 : down > 1 ? 64 : 128) : up > 3 ? 32 : 64;
  const int phases = up * phases_per_output;
  taps = static_cast<size_t>(is_change ? kTapsOfChange * down : kTapsOfShift);
  // As many as 16 bits hold: the largest is 1 for a mere shift, below 1 when going up, and below
  // 1 / down when going down.
  coefficient_bits = is_change ? 14 + std::bit_width(static_cast<unsigned>(down)) : 14;
  unit = static_cast<uint64_t>(up) << kFractionBits;
  phase_shift = kFractionBits - std::countr_zero(static_cast<unsigned>(phases_per_output));
  coefficients.resize((phases + 1) * taps);
  const double cutoff = is_change ? kCutoffOfChange / down : 1.0;
  for (int i = 0; i <= phases; ++i) {
    FillTaps(static_cast<double>(i) / phases, cutoff, coefficient_bits,
             std::span(coefficients).subspan(i * taps, taps));
  }
}

namespace {

struct Filters {
  ResamplerFilter shift{1, 1};
  ResamplerFilter up_2{2, 1}, up_3{3, 1}, up_6{6, 1};
  ResamplerFilter down_2{1, 2}, down_3{1, 3}, down_6{1, 6};
};

const Filters& AllFilters() {
  static const Filters filters;
  return filters;
}

const ResamplerFilter& FilterFor(SampleRate from, SampleRate to) noexcept {
  const Filters& filters = AllFilters();
  const int higher = std::max(from.hertz(), to.hertz()), lower = std::min(from.hertz(), to.hertz());
  CHECK_EQ(higher % lower, 0) << from << " to " << to;
  const bool is_up = to > from;
  switch (higher / lower) {
    case 1:
      return filters.shift;
    case 2:
      return is_up ? filters.up_2 : filters.down_2;
    case 3:
      return is_up ? filters.up_3 : filters.down_3;
    case 6:
      return is_up ? filters.up_6 : filters.down_6;
  }
  CHECK(false) << "no filter from " << from << " to " << to;
  return filters.shift;
}

}  // namespace

template <size_t kTapsMax>
BasicStreamResampler<kTapsMax>::BasicStreamResampler(SampleRate from, SampleRate to,
                                                     const Kernels& kernels)
    : from_(from), to_(to), kernels_(&kernels) {
  Configure(from, to);
}

template <size_t kTapsMax>
void BasicStreamResampler<kTapsMax>::Configure(SampleRate from, SampleRate to) noexcept {
  from_ = from;
  to_ = to;
  filter_ = &FilterFor(from, to);
  CHECK(filter_->taps <= kTapsMax) << from << " to " << to;
  set_skew_ppb(0);
  Reset();
}

template <size_t kTapsMax>
void BasicStreamResampler<kTapsMax>::set_skew_ppb(int32_t ppb) noexcept {
  skew_ppb_ = std::clamp(ppb, -kSkewMaxPpb, kSkewMaxPpb);
  const auto up = static_cast<int64_t>(filter_->unit >> kFractionBits);
  const int64_t nominal = (up * from_.hertz() / to_.hertz()) << kFractionBits;
  step_ = static_cast<uint64_t>(nominal + nominal / 1'000'000'000 * skew_ppb_ +
                                nominal % 1'000'000'000 * skew_ppb_ / 1'000'000'000);
}

template <size_t kTapsMax>
void BasicStreamResampler<kTapsMax>::Reset() noexcept {
  samples_.fill(0);
  // The first output ends with the first sample, or the last of the first group when going down.
  const auto down = static_cast<uint64_t>(std::max(from_.hertz() / to_.hertz(), 1));
  position_ = down * filter_->unit;
}

template <size_t kTapsMax>
void BasicStreamResampler<kTapsMax>::ContinueFrom(const BasicStreamResampler& other) noexcept {
  DCHECK(from_ == other.from_ && to_ == other.to_);
  samples_ = other.samples_;
  position_ = other.position_;
  set_skew_ppb(other.skew_ppb_);
}

template <size_t kTapsMax>
MediaDuration BasicStreamResampler<kTapsMax>::delay() const noexcept {
  return from_.DurationOf(SampleCount(static_cast<int64_t>(filter_->taps / 2)));
}

template <size_t kTapsMax>
size_t BasicStreamResampler<kTapsMax>::InputFor(size_t out_samples) const noexcept {
  if (out_samples == 0) return 0;
  return static_cast<size_t>((position_ + (out_samples - 1) * step_) / filter_->unit);
}

template <size_t kTapsMax>
int16_t BasicStreamResampler<kTapsMax>::OutputAt(size_t end, uint64_t fraction) const noexcept {
  const size_t taps = filter_->taps;
  const int16_t* const window = samples_.data() + end - taps;
  const uint64_t phase = fraction >> filter_->phase_shift;
  const uint64_t between = fraction & ((uint64_t{1} << filter_->phase_shift) - 1);
  const int16_t* const coefficients = filter_->coefficients.data() + phase * taps;
  int64_t sum = kernels_->DotProduct(window, coefficients, taps);
  if (between != 0) {
    const int64_t next = kernels_->DotProduct(window, coefficients + taps, taps);
    // In 24 bits of the way between the phases: the difference has fewer than 36.
    const auto way = static_cast<int64_t>(between >> (filter_->phase_shift - kWayBits));
    sum += ((next - sum) * way) >> kWayBits;
  }
  const int shift = filter_->coefficient_bits;
  const int64_t rounded = (sum + (int64_t{1} << (shift - 1))) >> shift;
  return static_cast<int16_t>(std::clamp<int64_t>(rounded, INT16_MIN, INT16_MAX));
}

template <size_t kTapsMax>
void BasicStreamResampler<kTapsMax>::Process(std::span<const int16_t> in,
                                             std::span<int16_t> out) noexcept {
  DCHECK_EQ(in.size(), InputFor(out.size()));
  const size_t taps = filter_->taps;
  size_t made = 0;
  size_t fresh = 0;  // Samples of this chunk, behind the `taps` older ones.
  while (made < out.size()) {
    const size_t needed = position_ / filter_->unit;
    if (needed > fresh) {
      Forget(fresh);
      fresh = std::min(in.size(), kChunk);
      DCHECK_GT(fresh, 0u);
      std::copy_n(in.begin(), fresh, samples_.data() + taps);
      in = in.subspan(fresh);
      continue;
    }
    out[made++] = OutputAt(taps + needed, position_ % filter_->unit);
    position_ += step_;
  }
  Forget(fresh);
}

template <size_t kTapsMax>
void BasicStreamResampler<kTapsMax>::PassSilence(size_t in_samples, size_t out_samples) noexcept {
  DCHECK_EQ(in_samples, InputFor(out_samples));
  position_ += out_samples * step_;
  position_ -= in_samples * filter_->unit;
}

template <size_t kTapsMax>
void BasicStreamResampler<kTapsMax>::Forget(size_t samples) noexcept {
  if (samples == 0) return;
  std::copy_n(samples_.data() + samples, filter_->taps, samples_.data());
  position_ -= samples * filter_->unit;
}

template class BasicStreamResampler<kLongestFilterTaps>;
template class BasicStreamResampler<kSkewFilterTaps>;

}  // namespace narada::mixer::dsp
