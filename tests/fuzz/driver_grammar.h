/* SPDX-License-Identifier: GPL-2.0-only */
/* The driver's view of a create command, for a program that speaks the library's language. */
#ifndef DRIVER_GRAMMAR_H
#define DRIVER_GRAMMAR_H

#include <stdint.h>

struct driver_view {
	char name[64];
	char parent[160];	/* "<bus>/<device>" or "" */
	uint64_t size;
	int minor;
	int dma_mask;		/* 0: none was given */
	int mmap_mode;		/* 0: none was given */
	int sync_mode;
	int sync_direction;
	uint64_t sync_offset;
	uint64_t sync_size;
};

/* Returns 0, or -EINVAL with the driver's reason, which lives until the next call. */
int driver_view(const char *command, struct driver_view *ret_view, const char **ret_reason);

#endif
