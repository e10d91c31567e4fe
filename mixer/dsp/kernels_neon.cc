// Built for aarch64 only, where NEON is always there.
#include <arm_neon.h>

#include "mixer/dsp/kernels_simd.h"

namespace narada::mixer::dsp {
namespace {

struct Neon {
  static constexpr size_t kLanes = 4;

  static int32x4_t Load(const int32_t* p) { return vld1q_s32(p); }
  static int32x4_t LoadWide(const int16_t* p) { return vmovl_s16(vld1_s16(p)); }
  static void Store(int32_t* p, int32x4_t v) { vst1q_s32(p, v); }
  static void StoreNarrow(int16_t* p, int32x4_t v) { vst1_s16(p, vqmovn_s32(v)); }

  static int32x4_t Zero() { return vdupq_n_s32(0); }
  static int32x4_t SplatInts(int32_t value) { return vdupq_n_s32(value); }
  static int32x4_t Lanes(int32_t first) {
    const int32_t lanes[4] = {first, first + 1, first + 2, first + 3};
    return vld1q_s32(lanes);
  }
  static int32x4_t Add(int32x4_t a, int32x4_t b) { return vaddq_s32(a, b); }
  static int32x4_t Subtract(int32x4_t a, int32x4_t b) { return vsubq_s32(a, b); }
  static int32x4_t Multiply(int32x4_t a, int32x4_t b) { return vmulq_s32(a, b); }
  static int32x4_t Max(int32x4_t a, int32x4_t b) { return vmaxq_s32(a, b); }
  static int32x4_t Fold(int32x4_t v) { return veorq_s32(v, vshrq_n_s32(v, 31)); }
  static int32x4_t ScaleBack(int32x4_t v) {
    return vshrq_n_s32(vaddq_s32(v, vdupq_n_s32(1 << 11)), 12);
  }
  static int32_t ReduceMax(int32x4_t v) { return vmaxvq_s32(v); }

  static float32x4_t Splat(float value) { return vdupq_n_f32(value); }
  static float32x4_t ToFloats(int32x4_t v) { return vcvtq_f32_s32(v); }
  static int32x4_t ToInts(float32x4_t v) { return vcvtnq_s32_f32(v); }
  static float32x4_t AddFloats(float32x4_t a, float32x4_t b) { return vaddq_f32(a, b); }
  static float32x4_t MultiplyFloats(float32x4_t a, float32x4_t b) { return vmulq_f32(a, b); }

  static uint64x2_t ZeroEnergies() { return vdupq_n_u64(0); }
  static uint64x2_t AddSquares(uint64x2_t energies, const int16_t* p) {
    const int16x8_t samples = vld1q_s16(p);
    const int32x4_t low = vmull_s16(vget_low_s16(samples), vget_low_s16(samples));
    const int32x4_t high = vmull_high_s16(samples, samples);
    energies = vpadalq_u32(energies, vreinterpretq_u32_s32(low));
    return vpadalq_u32(energies, vreinterpretq_u32_s32(high));
  }
  static uint64_t ReduceEnergies(uint64x2_t v) { return vaddvq_u64(v); }

  static uint64x2_t AddProducts(uint64x2_t sums, const int16_t* a, const int16_t* b) {
    const int16x8_t left = vld1q_s16(a), right = vld1q_s16(b);
    int64x2_t signed_sums = vreinterpretq_s64_u64(sums);
    signed_sums = vpadalq_s32(signed_sums, vmull_s16(vget_low_s16(left), vget_low_s16(right)));
    signed_sums = vpadalq_s32(signed_sums, vmull_high_s16(left, right));
    return vreinterpretq_u64_s64(signed_sums);
  }
  static int64_t ReduceProducts(uint64x2_t v) { return static_cast<int64_t>(vaddvq_u64(v)); }
};

}  // namespace

const Kernels kNeonKernels = SimdLoops<Neon>::Table("neon");

}  // namespace narada::mixer::dsp
