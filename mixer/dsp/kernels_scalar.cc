// Compiled without vectorisation (BUILD.bazel), so that it is what "scalar" says in a benchmark.
#include "mixer/dsp/kernels_internal.h"
#include "mixer/dsp/kernels_scalar_loops.h"

namespace narada::mixer::dsp {

const Kernels kScalarKernels = {
    .name = "scalar",
    .Add = [](int32_t* sum, const int16_t* frame,
              size_t samples) { ScalarLoops::Add(sum, frame, 0, samples); },
    .Narrow = [](const int32_t* sum, int16_t* out,
                 size_t samples) { return ScalarLoops::Narrow(sum, out, 0, samples, 0); },
    .NarrowWithout =
        [](const int32_t* sum, const int16_t* own, int16_t* out, size_t samples) {
          return ScalarLoops::NarrowWithout(sum, own, out, 0, samples, 0);
        },
    .Subtract = [](const int32_t* sum, const int16_t* own, int32_t* out,
                   size_t samples) { ScalarLoops::Subtract(sum, own, out, 0, samples); },
    .Peak = [](const int32_t* sum,
               size_t samples) { return ScalarLoops::Peak(sum, 0, samples, 0); },
    .NarrowRamped =
        [](const int32_t* sum, float gain, float step, int16_t* out, size_t samples) {
          ScalarLoops::NarrowRamped(sum, gain, step, out, 0, samples);
        },
    .ApplyGain = [](const int16_t* frame, int32_t raw_gain, int16_t* out,
                    size_t samples) { ScalarLoops::ApplyGain(frame, raw_gain, out, 0, samples); },
    .Energy = [](const int16_t* frame,
                 size_t samples) { return ScalarLoops::Energy(frame, 0, samples); },
    .DotProduct = [](const int16_t* a, const int16_t* b,
                     size_t samples) { return ScalarLoops::DotProduct(a, b, 0, samples, 0); },
};

}  // namespace narada::mixer::dsp
