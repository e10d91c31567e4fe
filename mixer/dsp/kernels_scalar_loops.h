// One sample at a time: the definition of every kernel, and the tail of the SIMD ones.
// Included by files that are compiled for different instruction sets, so everything here has
// internal linkage and nothing of the standard library is instantiated: the linker must never pick
// an AVX copy of a shared inline function.
#ifndef NARADA_MIXER_DSP_KERNELS_SCALAR_LOOPS_H_
#define NARADA_MIXER_DSP_KERNELS_SCALAR_LOOPS_H_

#include <cstddef>
#include <cstdint>

namespace narada::mixer::dsp {
namespace {

inline int16_t SaturateTo16(int32_t value) {
  return static_cast<int16_t>(value > INT16_MAX   ? INT16_MAX
                              : value < INT16_MIN ? INT16_MIN
                                                  : value);
}

// Folds a negative value onto the positive side such that both bounds of 16 bits become 32767.
inline int32_t Fold(int32_t value) { return value ^ (value >> 31); }

inline int32_t Larger(int32_t a, int32_t b) { return a > b ? a : b; }

struct ScalarLoops {
  static void Add(int32_t* sum, const int16_t* frame, size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) sum[i] += frame[i];
  }

  static int32_t Narrow(const int32_t* sum, int16_t* out, size_t begin, size_t end, int32_t peak) {
    for (size_t i = begin; i < end; ++i) {
      peak = Larger(peak, Fold(sum[i]));
      out[i] = SaturateTo16(sum[i]);
    }
    return peak;
  }

  static int32_t NarrowWithout(const int32_t* sum, const int16_t* own, int16_t* out, size_t begin,
                               size_t end, int32_t peak) {
    for (size_t i = begin; i < end; ++i) {
      const int32_t others = sum[i] - own[i];
      peak = Larger(peak, Fold(others));
      out[i] = SaturateTo16(others);
    }
    return peak;
  }

  static void Subtract(const int32_t* sum, const int16_t* own, int32_t* out, size_t begin,
                       size_t end) {
    for (size_t i = begin; i < end; ++i) out[i] = sum[i] - own[i];
  }

  static int32_t Peak(const int32_t* sum, size_t begin, size_t end, int32_t peak) {
    for (size_t i = begin; i < end; ++i) peak = Larger(peak, Fold(sum[i]));
    return peak;
  }

  static void NarrowRamped(const int32_t* sum, float gain, float step, int16_t* out, size_t begin,
                           size_t end) {
    for (size_t i = begin; i < end; ++i) {
      const float factor = gain + step * static_cast<float>(static_cast<int32_t>(i));
      const float product = static_cast<float>(sum[i]) * factor;
      out[i] = SaturateTo16(static_cast<int32_t>(__builtin_lrintf(product)));
    }
  }

  static void ApplyGain(const int16_t* frame, int32_t raw_gain, int16_t* out, size_t begin,
                        size_t end) {
    for (size_t i = begin; i < end; ++i) {
      out[i] = SaturateTo16((int32_t{frame[i]} * raw_gain + (1 << 11)) >> 12);
    }
  }

  static uint64_t Energy(const int16_t* frame, size_t begin, size_t end) {
    uint64_t energy = 0;
    for (size_t i = begin; i < end; ++i) {
      energy += static_cast<uint32_t>(int32_t{frame[i]} * frame[i]);
    }
    return energy;
  }

  static int64_t DotProduct(const int16_t* a, const int16_t* b, size_t begin, size_t end,
                            int64_t sum) {
    for (size_t i = begin; i < end; ++i) sum += int32_t{a[i]} * b[i];
    return sum;
  }
};

}  // namespace
}  // namespace narada::mixer::dsp

#endif  // NARADA_MIXER_DSP_KERNELS_SCALAR_LOOPS_H_
