// The tables of kernels.h, one per instruction set; only kernels.cc may ask which of them the CPU
// runs.
#ifndef NARADA_MIXER_DSP_KERNELS_INTERNAL_H_
#define NARADA_MIXER_DSP_KERNELS_INTERNAL_H_

#include "mixer/dsp/kernels.h"

namespace narada::mixer::dsp {

extern const Kernels kScalarKernels;
#if defined(__x86_64__)
extern const Kernels kSse41Kernels;
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;
#elif defined(__aarch64__)
extern const Kernels kNeonKernels;
#endif

}  // namespace narada::mixer::dsp

#endif  // NARADA_MIXER_DSP_KERNELS_INTERNAL_H_
