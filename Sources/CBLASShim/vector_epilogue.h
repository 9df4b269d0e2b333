// What is done to sums of products while they are in registers, in this order: scaled and shifted by column, a residual
// added, clamped. Without fused multiply-adds: the bits are those of the same steps one after the other.
#pragma once

typedef struct {
  // Of the first column; NULL is none.
  const float *scale, *shift;
  // Of the first row and column, laid out as the result; NULL is none.
  const float *residual;
  // -INFINITY and INFINITY where there are no bounds. NaN stays.
  float floor, ceiling;
} colonnade_epilogue;

#if defined(__x86_64__)
#include <immintrin.h>

#define COLONNADE_AVX2 __attribute__((target("avx2,fma")))
#define COLONNADE_INLINE __attribute__((target("avx2,fma"), always_inline)) static inline
#define COLONNADE_UNROLL _Pragma("clang loop unroll(full)")

// Eight floats, or those of the mask and zeros.
COLONNADE_INLINE __m256 colonnade_load(const float *p, const int masked, __m256i mask) {
  return masked ? _mm256_maskload_ps(p, mask) : _mm256_loadu_ps(p);
}

COLONNADE_INLINE void colonnade_store(float *p, const int masked, __m256i mask, __m256 v) {
  if (masked)
    _mm256_maskstore_ps(p, mask, v);
  else
    _mm256_storeu_ps(p, v);
}

// `count` rows of `vectors` registers, constants where this is inlined; the rows of the residual are `step` apart.
COLONNADE_INLINE void colonnade_finish(
    const colonnade_epilogue *e, const int count, const int vectors, const int masked, const __m256i *masks,
    long column, long offset, long step, __m256 *sums) {
  COLONNADE_UNROLL for (int j = 0; j < vectors; j++) {
    if (e->scale) {
      const __m256 s = colonnade_load(e->scale + column + 8 * j, masked, masks[j]);
      COLONNADE_UNROLL for (int r = 0; r < count; r++) sums[r * vectors + j] = _mm256_mul_ps(sums[r * vectors + j], s);
    }
    if (e->shift) {
      const __m256 s = colonnade_load(e->shift + column + 8 * j, masked, masks[j]);
      COLONNADE_UNROLL for (int r = 0; r < count; r++) sums[r * vectors + j] = _mm256_add_ps(sums[r * vectors + j], s);
    }
    if (e->residual) {
      const float *residual = e->residual + offset + column + 8 * j;
      COLONNADE_UNROLL for (int r = 0; r < count; r++) sums[r * vectors + j] =
          _mm256_add_ps(sums[r * vectors + j], colonnade_load(residual + r * step, masked, masks[j]));
    }
  }
  // The bound first: of two operands one of which is no number, these instructions return the second.
  const __m256 floor = _mm256_set1_ps(e->floor), ceiling = _mm256_set1_ps(e->ceiling);
  COLONNADE_UNROLL for (int i = 0; i < count * vectors; i++) sums[i] =
      _mm256_min_ps(ceiling, _mm256_max_ps(floor, sums[i]));
}
#endif

// Whether this processor runs what is declared for AVX2.
static inline int colonnade_has_avx2(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return 0;
#endif
}
