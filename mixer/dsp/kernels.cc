#include "mixer/dsp/kernels.h"

#include "mixer/dsp/kernels_internal.h"

namespace narada::mixer::dsp {
namespace {

constexpr size_t kVariantsMax = 4;

// In the order of Supported(): each is faster than the one before.
struct Variants {
  const Kernels* tables[kVariantsMax] = {};
  size_t count = 0;

  Variants() {
    tables[count++] = &kScalarKernels;
#if defined(__x86_64__)
    // These ask CPUID and, for the wide registers, whether the operating system saves them.
    if (__builtin_cpu_supports("sse4.1")) tables[count++] = &kSse41Kernels;
    if (__builtin_cpu_supports("avx2")) tables[count++] = &kAvx2Kernels;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
      tables[count++] = &kAvx512Kernels;
    }
#elif defined(__aarch64__)
    tables[count++] = &kNeonKernels;
#endif
  }
};

const Variants& SupportedVariants() {
  static const Variants variants;
  return variants;
}

#if defined(__x86_64__)
constexpr const char* kBuiltNames[] = {"scalar", "sse4.1", "avx2", "avx512"};
#elif defined(__aarch64__)
constexpr const char* kBuiltNames[] = {"scalar", "neon"};
#else
constexpr const char* kBuiltNames[] = {"scalar"};
#endif

}  // namespace

const Kernels& Kernels::Scalar() { return kScalarKernels; }

const Kernels& Kernels::Best() {
  const Variants& variants = SupportedVariants();
  return *variants.tables[variants.count - 1];
}

std::span<const Kernels* const> Kernels::Supported() {
  const Variants& variants = SupportedVariants();
  return {variants.tables, variants.count};
}

std::span<const char* const> Kernels::BuiltNames() { return kBuiltNames; }

}  // namespace narada::mixer::dsp
