/* SPDX-License-Identifier: GPL-2.0 */
/* Devices of other owners: parents by name, parents that go, device-tree nodes. */
#ifndef UDMABUF_PLATFORM_H
#define UDMABUF_PLATFORM_H

#include <linux/types.h>

struct udmabuf_error;
struct udmabuf_spec;

/* True where parents can be; an empty name is the default bus. */
bool udmabuf_is_bus(const char *name);
/* Finds and locks the parent that @spec names, then udmabuf_buffer_create. */
int udmabuf_create_from_spec(const struct udmabuf_spec *spec, struct udmabuf_error *error);

/* Between these, a parent that goes takes its buffers along. */
int udmabuf_parents_init(void);
void udmabuf_parents_exit(void);
/* Between these, device-tree nodes are probed. A failure is logged: buffers may be in use. */
void udmabuf_platform_init(void);
void udmabuf_platform_exit(void);

int udmabuf_manager_init(void);		/* manager.c */
void udmabuf_manager_exit(void);

#endif
