#ifndef AFFINITY_H
#define AFFINITY_H

/// Writes the numbers of the processors that this process may use, `capacity` at most, and returns how many it wrote;
/// 0 where the system does not tell.
int affinity_allowed(int *processors, int capacity);

/// Keeps the calling thread on one processor. Returns 0 where it does.
int affinity_pin(int processor);

#endif
