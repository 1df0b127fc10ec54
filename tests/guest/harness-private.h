/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the harness's own files: what a claim's process and the one that judges it share. */
#ifndef HARNESS_PRIVATE_H
#define HARNESS_PRIVATE_H

#include <stdbool.h>

/* In memory shared by both processes; zeroed before each claim. */
struct shared {
	const char *claim;
	int failures;
	bool is_reloaded;
	unsigned int seconds;
	char message[1024];
	char skipped[256];
};

extern struct shared *shared;

/* Leaves no buffer of the manager's and no module with other parameters; notes what is refused. */
void clean_up(void);

#endif
