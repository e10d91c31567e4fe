// The loops over samples that every tick runs, in one variant per instruction set, chosen once at
// run time.
//   const Kernels& kernels = Kernels::Best();
//   kernels.Add(sum, frame, samples);            // sum += frame
//   kernels.NarrowWithout(sum, own, out, samples);   // out = sum - own; returns the peak
// All variants compute the same bits for the same input, at any length and alignment; the scalar
// one is the definition. Stateless tables of functions; any thread. Lengths are in samples,
// pointers need no alignment, output may not overlap input unless it is the same array.
#ifndef NARADA_MIXER_DSP_KERNELS_H_
#define NARADA_MIXER_DSP_KERNELS_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace narada::mixer::dsp {

struct Kernels {
  const char* name;  // "scalar", "sse4.1", "avx2", "avx512", "neon".

  // sum[i] += frame[i]. The caller sees to it that 32 bits suffice (see kAddendsMax).
  void (*Add)(int32_t* sum, const int16_t* frame, size_t samples);

  // out[i] = sum[i] saturated to 16 bits. Returns the peak: the largest of sum[i], or of -1 -
  // sum[i] where negative, so that nothing was saturated exactly if it is at most 32767. 0 for no
  // samples.
  int32_t (*Narrow)(const int32_t* sum, int16_t* out, size_t samples);

  // The same of sum[i] - own[i].
  int32_t (*NarrowWithout)(const int32_t* sum, const int16_t* own, int16_t* out, size_t samples);

  // out[i] = sum[i] - own[i], all 32 bits.
  void (*Subtract)(const int32_t* sum, const int16_t* own, int32_t* out, size_t samples);

  // The peak of Narrow() alone.
  int32_t (*Peak)(const int32_t* sum, size_t samples);

  // out[i] = sum[i] * (gain + step * i), rounded to nearest even, saturated to 16 bits. In single
  // precision, each operation rounded (no fused multiply-add); |sum[i]| < 2^24, so that the
  // conversion is exact.
  void (*NarrowRamped)(const int32_t* sum, float gain, float step, int16_t* out, size_t samples);

  // out[i] = (frame[i] * raw_gain + 2^11) >> 12, saturated to 16 bits: Gain::Apply(). raw_gain is
  // in [0, 65535].
  void (*ApplyGain)(const int16_t* frame, int32_t raw_gain, int16_t* out, size_t samples);

  // The sum of squares; exact up to 2^32 samples.
  uint64_t (*Energy)(const int16_t* frame, size_t samples);

  // The sum of a[i] * b[i]; b[i] is never -32768.
  int64_t (*DotProduct)(const int16_t* a, const int16_t* b, size_t samples);

  static const Kernels& Scalar();
  // The fastest that this CPU runs.
  static const Kernels& Best();
  // All that this CPU runs, the scalar one first, the best last.
  static std::span<const Kernels* const> Supported();
  // All that were built for this architecture, whether the CPU runs them or not, by name.
  static std::span<const char* const> BuiltNames();
};

// So many full-scale voices fit a sum of NarrowRamped(): 2^24 / 2^15.
inline constexpr int kAddendsMax = 511;

}  // namespace narada::mixer::dsp

#endif  // NARADA_MIXER_DSP_KERNELS_H_
