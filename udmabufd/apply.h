/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does what a plan says, one action at a time, logs how it went, and keeps the status: what
 * became of each entry, and which nodes udev has still to finish.
 */
#ifndef UDMABUFD_APPLY_H
#define UDMABUFD_APPLY_H

#include <systemd/sd-device.h>

#include "plan.h"
#include "status.h"

/* A node that udev works on: its "add", or the "change" that we triggered. */
struct pending {
	char *name;
	sd_id128_t trigger;	/* null for an "add" */
};

struct apply {
	const struct config *config;
	struct entry_status *entries;	/* one for each of the configuration's buffers */
	struct pending *pending;
	size_t n_pending;
	bool is_udev_there;	/* else nodes stay as the kernel makes them */
};

/* The configuration must outlive it; apply_end() it. */
void apply_begin(struct apply *apply, const struct config *config);
void apply_end(struct apply *apply);

/* Return: 0, or the negative errno of an action that was tried and failed; it is logged. */
int apply_action(struct apply *apply, const struct plan_action *action);

/* Take an event of the udev monitor about a buffer; @trigger is null where nobody triggered it. */
void apply_take_event(struct apply *apply, const char *name, sd_device_action_t action,
		      sd_id128_t trigger);

/* The buffer of an entry is gone, and not by our doing. */
void apply_lose(struct apply *apply, size_t index);

#endif
