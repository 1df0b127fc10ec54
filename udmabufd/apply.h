/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does what a plan says, one action at a time, logs how it went, and keeps the status: what
 * became of each entry.
 */
#ifndef UDMABUFD_APPLY_H
#define UDMABUFD_APPLY_H

#include "pending.h"
#include "plan.h"
#include "status.h"

struct apply {
	const struct config *config;
	struct entry_status *entries;	/* one for each of the configuration's buffers */
	struct pending *pending;
};

/* Configuration and pending must outlive it; apply_end() it. */
void apply_begin(struct apply *apply, const struct config *config, struct pending *pending);
void apply_end(struct apply *apply);

/* Takes over what the one before, of another configuration, knows to be there. */
void apply_inherit(struct apply *apply, const struct apply *before);

/* What became of an entry. */
struct entry_status *apply_entry(const struct apply *apply, const struct config_buffer *buffer);

/* Return: 0, or the negative errno of an action that was tried and failed; it is logged. */
int apply_action(struct apply *apply, const struct plan_action *action);

/*
 * Tells of one buffer that was made, which waits until all are made: looking at it and telling take
 * longer than making it. Return: false: there is none.
 */
bool apply_tell_made(struct apply *apply);

/* The buffer of an entry is gone, and not by our doing. */
void apply_lose(struct apply *apply, const struct config_buffer *buffer);

/* The module is gone, and every buffer with it. */
void apply_lose_module(struct apply *apply);

#endif
