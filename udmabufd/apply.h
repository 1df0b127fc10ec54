/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does what a plan says, logs how it went, and keeps the status: what became of each entry.
 */
#ifndef UDMABUFD_APPLY_H
#define UDMABUFD_APPLY_H

#include "pending.h"
#include "plan.h"
#include "record.h"
#include "status.h"

/*
 * As many creations as are made at once: so few that a signal need not wait for long, and that
 * what udev tells of them finds room until it is listened to.
 */
#define APPLY_BATCH 64

struct apply {
	const struct config *config;
	struct entry_status *entries;	/* one for each of the configuration's buffers */
	struct status_others others;
	struct records *records;
	struct pending *pending;
	int note_error;			/* of the last apply_save() */
	uint64_t asked_at;		/* what the kernel announced before the manager was asked */
};

/* The arguments must outlive it; apply_end() it. */
void apply_begin(struct apply *apply, const struct config *config, struct records *records,
		 struct pending *pending);
void apply_end(struct apply *apply);

/* Takes over what the one before, of another configuration, knows to be there: it may only end then. */
void apply_inherit(struct apply *apply, const struct apply *before);

/* What became of an entry. */
struct entry_status *apply_entry(const struct apply *apply, const struct config_buffer *buffer);

/*
 * What a crash right after the creation kept from being noted of the action's buffer, if that is
 * ours: see actual.c.
 */
void apply_complete_record(struct apply *apply, const struct plan_action *action);

/*
 * Any but a creation; the buffer that it is about must still be there. Return: 0, or the negative
 * errno of one that failed, which is logged.
 */
int apply_action(struct apply *apply, const struct plan_action *action);

/*
 * Creations, at most APPLY_BATCH, for which the records are written once: done so, 256 are there in less
 * time than the shell's echoes to the manager take (make bench). What fails is logged, and the others are
 * made.
 */
void apply_creations(struct apply *apply, const struct plan_action *const *actions, size_t count);

/* Writes down what was done, if anything was. */
void apply_save(struct apply *apply);

/*
 * Tells of one buffer that was made, which waits until all are made: looking at it and telling take
 * longer than making it. Return: false: there is none.
 */
bool apply_tell_made(struct apply *apply);

/* Was the entry refused, and has a buffer gone since, as the kernel's event of that number tells? */
bool apply_may_work_now(const struct apply *apply, const struct config_buffer *buffer,
			uint64_t number);

/* Its device has another driver or none by now, or goes: what that says of its buffer is noted. */
void apply_note_device(struct apply *apply, const struct config_buffer *buffer);

/* Is what the entry waits for there by now: its device, a driver of it, the module? */
bool apply_has_come(const struct apply *apply, const struct config_buffer *buffer);

/* The buffer of an entry is gone, or another has its name, and not by our doing. */
void apply_lose(struct apply *apply, const struct config_buffer *buffer);

/* The module is gone, and every buffer with it. */
void apply_lose_module(struct apply *apply);

#endif
