#include <immintrin.h>

#include "mixer/dsp/kernels_simd.h"

namespace narada::mixer::dsp {
namespace {

struct Avx2 {
  static constexpr size_t kLanes = 8;

  static __m256i Load(const int32_t* p) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  }
  static __m256i LoadWide(const int16_t* p) {
    return _mm256_cvtepi16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  static void Store(int32_t* p, __m256i v) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v);
  }
  static void StoreNarrow(int16_t* p, __m256i v) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p),
                     _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1)));
  }

  static __m256i Zero() { return _mm256_setzero_si256(); }
  static __m256i SplatInts(int32_t value) { return _mm256_set1_epi32(value); }
  static __m256i Lanes(int32_t first) {
    return _mm256_add_epi32(_mm256_set1_epi32(first), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static __m256i Add(__m256i a, __m256i b) { return _mm256_add_epi32(a, b); }
  static __m256i Subtract(__m256i a, __m256i b) { return _mm256_sub_epi32(a, b); }
  static __m256i Multiply(__m256i a, __m256i b) { return _mm256_mullo_epi32(a, b); }
  static __m256i Max(__m256i a, __m256i b) { return _mm256_max_epi32(a, b); }
  static __m256i Fold(__m256i v) { return _mm256_xor_si256(v, _mm256_srai_epi32(v, 31)); }
  static __m256i ScaleBack(__m256i v) {
    return _mm256_srai_epi32(_mm256_add_epi32(v, _mm256_set1_epi32(1 << 11)), 12);
  }
  static int32_t ReduceMax(__m256i v) {
    __m128i half = _mm_max_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    half = _mm_max_epi32(half, _mm_shuffle_epi32(half, _MM_SHUFFLE(1, 0, 3, 2)));
    half = _mm_max_epi32(half, _mm_shuffle_epi32(half, _MM_SHUFFLE(2, 3, 0, 1)));
    return _mm_cvtsi128_si32(half);
  }

  static __m256 Splat(float value) { return _mm256_set1_ps(value); }
  static __m256 ToFloats(__m256i v) { return _mm256_cvtepi32_ps(v); }
  static __m256i ToInts(__m256 v) { return _mm256_cvtps_epi32(v); }
  static __m256 AddFloats(__m256 a, __m256 b) { return _mm256_add_ps(a, b); }
  static __m256 MultiplyFloats(__m256 a, __m256 b) { return _mm256_mul_ps(a, b); }

  static __m256i ZeroEnergies() { return _mm256_setzero_si256(); }
  static __m256i AddSquares(__m256i energies, const int16_t* p) {
    const __m256i samples = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    // Two squares of -32768 make 2^31: right when read as unsigned, which the unpacking does.
    const __m256i squares = _mm256_madd_epi16(samples, samples);
    const __m256i zero = _mm256_setzero_si256();
    energies = _mm256_add_epi64(energies, _mm256_unpacklo_epi32(squares, zero));
    return _mm256_add_epi64(energies, _mm256_unpackhi_epi32(squares, zero));
  }
  static uint64_t ReduceEnergies(__m256i v) {
    const __m128i half = _mm_add_epi64(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    return static_cast<uint64_t>(_mm_cvtsi128_si64(half)) +
           static_cast<uint64_t>(_mm_extract_epi64(half, 1));
  }

  static __m256i AddProducts(__m256i sums, const int16_t* a, const int16_t* b) {
    // Two products fit 32 bits, as one factor is never -32768.
    const __m256i products =
        _mm256_madd_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(a)),
                          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b)));
    sums = _mm256_add_epi64(sums, _mm256_cvtepi32_epi64(_mm256_castsi256_si128(products)));
    return _mm256_add_epi64(sums, _mm256_cvtepi32_epi64(_mm256_extracti128_si256(products, 1)));
  }
  static int64_t ReduceProducts(__m256i v) { return static_cast<int64_t>(ReduceEnergies(v)); }
};

}  // namespace

const Kernels kAvx2Kernels = SimdLoops<Avx2>::Table("avx2");

}  // namespace narada::mixer::dsp
