// Targets of a depthwise convolution's line, for processors with AVX2.
//
// Contract: target[i, c] = Σ over taps of source[first + i · step + c] · weight[c], i below `targets`, c below `channels`, at
// least 16; then the epilogue. Sources of the taps, and the results, `targetStep` apart, at any alignment. Each element is
// one chain of fused multiply-adds over the taps in order: its bits depend on nothing else. Where the channels are no
// multiple of 16, some are computed twice: the residual must not be the target.
#pragma once
#include "vector_epilogue.h"

// A product's factors, of the first target and channel. They stand in a list because addresses computed from loop
// counters end up in a dozen pointers that all have to be moved on.
typedef struct {
  const float *_Nonnull source, *_Nonnull weight;
} colonnade_tap;

#if defined(__x86_64__)
// `count` targets by `vectors` registers of channels, constants where this is inlined.
COLONNADE_INLINE void colonnade_depthwise_block(
    const int count, const int vectors, const colonnade_tap *taps, long tapCount, long base, long step, long channel,
    const colonnade_epilogue *finish, long offset, float *target, long targetStep) {
  __m256 sums[8];
  COLONNADE_UNROLL for (int i = 0; i < count * vectors; i++) sums[i] = _mm256_setzero_ps();
  for (long tap = 0; tap < tapCount; tap++) {
    const float *x = taps[tap].source + base + channel, *w = taps[tap].weight + channel;
    COLONNADE_UNROLL for (int j = 0; j < vectors; j++) {
      const __m256 v = _mm256_loadu_ps(w + 8 * j);
      COLONNADE_UNROLL for (int i = 0; i < count; i++) sums[i * vectors + j] =
          _mm256_fmadd_ps(_mm256_loadu_ps(x + i * step + 8 * j), v, sums[i * vectors + j]);
    }
  }
  const __m256i unused[8] = {};
  if (finish) colonnade_finish(finish, count, vectors, 0, unused, channel, offset, targetStep, sums);
  COLONNADE_UNROLL for (int i = 0; i < count; i++) COLONNADE_UNROLL for (int j = 0; j < vectors; j++)
      _mm256_storeu_ps(target + offset + i * targetStep + channel + 8 * j, sums[i * vectors + j]);
}

COLONNADE_AVX2 static inline void colonnade_depthwise_avx2(
    long targets, const colonnade_tap *taps, long tapCount, long first, long step, long channels,
    const colonnade_epilogue *finish, float *target, long targetStep) {
  long i = 0;
  for (; targets >= 4 && i + 1 < targets; i += 4) {
    // Of the last few, four cost no more than two: some are computed again.
    if (i + 4 > targets) i = targets - 4;
    for (long c = 0;; c = c + 32 <= channels ? c + 16 : channels - 16) {
      colonnade_depthwise_block(
          4, 2, taps, tapCount, first + i * step, step, c, finish, i * targetStep, target, targetStep);
      if (c + 16 >= channels) break;
    }
  }
  for (; i < targets; i++) {
    long c = 0;
    for (; c + 64 <= channels; c += 64)
      colonnade_depthwise_block(
          1, 8, taps, tapCount, first + i * step, step, c, finish, i * targetStep, target, targetStep);
    for (; c < channels; c += 16)
      colonnade_depthwise_block(
          1, 2, taps, tapCount, first + i * step, step, c + 16 <= channels ? c : channels - 16, finish, i * targetStep,
          target, targetStep);
  }
}
#endif

static inline void colonnade_depthwise(
    long targets, const colonnade_tap *taps, long tapCount, long first, long step, long channels,
    const colonnade_epilogue *finish, float *target, long targetStep) {
#if defined(__x86_64__)
  colonnade_depthwise_avx2(targets, taps, tapCount, first, step, channels, finish, target, targetStep);
#endif
}
