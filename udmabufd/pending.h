/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The nodes that udev has still to give their owner, group and mode: of a new buffer, or after
 * a "change" that we trigger. Without udev nobody is waited for: nodes stay as the kernel
 * makes them.
 */
#ifndef UDMABUFD_PENDING_H
#define UDMABUFD_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-device.h>

struct pending_node {
	char *name;
	sd_id128_t trigger;	/* of the "change"; null for an "add" */
	bool is_last;		/* was triggered a second time */
};

struct pending {
	struct pending_node *nodes;
	size_t n_nodes;
	bool is_udev_there;
};

/* pending_end() it. The udev monitor must listen before the first node is waited for. */
void pending_begin(struct pending *pending);
void pending_end(struct pending *pending);

/* A new buffer: its "add" is to come. */
void pending_add(struct pending *pending, const char *name);

/* One that was there: udev may not have come to its "add" yet. */
void pending_add_if_new(struct pending *pending, const char *name);

/* Makes udev work on the node again. Return: 0 or a negative errno. */
int pending_trigger(struct pending *pending, const char *name);

/* Takes an event of the udev monitor; @trigger is null where nobody triggered it. */
void pending_take_event(struct pending *pending, const char *name, sd_device_action_t action,
			sd_id128_t trigger);

/*
 * To be called when udev has come to the end of its work and all that it told was taken: what is
 * still waited for may have been told when the socket had no room. A new buffer is finished if udev
 * knows it; a "change" is triggered once more, which is waited for until the next end, no longer.
 * Return: may anything have been missed?
 */
bool pending_check(struct pending *pending);

#endif
