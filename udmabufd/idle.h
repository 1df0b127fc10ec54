/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which buffers in use are waited for until nobody uses them, by the attribute "users", whose
 * poll tells. No buffer is opened, and the module can be unloaded meanwhile.
 */
#ifndef UDMABUFD_IDLE_H
#define UDMABUFD_IDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

struct idle_watch;

struct idle {
	sd_event *event;
	void (*on_idle)(void *userdata, const char *name);
	void *userdata;
	struct idle_watch *watches;
};

/*
 * Calls on_idle, once, when nobody uses the buffer any more. What becomes of
 * the buffer after this call is never missed. Return: 1: it is in use, or was watched already;
 * 0: nobody uses it now, a page of it may be pinned; or a negative errno.
 */
int idle_watch(struct idle *idle, const char *name);

/* Stops the watch, if there is one. */
void idle_forget(struct idle *idle, const char *name);

/*
 * The same, unless it is that of the buffer which has the name now: of one that is gone the kernel
 * tells only when its last user is, too.
 */
void idle_forget_gone(struct idle *idle, const char *name);

void idle_end(struct idle *idle);

#endif
