/* SPDX-License-Identifier: GPL-2.0-only */
/* Buffers for programs: what list and show print with --json, see udmabufctl(1). */
#ifndef UDMABUFCTL_JSON_H
#define UDMABUFCTL_JSON_H

#include "../lib/udmabuf.h"
#include "udmabufctl_processes.h"

/* One object. */
void udmabufctl_print_json(const struct udmabuf_info *info,
			   const struct udmabufctl_processes *processes);

/* An array of such objects, empty if there are none. */
void udmabufctl_print_json_list(const struct udmabuf_info *list, size_t count,
				const struct udmabufctl_processes *processes);

#endif
