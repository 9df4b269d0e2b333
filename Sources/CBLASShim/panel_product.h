// The product of some rows with one panel of at most 16 columns, for processors with AVX2: what OpenBLAS has for AVX-512
// alone, a product of matrices as they lie. Packing both operands first costs a convolution of few pixels as much as the
// product itself.
//
// Contract: c[rows, columns] = a[rows, inner] · panel[inner, columns], or += with `adds`. `a` and `c` are row-major, their
// rows `lda` and `ldc` apart; the panel's rows lie one after the other, `stored` apart, 1 ≤ columns ≤ min(16, stored). Any
// alignment. Each element is one chain of fused multiply-adds over `inner` in order, whatever the number of rows: its bits
// depend on nothing else.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>

#define COLONNADE_AVX2 __attribute__((target("avx2,fma")))
#define COLONNADE_INLINE __attribute__((target("avx2,fma"), always_inline)) static inline

// One row of the panel, `x` and `y`, times the elements at `d` of up to six rows of a.
#define COLONNADE_STEP(d)                                                                          \
  _Pragma("clang loop unroll(full)") for (int r = 0; r < count; r++) {                             \
    const __m256 v = _mm256_broadcast_ss((r < 3 ? upper + r * lda : lower + (r - 3) * lda) + (d)); \
    left[r] = _mm256_fmadd_ps(v, x, left[r]);                                                      \
    right[r] = _mm256_fmadd_ps(v, y, right[r]);                                                    \
  }

// `count` rows, a constant where this is inlined; six use 12 of the 16 registers for sums. Four steps a turn, and two
// pointers that reach three rows each: with an address computed for every row, the multiply-adds wait for them.
COLONNADE_INLINE void colonnade_rows_by_16(
    const int count, long inner, const float *upper, long lda, const float *panel, long stored,
    int adds, float *c, long ldc) {
  const float *lower = upper + 3 * lda;
  __m256 left[6], right[6];
#pragma clang loop unroll(full)
  for (int r = 0; r < count; r++) left[r] = right[r] = _mm256_setzero_ps();
  long k = 0;
  for (; k + 4 <= inner; k += 4) {
#pragma clang loop unroll(full)
    for (int d = 0; d < 4; d++) {
      const __m256 x = _mm256_loadu_ps(panel + d * stored), y = _mm256_loadu_ps(panel + d * stored + 8);
      COLONNADE_STEP(d)
    }
    panel += 4 * stored;
    upper += 4;
    lower += 4;
  }
  for (; k < inner; k++) {
    const __m256 x = _mm256_loadu_ps(panel), y = _mm256_loadu_ps(panel + 8);
    COLONNADE_STEP(0)
    panel += stored;
    upper++;
    lower++;
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < count; r++) {
    float *row = c + r * ldc;
    if (adds) {
      left[r] = _mm256_add_ps(_mm256_loadu_ps(row), left[r]);
      right[r] = _mm256_add_ps(_mm256_loadu_ps(row + 8), right[r]);
    }
    _mm256_storeu_ps(row, left[r]);
    _mm256_storeu_ps(row + 8, right[r]);
  }
}

// The same for fewer columns than 16, `first` and `second` masks of them: nothing else is read or written.
COLONNADE_INLINE void colonnade_rows_by_few(
    const int count, long inner, const float *upper, long lda, const float *panel, long stored,
    __m256i first, __m256i second, int adds, float *c, long ldc) {
  const float *lower = upper + 3 * lda;
  __m256 left[6], right[6];
#pragma clang loop unroll(full)
  for (int r = 0; r < count; r++) left[r] = right[r] = _mm256_setzero_ps();
  for (long k = 0; k < inner; k++) {
    const __m256 x = _mm256_maskload_ps(panel, first), y = _mm256_maskload_ps(panel + 8, second);
    COLONNADE_STEP(k)
    panel += stored;
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < count; r++) {
    float *row = c + r * ldc;
    if (adds) {
      left[r] = _mm256_add_ps(_mm256_maskload_ps(row, first), left[r]);
      right[r] = _mm256_add_ps(_mm256_maskload_ps(row + 8, second), right[r]);
    }
    _mm256_maskstore_ps(row, first, left[r]);
    _mm256_maskstore_ps(row + 8, second, right[r]);
  }
}

COLONNADE_AVX2 static inline void colonnade_panel_product_avx2(
    long rows, long inner, long columns, const float *a, long lda, const float *panel, long stored,
    int adds, float *c, long ldc) {
  if (columns == 16) {
    long row = 0;
    for (; row + 6 <= rows; row += 6)
      colonnade_rows_by_16(6, inner, a + row * lda, lda, panel, stored, adds, c + row * ldc, ldc);
    a += row * lda;
    c += row * ldc;
    switch (rows - row) {
    case 5: colonnade_rows_by_16(5, inner, a, lda, panel, stored, adds, c, ldc); break;
    case 4: colonnade_rows_by_16(4, inner, a, lda, panel, stored, adds, c, ldc); break;
    case 3: colonnade_rows_by_16(3, inner, a, lda, panel, stored, adds, c, ldc); break;
    case 2: colonnade_rows_by_16(2, inner, a, lda, panel, stored, adds, c, ldc); break;
    case 1: colonnade_rows_by_16(1, inner, a, lda, panel, stored, adds, c, ldc); break;
    }
    return;
  }
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i first = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)columns), lanes);
  const __m256i second = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)columns - 8), lanes);
  long row = 0;
  for (; row + 4 <= rows; row += 4)
    colonnade_rows_by_few(4, inner, a + row * lda, lda, panel, stored, first, second, adds, c + row * ldc, ldc);
  for (; row < rows; row++)
    colonnade_rows_by_few(1, inner, a + row * lda, lda, panel, stored, first, second, adds, c + row * ldc, ldc);
}
#endif

// Whether this processor has the product.
static inline int colonnade_has_panel_product(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return 0;
#endif
}

static inline void colonnade_panel_product(
    long rows, long inner, long columns, const float *a, long lda, const float *panel, long stored,
    int adds, float *c, long ldc) {
#if defined(__x86_64__)
  colonnade_panel_product_avx2(rows, inner, columns, a, lda, panel, stored, adds, c, ldc);
#endif
}
