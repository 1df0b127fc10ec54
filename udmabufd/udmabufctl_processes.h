/* SPDX-License-Identifier: GPL-2.0-only */
/* Which processes use which buffers, as far as the caller may see. No buffer is opened. */
#ifndef UDMABUFCTL_PROCESSES_H
#define UDMABUFCTL_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>

#include "../lib/udmabuf.h"

struct udmabufctl_process {
	int pid;
	char command[32];	/* as the kernel knows it, printable */
	size_t buffer;		/* index into the list that was asked for */
	unsigned int opens;	/* descriptors */
	bool is_mapped;
};

struct udmabufctl_processes {
	struct udmabufctl_process *list;	/* one for each process and buffer */
	size_t count;
	bool is_partial;	/* the caller may not look at every process */
};

/* free() ret_processes->list. Never fails: what can't be looked at makes it partial. */
void udmabufctl_find_processes(const struct udmabuf_info *buffers, size_t count,
			       struct udmabufctl_processes *ret_processes);

#endif
