// In C, as Swift's Glibc does not have what needs _GNU_SOURCE.
#define _GNU_SOURCE
#include "affinity.h"

#ifdef __linux__
#include <pthread.h>
#include <sched.h>

int affinity_allowed(int *processors, int capacity) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 0;
  int count = 0;
  for (int processor = 0; processor < CPU_SETSIZE && count < capacity; processor++) {
    if (CPU_ISSET(processor, &set)) processors[count++] = processor;
  }
  return count;
}

int affinity_pin(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  return pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}
#else
int affinity_allowed(int *processors, int capacity) { return 0; }

int affinity_pin(int processor) { return -1; }
#endif
