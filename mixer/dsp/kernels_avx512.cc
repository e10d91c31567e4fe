// AVX-512 F and BW.
#if defined(__GNUC__) && !defined(__clang__)
// gcc 12's own intrinsics initialise a vector with itself to leave it undefined.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#include "mixer/dsp/kernels_simd.h"

namespace narada::mixer::dsp {
namespace {

struct Avx512 {
  static constexpr size_t kLanes = 16;

  static __m512i Load(const int32_t* p) { return _mm512_loadu_si512(p); }
  static __m512i LoadWide(const int16_t* p) {
    return _mm512_cvtepi16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static void Store(int32_t* p, __m512i v) { _mm512_storeu_si512(p, v); }
  static void StoreNarrow(int16_t* p, __m512i v) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtsepi32_epi16(v));
  }

  static __m512i Zero() { return _mm512_setzero_si512(); }
  static __m512i SplatInts(int32_t value) { return _mm512_set1_epi32(value); }
  static __m512i Lanes(int32_t first) {
    return _mm512_add_epi32(_mm512_set1_epi32(first), _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8,
                                                                        9, 10, 11, 12, 13, 14, 15));
  }
  static __m512i Add(__m512i a, __m512i b) { return _mm512_add_epi32(a, b); }
  static __m512i Subtract(__m512i a, __m512i b) { return _mm512_sub_epi32(a, b); }
  static __m512i Multiply(__m512i a, __m512i b) { return _mm512_mullo_epi32(a, b); }
  static __m512i Max(__m512i a, __m512i b) { return _mm512_max_epi32(a, b); }
  static __m512i Fold(__m512i v) { return _mm512_xor_si512(v, _mm512_srai_epi32(v, 31)); }
  static __m512i ScaleBack(__m512i v) {
    return _mm512_srai_epi32(_mm512_add_epi32(v, _mm512_set1_epi32(1 << 11)), 12);
  }
  static int32_t ReduceMax(__m512i v) { return _mm512_reduce_max_epi32(v); }

  static __m512 Splat(float value) { return _mm512_set1_ps(value); }
  static __m512 ToFloats(__m512i v) { return _mm512_cvtepi32_ps(v); }
  static __m512i ToInts(__m512 v) { return _mm512_cvtps_epi32(v); }
  static __m512 AddFloats(__m512 a, __m512 b) { return _mm512_add_ps(a, b); }
  static __m512 MultiplyFloats(__m512 a, __m512 b) { return _mm512_mul_ps(a, b); }

  static __m512i ZeroEnergies() { return _mm512_setzero_si512(); }
  static __m512i AddSquares(__m512i energies, const int16_t* p) {
    const __m512i samples = _mm512_loadu_si512(p);
    // Two squares of -32768 make 2^31: right when read as unsigned, which the unpacking does.
    const __m512i squares = _mm512_madd_epi16(samples, samples);
    const __m512i zero = _mm512_setzero_si512();
    energies = _mm512_add_epi64(energies, _mm512_unpacklo_epi32(squares, zero));
    return _mm512_add_epi64(energies, _mm512_unpackhi_epi32(squares, zero));
  }
  static uint64_t ReduceEnergies(__m512i v) {
    return static_cast<uint64_t>(_mm512_reduce_add_epi64(v));
  }

  static __m512i AddProducts(__m512i sums, const int16_t* a, const int16_t* b) {
    // Two products fit 32 bits, as one factor is never -32768.
    const __m512i products = _mm512_madd_epi16(_mm512_loadu_si512(a), _mm512_loadu_si512(b));
    sums = _mm512_add_epi64(sums, _mm512_cvtepi32_epi64(_mm512_castsi512_si256(products)));
    return _mm512_add_epi64(sums, _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(products, 1)));
  }
  static int64_t ReduceProducts(__m512i v) { return _mm512_reduce_add_epi64(v); }
};

}  // namespace

const Kernels kAvx512Kernels = SimdLoops<Avx512>::Table("avx512");

}  // namespace narada::mixer::dsp
