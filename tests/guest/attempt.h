/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers that lie around every edge, tried in a place that takes them: as root with each access
 * mode, and as nobody. What is answered must be what a model says that knows nothing of the
 * driver, and what is refused must change nothing.
 */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "u-dma-buf.h"

#define SIZE 20000ULL		/* of the buffer, which is "a" */
#define MEMORY 20480ULL		/* the same in whole pages */

/* Refused before the driver is asked: by the kernel, or by a machine that can't say the number. */
#define SOME_ERROR (-1)

struct attempt {
	int fd;
	int access;		/* of fd */
	uint64_t flags;		/* what they are is the entry's affair */
	uint64_t offset;
	uint64_t size;
};

/* A place that takes numbers. Both functions return 0 or an errno value. */
struct entry {
	const char *name;
	int (*call)(const struct attempt *attempt);
	int (*model)(const struct attempt *attempt);
	const uint64_t *flags;
	size_t n_flags;
	bool is_file;		/* of its own: the descriptor does not matter */
	int (*derive)(int fd, int access);	/* if what is tried is another descriptor, its number */
};

/* The settings before each call; it may change them where it succeeds. */
extern const struct u_dma_buf_ioctl_sync attempt_settings;
/* What is in the buffer, before and after. */
extern char attempt_pattern[SIZE];

void try_numbers(struct entry entry);
struct u_dma_buf_ioctl_sync attempt_state(void);
/* True where the sum, however big, is not above the limit. */
bool is_inside(uint64_t offset, uint64_t size, uint64_t limit);

#define TRY(name, call, model, ...)	TRY_WITH(name, call, model, false, __VA_ARGS__)
#define TRY_FILE(name, call, model, ...) TRY_WITH(name, call, model, true, __VA_ARGS__)
#define TRY_WITH(name, call, model, is_file, ...)				\
	do {									\
		static const uint64_t flags[] = { __VA_ARGS__ };		\
										\
		try_numbers((struct entry){ name, call, model, flags, ARRAY_SIZE(flags), is_file, NULL }); \
	} while (0)

#endif
