// The product of some rows with one panel of at most 16 columns, for processors with AVX2: what OpenBLAS has for AVX-512
// alone, a product of matrices as they lie. Packing both operands first costs a convolution of few pixels as much as the
// product itself.
//
// Contract: c[rows, columns] = a[rows, inner] · panel[inner, columns], or += with `adds`, then the epilogue where there is
// one. `a` and `c` are row-major, their rows `lda` and `ldc` apart; the panel's rows lie one after the other, `stored`
// apart, 1 ≤ columns ≤ min(16, stored). Any alignment. Each element is one chain of fused multiply-adds over `inner` in
// order, whatever the number of rows: its bits depend on nothing else.
#pragma once
#include "vector_epilogue.h"

#if defined(__x86_64__)
// One row of the panel times the elements at `d` of the rows of a.
COLONNADE_INLINE void colonnade_step(
    const int count, const int vectors, const float *const *rows, long lda, int d, const __m256 *panel, __m256 *sums) {
  COLONNADE_UNROLL for (int r = 0; r < count; r++) {
    const __m256 v = _mm256_broadcast_ss(rows[r / 3] + r % 3 * lda + d);
    COLONNADE_UNROLL for (int j = 0; j < vectors; j++) sums[r * vectors + j] =
        _mm256_fmadd_ps(v, panel[j], sums[r * vectors + j]);
  }
}

// `count` rows by `vectors` registers of columns, constants where this is inlined: at most 12 of the 16 registers are
// sums. Four steps a turn, and pointers that reach three rows each: with an address computed for every row, the
// multiply-adds wait for them.
COLONNADE_INLINE void colonnade_rows(
    const int count, const int vectors, const int masked, const __m256i *masks, long inner, const float *a, long lda,
    const float *panel, long stored, int adds, const colonnade_epilogue *finish, long offset, float *c, long ldc) {
  const float *rows[4];
  COLONNADE_UNROLL for (int i = 0; 3 * i < count; i++) {
    rows[i] = a + 3 * i * lda;
    // Kept apart: the compiler would compute each from the one before, in every turn.
    __asm__("" : "+r"(rows[i]));
  }
  __m256 sums[12], b[2];
  COLONNADE_UNROLL for (int i = 0; i < count * vectors; i++) sums[i] = _mm256_setzero_ps();
  long k = 0;
  for (; k + 4 <= inner; k += 4) {
    COLONNADE_UNROLL for (int d = 0; d < 4; d++) {
      COLONNADE_UNROLL for (int j = 0; j < vectors; j++) b[j] =
          colonnade_load(panel + d * stored + 8 * j, masked, masks[j]);
      colonnade_step(count, vectors, rows, lda, d, b, sums);
    }
    panel += 4 * stored;
    COLONNADE_UNROLL for (int i = 0; 3 * i < count; i++) rows[i] += 4;
  }
  for (; k < inner; k++) {
    COLONNADE_UNROLL for (int j = 0; j < vectors; j++) b[j] = colonnade_load(panel + 8 * j, masked, masks[j]);
    colonnade_step(count, vectors, rows, lda, 0, b, sums);
    panel += stored;
    COLONNADE_UNROLL for (int i = 0; 3 * i < count; i++) rows[i]++;
  }
  c += offset;
  if (adds) {
    COLONNADE_UNROLL for (int r = 0; r < count; r++) COLONNADE_UNROLL for (int j = 0; j < vectors; j++)
        sums[r * vectors + j] =
        _mm256_add_ps(colonnade_load(c + r * ldc + 8 * j, masked, masks[j]), sums[r * vectors + j]);
  }
  if (finish) colonnade_finish(finish, count, vectors, masked, masks, 0, offset, ldc, sums);
  COLONNADE_UNROLL for (int r = 0; r < count; r++) COLONNADE_UNROLL for (int j = 0; j < vectors; j++)
      colonnade_store(c + r * ldc + 8 * j, masked, masks[j], sums[r * vectors + j]);
}

COLONNADE_AVX2 static inline void colonnade_panel_product_avx2(
    long rows, long inner, long columns, const float *a, long lda, const float *panel, long stored, int adds,
    const colonnade_epilogue *finish, float *c, long ldc) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i masks[2] = {
      _mm256_cmpgt_epi32(_mm256_set1_epi32((int)columns), lanes),
      _mm256_cmpgt_epi32(_mm256_set1_epi32((int)columns - 8), lanes)};
  long row = 0;
#define COLONNADE_ROWS(count, vectors, masked)                                                                        \
  for (; row + count <= rows; row += count)                                                                           \
    colonnade_rows(                                                                                                   \
        count, vectors, masked, masks, inner, a + row * lda, lda, panel, stored, adds, finish, row * ldc, c, ldc);
  if (columns == 16) {
    COLONNADE_ROWS(6, 2, 0)
    COLONNADE_ROWS(5, 2, 0)
    COLONNADE_ROWS(4, 2, 0)
    COLONNADE_ROWS(3, 2, 0)
    COLONNADE_ROWS(2, 2, 0)
    COLONNADE_ROWS(1, 2, 0)
  } else if (columns > 8) {
    COLONNADE_ROWS(6, 2, 1)
    COLONNADE_ROWS(3, 2, 1)
    COLONNADE_ROWS(1, 2, 1)
  } else if (columns == 8) {
    // Not twelve: where rows are a multiple of 4 KiB apart, they share a set of the L1 cache, which holds eight lines.
    COLONNADE_ROWS(8, 1, 0)
    COLONNADE_ROWS(4, 1, 0)
    COLONNADE_ROWS(1, 1, 0)
  } else {
    COLONNADE_ROWS(8, 1, 1)
    COLONNADE_ROWS(4, 1, 1)
    COLONNADE_ROWS(1, 1, 1)
  }
#undef COLONNADE_ROWS
}
#endif

static inline void colonnade_panel_product(
    long rows, long inner, long columns, const float *a, long lda, const float *panel, long stored, int adds,
    const colonnade_epilogue *finish, float *c, long ldc) {
#if defined(__x86_64__)
  colonnade_panel_product_avx2(rows, inner, columns, a, lda, panel, stored, adds, finish, c, ldc);
#endif
}
