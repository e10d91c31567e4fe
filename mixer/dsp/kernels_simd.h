// Every kernel in terms of a few vector operations, which each instruction set's file defines as a
// struct `V`:
//   kLanes                  int32 lanes of a vector
//   Load, LoadWide          kLanes int32; kLanes int16, sign-extended
//   Store, StoreNarrow      kLanes int32; the same saturated to int16
//   Add Subtract Multiply Max   lane by lane
//   Fold, ScaleBack         as in the scalar loops; (x + 2^11) >> 12
//   ToFloats, ToInts, Splat, Lanes   single precision; ToInts rounds to nearest even
//   ReduceMax               over the lanes
//   Energies, AddSquares, ReduceEnergies       of 2 * kLanes int16 at a time
//   AddProducts, ReduceProducts                the same for products, beginning with ZeroEnergies
// Internal linkage throughout, as in kernels_scalar_loops.h and for the same reason.
#ifndef NARADA_MIXER_DSP_KERNELS_SIMD_H_
#define NARADA_MIXER_DSP_KERNELS_SIMD_H_

#include "mixer/dsp/kernels_internal.h"
#include "mixer/dsp/kernels_scalar_loops.h"

namespace narada::mixer::dsp {
namespace {

template <typename V>
struct SimdLoops {
  static constexpr size_t kLanes = V::kLanes;

  // Where the last whole vector ends.
  static size_t Whole(size_t samples) { return samples - samples % kLanes; }

  static void Add(int32_t* sum, const int16_t* frame, size_t samples) {
    const size_t whole = Whole(samples);
    for (size_t i = 0; i < whole; i += kLanes) {
      V::Store(sum + i, V::Add(V::Load(sum + i), V::LoadWide(frame + i)));
    }
    ScalarLoops::Add(sum, frame, whole, samples);
  }

  static int32_t Narrow(const int32_t* sum, int16_t* out, size_t samples) {
    const size_t whole = Whole(samples);
    auto peak = V::Zero();
    for (size_t i = 0; i < whole; i += kLanes) {
      const auto value = V::Load(sum + i);
      peak = V::Max(peak, V::Fold(value));
      V::StoreNarrow(out + i, value);
    }
    return ScalarLoops::Narrow(sum, out, whole, samples, V::ReduceMax(peak));
  }

  static int32_t NarrowWithout(const int32_t* sum, const int16_t* own, int16_t* out,
                               size_t samples) {
    const size_t whole = Whole(samples);
    auto peak = V::Zero();
    for (size_t i = 0; i < whole; i += kLanes) {
      const auto value = V::Subtract(V::Load(sum + i), V::LoadWide(own + i));
      peak = V::Max(peak, V::Fold(value));
      V::StoreNarrow(out + i, value);
    }
    return ScalarLoops::NarrowWithout(sum, own, out, whole, samples, V::ReduceMax(peak));
  }

  static void Subtract(const int32_t* sum, const int16_t* own, int32_t* out, size_t samples) {
    const size_t whole = Whole(samples);
    for (size_t i = 0; i < whole; i += kLanes) {
      V::Store(out + i, V::Subtract(V::Load(sum + i), V::LoadWide(own + i)));
    }
    ScalarLoops::Subtract(sum, own, out, whole, samples);
  }

  static int32_t Peak(const int32_t* sum, size_t samples) {
    const size_t whole = Whole(samples);
    auto peak = V::Zero();
    for (size_t i = 0; i < whole; i += kLanes) peak = V::Max(peak, V::Fold(V::Load(sum + i)));
    return ScalarLoops::Peak(sum, whole, samples, V::ReduceMax(peak));
  }

  static void NarrowRamped(const int32_t* sum, float gain, float step, int16_t* out,
                           size_t samples) {
    const size_t whole = Whole(samples);
    const auto gains = V::Splat(gain);
    const auto steps = V::Splat(step);
    for (size_t i = 0; i < whole; i += kLanes) {
      const auto index = V::ToFloats(V::Lanes(static_cast<int32_t>(i)));
      const auto factor = V::AddFloats(gains, V::MultiplyFloats(steps, index));
      const auto product = V::MultiplyFloats(V::ToFloats(V::Load(sum + i)), factor);
      V::StoreNarrow(out + i, V::ToInts(product));
    }
    ScalarLoops::NarrowRamped(sum, gain, step, out, whole, samples);
  }

  static void ApplyGain(const int16_t* frame, int32_t raw_gain, int16_t* out, size_t samples) {
    const size_t whole = Whole(samples);
    const auto gain = V::SplatInts(raw_gain);
    for (size_t i = 0; i < whole; i += kLanes) {
      V::StoreNarrow(out + i, V::ScaleBack(V::Multiply(V::LoadWide(frame + i), gain)));
    }
    ScalarLoops::ApplyGain(frame, raw_gain, out, whole, samples);
  }

  static uint64_t Energy(const int16_t* frame, size_t samples) {
    const size_t whole = samples - samples % (2 * kLanes);
    auto energies = V::ZeroEnergies();
    for (size_t i = 0; i < whole; i += 2 * kLanes) {
      energies = V::AddSquares(energies, frame + i);
    }
    return V::ReduceEnergies(energies) + ScalarLoops::Energy(frame, whole, samples);
  }

  static int64_t DotProduct(const int16_t* a, const int16_t* b, size_t samples) {
    const size_t whole = samples - samples % (2 * kLanes);
    auto sums = V::ZeroEnergies();
    for (size_t i = 0; i < whole; i += 2 * kLanes) sums = V::AddProducts(sums, a + i, b + i);
    return ScalarLoops::DotProduct(a, b, whole, samples, V::ReduceProducts(sums));
  }

  static constexpr Kernels Table(const char* name) {
    return {.name = name,
            .Add = &Add,
            .Narrow = &Narrow,
            .NarrowWithout = &NarrowWithout,
            .Subtract = &Subtract,
            .Peak = &Peak,
            .NarrowRamped = &NarrowRamped,
            .ApplyGain = &ApplyGain,
            .Energy = &Energy,
            .DotProduct = &DotProduct};
  }
};

}  // namespace
}  // namespace narada::mixer::dsp

#endif  // NARADA_MIXER_DSP_KERNELS_SIMD_H_
