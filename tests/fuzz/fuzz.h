/* SPDX-License-Identifier: GPL-2.0-only */
/* What the fuzzers share. A property that does not hold ends the run, and libFuzzer keeps its input. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define expect(holds, ...)					\
	do {							\
		if (!(holds)) {					\
			fprintf(stderr, "expected " __VA_ARGS__);	\
			fputc('\n', stderr);			\
			abort();				\
		}						\
	} while (0)

/* By numbers that no sum of two can overflow. */
static inline int is_inside(uint64_t offset, uint64_t size, uint64_t limit)
{
	return (unsigned __int128)offset + size <= limit;
}

#endif
