// Tells ThreadSanitizer of Swift's Mutex. Where a Mutex is free it is locked by code in the program, which is instrumented;
// where somebody waits for it, by the library, which is not: what was written under it would be reported as a race. Loaded
// before the libraries (LD_PRELOAD), this calls the library's functions and says what they mean. Linux alone.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

// In the program, where it was built with ThreadSanitizer.
void __tsan_acquire(void *) __attribute__((weak));
void __tsan_release(void *) __attribute__((weak));

#define SELF __attribute__((swift_context)) void *

typedef __attribute__((swiftcall)) void (*Lock)(uint32_t thread, SELF mutex);
typedef __attribute__((swiftcall)) void (*Unlock)(SELF mutex);

// Synchronization._MutexHandle._lockSlow(UInt32) and ._unlockSlow()
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

__attribute__((swiftcall)) void lock(uint32_t thread, SELF mutex) __asm__(LOCK);
__attribute__((swiftcall)) void unlock(SELF mutex) __asm__(UNLOCK);

__attribute__((swiftcall)) void lock(uint32_t thread, SELF mutex) {
  ((Lock)dlsym(RTLD_NEXT, LOCK))(thread, mutex);
  if (__tsan_acquire) __tsan_acquire(mutex);
}

__attribute__((swiftcall)) void unlock(SELF mutex) {
  if (__tsan_release) __tsan_release(mutex);
  ((Unlock)dlsym(RTLD_NEXT, UNLOCK))(mutex);
}
