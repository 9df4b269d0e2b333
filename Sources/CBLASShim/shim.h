// One door to BLAS and LAPACKE. Linux distributions and Homebrew put OpenBLAS's header in different places.
#pragma once
#if __has_include(<cblas-openblas.h>)
#include <cblas-openblas.h>
#elif __has_include(<openblas/cblas.h>)
#include <openblas/cblas.h>
#else
#include <cblas.h>
#endif
#include <lapacke.h>

#if defined(__x86_64__)
#include <immintrin.h>

// Independent fused multiply-adds: 12 accumulators cover 4 to 5 cycles of latency on two ports.
#define COLONNADE_FMA_ROUND(MADD)                                                                  \
  a0 = MADD(x, y, a0); a1 = MADD(x, y, a1); a2 = MADD(x, y, a2); a3 = MADD(x, y, a3);              \
  a4 = MADD(x, y, a4); a5 = MADD(x, y, a5); a6 = MADD(x, y, a6); a7 = MADD(x, y, a7);              \
  a8 = MADD(x, y, a8); a9 = MADD(x, y, a9); a10 = MADD(x, y, a10); a11 = MADD(x, y, a11);
#define COLONNADE_KEEP(v) __asm__ volatile("" : "+v"(v));
#define COLONNADE_FMA_BODY(TYPE, SET1, MADD)                                                       \
  TYPE x = SET1(1e-9f), y = SET1(1e-9f), a0 = x, a1 = x, a2 = x, a3 = x, a4 = x, a5 = x, a6 = x,   \
       a7 = x, a8 = x, a9 = x, a10 = x, a11 = x;                                                   \
  for (long i = 0; i < rounds; i++) {                                                              \
    COLONNADE_FMA_ROUND(MADD)                                                                      \
    COLONNADE_KEEP(a0) COLONNADE_KEEP(a1) COLONNADE_KEEP(a2) COLONNADE_KEEP(a3)                    \
    COLONNADE_KEEP(a4) COLONNADE_KEEP(a5) COLONNADE_KEEP(a6) COLONNADE_KEEP(a7)                    \
    COLONNADE_KEEP(a8) COLONNADE_KEEP(a9) COLONNADE_KEEP(a10) COLONNADE_KEEP(a11)                  \
  }

__attribute__((target("avx512f"))) static inline void colonnade_fma512(long rounds) {
  COLONNADE_FMA_BODY(__m512, _mm512_set1_ps, _mm512_fmadd_ps)
}
__attribute__((target("avx2,fma"))) static inline void colonnade_fma256(long rounds) {
  COLONNADE_FMA_BODY(__m256, _mm256_set1_ps, _mm256_fmadd_ps)
}
#endif

// Runs `rounds` rounds of 12 independent FMAs and returns the floating-point operations done,
// or 0 where this processor has no probe.
static inline double colonnade_fma_probe(long rounds) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) {
    colonnade_fma512(rounds);
    return 2.0 * 16 * 12 * (double)rounds;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    colonnade_fma256(rounds);
    return 2.0 * 8 * 12 * (double)rounds;
  }
#endif
  (void)rounds;
  return 0;
}

// Tells the processor that this thread is spinning, so that a sibling hardware thread runs at full speed.
static inline void colonnade_spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// Square roots of a vector in one instruction: Swift's SIMD types take them lane by lane.
typedef float colonnade_float4 __attribute__((ext_vector_type(4)));
static inline __attribute__((always_inline)) colonnade_float4 colonnade_sqrt4(colonnade_float4 x) {
  return __builtin_elementwise_sqrt(x);
}

// CRC-32 by carry-less products (Gopal et al., "Fast CRC computation for generic polynomials using PCLMULQDQ", Intel 2009):
// folds `count` bytes, a multiple of 64, and the register before them into 16 bytes that have the same remainder.
// Returns 0 where this processor has no such instruction.
#if defined(__x86_64__)
__attribute__((target("pclmul"))) static inline void colonnade_crc32_fold_pclmul(
    const unsigned char *bytes, long count, unsigned before, unsigned char *folded) {
#define COLONNADE_LOAD(i) _mm_loadu_si128((const __m128i *)(bytes + 16 * (i)))
#define COLONNADE_FOLD(x, k, next)                                                                 \
  _mm_xor_si128(                                                                                   \
      _mm_xor_si128(_mm_clmulepi64_si128(x, k, 0x00), _mm_clmulepi64_si128(x, k, 0x11)), next)
  const __m128i over64 = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
  const __m128i over16 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
  __m128i a = _mm_xor_si128(COLONNADE_LOAD(0), _mm_cvtsi32_si128((int)before));
  __m128i b = COLONNADE_LOAD(1), c = COLONNADE_LOAD(2), d = COLONNADE_LOAD(3);
  for (const unsigned char *end = bytes + count; (bytes += 64) < end;) {
    a = COLONNADE_FOLD(a, over64, COLONNADE_LOAD(0));
    b = COLONNADE_FOLD(b, over64, COLONNADE_LOAD(1));
    c = COLONNADE_FOLD(c, over64, COLONNADE_LOAD(2));
    d = COLONNADE_FOLD(d, over64, COLONNADE_LOAD(3));
  }
  a = COLONNADE_FOLD(a, over16, b);
  a = COLONNADE_FOLD(a, over16, c);
  a = COLONNADE_FOLD(a, over16, d);
  _mm_storeu_si128((__m128i *)folded, a);
#undef COLONNADE_LOAD
#undef COLONNADE_FOLD
}
#endif

static inline int colonnade_crc32_fold(
    const unsigned char *bytes, long count, unsigned before, unsigned char *folded) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("pclmul")) {
    colonnade_crc32_fold_pclmul(bytes, count, before, folded);
    return 1;
  }
#endif
  (void)bytes, (void)count, (void)before, (void)folded;
  return 0;
}
