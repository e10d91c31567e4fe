#include <smmintrin.h>

#include "mixer/dsp/kernels_simd.h"

namespace narada::mixer::dsp {
namespace {

struct Sse41 {
  static constexpr size_t kLanes = 4;

  static __m128i Load(const int32_t* p) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  }
  static __m128i LoadWide(const int16_t* p) {
    return _mm_cvtepi16_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
  }
  static void Store(int32_t* p, __m128i v) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), v); }
  static void StoreNarrow(int16_t* p, __m128i v) {
    _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packs_epi32(v, v));
  }

  static __m128i Zero() { return _mm_setzero_si128(); }
  static __m128i SplatInts(int32_t value) { return _mm_set1_epi32(value); }
  static __m128i Lanes(int32_t first) {
    return _mm_add_epi32(_mm_set1_epi32(first), _mm_setr_epi32(0, 1, 2, 3));
  }
  static __m128i Add(__m128i a, __m128i b) { return _mm_add_epi32(a, b); }
  static __m128i Subtract(__m128i a, __m128i b) { return _mm_sub_epi32(a, b); }
  static __m128i Multiply(__m128i a, __m128i b) { return _mm_mullo_epi32(a, b); }
  static __m128i Max(__m128i a, __m128i b) { return _mm_max_epi32(a, b); }
  static __m128i Fold(__m128i v) { return _mm_xor_si128(v, _mm_srai_epi32(v, 31)); }
  static __m128i ScaleBack(__m128i v) {
    return _mm_srai_epi32(_mm_add_epi32(v, _mm_set1_epi32(1 << 11)), 12);
  }
  static int32_t ReduceMax(__m128i v) {
    v = _mm_max_epi32(v, _mm_shuffle_epi32(v, _MM_SHUFFLE(1, 0, 3, 2)));
    v = _mm_max_epi32(v, _mm_shuffle_epi32(v, _MM_SHUFFLE(2, 3, 0, 1)));
    return _mm_cvtsi128_si32(v);
  }

  static __m128 Splat(float value) { return _mm_set1_ps(value); }
  static __m128 ToFloats(__m128i v) { return _mm_cvtepi32_ps(v); }
  static __m128i ToInts(__m128 v) { return _mm_cvtps_epi32(v); }
  static __m128 AddFloats(__m128 a, __m128 b) { return _mm_add_ps(a, b); }
  static __m128 MultiplyFloats(__m128 a, __m128 b) { return _mm_mul_ps(a, b); }

  static __m128i ZeroEnergies() { return _mm_setzero_si128(); }
  static __m128i AddSquares(__m128i energies, const int16_t* p) {
    const __m128i samples = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    // Two squares of -32768 make 2^31: right when read as unsigned, which the unpacking does.
    const __m128i squares = _mm_madd_epi16(samples, samples);
    const __m128i zero = _mm_setzero_si128();
    energies = _mm_add_epi64(energies, _mm_unpacklo_epi32(squares, zero));
    return _mm_add_epi64(energies, _mm_unpackhi_epi32(squares, zero));
  }
  static uint64_t ReduceEnergies(__m128i v) {
    return static_cast<uint64_t>(_mm_cvtsi128_si64(v)) +
           static_cast<uint64_t>(_mm_extract_epi64(v, 1));
  }

  static __m128i AddProducts(__m128i sums, const int16_t* a, const int16_t* b) {
    // Two products fit 32 bits, as one factor is never -32768.
    const __m128i products = _mm_madd_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(a)),
                                            _mm_loadu_si128(reinterpret_cast<const __m128i*>(b)));
    sums = _mm_add_epi64(sums, _mm_cvtepi32_epi64(products));
    return _mm_add_epi64(sums, _mm_cvtepi32_epi64(_mm_srli_si128(products, 8)));
  }
  static int64_t ReduceProducts(__m128i v) { return static_cast<int64_t>(ReduceEnergies(v)); }
};

}  // namespace

const Kernels kSse41Kernels = SimdLoops<Sse41>::Table("sse4.1");

}  // namespace narada::mixer::dsp
