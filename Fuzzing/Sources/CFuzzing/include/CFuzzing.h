#ifndef CFUZZING_H
#define CFUZZING_H

#include <stddef.h>
#include <stdint.h>

/// From now on the process may hold `allowance` bytes more than it holds now; an allocation that would exceed that ends
/// it by SIGABRT, with a line that says so. Counted is what comes from malloc and its kin, on Linux with glibc alone.
void allocations_begin(size_t allowance);

/// Ends what `allocations_begin` began: the greatest number of bytes held beyond those of then.
size_t allocations_end(void);

/// Changes the bytes in place, as libFuzzer does by itself. Gives their new number, at most `room`. Only in programs that
/// are linked with -fsanitize=fuzzer.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);

#endif
