// Counts what the process holds from malloc, by replacing it: glibc lets a program define these functions, and its own
// remain under other names.
#define _GNU_SOURCE
#include "CFuzzing.h"

#if defined(__GLIBC__)

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

// Not to be seen by the fuzzer: an allocator is no part of what is tried.
#if defined(__clang__)
#define UNSEEN __attribute__((no_sanitize("coverage")))
#else
#define UNSEEN
#endif

static _Atomic long long held, most, limit = LLONG_MAX, start;

UNSEEN static void check(size_t size) {
  long long allowed = atomic_load(&limit);
  if (allowed == LLONG_MAX || (long long)size <= allowed - atomic_load(&held)) return;
  // What reports the abort allocates.
  atomic_store(&limit, LLONG_MAX);
  char line[200];
  int length = snprintf(
      line, sizeof line, "fuzz: %zu bytes are wanted beside %lld held for this input, where %lld in all are allowed\n", size,
      atomic_load(&held) - atomic_load(&start), allowed - atomic_load(&start));
  if (write(2, line, (size_t)length) < 0) { /* the abort says enough */ }
  abort();
}

UNSEEN static void *count(void *memory, long long before) {
  if (!memory) return NULL;
  long long change = (long long)malloc_usable_size(memory) - before;
  long long now = atomic_fetch_add(&held, change) + change;
  long long seen = atomic_load(&most);
  while (now > seen && !atomic_compare_exchange_weak(&most, &seen, now)) {}
  return memory;
}

UNSEEN void *malloc(size_t size) {
  check(size);
  return count(__libc_malloc(size), 0);
}

UNSEEN void *calloc(size_t number, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(number, size, &bytes)) {
    errno = ENOMEM;
    return NULL;
  }
  check(bytes);
  return count(__libc_calloc(number, size), 0);
}

UNSEEN void *realloc(void *memory, size_t size) {
  size_t before = memory ? malloc_usable_size(memory) : 0;
  if (size > before) check(size - before);
  void *result = __libc_realloc(memory, size);
  if (!result && size == 0) atomic_fetch_sub(&held, (long long)before);
  return count(result, (long long)before);
}

UNSEEN void *memalign(size_t alignment, size_t size) {
  check(size);
  return count(__libc_memalign(alignment, size), 0);
}

UNSEEN void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

UNSEEN int posix_memalign(void **result, size_t alignment, size_t size) {
  void *memory = memalign(alignment, size);
  if (!memory) return ENOMEM;
  *result = memory;
  return 0;
}

UNSEEN void free(void *memory) {
  if (!memory) return;
  atomic_fetch_sub(&held, (long long)malloc_usable_size(memory));
  __libc_free(memory);
}

UNSEEN void allocations_begin(size_t allowance) {
  long long now = atomic_load(&held);
  atomic_store(&start, now);
  atomic_store(&most, now);
  atomic_store(&limit, now + (long long)allowance);
}

UNSEEN size_t allocations_end(void) {
  atomic_store(&limit, LLONG_MAX);
  long long grown = atomic_load(&most) - atomic_load(&start);
  return grown > 0 ? (size_t)grown : 0;
}

#else

void allocations_begin(size_t allowance) { (void)allowance; }
size_t allocations_end(void) { return 0; }

#endif
