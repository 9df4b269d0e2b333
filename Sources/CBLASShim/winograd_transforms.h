// Winograd's transforms of a tile's input and output, for processors with AVX2: of F(4×4, 3×3), F(6×6, 3×3) and
// F(7×7, 3×3). The formulas, the order of the sums and so the bits are those of the enums WinogradFour, WinogradSix and
// WinogradSeven in Swift, which have the other transforms, and compute these where there is no AVX2.
//
// Contract: channels in eights, anything at any alignment, `scratch` for 81 · 64 floats.
#pragma once
#include "vector_epilogue.h"

#if defined(__x86_64__)
typedef float colonnade_float8 __attribute__((ext_vector_type(8), aligned(4)));
typedef colonnade_float8 colonnade_line[9];

// Nothing is fused: bits are those of the same sums elsewhere.
#define COLONNADE_EXACT _Pragma("clang fp contract(off)")

COLONNADE_INLINE void colonnade_four_input(const colonnade_line x, colonnade_line y) {
  COLONNADE_EXACT
  const colonnade_float8 p = x[4] - 4 * x[2], q = x[3] - 4 * x[1], r = x[4] - x[2], s = 2 * (x[3] - x[1]);
  y[0] = 4 * x[0] - 5 * x[2] + x[4];
  y[1] = p + q;
  y[2] = p - q;
  y[3] = r + s;
  y[4] = r - s;
  y[5] = 4 * x[1] - 5 * x[3] + x[5];
}

COLONNADE_INLINE void colonnade_four_output(const colonnade_line x, colonnade_line y) {
  COLONNADE_EXACT
  const colonnade_float8 p = x[1] + x[2], q = x[1] - x[2], r = x[3] + x[4], s = x[3] - x[4];
  y[0] = x[0] + p + r;
  y[1] = q + 2 * s;
  y[2] = p + 4 * r;
  y[3] = q + 8 * s + x[5];
}

COLONNADE_INLINE void colonnade_six_input(const colonnade_line x, colonnade_line y) {
  COLONNADE_EXACT
  y[0] = x[0] - x[6] + (x[4] - x[2]) * 5.25f;
  y[7] = x[7] - x[1] + (x[3] - x[5]) * 5.25f;
  const colonnade_float8 p = x[2] + x[6] - x[4] * 4.25f, q = x[1] + x[5] - x[3] * 4.25f;
  y[1] = p + q;
  y[2] = p - q;
  const colonnade_float8 r = x[6] + x[2] * 0.25f - x[4] * 1.25f, s = x[1] * 0.5f - x[3] * 2.5f + x[5] * 2;
  y[3] = r + s;
  y[4] = r - s;
  const colonnade_float8 t = x[6] + (x[2] - x[4] * 1.25f) * 4, u = x[1] * 2 - x[3] * 2.5f + x[5] * 0.5f;
  y[5] = t + u;
  y[6] = t - u;
}

COLONNADE_INLINE void colonnade_six_output(const colonnade_line x, colonnade_line y) {
  COLONNADE_EXACT
  const colonnade_float8 p = x[1] + x[2], q = x[1] - x[2], r = x[3] + x[4], s = x[3] - x[4], t = x[5] + x[6],
                         u = x[5] - x[6];
  y[0] = x[0] + p + r + t;
  y[1] = q + 2 * s + 0.5f * u;
  y[2] = p + 4 * r + 0.25f * t;
  y[3] = q + 8 * s + 0.125f * u;
  y[4] = p + 16 * r + 0.0625f * t;
  y[5] = q + 32 * s + 0.03125f * u + x[7];
}

// x · q ± p · q, where q is the product of x² − p² over the other points.
COLONNADE_INLINE void colonnade_seven_pair(
    const colonnade_line x, float p, float q0, float q1, float q2, colonnade_float8 *y) {
  COLONNADE_EXACT
  const colonnade_float8 odd = (x[7] - x[5] * q0) + (x[3] * q1 - x[1] * q2);
  const colonnade_float8 even = ((x[6] - x[4] * q0) + (x[2] * q1 - x[0] * q2)) * p;
  y[0] = odd + even;
  y[1] = odd - even;
}

COLONNADE_INLINE void colonnade_seven_input(const colonnade_line x, colonnade_line y) {
  COLONNADE_EXACT
  colonnade_seven_pair(x, 0.25f, 381.f / 64, 8625.f / 1024, 625.f / 256, y);
  colonnade_seven_pair(x, 0.625f, 45.f / 8, 1689.f / 256, 25.f / 64, y + 2);
  colonnade_seven_pair(x, 1.25f, 285.f / 64, 1881.f / 1024, 25.f / 256, y + 4);
  colonnade_seven_pair(x, 2, 129.f / 64, 375.f / 512, 625.f / 16384, y + 6);
  const colonnade_float8 far = x[8] - x[6] * (385.f / 64);
  const colonnade_float8 middle = x[4] * (4503.f / 512) - x[2] * (48625.f / 16384);
  y[8] = far + middle + x[0] * (625.f / 4096);
}

COLONNADE_INLINE void colonnade_seven_output(const colonnade_line x, colonnade_line y) {
  COLONNADE_EXACT
  const float points[4] = {0.25f, 0.625f, 1.25f, 2};
  colonnade_float8 even[4], odd[4];
  COLONNADE_UNROLL for (int k = 0; k < 4; k++) {
    even[k] = x[2 * k] + x[2 * k + 1];
    odd[k] = (x[2 * k] - x[2 * k + 1]) * points[k];
  }
  COLONNADE_UNROLL for (int k = 0; k < 7; k += 2) {
    y[k] = (even[0] + even[1]) + (even[2] + even[3]);
    if (k == 6) break;
    y[k + 1] = (odd[0] + odd[1]) + (odd[2] + odd[3]);
    COLONNADE_UNROLL for (int i = 0; i < 4; i++) {
      even[i] *= points[i] * points[i];
      odd[i] *= points[i] * points[i];
    }
  }
  y[6] += x[8];
}

COLONNADE_INLINE void colonnade_winograd_line(
    const int output, const int isInput, const colonnade_line x, colonnade_line y) {
  if (output == 4) {
    if (isInput) colonnade_four_input(x, y); else colonnade_four_output(x, y);
  } else if (output == 6) {
    if (isInput) colonnade_six_input(x, y); else colonnade_six_output(x, y);
  } else {
    if (isInput) colonnade_seven_input(x, y); else colonnade_seven_output(x, y);
  }
}

COLONNADE_INLINE colonnade_float8 colonnade_load8(const float *p) { return *(const colonnade_float8 *)p; }
COLONNADE_INLINE void colonnade_store8(float *p, colonnade_float8 v) { *(colonnade_float8 *)p = v; }

// 64 channels at a time, so that each line of a square is read and written from end to end over a few cache lines.
COLONNADE_INLINE void colonnade_winograd_input_of(
    const int output, const float *window, long rowStep, long columnStep, const long *inside, long channels,
    float *target, long pointStep, float *scratch) {
  static const float zeros[64];
  const int n = output + 2;
  colonnade_line x, y;
  for (long first = 0; first < channels; first += 64) {
    const long count = channels - first < 64 ? channels - first : 64;
    for (int j = 0; j < n; j++) {
      const float *rows[9];
      COLONNADE_UNROLL for (int i = 0; i < n; i++) rows[i] =
          i >= inside[0] && i < inside[1] && j >= inside[2] && j < inside[3]
              ? window + i * rowStep + j * columnStep + first
              : zeros;
      for (long c = 0; c < count; c += 8) {
        COLONNADE_UNROLL for (int i = 0; i < n; i++) x[i] = colonnade_load8(rows[i] + c);
        colonnade_winograd_line(output, 1, x, y);
        COLONNADE_UNROLL for (int i = 0; i < n; i++) colonnade_store8(scratch + (i * n + j) * 64 + c, y[i]);
      }
    }
    for (int i = 0; i < n; i++) {
      float *points = target + i * n * pointStep + first;
      for (long c = 0; c < count; c += 8) {
        COLONNADE_UNROLL for (int j = 0; j < n; j++) x[j] = colonnade_load8(scratch + (i * n + j) * 64 + c);
        colonnade_winograd_line(output, 1, x, y);
        COLONNADE_UNROLL for (int j = 0; j < n; j++) colonnade_store8(points + j * pointStep + c, y[j]);
      }
    }
  }
}

COLONNADE_INLINE void colonnade_winograd_output_of(
    const int output, const float *products, long pointStep, long channels, const colonnade_epilogue *finish,
    float *target, long rowStep, long columnStep, long rows, long columns, float *scratch) {
  COLONNADE_EXACT
  const int n = output + 2;
  const colonnade_float8 floor = finish->floor, ceiling = finish->ceiling;
  colonnade_line x, y;
  for (long first = 0; first < channels; first += 64) {
    const long count = channels - first < 64 ? channels - first : 64;
    for (int j = 0; j < n; j++) {
      const float *points = products + j * pointStep + first;
      for (long c = 0; c < count; c += 8) {
        COLONNADE_UNROLL for (int i = 0; i < n; i++) x[i] = colonnade_load8(points + i * n * pointStep + c);
        colonnade_winograd_line(output, 0, x, y);
        COLONNADE_UNROLL for (int i = 0; i < output; i++) colonnade_store8(scratch + (i * n + j) * 64 + c, y[i]);
      }
    }
    for (int i = 0; i < output && i < rows; i++) {
      for (long c = 0; c < count; c += 8) {
        COLONNADE_UNROLL for (int j = 0; j < n; j++) x[j] = colonnade_load8(scratch + (i * n + j) * 64 + c);
        colonnade_winograd_line(output, 0, x, y);
        const long channel = first + c;
        COLONNADE_UNROLL for (int j = 0; j < output; j++) {
          if (j >= columns) break;
          const long offset = i * rowStep + j * columnStep + channel;
          colonnade_float8 v = y[j];
          if (finish->scale) v *= colonnade_load8(finish->scale + channel);
          if (finish->shift) v += colonnade_load8(finish->shift + channel);
          if (finish->residual) v += colonnade_load8(finish->residual + offset);
          colonnade_store8(target + offset, _mm256_min_ps(ceiling, _mm256_max_ps(floor, v)));
        }
      }
    }
  }
}

#define COLONNADE_EACH_TILE(call) \
  switch (output) {               \
  case 4: call(4); break;         \
  case 6: call(6); break;         \
  case 7: call(7); break;         \
  }

COLONNADE_AVX2 static inline void colonnade_winograd_input_avx2(
    int output, const float *window, long rowStep, long columnStep, const long *inside, long channels, float *target,
    long pointStep, float *scratch) {
#define COLONNADE_INPUT(m) \
  colonnade_winograd_input_of(m, window, rowStep, columnStep, inside, channels, target, pointStep, scratch)
  COLONNADE_EACH_TILE(COLONNADE_INPUT)
}

COLONNADE_AVX2 static inline void colonnade_winograd_output_avx2(
    int output, const float *products, long pointStep, long channels, const colonnade_epilogue *finish, float *target,
    long rowStep, long columnStep, long rows, long columns, float *scratch) {
#define COLONNADE_OUTPUT(m)                                                                                      \
  colonnade_winograd_output_of(                                                                                  \
      m, products, pointStep, channels, finish, target, rowStep, columnStep, rows, columns, scratch)
  COLONNADE_EACH_TILE(COLONNADE_OUTPUT)
}
#endif

// The input window of one tile of `output`² pixels: of its rows and columns, those from inside[0] to inside[1] and from
// inside[2] to inside[3] lie within the picture, the others are zero. Point k goes to target + k · pointStep.
static inline void colonnade_winograd_input(
    int output, const float *window, long rowStep, long columnStep, const long *inside, long channels, float *target,
    long pointStep, float *scratch) {
#if defined(__x86_64__)
  colonnade_winograd_input_avx2(
      output, window, rowStep, columnStep, inside, channels, target, pointStep, scratch);
#endif
}

// One tile's products to its output, of which `rows` and `columns` are within the picture; then the epilogue.
static inline void colonnade_winograd_output(
    int output, const float *products, long pointStep, long channels, const colonnade_epilogue *finish, float *target,
    long rowStep, long columnStep, long rows, long columns, float *scratch) {
#if defined(__x86_64__)
  colonnade_winograd_output_avx2(
      output, products, pointStep, channels, finish, target, rowStep, columnStep, rows, columns, scratch);
#endif
}
