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
#include "depthwise_line.h"
#include "panel_product.h"
#include "winograd_transforms.h"
#include <stddef.h>

// The buffers that OpenBLAS packs operands into, one for each product at a time: its own functions, in no header of it.
// It maps a buffer when it first needs it, and where the system gives none it tries for ever.
#if defined(__APPLE__)
#define COLONNADE_WEAK __attribute__((weak_import))
#else
#define COLONNADE_WEAK __attribute__((weak))
#endif
COLONNADE_WEAK extern void *blas_memory_alloc(int);
COLONNADE_WEAK extern void blas_memory_free(void *);

// A buffer, NULL where this library does not lend any.
static inline void *colonnade_blas_take_buffer(void) {
  return blas_memory_alloc && blas_memory_free ? blas_memory_alloc(0) : NULL;
}
static inline void colonnade_blas_give_buffer(void *buffer) { blas_memory_free(buffer); }

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

#if defined(__linux__)
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
int sched_getcpu(void);
#endif

// The processor that the calling thread runs on at this moment; -1 where the system does not say. glibc has it in memory that
// the kernel writes: no system call.
static inline int colonnade_processor(void) {
#if defined(__linux__)
  return sched_getcpu();
#else
  return -1;
#endif
}

// Has the system move the calling thread from `processor` to another that it may run on, where there is one.
static inline void colonnade_leave_processor(int processor) {
#if defined(__linux__)
  unsigned long allowed[128], others[128];
  const int bits = 8 * sizeof allowed[0];
  const long bytes = syscall(SYS_sched_getaffinity, 0, sizeof allowed, allowed);
  if (bytes <= 0 || processor < 0 || processor >= 8 * bytes) return;
  memcpy(others, allowed, bytes);
  others[processor / bits] &= ~(1ul << processor % bits);
  // Refused where no other is left.
  if (syscall(SYS_sched_setaffinity, 0, bytes, others) == 0) syscall(SYS_sched_setaffinity, 0, bytes, allowed);
#endif
}

// Square roots of a vector in one instruction: Swift's SIMD types take them lane by lane.
typedef float colonnade_float4 __attribute__((ext_vector_type(4)));
static inline __attribute__((always_inline)) colonnade_float4 colonnade_sqrt4(colonnade_float4 x) {
  return __builtin_elementwise_sqrt(x);
}
